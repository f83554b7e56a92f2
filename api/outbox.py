"""What is on its way to people, groups and webhooks, how it fared, and sending again what was given up."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, select

from api.actions import PREFIX, Id
from api.callers import Caller, SignedIn
from api.errors import refusals
from api.house import require
from api.idempotency import Acting, ActRoute
from api.names import person
from api.paging import Order, Page, Paging, fetch
from api.transactions import Look, Now
from api.views import PersonName
from models import Delivery, OutboxRow, Person
from workflow import deliveries, visibility
from workflow.deliveries import AGAIN
from workflow.errors import NotFound, UnknownAction
from workflow.sentences import sentence
from workflow.standings import actor

router = APIRouter(prefix="/outbox", tags=["house"], route_class=ActRoute)
ChannelName = Literal["mail", "inbox", "sms", "robot", "webhook"]


class Sending(BaseModel):
    """One message by one channel, on its way to one person, one group's robot or one webhook."""

    id: int = Field(examples=[3])
    topic: str = Field(examples=["to_sign"])
    channel: ChannelName = Field(examples=["mail"])
    person: PersonName | None
    robot: str | None = Field(description="By its name in the settings.", examples=[None])
    webhook_id: int | None = Field(examples=[None])
    message_id: str = Field(examples=["task.4.17.21@duban"])
    urgent: bool = Field(description="About a red card: waits for no opening hour.", examples=[False])
    state: Literal["waiting", "sent", "parked"] = Field(examples=["parked"])
    attempts: int = Field(examples=[12])
    written_at: datetime = Field(examples=["2022-06-01T22:00:01Z"])
    next_at: datetime = Field(description="Not tried before.", examples=["2022-06-02T00:08:01Z"])
    sent_at: datetime | None = Field(examples=[None])
    error: str | None = Field(description="Of the last attempt.", examples=["550 mailbox unavailable"])


SENDING = (
    select(Delivery.__table__, OutboxRow.topic, OutboxRow.written_at, Person.name.label("person_name"))
    .join(OutboxRow, OutboxRow.id == Delivery.outbox_id)
    .outerjoin(Person, Person.id == Delivery.person_id)
)


def sending(row: Any) -> Sending:
    own = {name: row._mapping[name] for name in Sending.model_fields if name != "person"}
    return Sending(**own, person=person(row.person_id, row.person_name))


def _read(tx: Connection, id: int, caller: Caller, now: datetime) -> Any:
    require(visibility.keeps_house(actor(tx, caller.person_id, now)), "look")
    row = tx.execute(SENDING.where(Delivery.id == id)).one_or_none()
    if row is None:
        raise NotFound(kind="delivery")
    return row


class SendingFilter(BaseModel):
    """Which messages."""

    state: Literal["waiting", "sent", "parked"] | None = None
    channel: ChannelName | None = None
    topic: str | None = Field(default=None, max_length=60)


@router.get("", operation_id="list_outbox", responses=refusals(401, 403, 422))
def list_outbox(
    caller: SignedIn, tx: Look, now: Now, page: Paging, wanted: Annotated[SendingFilter, Query()]
) -> Page[Sending]:
    """Messages and how they fared; `state=parked` are those given up. For supervisors and admins."""
    require(visibility.keeps_house(actor(tx, caller.person_id, now)), "look")
    columns = {"state": Delivery.state, "channel": Delivery.channel, "topic": OutboxRow.topic}
    asked = wanted.model_dump(exclude_none=True)
    statement = SENDING.where(*(columns[name] == value for name, value in asked.items()))
    return Page[Sending].model_validate(fetch(tx, statement, Order(Delivery.id, {}), page, {}, sending))


class TakingUp(BaseModel):
    """What may be done with a message."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"action": "retry"}]})
    action: str = Field(max_length=60, examples=["retry"])


class OpenTakingUp(BaseModel):
    action: str = Field(examples=["retry"])
    label: str = Field(examples=["重发"])
    href: str = Field(examples=["/api/v1/outbox/3/actions"])


@router.get("/{id}/actions", operation_id="outbox_actions", responses=refusals(401, 403, 404))
def list_actions(id: Id, caller: SignedIn, tx: Look, now: Now) -> list[OpenTakingUp]:
    """What was given up can be tried again (`retry`), what a webhook was sent, sent once more (`resend`)."""
    href = f"{PREFIX}/outbox/{id}/actions"
    return [
        OpenTakingUp(action=name, label=sentence(f"delivery.{name}", caller.language, {}) or name, href=href)
        for name in deliveries.acts_on(_read(tx, id, caller, now))
    ]


@router.post("/{id}/actions", operation_id="act_on_outbox", responses=refusals(401, 403, 404, 409, 422, 503))
def act_on_outbox(id: Id, body: TakingUp, caller: SignedIn, tx: Acting, now: Now) -> Sending:
    """Take a message into the queue again, under the id it has: recorded on the chain of what it is about."""
    _read(tx, id, caller, now)
    if body.action not in AGAIN:
        raise UnknownAction(kind="delivery", action=body.action, known=", ".join(AGAIN))
    deliveries.take_up(tx, id, body.action, caller.person_id, now)
    return sending(_read(tx, id, caller, now))
