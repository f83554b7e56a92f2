"""When a seat's limit is over: its holders are urged, it goes to their superior, or it passes as no objection.

Passing is the practice of 会签: who does not answer within 7 working days has no objection.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pydantic import Field
from sqlalchemy import select, update

from models import Seat, Unit
from models.states import AtLimit, SeatState, StepMode, Verdict
from workflow.acts import Act
from workflow.approvals.letters import audience_of, enter_parties
from workflow.approvals.moves import sits_in
from workflow.approvals.rights import Right, may_sign
from workflow.approvals.route import with_state
from workflow.approvals.signatures import decide, go_on
from workflow.directory.superiors import HIGHEST, leaders, superior_of
from workflow.facts import ApprovalStanding, SeatFact
from workflow.law import Details, RowId, Telling
from workflow.signing import about
from workflow.standings.columns import actor

A = Act[ApprovalStanding]
SEATS: Any = Seat.__table__


class MetLimit(Details):
    """The seat whose limit is over, and by which rule it passes."""

    seat_id: RowId = Field(examples=[3])
    days: int = Field(ge=1, examples=[7])


def meet_limit(act: A) -> None:
    """Effect: what the definition says of the step's limit, once for each seat."""
    seat = next((s for s in act.standing.open_seats if s.id == act.details.seat_id), None)
    if seat is None:
        return
    act.tx.execute(update(SEATS).where(SEATS.c.id == seat.id).values(limit_met_at=act.now))
    EFFECTS[AtLimit(seat.at_limit or AtLimit.URGE)](act, seat)


def _urge(act: A, seat: SeatFact) -> None:
    act.tell(Telling("urged", audience_of(seat), _facts(act)))


def _pass(act: A, seat: SeatFact) -> None:
    rule = f"{seat.step_key}: {act.details.days}"
    decide(act, Right(seat), Verdict.NO_OBJECTION, rule)
    act.tell(Telling("passed_in_silence", audience_of(seat), _facts(act)))
    go_on(act, with_state(act.standing.approval.seats, [seat.id], SeatState.SIGNED))


def _escalate(act: A, seat: SeatFact) -> None:
    """To the superior of whose the seat is, as their unit's leader; where none could sign it, they are urged."""
    found = next((above for above in _superiors(act, seat) if _can_sign(act, seat, *above)), None)
    if found is None:
        _urge(act, seat)
        return
    superior, unit_id = found
    theirs = {"person_id": superior, "unit_id": unit_id, "delegated_by": None, "group_id": None}
    act.tx.execute(update(SEATS).where(SEATS.c.id == seat.id).values(theirs))
    enter_parties(act, act.subject_id, [superior], "named")
    act.tell(Telling("seat_escalated", {"person_id": superior}, _facts(act)))


def _can_sign(act: A, seat: SeatFact, superior: int, unit_id: int | None) -> bool:
    """Not who submitted, nor for acceptance one of the submitting department; nor who has a seat in the step, unless
    they sign for another unit: nobody has two votes."""
    if superior in (act.standing.approval.opened_by, seat.person_id):
        return False
    alone = seat.unit_id is None or seat.mode == StepMode.VOTE
    if alone and sits_in(act.standing, seat.step, superior):
        return False
    who = actor(act.tx, superior, act.now)
    given = replace(seat, person_id=superior, unit_id=unit_id, delegated_by=None, is_member=True)
    return may_sign(replace(act.standing, actor=who), who, given)


def _superiors(act: A, seat: SeatFact) -> Iterator[tuple[int, int | None]]:
    """Of a person their own; of a unit's seat the leaders of the unit, of those above it, and of the office: each with
    the unit that the seat is then signed for. The accepter's stays the office's."""
    if seat.unit_id is None:
        above = superior_of(act.tx, int(seat.person_id or 0), act.today)
        yield from () if above is None else ((above, None),)
        return
    unit_id: int | None = seat.unit_id
    for _ in range(HIGHEST):
        if unit_id is None:
            break
        yield from ((leader, unit_id) for leader in leaders(act.tx, unit_id, act.today))
        unit_id = act.tx.execute(select(Unit.parent_id).where(Unit.id == unit_id)).scalar_one_or_none()
    if (office := act.standing.office_id) is not None:
        yield from ((leader, office) for leader in leaders(act.tx, office, act.today))


def _facts(act: A) -> dict[str, Any]:
    return {**about(act), "approval_id": act.subject_id, "days": act.details.days}


EFFECTS = {AtLimit.URGE: _urge, AtLimit.ESCALATE: _escalate, AtLimit.PASS: _pass}
