"""One's own messages 站内消息: what one was told, in the reader's language, with what is unread counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, func

from api.actions import Id
from api.callers import Caller, SignedIn
from api.errors import refusals
from api.idempotency import Acting, ActRoute
from api.paging import LARGEST_NUMBER, Order, Page, Paging, fetch
from api.transactions import Look, Now, ServicesHere
from models import Delivery, OutboxRow
from workflow.adapters.correspondence import Told, read_told
from workflow.bootstrap import Services
from workflow.deliveries import Claimed
from workflow.errors import NotFound
from workflow.messages import mark_read, messages

router = APIRouter(prefix="/messages", tags=["messages"], route_class=ActRoute)
COLUMNS = (
    Delivery.id, Delivery.message_id, Delivery.urgent, Delivery.read_at, OutboxRow.topic, OutboxRow.facts,
    OutboxRow.written_at,
)  # fmt: skip


class MessageRow(BaseModel):
    """A fact of a message, labelled."""

    label: str = Field(examples=["事项"])
    value: str = Field(examples=["300家能源审计"])


class Message(BaseModel):
    """What one was told, in words."""

    id: int = Field(examples=[3])
    topic: str = Field(examples=["reminder"])
    title: str = Field(examples=["【到期提醒】300家能源审计（还有3天到期）"])
    text: str = Field(examples=["此事项还有3天到期，请按期报送。"])
    rows: list[MessageRow]
    due_on: date | None = Field(examples=["2022-12-30"])
    missing: list[str] = Field(description="What is still to be done.", examples=[["尚未上传佐证材料。"]])
    link: str = Field(examples=["http://127.0.0.1:8000/milestones/7"])
    urgent: bool = Field(description="About a red card.", examples=[False])
    written_at: datetime = Field(examples=["2022-12-27T00:00:01Z"])
    read_at: datetime | None = Field(description="null: unread.", examples=[None])


class MessageFilter(BaseModel):
    """Which of one's own."""

    unread: bool | None = Field(default=None, description="true: only unread ones; false: only read ones.")
    urgent: bool | None = None
    topic: list[str] = Field(default_factory=list, max_length=50, description="Any of these.")
    since: datetime | None = Field(default=None, examples=["2022-12-01T00:00:00Z"])


class MessageCounts(BaseModel):
    """What is unread, altogether and by kind."""

    total: int = Field(examples=[41])
    unread: int = Field(examples=[3])
    urgent: int = Field(description="Unread ones about a red card.", examples=[1])
    topics: dict[str, int] = Field(
        description="Unread ones by kind.", examples=[{"reminder": 2, "to_sign": 1}]
    )


class ReadUpTo(BaseModel):
    """All of one's messages up to one that was seen, so that none is marked which came meanwhile."""

    model_config = ConfigDict(extra="forbid")
    upto: int = Field(ge=1, le=LARGEST_NUMBER, description="Id of the newest message seen.", examples=[3])


class Marked(BaseModel):
    marked: int = Field(description="How many were unread.", examples=[3])


def _conditions(wanted: MessageFilter) -> list[Any]:
    found: list[Any] = []
    if wanted.unread is not None:
        found.append(Delivery.read_at.is_(None) if wanted.unread else Delivery.read_at.is_not(None))
    if wanted.urgent is not None:
        found.append(Delivery.urgent.is_(wanted.urgent))
    if wanted.topic:
        found.append(OutboxRow.topic.in_(wanted.topic))
    if wanted.since is not None:
        found.append(OutboxRow.written_at >= wanted.since)
    return found


def _worded(tx: Connection, rows: Sequence[Any], caller: Caller, services: Services) -> list[Message]:
    """Rows in words: the facts of each as they were told, in the language of who reads."""
    batch = [
        Claimed(
            row.id,
            row.message_id,
            0,
            row.topic,
            row.facts,
            row.written_at,
            caller.name,
            None,
            caller.language,
        )
        for row in rows
    ]
    told = read_told(tx, batch, address=services.settings.address)
    return [_message(row, said) for row, said in zip(rows, told, strict=True)]


def _message(row: Any, said: Told) -> Message:
    return Message(
        id=row.id, topic=row.topic, title=said.title, text=said.text, due_on=said.due_on, missing=said.missing,
        rows=[MessageRow(label=label, value=value) for label, value in said.rows], link=said.link, urgent=row.urgent,
        written_at=row.written_at, read_at=row.read_at,
    )  # fmt: skip


@router.get("", operation_id="list_messages", responses=refusals(401, 422))
def list_messages(
    caller: SignedIn,
    tx: Look,
    services: ServicesHere,
    page: Paging,
    wanted: Annotated[MessageFilter, Query()],
) -> Page[Message]:
    """One's own messages; `sort=-id` for the latest first."""
    bound = {"actor": caller.person_id}
    statement = messages(*COLUMNS).where(*_conditions(wanted))
    found = fetch(tx, statement, Order(Delivery.id, {}), page, bound, lambda row: row)
    return Page[Message].model_validate({**found, "items": _worded(tx, found["items"], caller, services)})


@router.get("/counts", operation_id="count_messages", responses=refusals(401))
def count_messages(caller: SignedIn, tx: Look) -> MessageCounts:
    """How many there are, and how many are unread."""
    unread = func.count().filter(Delivery.read_at.is_(None))
    urgent = func.count().filter(Delivery.read_at.is_(None), Delivery.urgent)
    statement = messages(OutboxRow.topic, func.count(), unread, urgent).group_by(OutboxRow.topic)
    rows = tx.execute(statement.order_by(OutboxRow.topic), {"actor": caller.person_id}).all()
    return MessageCounts(
        total=sum(row[1] for row in rows), unread=sum(row[2] for row in rows), urgent=sum(row[3] for row in rows),
        topics={row[0]: row[2] for row in rows if row[2]},
    )  # fmt: skip


@router.post("/read", operation_id="read_messages", responses=refusals(401, 422, 503))
def read_all(body: ReadUpTo, caller: SignedIn, tx: Acting, now: Now) -> Marked:
    """Mark all of one's messages up to one as read."""
    return Marked(marked=mark_read(tx, caller.person_id, now, Delivery.id <= body.upto))


@router.get("/{id}", operation_id="get_message", responses=refusals(401, 404))
def get_message(id: Id, caller: SignedIn, tx: Look, services: ServicesHere) -> Message:
    return _read(tx, id, caller, services)


@router.post("/{id}/read", operation_id="read_message", responses=refusals(401, 404, 422, 503))
def read_one(id: Id, caller: SignedIn, tx: Acting, now: Now, services: ServicesHere) -> Message:
    """Mark one as read; again changes nothing."""
    _read(tx, id, caller, services)
    mark_read(tx, caller.person_id, now, Delivery.id == id)
    return _read(tx, id, caller, services)


def _read(tx: Connection, id: int, caller: Caller, services: Services) -> Message:
    row = tx.execute(messages(*COLUMNS).where(Delivery.id == id), {"actor": caller.person_id}).one_or_none()
    if row is None:
        raise NotFound(kind="message")
    return _worded(tx, [row], caller, services)[0]
