"""A due date that follows a calendar notice: what the system's act takes, sets, records, and whom it tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from models import Attestation, DueMove
from models.states import MoveBasis
from workflow.acts import Act
from workflow.audiences import SUPERVISORS, about_task, owners_of
from workflow.law import Details, Telling
from workflow.signing import about

WITH_MARK = ("milestone", "share")
"""What keeps beside its date whether a notice may still change it."""


class CalendarDate(Details):
    """The date that follows from the calendar; found by the clock, never given by a caller."""

    from_on: date
    due_on: date
    due_provisional: bool
    edition_id: int


def reckoned_columns(act: Act[Any]) -> Mapping[str, Any]:
    """The date, under the name that it has in the row; the rule that made it stays."""
    details: CalendarDate = act.details
    if act.law.kind in WITH_MARK:
        return {"due_on": details.due_on, "due_provisional": details.due_provisional}
    return {"ask_on" if act.law.kind == "event" else "due_on": details.due_on}


def record_reckoning(act: Act[Any]) -> None:
    """Effect: the move, with the notice and the reason that names it."""
    details: CalendarDate = act.details
    of = {"edition_id": details.edition_id}
    record_move(act, details.from_on, details.due_on, MoveBasis.CALENDAR, act.reason, **of)


def record_move(
    act: Act[Any], from_on: date, to_on: date, basis: MoveBasis, reason: str | None, **more: Any
) -> None:
    """A move of the subject's own date."""
    move = {"from_on": from_on, "to_on": to_on, "basis": basis, "reason": reason, "moved_at": act.now, **more}
    act.make(DueMove, **_subject(act), **move)


def _subject(act: Act[Any]) -> dict[str, Any]:
    match act.law.kind:
        case "milestone":
            return {"milestone_id": act.subject_id}
        case "share":
            return {"milestone_id": act.standing.milestone.id, "share_id": act.subject_id}
    return {"subject_kind": act.law.kind, "subject_id": act.subject_id}


def whose_date(topic: str) -> Callable[[Act[Any]], Iterator[Telling]]:
    """Exactly those whose date it is: the owners in its unit, of an event the office's supervisors."""

    def tell(act: Act[Any]) -> Iterator[Telling]:
        dates = {
            "from_on": act.details.from_on.isoformat(), "due_on": act.details.due_on.isoformat(), "reason": act.reason,
        }  # fmt: skip
        yield Telling(topic, _audience(act), {**_about(act), **dates})

    return tell


def _audience(act: Act[Any]) -> Mapping[str, Any]:
    standing = act.standing
    match act.law.kind:
        case "event":
            return SUPERVISORS
        case "share":
            return owners_of(standing.share.unit_id)
        case "report":
            return owners_of(standing.unit_id)
        case "attestation":
            unit = select(Attestation.unit_id).where(Attestation.id == act.subject_id)
            return owners_of(act.tx.execute(unit).scalar_one())
    return owners_of(standing.lead_id)


def _about(act: Act[Any]) -> dict[str, Any]:
    standing = act.standing
    match act.law.kind:
        case "milestone":
            return dict(about(act))
        case "share":
            return {**about(act), "share_id": act.subject_id, "unit": standing.share.unit_name}
        case "event":
            return {
                "plan_id": standing.plan_id,
                "event_id": act.subject_id,
                "item": f"{standing.name} {standing.year}",
            }
    return {**about_task(act), f"{act.law.kind}_id": act.subject_id}
