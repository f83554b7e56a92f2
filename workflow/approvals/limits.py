"""When a seat's limit is over: its holders are urged, it goes to their superior, or it passes as no objection.

Passing is the practice of 会签: who does not answer within 7 working days has no objection.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field
from sqlalchemy import select, update

from models import Seat, Unit
from models.states import AtLimit, SeatState, Verdict
from workflow.acts import Act
from workflow.approvals.letters import audience_of, enter_parties
from workflow.approvals.rights import Right
from workflow.approvals.signatures import decide, go_on, with_state
from workflow.directory.superiors import leaders, superior_of
from workflow.facts import ApprovalStanding, SeatFact
from workflow.law import Details, RowId, Telling
from workflow.signing import about

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
    """To the superior of whose the seat is; where there is none, they are urged."""
    superior = _superior(act, seat)
    if superior is None or superior == act.standing.approval.opened_by:
        _urge(act, seat)
        return
    act.tx.execute(
        update(SEATS)
        .where(SEATS.c.id == seat.id)
        .values(person_id=superior, delegated_by=None, group_id=None)
    )
    enter_parties(act, act.subject_id, [superior], "named")
    act.tell(Telling("seat_escalated", {"person_id": superior}, _facts(act)))


def _superior(act: A, seat: SeatFact) -> int | None:
    """Of a person their own; of a unit's seat the leader of the unit, else of the unit above, else of the office."""
    if seat.person_id is not None:
        return superior_of(act.tx, seat.person_id, act.today)
    unit_id = seat.unit_id
    while unit_id is not None:
        if found := leaders(act.tx, unit_id, act.today):
            return found[0]
        unit_id = act.tx.execute(select(Unit.parent_id).where(Unit.id == unit_id)).scalar_one_or_none()
    of_office = leaders(act.tx, act.standing.office_id, act.today) if act.standing.office_id else []
    return of_office[0] if of_office else None


def _facts(act: A) -> dict[str, Any]:
    return {**about(act), "approval_id": act.subject_id, "days": act.details.days}


EFFECTS = {AtLimit.URGE: _urge, AtLimit.ESCALATE: _escalate, AtLimit.PASS: _pass}
