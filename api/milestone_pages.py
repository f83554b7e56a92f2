"""The page of a milestone: its figures and shares, and the form by which a lead breaks it down. No script needed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import RedirectResponse

from api.callers import NotSignedIn, caller
from api.errors import status_of
from api.idempotency import raw_body
from api.pages import Session, Token
from api.rendering import HEADERS, PageRoute, language_of_page, page
from api.transactions import Now, ServicesHere
from workflow.acts import perform
from workflow.bootstrap import Services
from workflow.errors import DubanError
from workflow.lifecycles import MILESTONE
from workflow.milestone_page import MilestonePage, read_page
from workflow.sentences import refusal_lines

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Id = Annotated[int, Path(ge=1, le=2**62)]
Form = Annotated[bytes, Depends(raw_body)]
MOST_FIELDS = 4000


@router.api_route("/milestones/{id}", methods=["GET", "HEAD"])
def show_milestone(
    id: Id, request: Request, services: ServicesHere, now: Now, token: Token, session: Session
) -> Response:
    """The milestone for who is signed in, as far as they may see."""
    try:
        who = caller(request, services, now, token, session)
    except NotSignedIn:
        return RedirectResponse(f"/sign-in?next=/milestones/{id}", 303, HEADERS)
    return _page(request, services, id, who.person_id, now, who.language)


@router.post("/milestones/{id}/breakdown")
def break_down(
    id: Id, request: Request, services: ServicesHere, now: Now, token: Token, session: Session, body: Form
) -> Response:
    """Issue the shares that the form names: all of them, or none and what is wrong, with what was typed kept."""
    who = caller(request, services, now, token, session)
    typed = {name: values[-1].strip() for name, values in _fields(body).items()}
    language = language_of_page(request, who.language)
    try:
        with services.transaction() as tx:
            perform(tx, MILESTONE, id, "break_down", who.person_id, now, details=portions_of(typed))
    except DubanError as refused:
        lines = list(refusal_lines(refused, language))
        return _page(
            request, services, id, who.person_id, now, who.language, status=status_of(refused.code),
            typed=typed, refused=lines,
        )  # fmt: skip
    return RedirectResponse(f"/milestones/{id}?lang={language}", 303, HEADERS)


def _fields(body: bytes) -> dict[str, list[str]]:
    return parse_qs(body.decode(errors="replace"), keep_blank_values=False, max_num_fields=MOST_FIELDS)


def portions_of(typed: Mapping[str, str]) -> dict[str, Any]:
    """The form's fields as the action takes them: `unit-7` ticked, `target-7-11`, `due-7`, `text-7`."""
    portions = []
    for name in typed:
        kind, _, unit = name.partition("-")
        if kind != "unit" or not unit.isdecimal():
            continue
        mark = f"target-{unit}-"
        targets = [
            {"indicator_id": field.removeprefix(mark), "quantity": value.replace(",", "")}
            for field, value in typed.items()
            if field.startswith(mark) and value
        ]
        said = {"text": typed.get(f"text-{unit}"), "due_on": typed.get(f"due-{unit}")}
        given = {name: value for name, value in said.items() if value}
        portions.append({"unit_id": unit, "targets": targets, **given})
    return {"portions": portions}


def _page(
    request: Request, services: Services, id: int, person_id: int, now: datetime, own: str, *, status: int = 200,
    typed: Mapping[str, str] | None = None, refused: list[str] | None = None,
) -> Response:  # fmt: skip
    with services.reading() as tx:
        shown: MilestonePage = read_page(tx, id, person_id, now)
    return page(
        request, "milestone.html", status=status, language=language_of_page(request, own), milestone=shown,
        typed=typed or {}, refused=refused or [], today=now,
    )  # fmt: skip
