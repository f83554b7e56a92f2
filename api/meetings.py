"""Meetings 会议: entered once with what was decided, the file of the minutes beside them; listed and read."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from api.actions import PREFIX, Id
from api.callers import Caller, SignedIn
from api.downloads import send_stored
from api.errors import refusals
from api.evidence import BYTES, receive
from api.idempotency import Acting, ActRoute
from api.names import person, person_name
from api.paging import Order, Page, Paging, fetch
from api.transactions import Look, Now, ServicesHere
from api.views import PersonName
from models import Meeting
from workflow import visibility
from workflow.bootstrap import Services
from workflow.errors import NotFound
from workflow.evidence_files import StoredFile
from workflow.meetings import MeetingEntry, admit_minutes, attach_minutes, enter_meeting

router = APIRouter(prefix="/meetings", tags=["meetings"], route_class=ActRoute)


class MinutesView(BaseModel):
    """The file of the minutes, known by its SHA-256."""

    file_name: str = Field(examples=["会议纪要.pdf"])
    media_type: str = Field(examples=["application/pdf"])
    size: int = Field(description="Bytes.", examples=[48213])
    sha256: str = Field(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])
    href: str = Field(examples=["/api/v1/meetings/1/minutes"])


class MeetingView(BaseModel):
    """A meeting with what it decided: the authority that adjustments and items cite."""

    id: int = Field(examples=[1])
    name: str = Field(examples=["公共机构节能工作联席会议第3次会议"])
    number: str = Field(description="Of the minutes.", examples=["沪机管会纪〔2022〕3号"])
    held_on: date = Field(examples=["2022-06-01"])
    decisions: list[str] = Field(examples=[["将2022年能源审计目标由300家调整为280家。"]])
    minutes: MinutesView | None = Field(description="null until the file is attached.")
    entered_at: datetime = Field(examples=["2022-06-02T02:00:00Z"])
    entered_by: PersonName


COLUMNS = (*Meeting.__table__.c, person_name(Meeting.entered_by, Meeting))


def _view(row: Any) -> MeetingView:
    file = None if row.sha256 is None else MinutesView(
        file_name=row.file_name, media_type=row.media_type, size=row.size, sha256=row.sha256,
        href=f"{PREFIX}/meetings/{row.id}/minutes",
    )  # fmt: skip
    return MeetingView(
        id=row.id, name=row.name, number=row.number, held_on=row.held_on, decisions=row.decisions, minutes=file,
        entered_at=row.entered_at, entered_by=person(row.entered_by, row.person_name),
    )  # fmt: skip


def _row(tx: Connection, id: int, caller: Caller, now: datetime) -> Any:
    statement = visibility.meetings(*COLUMNS).where(Meeting.id == id)
    row = tx.execute(statement, visibility.bound(caller.person_id, now)).one_or_none()
    if row is None:
        raise NotFound(kind="meeting")
    return row


@router.post("", operation_id="enter_meeting", status_code=201, responses=refusals(401, 403, 409, 422, 503))
def enter(body: MeetingEntry, caller: SignedIn, tx: Acting, now: Now, response: Response) -> MeetingView:
    """Enter a meeting, once. For supervisors of the office."""
    meeting_id = enter_meeting(tx, body, caller.person_id, now)
    response.headers["Location"] = f"{PREFIX}/meetings/{meeting_id}"
    return _view(_row(tx, meeting_id, caller, now))


class MeetingFilter(BaseModel):
    number: str | None = Field(default=None, max_length=60, description="Of the minutes, exactly.")
    held_from: date | None = Field(default=None, examples=["2022-01-01"])
    held_to: date | None = Field(default=None, examples=["2022-12-31"])


CONDITIONS: dict[str, Any] = {
    "number": lambda v: Meeting.number == v,
    "held_from": lambda v: Meeting.held_on >= v,
    "held_to": lambda v: Meeting.held_on <= v,
}


@router.get("", operation_id="list_meetings", responses=refusals(401, 422))
def list_meetings(
    caller: SignedIn, tx: Look, now: Now, page: Paging, wanted: Annotated[MeetingFilter, Query()]
) -> Page[MeetingView]:
    """The meetings that the caller may know of. Orders: id, held_on."""
    given = wanted.model_dump(exclude_none=True)
    statement = visibility.meetings(*COLUMNS).where(
        *(CONDITIONS[name](value) for name, value in given.items())
    )
    order = Order(Meeting.id, {"held_on": Meeting.held_on})
    found = fetch(tx, statement, order, page, visibility.bound(caller.person_id, now), _view)
    return Page[MeetingView].model_validate(found)


@router.get("/{id}", operation_id="get_meeting", responses=refusals(401, 404))
def get_meeting(id: Id, caller: SignedIn, tx: Look, now: Now) -> MeetingView:
    return _view(_row(tx, id, caller, now))


@router.put(
    "/{id}/minutes", operation_id="attach_minutes", status_code=201, response_model=MeetingView,
    openapi_extra={"requestBody": {"required": True, "description": "The file's bytes.", **BYTES}},
    responses={200: {"model": MeetingView, "description": "The same bytes were there already"},
               **refusals(401, 403, 404, 409, 413, 415, 422, 503, 507)},
)  # fmt: skip
async def put_minutes(
    id: Id, request: Request, caller: SignedIn, services: ServicesHere, now: Now,
    file_name: Annotated[str, Query(min_length=1, max_length=1000, examples=["会议纪要.pdf"])],
) -> Response:  # fmt: skip
    """Attach the file of the minutes: the body is the file itself. Once; the same bytes again change nothing."""
    await run_in_threadpool(_admit, services, id, caller, now)
    stored = await receive(request, services, file_name)
    return await run_in_threadpool(_keep, services, id, caller, now, file_name, stored)


def _admit(services: Services, id: int, caller: Caller, now: datetime) -> None:
    """Refuse before a byte is read: no transaction is open while bytes come in."""
    with services.reading() as tx:
        admit_minutes(tx, id, caller.person_id, now)


def _keep(
    services: Services, id: int, caller: Caller, now: datetime, file_name: str, stored: StoredFile
) -> Response:
    with services.transaction() as tx:
        is_new = attach_minutes(tx, id, file_name, stored, caller.person_id, now)
        found = _view(_row(tx, id, caller, now))
    return JSONResponse(found.model_dump(mode="json"), status_code=201 if is_new else 200)


@router.get(
    "/{id}/minutes", operation_id="get_minutes", response_class=StreamingResponse,
    responses={200: BYTES, 206: {**BYTES, "description": "The bytes asked for"}, **refusals(401, 404, 416, 503)},
)  # fmt: skip
def get_minutes(
    id: Id, caller: SignedIn, services: ServicesHere, now: Now,
    range: Annotated[str | None, Header(examples=["bytes=0-1023"])] = None,
) -> Response:  # fmt: skip
    """The file of the minutes, all or a range; 404 until there is one."""
    with services.reading() as tx:
        row = _row(tx, id, caller, now)
    if row.store_key is None:
        raise NotFound(kind="meeting")
    return send_stored(services.store, row.store_key, row.file_name, row.media_type, row.sha256, range)
