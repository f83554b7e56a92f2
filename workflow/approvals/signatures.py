"""Signing: a decision is taken in a seat, and the route goes on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from pydantic import Field
from sqlalchemy import insert

from models import Decision, Seat
from models.states import SeatState, Verdict
from workflow.acts import Act, mark
from workflow.approvals.carryover import CarriedOver, signatures_of, step_left
from workflow.approvals.letters import ask, enter_parties
from workflow.approvals.rights import Right, may_sign, right_of
from workflow.approvals.route import After, Outcome, after, with_state
from workflow.approvals.subjects import DECIDED
from workflow.errors import Missing, NotReady
from workflow.facts import ApprovalStanding, SeatFact
from workflow.law import LAWS, Details, RowId
from workflow.signing import digest

INSERT_DECISION = insert(Decision).inline()
SEAT_ID: Any = Field(
    default=None,
    description="Which seat, where the signer has several; the first one that is open.",
    examples=[None],
)

A = Act[ApprovalStanding]


class AtSeat(Details):
    seat_id: RowId | None = SEAT_ID


def seat_open(standing: ApprovalStanding) -> Missing | None:
    """A seat of the actor's is open: not yet signed by a colleague, nor still waiting for its turn."""
    if right_of(standing) is not None:
        return None
    waits = any(
        seat.state == SeatState.WAITING
        for seat in standing.approval.seats
        if any(may_sign(standing, who, seat) for who in (standing.actor, *standing.stand_ins))
    )
    return Missing("seat_turn" if waits else "seat_open")


def own_seat(standing: ApprovalStanding, details: AtSeat, now: Any) -> Iterable[Missing]:
    """The seat that is named is one of the actor's that are open."""
    named = details.seat_id if details else None
    if named is not None and right_of(standing, named) is None:
        yield Missing("own_seat", {"field": "seat_id", "seat_id": named})


def unchanged(standing: ApprovalStanding) -> Missing | None:
    """What is signed is still what was submitted."""
    now = digest_now(standing)
    return None if now == standing.approval.digest else Missing("unchanged")


def subject_fits(standing: ApprovalStanding) -> Missing | None:
    """What is asked can still be done: the first thing that stands in the way of what would follow."""
    approval = standing.approval
    law = LAWS[approval.subject_kind]
    return next(iter(law.missing(law.action(DECIDED[approval.purpose].granted), standing.subject)), None)


def digest_now(standing: ApprovalStanding) -> str:
    """The digest over what would be signed, as the subject stands now."""
    return digest(DECIDED[standing.approval.purpose].facts(standing.subject))


def taken(act: A) -> Right:
    """The seat that the act is about."""
    right = right_of(act.standing, act.details.seat_id if act.details else None)
    if right is None:
        raise NotReady(kind="approval", action=act.action.name, missing=[Missing("seat_open")])
    return right


def absent_of(act: A) -> int | None:
    """In whose stead the act is done; None: in the actor's own right, or in nobody's seat."""
    right = right_of(act.standing, act.details.seat_id if act.details else None)
    return right.substitute_for if right else None


def decide(act: A, right: Right, verdict: Verdict, opinion: str | None, *, by: int | None = None) -> None:
    """A decision in a seat, over the digest that is signed, by the actor; nobody's where a limit passed in silence.
    `by`: whose signature is carried over."""
    act.tx.execute(
        INSERT_DECISION,
        {
            "approval_id": act.subject_id, "seat_id": right.seat.id, "verdict": verdict, "opinion": opinion,
            "digest": act.standing.approval.digest, "decided_by": by or act.actor.person_id,
            "substitute_for": right.substitute_for, "decided_at": act.now,
        },
    )  # fmt: skip
    mark(act, Seat, STATES[verdict], id=right.seat.id)
    if right.substitute_for is not None and act.actor.person_id is not None:
        enter_parties(act, act.subject_id, [act.actor.person_id], "substitute")


STATES = {
    Verdict.APPROVE: SeatState.SIGNED,
    Verdict.CARRIED: SeatState.SIGNED,
    Verdict.NO_OBJECTION: SeatState.SIGNED,
    Verdict.OPPOSE: SeatState.OPPOSED,
    Verdict.RETURN: SeatState.RETURNED,
}


def sign(act: A) -> None:
    """Effect of approving: the seat is signed, and the route goes on."""
    right = taken(act)
    decide(act, right, Verdict.APPROVE, act.details.opinion if act.details else None)
    go_on(act, with_state(act.standing.approval.seats, [right.seat.id], SeatState.SIGNED))


def oppose(act: A) -> None:
    """Effect of voting against."""
    right = taken(act)
    decide(act, right, Verdict.OPPOSE, act.reason)
    go_on(act, with_state(act.standing.approval.seats, [right.seat.id], SeatState.OPPOSED))


def go_on(act: A, seats: Sequence[SeatFact]) -> None:
    """From the seats as the move has left them: others lapse, others open and are asked; an end is concluded."""
    now = after(seats)
    if now.lapses:
        bring(act, now.lapses, SeatState.LAPSED)
        seats = with_state(seats, [seat.id for seat in now.lapses], SeatState.LAPSED)
    if now.opens:
        bring(act, now.opens, SeatState.OPEN)
        seats = with_state(seats, [seat.id for seat in now.opens], SeatState.OPEN)
    if now.outcome is Outcome.THROUGH:
        _follow(act, "conclude", seats)
    elif now.outcome is Outcome.LOST:
        _follow(act, "lose", seats)
    else:
        _ask_and_carry(act, seats, now)


def _ask_and_carry(act: A, seats: Sequence[SeatFact], now: After) -> None:
    """Whoever is to sign what has opened is asked; but not for what signatures that carry over leave to nobody."""
    carried = _carried(act, seats, now)
    brought = {each.seat_id for each in carried.signatures} if carried else set()
    stays = after(with_state(seats, brought, SeatState.SIGNED)).step == now.step
    for seat in now.opens if stays else ():
        if seat.id not in brought:
            ask(act, act.standing.approval.purpose, act.subject_id, seat)
    if carried:
        _follow(act, "carry_over", seats, carried)


def _carried(act: A, seats: Sequence[SeatFact], now: After) -> CarriedOver | None:
    """Nothing is brought along that could not be signed now."""
    left = step_left(act.standing, now)
    if left is None or unchanged(act.standing) or subject_fits(act.standing):
        return None
    signatures = signatures_of(act.tx, act.standing, seats, left, now.opens, act.today)
    return CarriedOver(from_step=left.step_key, signatures=signatures) if signatures else None


def carry_over(act: A) -> None:
    """Effect: the signatures stand in the step that has opened, each its own signer's, and the route goes on."""
    seats = {seat.id: seat for seat in act.standing.approval.seats}
    for each in act.details.signatures:
        seat = seats[each.seat_id]
        if seat.state == SeatState.WAITING:
            bring(act, [seat], SeatState.OPEN)
        decide(act, Right(seat), Verdict.CARRIED, None, by=each.person_id)
    signed = [each.seat_id for each in act.details.signatures]
    go_on(act, with_state(act.standing.approval.seats, signed, SeatState.SIGNED))


def _follow(act: A, action: str, seats: Sequence[SeatFact], details: CarriedOver | None = None) -> None:
    """The version has moved by one with the act itself."""
    approval = replace(act.standing.approval, version=act.standing.approval.version + 1, seats=tuple(seats))
    reason = act.reason if action == "lose" else None
    standing = replace(act.standing, approval=approval)
    act.follow("approval", act.subject_id, action, standing, reason=reason, details=details)


def bring(act: Act[Any], seats: Sequence[SeatFact], state: SeatState) -> None:
    """Seats to another state; those that open note since when."""
    also = {"opened_at": act.now} if state is SeatState.OPEN else None
    if len(seats) == 1:
        mark(act, Seat, state, also=also, id=seats[0].id)
    else:
        mark(act, Seat, state, Seat.id.in_([seat.id for seat in seats]), also=also)
