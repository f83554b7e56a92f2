"""Who is asked, told and remembered as having been asked."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import insert, select

from models import ApprovalParty
from models.states import Purpose, Role
from workflow.acts import Act
from workflow.approvals.rights import ADJUSTS_TOO
from workflow.approvals.subjects import DECIDED
from workflow.facts import SeatFact
from workflow.law import Telling
from workflow.signing import about

PARTY: Any = ApprovalParty.__table__


def ask(act: Act[Any], purpose: str, approval_id: int, seat: SeatFact) -> None:
    """The letter to whoever may sign a seat."""
    facts = {**about(act), "approval_id": approval_id}
    act.tell(Telling(DECIDED[purpose].asks, audience_of(seat), facts))
    is_offices = seat.role == Role.SUPERVISOR and seat.unit_id == act.standing.office_id
    if purpose == Purpose.ADJUSTMENT and is_offices and seat.person_id is None:
        signatory = {"role": ADJUSTS_TOO, "unit_id": seat.unit_id}
        act.tell(Telling(DECIDED[purpose].asks, signatory, facts))


def audience_of(seat: SeatFact) -> dict[str, Any]:
    if seat.person_id is not None:
        return {"person_id": seat.person_id}
    return {"role": seat.role, "unit_id": seat.unit_id}


def enter_parties(act: Act[Any], approval_id: int, people: Iterable[int], because: str) -> None:
    """People who are asked about an approval see it from now on, whatever becomes of their grants."""
    wanted = set(people)
    if not wanted:
        return
    known = select(PARTY.c.person_id).where(
        PARTY.c.approval_id == approval_id, PARTY.c.because == because, PARTY.c.person_id.in_(sorted(wanted))
    )
    new = sorted(wanted - set(act.tx.execute(known).scalars()))
    rows = [
        {"approval_id": approval_id, "person_id": person, "because": because, "since_at": act.now}
        for person in new
    ]
    if rows:
        act.tx.execute(insert(PARTY), rows)


def difference(before: str, now: str) -> list[str]:
    """Which parts of what is signed differ: `targets`, `figures`, `evidence`, `shares`, `text`…"""
    old, new = json.loads(before), json.loads(now)
    return sorted(part for part in old.keys() | new.keys() if old.get(part) != new.get(part))
