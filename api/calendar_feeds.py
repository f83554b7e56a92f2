"""The calendar of one's due dates, for a calendar program that cannot sign in: by an address that is a secret."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Header, Path, Response
from pydantic import BaseModel, Field

from api.callers import SignedIn
from api.errors import refusals
from api.transactions import Look, Now, ServicesHere, Tx
from workflow import feeds as due_feeds
from workflow.adapters.feed_files import write_feed
from workflow.sign_in import SessionNeeded

router = APIRouter(tags=["calendar"])
feeds = APIRouter(tags=["calendar"])
HEADERS = {
    "Cache-Control": "private, no-cache",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
MEDIA_TYPE = "text/calendar; charset=utf-8"


class FeedMade(BaseModel):
    """The only answer that shows the address. Whoever has it reads the calendar."""

    address: str = Field(examples=["https://duban.example.org/calendars/….ics"])
    made_at: datetime = Field(examples=["2022-06-01T01:00:00Z"])


class FeedKept(BaseModel):
    """Whether there is an address, and since when; never the address itself."""

    made_at: datetime | None = Field(examples=["2022-06-01T01:00:00Z"])


@router.get("/me/calendar", operation_id="get_calendar_feed", responses=refusals(401))
def get_calendar_feed(who: SignedIn, tx: Look) -> FeedKept:
    """Since when one's calendar of due dates has its address."""
    return FeedKept(made_at=due_feeds.made_at(tx, who.person_id))


@router.post(
    "/me/calendar", operation_id="make_calendar_feed", status_code=201, responses=refusals(401, 403, 422)
)
def make_calendar_feed(
    who: SignedIn, services: ServicesHere, response: Response, tx: Tx, now: Now
) -> FeedMade:
    """An address for one's calendar of due dates, shown this once; it replaces the one before. From a session only:
    a stolen token makes nothing that lasts."""
    if who.identity.kind != "session":
        raise SessionNeeded
    secret = due_feeds.make(tx, who.person_id, now)
    response.headers["Cache-Control"] = "no-store"
    address = f"{services.settings.address.rstrip('/')}/calendars/{secret}.ics"
    return FeedMade(address=address, made_at=now)


@router.delete(
    "/me/calendar", operation_id="revoke_calendar_feed", status_code=204, responses=refusals(401, 403, 404)
)
def revoke_calendar_feed(who: SignedIn, tx: Tx, now: Now) -> Response:
    """The address opens nothing any more."""
    due_feeds.revoke(tx, who.person_id, now)
    return Response(status_code=204)


@feeds.get(
    "/calendars/{secret}.ics", operation_id="read_calendar_feed", response_class=Response,
    responses={
        200: {"content": {"text/calendar": {"schema": {"type": "string", "examples": ["BEGIN:VCALENDAR"]}}}},
        304: {"description": "Nothing changed."}, **refusals(404, 422, 503),
    },
)  # fmt: skip
def read_calendar_feed(
    secret: Annotated[str, Path(min_length=20, max_length=100)], services: ServicesHere, tx: Look, now: Now,
    if_none_match: Annotated[str | None, Header(examples=['"5f3c…"'])] = None,
) -> Response:  # fmt: skip
    """Due dates of what one's units are to do, as whole days; provisional ones are tentative."""
    reader = due_feeds.reader_of(tx, secret)
    settings = services.settings
    domain = settings.mail_from.partition("@")[2] or "duban"
    content = write_feed(due_feeds.entries(tx, reader.person_id, now), reader, settings.address, domain)
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {**HEADERS, "ETag": etag, "Content-Language": reader.language}
    known = {tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")}
    if etag in known:
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=MEDIA_TYPE)
