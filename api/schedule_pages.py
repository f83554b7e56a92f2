"""The timetable on one screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api.callers import NotSignedIn, caller
from api.pages import Session, Token
from api.rendering import HEADERS, PageRoute, language_of_page, page, with_language
from api.schedules import JobsHere, look, rhythm_text
from api.transactions import Now, ServicesHere
from workflow.jobs import Rhythm
from workflow.sentences import sentence

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.api_route("/schedules", methods=["GET", "HEAD"])
def show_schedules(
    request: Request, services: ServicesHere, now: Now, token: Token, session: Session, jobs: JobsHere
) -> Response:
    """The timetable, for who keeps the house."""
    try:
        who = caller(request, services, now, token, session)
    except NotSignedIn:
        return RedirectResponse(with_language(request, "/sign-in?next=/schedules"), 303, HEADERS)
    with services.reading() as tx:
        found = look(tx, jobs, who.person_id, now)
    language = language_of_page(request, who.language)

    def when(rhythm: Rhythm) -> str:
        return rhythm_text(rhythm, language)

    def counts(outcome: Mapping[str, Any]) -> list[tuple[str, str]]:
        return list(_counts(outcome, language))

    return page(
        request, "schedules.html", language=language, reader=who.name, timetable=found, now=now, when=when,
        counts=counts, took=_seconds,
    )  # fmt: skip


def _counts(outcome: Mapping[str, Any], language: str) -> Iterator[tuple[str, str]]:
    """What a run counted, as words and numbers; what went wrong in detail stays in the API."""
    for name, value in outcome.items():
        if type(value) is int:
            yield sentence(f"schedule.count.{name}", language, {}) or name, str(value)


def _seconds(took_ms: int | None) -> str:
    return "—" if took_ms is None else f"{took_ms / 1000:.2f} s"
