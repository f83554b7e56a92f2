"""Cards 牌 and notices 通知: lists, one of each, and the printed paper."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field
from sqlalchemy import select

from api.actions import PREFIX, Id
from api.callers import SignedIn
from api.downloads import send_stored
from api.errors import refusals
from api.names import task, task_columns, unit, unit_name
from api.paging import Number, Order, Page, Paging, fetch
from api.transactions import Look, Now, ServicesHere
from api.views import CardView, NoticeView, ShareName
from models import Card, Notice, Share, Task
from models.states import CardColour, CardState, NoticeKind, NoticeState
from workflow import visibility
from workflow.errors import NotFound

router = APIRouter()
CARD_OWN = (
    "id",
    "milestone_id",
    "colour",
    "rung",
    "episode",
    "earned_on",
    "state",
    "working",
    "raised_at",
    "version",
)
CARD_COLUMNS = (
    *(getattr(Card, name) for name in CARD_OWN), Card.unit_id, *task_columns(Card.task_id, Card),
    unit_name(Card.unit_id, Card), Card.share_id, *(
        select(column).where(Share.id == Card.share_id).correlate(Card).scalar_subquery().label(f"share_{name}")
        for name, column in (("text", Share.text), ("due_on", Share.due_on))
    ),
)  # fmt: skip
NOTICE_OWN = (
    "id", "milestone_id", "card_id", "kind", "state", "code", "requirement", "reply_on", "reply", "drafted_at",
    "issued_at", "pdf_sha256", "version",
)  # fmt: skip
NOTICE_COLUMNS = (
    *(getattr(Notice, name) for name in NOTICE_OWN), Notice.unit_id, Notice.series, Notice.year, Notice.number,
    Notice.pdf_key, *task_columns(Notice.task_id, Notice), unit_name(Notice.unit_id, Notice),
)  # fmt: skip


class Place(BaseModel):
    """Filters that cards and notices share."""

    task: Number | None = None
    milestone: Number | None = None
    unit: Number | None = Field(default=None, description="The unit it was raised against or addressed to.")
    plan: Number | None = Field(default=None, description="Plan id.")


class CardFilter(Place):
    share: Number | None = None
    state: list[CardState] = Field(default_factory=list, description="Any of these.")
    colour: CardColour | None = None


class NoticeFilter(Place):
    state: list[NoticeState] = Field(default_factory=list, description="Any of these.")
    kind: NoticeKind | None = None
    year: Number | None = Field(default=None, description="Year of the number.", examples=[2023])


def _conditions(table: Any, wanted: BaseModel) -> list[Any]:
    columns = {"task": "task_id", "milestone": "milestone_id", "share": "share_id", "unit": "unit_id"}
    given = wanted.model_dump(exclude_defaults=True)
    plan = given.pop("plan", None)
    found = [] if plan is None else [table.task_id.in_(select(Task.id).where(Task.plan_id == plan))]
    for name, value in given.items():
        column = getattr(table, columns.get(name, name))
        found.append(column.in_(value) if isinstance(value, list) else column == value)
    return found


def _card(row: Any) -> CardView:
    return CardView(
        **{name: row._mapping[name] for name in CARD_OWN},
        task=task(row),
        unit=unit(row.unit_id, row.unit_name),
        share=_share(row),
    )


def _share(row: Any) -> ShareName | None:
    if row.share_id is None:
        return None
    return ShareName(id=row.share_id, text=row.share_text, due_on=row.share_due_on)


@router.get("/cards", operation_id="list_cards", tags=["cards"], responses=refusals(401, 422))
def list_cards(
    caller: SignedIn, tx: Look, now: Now, page: Paging, wanted: Annotated[CardFilter, Query()]
) -> Page[CardView]:
    """The cards of tasks that the caller sees. Orders: id, earned_on."""
    statement = visibility.cards(*CARD_COLUMNS).where(*_conditions(Card, wanted))
    order = Order(Card.id, {"earned_on": Card.earned_on})
    found = fetch(tx, statement, order, page, visibility.bound(caller.person_id, now), _card)
    return Page[CardView].model_validate(found)


@router.get("/cards/{id}", operation_id="get_card", tags=["cards"], responses=refusals(401, 404))
def get_card(id: Id, caller: SignedIn, tx: Look, now: Now, response: Response) -> CardView:
    statement = visibility.cards(*CARD_COLUMNS).where(Card.id == id)
    row = tx.execute(statement, visibility.bound(caller.person_id, now)).one_or_none()
    if row is None:
        raise NotFound(kind="card")
    response.headers["ETag"] = f'"{row.version}"'
    return _card(row)


def reference_of(row: Any) -> str | None:
    """The number as it is printed (文号), once there is one."""
    return None if row.number is None else f"{row.series}〔{row.year}〕{row.number}号"


def _notice(row: Any) -> NoticeView:
    return NoticeView(
        **{name: row._mapping[name] for name in NOTICE_OWN}, task=task(row), reference=reference_of(row),
        unit=unit(row.unit_id, row.unit_name),
        pdf=f"{PREFIX}/notices/{row.id}/pdf" if row.pdf_key else None,
    )  # fmt: skip


@router.get("/notices", operation_id="list_notices", tags=["notices"], responses=refusals(401, 422))
def list_notices(
    caller: SignedIn, tx: Look, now: Now, page: Paging, wanted: Annotated[NoticeFilter, Query()]
) -> Page[NoticeView]:
    """The notices on tasks that the caller sees. Orders: id, reply_on."""
    statement = visibility.notices(*NOTICE_COLUMNS).where(*_conditions(Notice, wanted))
    order = Order(Notice.id, {"reply_on": Notice.reply_on})
    found = fetch(tx, statement, order, page, visibility.bound(caller.person_id, now), _notice)
    return Page[NoticeView].model_validate(found)


def _read_notice(id: int, caller: SignedIn, tx: Look, now: Now) -> Any:
    statement = visibility.notices(*NOTICE_COLUMNS).where(Notice.id == id)
    row = tx.execute(statement, visibility.bound(caller.person_id, now)).one_or_none()
    if row is None:
        raise NotFound(kind="notice")
    return row


@router.get("/notices/{id}", operation_id="get_notice", tags=["notices"], responses=refusals(401, 404))
def get_notice(id: Id, caller: SignedIn, tx: Look, now: Now, response: Response) -> NoticeView:
    row = _read_notice(id, caller, tx, now)
    response.headers["ETag"] = f'"{row.version}"'
    return _notice(row)


@router.get(
    "/notices/{id}/pdf", operation_id="get_notice_pdf", tags=["notices"], response_class=StreamingResponse,
    responses={200: {"content": {"application/pdf": {}}}, **refusals(401, 404, 416, 503)},
)  # fmt: skip
def get_pdf(
    id: Id, request: Request, caller: SignedIn, tx: Look, now: Now, services: ServicesHere,
    range: Annotated[str | None, Header(examples=["bytes=0-1023"])] = None,
) -> Response:  # fmt: skip
    """The paper as it was issued; 404 until it is printed."""
    row = _read_notice(id, caller, tx, now)
    if row.pdf_key is None:
        raise NotFound(kind="notice")
    name = f"{reference_of(row)}.pdf"
    return send_stored(services.store, row.pdf_key, name, "application/pdf", row.pdf_sha256, range)
