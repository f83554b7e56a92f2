"""Returning 退回: to who submitted, which ends the round, or to an earlier step, which keeps it open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import Field
from sqlalchemy import Connection, Text, cast, select, update

from models import ApprovalDefinition, Seat
from models.states import SeatState, StepMode, Verdict
from workflow.acts import Act, mark
from workflow.approvals.choosing import read_definition
from workflow.approvals.definitions import Resume
from workflow.approvals.letters import audience_of
from workflow.approvals.rights import right_of
from workflow.approvals.route import OUT, earlier_steps, with_state
from workflow.approvals.signatures import AtSeat, decide, go_on, taken
from workflow.errors import Missing
from workflow.facts import ApprovalStanding, SeatFact
from workflow.law import Simplify, Telling
from workflow.signing import about

A = Act[ApprovalStanding]
SEATS: Any = Seat.__table__


class Returning(AtSeat):
    """Back to who submitted. `straight_back`: the next round goes on where this one was returned."""

    resume: Resume | None = Field(
        default=None,
        description="As the definition allows; its first where nothing is said.",
        examples=[None],
    )


class ReturningToStep(Returning):
    """Back to an earlier step, by its key."""

    step: str = Field(min_length=1, max_length=40, examples=["unit_review"])


def with_definition(
    tx: Connection, standing: ApprovalStanding, details: Any, simplify: Simplify, now: datetime
) -> ApprovalStanding:
    """The definition that the approval began with."""
    body = cast(ApprovalDefinition.body, Text)
    own = select(body).where(ApprovalDefinition.id == standing.approval.definition_id)
    return replace(standing, definition=read_definition(tx.execute(own).scalar_one()))


def resumable(standing: ApprovalStanding, details: Returning, now: datetime) -> Iterable[Missing]:
    """A vote is voted on, not returned; how it goes on is one of the ways that the definition allows."""
    right = right_of(standing, details.seat_id if details else None)
    if right is not None and right.seat.mode == StepMode.VOTE:
        yield Missing("votes_not_returned")
    allowed = standing.definition.returns.resume if standing.definition else ()
    if details and details.resume is not None and details.resume not in allowed:
        yield Missing("resume_allowed", {"field": "resume", "allowed": ", ".join(allowed)})


def returnable(standing: ApprovalStanding, details: ReturningToStep, now: datetime) -> Iterable[Missing]:
    """The definition lets signers return to steps, and it is one before theirs that was signed."""
    right = right_of(standing, details.seat_id)
    if standing.definition and not standing.definition.returns.to_steps:
        yield Missing("steps_not_returned_to", {"field": "step"})
    elif right is not None and details.step not in (keys := _earlier(standing, right.seat)):
        yield Missing("earlier_step", {"field": "step", "known": ", ".join(keys) or "—"})


def _earlier(standing: ApprovalStanding, seat: SeatFact) -> list[str]:
    return [key for _, key in earlier_steps(standing.approval.seats, seat)]


def resume_of(act: A) -> Resume:
    asked = act.details.resume if act.details else None
    first = act.standing.definition.returns.resume[0] if act.standing.definition else Resume.RESTART
    return asked or first


def returned_columns(act: A) -> Mapping[str, Any]:
    """A round that comes straight back remembers the step that it was returned from."""
    straight = resume_of(act) is Resume.STRAIGHT_BACK
    return {"closed_at": act.now, "returned_step": taken(act).seat.step if straight else None}


def return_seat(act: A) -> None:
    decide(act, taken(act), Verdict.RETURN, act.reason)


def return_to_step(act: A) -> None:
    """Effect: the step signs again, and after it everybody who came between; or only who returned it."""
    right = taken(act)
    decide(act, right, Verdict.RETURN, act.reason)
    seats = with_state(act.standing.approval.seats, [right.seat.id], SeatState.RETURNED)
    target = next(n for n, key in earlier_steps(seats, right.seat) if key == act.details.step)
    if resume_of(act) is Resume.RESTART:
        again = [s for s in seats if target <= s.step <= right.seat.step and s.state not in OUT]
    else:
        again = [s for s in seats if s.step == target and s.state not in OUT]
    told = [seat for seat in again if seat.state == SeatState.OPEN]
    mark(act, Seat, SeatState.SET_ASIDE, Seat.id.in_([seat.id for seat in again]))
    seats = with_state(seats, [seat.id for seat in again], SeatState.SET_ASIDE)
    for seat in told:
        act.tell(Telling("seat_removed", audience_of(seat), _facts(act)))
    anew = _anew(act, [*again, replace(right.seat, state=SeatState.RETURNED)], seats)
    _tell_the_step(act, [seat for seat in anew.values() if seat.step == target])
    seats = _hang_on(act, seats, right.seat.id, anew[right.seat.id].id)
    go_on(act, (*seats, *anew.values()))


def _anew(act: A, seats: Sequence[SeatFact], all_seats: Sequence[SeatFact]) -> dict[int, SeatFact]:
    """The same seats once more, waiting, by the old ones' ids; what hung on one hangs on the one made for it, or on
    the one that stands. What hung on a signer who was taken off is not asked again."""
    standing = {seat.id: seat for seat in all_seats if seat.state not in OUT}
    made: dict[int, SeatFact] = {}
    for seat in sorted(seats, key=lambda each: each.id):
        on = made.get(seat.added_to or 0) or standing.get(seat.added_to or 0)
        if seat.added_to is not None and on is None:
            continue
        own: dict[str, Any] = {
            "step": seat.step, "step_key": seat.step_key, "mode": seat.mode, "turn": seat.turn, "quorum": seat.quorum,
            "role": seat.role, "unit_id": seat.unit_id, "person_id": seat.delegated_by or seat.person_id,
            "group_id": seat.group_id, "added_to": on.id if on else None, "relation": seat.relation if on else None,
            "added_by": seat.added_by, "state": SeatState.WAITING,
        }  # fmt: skip
        limit: dict[str, Any] = {"limit_days": seat.limit_days, "at_limit": seat.at_limit}
        seat_id = act.make(Seat, approval_id=act.subject_id, **own, **limit)
        made[seat.id] = SeatFact(id=seat_id, **own, **limit)
    return made


def _hang_on(act: A, seats: Sequence[SeatFact], old: int, new: int) -> tuple[SeatFact, ...]:
    """Whoever was asked along with the one who returned it stays asked, or has signed, along with them."""
    moved = [seat.id for seat in seats if seat.added_to == old and seat.state not in OUT]
    if moved:
        act.tx.execute(update(SEATS).where(SEATS.c.id.in_(moved)).values(added_to=new))
    return tuple(replace(seat, added_to=new) if seat.id in moved else seat for seat in seats)


def _tell_the_step(act: A, seats: Sequence[SeatFact]) -> None:
    for seat in seats:
        act.tell(Telling("sent_back", audience_of(seat), _facts(act)))


def _facts(act: A) -> dict[str, Any]:
    return {**about(act), "approval_id": act.subject_id, "reason": act.reason}
