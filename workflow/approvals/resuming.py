"""Going on straight back with who returned: what was signed before stands; its signers are told the difference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from sqlalchemy import Connection, insert, select

from models import Approval, Decision, Seat
from models.states import ApprovalState, Role, SeatState, Verdict
from workflow.acts import Act
from workflow.approvals.letters import ask, enter_parties
from workflow.approvals.route import Outcome, after, complete_seats
from workflow.approvals.seating import Holder, Place, fact_of, row_for
from workflow.approvals.signatures import bring
from workflow.facts import SeatFact
from workflow.law import Telling
from workflow.signing import about
from workflow.standings.columns import actor

DECISION: Any = Decision.__table__
SEAT_COLUMNS = (
    Seat.id, Seat.step, Seat.step_key, Seat.role, Seat.mode, Seat.unit_id, Seat.state, Seat.turn, Seat.quorum,
    Seat.person_id, Seat.delegated_by, Seat.added_to, Seat.relation,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Earlier:
    """A signature of the round before."""

    decided_by: int | None
    substitute_for: int | None
    digest: str


Kept: TypeAlias = Mapping[int, Earlier]
"""Signatures that stand, by the place in the new round."""


@dataclass(frozen=True, slots=True)
class Returned:
    """The round before, where its returner asked that it comes straight back: what was signed up to that step."""

    facts: str
    signed: Mapping[tuple[str, Holder], Earlier]

    def of(self, place: Place) -> Earlier | None:
        return self.signed.get((place.of.key, _whose(place.holder)))


def _whose(holder: Holder) -> Holder:
    """A unit's seat is the unit's, whoever of it was given it by a move."""
    return holder if holder.role is None else Holder(holder.role, holder.unit_id)


def last_returned(tx: Connection, kind: str, subject_id: int) -> Returned | None:
    """The latest round of a subject, when it was returned so."""
    latest = (
        select(Approval.id, Approval.state, Approval.returned_step, Approval.signed_facts)
        .where(Approval.subject_kind == kind, Approval.subject_id == subject_id)
        .where(Approval.state != ApprovalState.OPEN)
        .order_by(Approval.round.desc())
        .limit(1)
    )
    row = tx.execute(latest).one_or_none()
    if row is None or row.state != ApprovalState.RETURNED or row.returned_step is None:
        return None
    return Returned(row.signed_facts, dict(_signed(tx, row.id, row.returned_step)))


def _signed(tx: Connection, approval_id: int, upto: int) -> Iterator[tuple[tuple[str, Holder], Earlier]]:
    """Whoever had signed, all that they had added included, in the steps before and beside who returned it. Whoever had
    added the one who returned it has not; nor is a limit that passed in silence a signature."""
    seats = [
        SeatFact(*row) for row in tx.execute(select(*SEAT_COLUMNS).where(Seat.approval_id == approval_id))
    ]
    told = select(DECISION).where(DECISION.c.approval_id == approval_id)
    decisions = {row.seat_id: row for row in tx.execute(told)}
    returner = max(decisions.values(), key=lambda row: row.id).seat_id
    seats = [replace(seat, state=SeatState.LAPSED) if seat.id == returner else seat for seat in seats]
    for seat in complete_seats([seat for seat in seats if seat.step <= upto]):
        by = decisions[seat.id]
        if by.verdict != Verdict.NO_OBJECTION:
            holder = Holder(Role(seat.role) if seat.role else None, seat.unit_id, seat.person_id)
            yield (seat.step_key, _whose(holder)), Earlier(by.decided_by, by.substitute_for, by.digest)


def kept(act: Act[Any], before: Returned | None, places: Sequence[Place], unit_id: int | None) -> Kept:
    """The signatures that stand in a new round, by place. None does where nobody would be left to be asked."""
    if before is None:
        return {}
    found = {n: earlier for n, place in enumerate(places) if (earlier := before.of(place)) is not None}
    found = {n: each for n, each in found.items() if _still_fit(act, places[n], each, unit_id)}
    facts = [
        fact_of(n, p, SeatState.SIGNED if n in found else SeatState.WAITING) for n, p in enumerate(places)
    ]
    return found if after(facts).outcome is Outcome.WAITS else {}


def _still_fit(act: Act[Any], place: Place, earlier: Earlier, unit_id: int | None) -> bool:
    """Nobody's signature stands under their own submission, nor accepts one of their own department (回避)."""
    people = [each for each in (earlier.decided_by, earlier.substitute_for) if each is not None]
    if act.actor.person_id in people:
        return False
    if place.holder.role != Role.SUPERVISOR or unit_id is None:
        return True
    held = (grant for each in people for grant in actor(act.tx, each, act.now).grants)
    return all(grant.unit_id != unit_id for grant in held)


def seat_on(
    act: Act[Any], approval_id: int, purpose: str, places: Sequence[Place], standing: Kept, changed: list[str]
) -> None:
    """All seats; those whose signature stands are signed with the digest that was signed then."""
    facts = []
    for n, place in enumerate(places):
        row = row_for(approval_id, place, None)
        if n in standing:
            row |= {"state": SeatState.SIGNED}
        facts.append(fact_of(act.make(Seat, **row), place, row["state"]))
    for n, earlier in standing.items():
        _carry(act, approval_id, facts[n].id, earlier)
    now = after(facts)
    bring(act, now.lapses, SeatState.LAPSED)
    bring(act, now.opens, SeatState.OPEN)
    for seat in now.opens:
        ask(act, purpose, approval_id, seat)
    told = {each.decided_by for each in standing.values() if each.decided_by is not None}
    _tell_difference(act, approval_id, told, changed)


def _carry(act: Act[Any], approval_id: int, seat_id: int, earlier: Earlier) -> None:
    act.tx.execute(
        insert(DECISION),
        {
            "approval_id": approval_id, "seat_id": seat_id, "verdict": Verdict.CARRIED, "opinion": None,
            "digest": earlier.digest, "decided_by": earlier.decided_by,
            "substitute_for": earlier.substitute_for, "decided_at": act.now,
        },
    )  # fmt: skip


def _tell_difference(act: Act[Any], approval_id: int, people: set[int], changed: list[str]) -> None:
    """Who signed before is copied what is different now."""
    enter_parties(act, approval_id, people, "copied")
    facts = {**about(act), "approval_id": approval_id, "changed": changed}
    for person in sorted(people):
        act.tell(Telling("resubmitted", {"person_id": person}, facts))
