"""The page of a milestone: its figures and shares, and the form by which a lead breaks it down. No script needed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import RedirectResponse

from api.callers import Caller, NotSignedIn, caller
from api.errors import status_of
from api.idempotency import raw_body
from api.pages import Session, Token
from api.rendering import HEADERS, PageRoute, language_of_page, page, with_language, write_kept
from api.transactions import Now, ServicesHere
from workflow.acts import perform
from workflow.bootstrap import Services
from workflow.errors import DubanError, Missing, NotReady
from workflow.lifecycles import MILESTONE
from workflow.milestone_page import MilestonePage, read_page
from workflow.sentences import lack_sentence, refusal_lines
from workflow.words import say

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Id = Annotated[int, Path(ge=1, le=2**62)]
Form = Annotated[bytes, Depends(raw_body)]
MOST_FIELDS = 4000
FIELD = re.compile(r"(unit|target|due|text)-([0-9]+)(?:-[0-9]+)?")
"""A field of the form: what it holds, of which unit."""


@router.api_route("/milestones/{id}", methods=["GET", "HEAD"])
def show_milestone(
    id: Id, request: Request, services: ServicesHere, now: Now, token: Token, session: Session
) -> Response:
    """The milestone for who is signed in, as far as they may see."""
    try:
        who = caller(request, services, now, token, session)
    except NotSignedIn:
        return RedirectResponse(with_language(request, f"/sign-in?next=/milestones/{id}"), 303, HEADERS)
    return _page(request, services, id, who, now)


@router.api_route("/milestones/{id}/breakdown", methods=["GET", "HEAD"])
def leave_refused_form(id: Id, request: Request) -> Response:
    """A form that was refused stands under the address it was sent to; another language of it, or a reload typed by
    hand, asks for that address: back to the milestone."""
    return RedirectResponse(with_language(request, f"/milestones/{id}"), 303, HEADERS)


@router.post("/milestones/{id}/breakdown")
def break_down(
    id: Id, request: Request, services: ServicesHere, now: Now, token: Token, session: Session, body: Form
) -> Response:
    """Issue the shares that the form names: all of them, or none and what is wrong, with what was typed kept."""
    who = caller(request, services, now, token, session)
    typed = {name: values[-1].strip() for name, values in _fields(body).items()}
    try:
        with services.transaction() as tx:
            perform(tx, MILESTONE, id, "break_down", who.person_id, now, details=portions_of(typed))
    except DubanError as refused:
        return _page(request, services, id, who, now, typed=typed, refused=refused)
    language = language_of_page(request, who.language)
    return RedirectResponse(f"/milestones/{id}?lang={language}", 303, HEADERS)


def _fields(body: bytes) -> dict[str, list[str]]:
    return parse_qs(body.decode(errors="replace"), keep_blank_values=False, max_num_fields=MOST_FIELDS)


def portions_of(typed: Mapping[str, str]) -> dict[str, Any]:
    """The form's fields as the action takes them: `unit-7` ticked, `target-7-11`, `due-7`, `text-7`.

    Raises NotReady where nothing is ticked, and where a unit is filled in and not ticked: what somebody typed is
    neither dropped nor issued by a guess.
    """
    ticked, filled = _units(typed, "unit"), _units(typed, "target", "due", "text")
    forgotten = [Missing("not_ticked", {"field": f"unit-{unit}"}) for unit in filled if unit not in ticked]
    if forgotten or not ticked:
        raise NotReady(
            kind="milestone", action="break_down", missing=forgotten or [Missing("nothing_ticked")]
        )
    return {"portions": [_portion(typed, unit) for unit in ticked]}


def _units(typed: Mapping[str, str], *kinds: str) -> list[str]:
    """The ids of the units that have a field of one of these kinds, in the form's order."""
    found = (FIELD.fullmatch(name) for name, value in typed.items() if value)
    return list(dict.fromkeys(field[2] for field in found if field and field[1] in kinds))


def _portion(typed: Mapping[str, str], unit: str) -> dict[str, Any]:
    mark = f"target-{unit}-"
    targets = [
        {"indicator_id": field.removeprefix(mark), "quantity": value.replace(",", "")}
        for field, value in typed.items()
        if field.startswith(mark) and value
    ]
    said = {"text": typed.get(f"text-{unit}"), "due_on": typed.get(f"due-{unit}")}
    return {"unit_id": unit, "targets": targets, **{name: value for name, value in said.items() if value}}


def _lines(
    refused: DubanError, typed: Mapping[str, str], shown: MilestonePage, language: str
) -> Iterator[str]:
    """The refusal as the reader of the form sees it: by unit, and never the same sentence twice."""
    names = {str(opening.unit_id): write_kept(opening.unit, language) for opening in shown.openings}
    yield next(refusal_lines(refused, language)).strip()
    yield from dict.fromkeys(_line(lack, _units(typed, "unit"), names, language) for lack in refused.missing)


def _line(lack: Missing, ticked: Sequence[str], names: Mapping[str, str], language: str) -> str:
    """One lack, by the unit whose row it is about; what was reported on the milestone is about no row."""
    unit = _unit_of(str(lack.facts.get("field", "")), ticked)
    name = names.get(unit or "")
    if name is None or lack.code == "already_reported":
        return lack_sentence(lack, language)
    if lack.code.startswith("field."):
        return lack_sentence(Missing(lack.code, {**lack.facts, "field": name}), language)
    return say("milestone_page.of_unit", language, unit=name, text=lack_sentence(lack, language))


def _unit_of(field: str, ticked: Sequence[str]) -> str | None:
    """The unit of a form's field (`unit-7`), or of the action's (`portions.0.due_on`)."""
    if field.startswith("unit-"):
        return field.removeprefix("unit-")
    kind, _, rest = field.partition(".")
    place = rest.partition(".")[0]
    if kind != "portions" or not place.isdecimal() or int(place) >= len(ticked):
        return None
    return ticked[int(place)]


def _page(
    request: Request, services: Services, id: int, who: Caller, now: datetime, *,
    typed: Mapping[str, str] | None = None, refused: DubanError | None = None,
) -> Response:  # fmt: skip
    language = language_of_page(request, who.language)
    with services.reading() as tx:
        shown: MilestonePage = read_page(tx, id, who.person_id, now)
    lines = list(_lines(refused, typed or {}, shown, language)) if refused else []
    return page(
        request, "milestone.html", status=status_of(refused.code) if refused else 200, language=language,
        reader=who.name, milestone=shown, typed=typed or {}, refused=lines, today=now,
    )  # fmt: skip
