"""Signatures that carry over: where the definition does not ask the same person twice (`same_person: carry_over`).

When a step is carried, whoever approved in it has signed the next one as well, as far as a seat of it could be theirs
by what they hold at this very moment. Only what somebody approved themselves: not in an absent person's stead, not by a
limit that passed in silence, and over the bytes of this round.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from pydantic import Field
from sqlalchemy import Connection, select

from models import Decision
from models.states import SeatState, Verdict
from workflow.actors import Actor
from workflow.approvals.holders import read_people
from workflow.approvals.rights import may_sign
from workflow.approvals.route import OUT, After, after, with_state
from workflow.facts import ApprovalStanding, DecisionFact, SeatFact
from workflow.law import Details, RowId
from workflow.needs import gaps_left

GIVEN = select(
    Decision.approval_id, Decision.seat_id, Decision.verdict, Decision.decided_by, Decision.substitute_for,
    Decision.digest,
).order_by(Decision.id)  # fmt: skip
APPROVED = (Verdict.APPROVE, Verdict.CARRIED)


class Signature(Details):
    """Whose signature is brought to which seat."""

    seat_id: RowId = Field(examples=[3])
    person_id: RowId = Field(examples=[7])


class CarriedOver(Details):
    """The step that was carried, by its key, and the signatures that count in the next one as well."""

    from_step: str = Field(examples=["countersign"])
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class Signer:
    """Who approved, with what they hold today, and the units that they approved for."""

    actor: Actor
    units: frozenset[int]


def step_left(standing: ApprovalStanding, now: After) -> SeatFact | None:
    """A seat of the step that the act has carried, where the next one opens and signatures carry over to it."""
    stood = after(standing.approval.seats).step if standing.approval.carries_over and now.opens else None
    if stood is None or now.step is None or now.step <= stood or _asks_more(standing, now.opens[0]):
        return None
    return next(seat for seat in standing.approval.seats if seat.step == stood)


def _asks_more(standing: ApprovalStanding, seat: SeatFact) -> bool:
    """Who accepts marks the criteria, and by a settled definition: a signature brought along does neither."""
    last = seat.step == max(each.step for each in standing.approval.seats)
    marks = standing.milestone is not None and bool(standing.milestone.criteria)
    return last and (marks or gaps_left(standing, seat) is not None)


def signatures_of(
    tx: Connection, standing: ApprovalStanding, seats: Sequence[SeatFact], left: SeatFact,
    opened: Sequence[SeatFact], on: date,
) -> tuple[Signature, ...]:  # fmt: skip
    """Whose signatures go to which seats of the step that has just opened: two statements, however many they are."""
    given = tx.execute(GIVEN.where(Decision.approval_id == standing.approval.id)).all()
    standing = replace(standing, decisions=tuple(DecisionFact(*row[:5]) for row in given))
    step = [seat.id for seat in seats if seat.step == opened[0].step and seat.state not in OUT]
    decided = {who for row in given if row.seat_id in step for who in (row.decided_by, row.substitute_for)}
    signers = _signers(tx, standing, seats, left.step, given, on)
    free = [signer for signer in signers if signer.actor.person_id not in decided]
    return tuple(_placed(standing, seats, {seat.id for seat in opened}, free))


def _signers(
    tx: Connection, standing: ApprovalStanding, seats: Iterable[SeatFact], step: int, given: Iterable[Any], on: date
) -> Iterator[Signer]:  # fmt: skip
    """Whoever approved in a step by themselves, in the order in which they did."""
    signed = {seat.id: seat for seat in seats if seat.step == step and seat.state == SeatState.SIGNED}
    units: dict[int, set[int]] = {}
    for row in given:
        own = row.substitute_for is None and row.digest == standing.approval.digest
        if own and row.seat_id in signed and row.verdict in APPROVED:
            units.setdefault(row.decided_by, set()).update({signed[row.seat_id].unit_id or 0} - {0})
    actors, _ = read_people(tx, set(units), on) if units else ({}, {})
    return (Signer(actors[who], frozenset(theirs)) for who, theirs in units.items() if who in actors)


def _placed(
    standing: ApprovalStanding, seats: Sequence[SeatFact], opened: set[int], free: Sequence[Signer]
) -> Iterator[Signature]:
    """One after another, each in one seat, until the step is carried or none of those that are open is theirs. In a
    sequence the next turn opens with each."""
    now = after(seats)
    step = now.step
    while now.step == step:
        seats = with_state(seats, [seat.id for seat in now.opens], SeatState.OPEN)
        opened |= {seat.id for seat in now.opens}
        asked = [seat for seat in seats if seat.id in opened and seat.state == SeatState.OPEN]
        found = next(((who, at) for who in free if (at := _seat_for(standing, seats, asked, who))), None)
        if found is None:
            return
        signer, seat = found
        yield Signature(seat_id=seat.id, person_id=int(signer.actor.person_id or 0))
        free = [other for other in free if other is not signer]
        seats = with_state(seats, [seat.id], SeatState.SIGNED)
        now = after(seats)


def _seat_for(
    standing: ApprovalStanding, seats: Sequence[SeatFact], asked: Sequence[SeatFact], signer: Signer
) -> SeatFact | None:
    """The seat that is somebody's to sign now: nobody has two in a step, so theirs by name before one of their role;
    of these that of the unit that they approved for."""
    who, step = signer.actor, {seat.step for seat in asked}
    of_step = [seat for seat in seats if seat.step in step and seat.state not in OUT]
    sits = any(who.person_id in (seat.person_id, seat.delegated_by) for seat in of_step)
    could = (
        seat
        for seat in asked
        if (seat.person_id == who.person_id or not sits)
        and may_sign(replace(standing, actor=who, stand_ins=()), who, seat)
    )
    return min(could, key=lambda seat: (seat.unit_id not in signer.units, seat.id), default=None)
