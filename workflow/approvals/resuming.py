"""Going on straight back with who returned: what was signed before stands; its signers are told the difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select

from models import Approval, Decision, Seat
from models.states import ApprovalState, SeatState, Verdict
from workflow.acts import Act
from workflow.approvals.letters import ask, difference, enter_parties
from workflow.approvals.route import after
from workflow.approvals.seating import Holder, Place, fact_of, row_for
from workflow.approvals.signatures import bring
from workflow.law import Telling
from workflow.signing import about

DECISION: Any = Decision.__table__


@dataclass(frozen=True, slots=True)
class Earlier:
    """A signature of the round before."""

    decided_by: int | None
    substitute_for: int | None
    digest: str


@dataclass(frozen=True, slots=True)
class Returned:
    """The round before, where its returner asked that it comes straight back: what was signed before that step."""

    facts: str
    signed: dict[tuple[str, Holder], Earlier]


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
    signed = (
        select(
            Seat.step_key, Seat.role, Seat.unit_id, Seat.person_id, Decision.decided_by,
            Decision.substitute_for, Decision.digest,
        )
        .join(Decision, Decision.seat_id == Seat.id)
        .where(
            Seat.approval_id == row.id, Seat.state == SeatState.SIGNED, Seat.step < row.returned_step,
            Seat.added_to.is_(None), Decision.verdict != Verdict.NO_OBJECTION,
        )
    )  # fmt: skip
    return Returned(
        row.signed_facts,
        {
            (s.step_key, Holder(s.role, s.unit_id, s.person_id)): Earlier(
                s.decided_by, s.substitute_for, s.digest
            )
            for s in tx.execute(signed)
        },
    )


def seat_on(
    act: Act[Any], approval_id: int, purpose: str, places: Sequence[Place], before: Returned, text: str
) -> None:
    """All seats; those signed in the round before are signed with the digest that was signed then."""
    facts, told = [], set()
    for place in places:
        earlier = before.signed.get((place.of.key, place.holder))
        row = row_for(approval_id, place, None)
        if earlier is not None:
            row |= {"state": SeatState.SIGNED}
            told.add(earlier.decided_by)
        seat_id = act.make(Seat, **row)
        if earlier is not None:
            _carry(act, approval_id, seat_id, earlier)
        facts.append(fact_of(seat_id, place, row["state"]))
    now = after(facts)
    for seat in now.opens:
        ask(act, purpose, approval_id, seat)
    bring(act, now.opens, SeatState.OPEN)
    _tell_difference(
        act, approval_id, {each for each in told if each is not None}, difference(before.facts, text)
    )


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
