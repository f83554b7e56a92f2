"""Opening a round: the definition that holds for the subject, its seats, and who is asked first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import insert

from models import Approval, Seat
from models.states import ApprovalState, Purpose
from workflow.acts import Act
from workflow.approvals.choosing import Chosen, choose
from workflow.approvals.letters import ask, difference, enter_parties
from workflow.approvals.resuming import kept, last_returned, seat_on
from workflow.approvals.route import after
from workflow.approvals.seating import Asked, Place, fact_of, places_for, row_for
from workflow.signing import digest

INSERT_SEAT = insert(Seat).inline()


@dataclass(frozen=True, slots=True)
class Opening:
    """What is to be approved: the subject with its canonical text, and who hands it in, from which department."""

    purpose: Purpose
    kind: str
    subject_id: int
    text: str
    round: int
    milestone_id: int | None = None
    unit_id: int | None = None
    quantities: tuple[Decimal, ...] = ()
    submitter: int | None = None
    """None: who acts."""


def open_round(act: Act[Any], opening: Opening) -> int:
    """Effect of handing in: a new round with all its seats, and those whose turn it is are asked. The approval's id."""
    chosen = choose(act.tx, opening.purpose, act.standing.task.id, opening.milestone_id)
    submitter = int(opening.submitter or act.actor.person_id or 0)
    asked = Asked(act.standing, chosen.programme, opening.quantities, submitter, act.today)
    places = places_for(act.tx, chosen.definition, asked)
    approval_id = _approval(act, opening, chosen, submitter)
    before = last_returned(act.tx, opening.kind, opening.subject_id) if opening.round > 1 else None
    standing = kept(act, before, places, opening.unit_id)
    if before is None or not standing:
        _seat_all(act, approval_id, opening.purpose, places)
    else:
        changed = difference(before.facts, opening.text)
        seat_on(act, approval_id, opening.purpose, places, standing, changed)
    named = {place.holder.person_id for place in places if place.holder.person_id is not None}
    enter_parties(act, approval_id, named, "named")
    return approval_id


def _approval(act: Act[Any], opening: Opening, chosen: Chosen, submitter: int) -> int:
    values = {
        "task_id": act.standing.task.id, "milestone_id": opening.milestone_id, "purpose": opening.purpose,
        "subject_kind": opening.kind, "subject_id": opening.subject_id, "round": opening.round,
        "state": ApprovalState.OPEN, "definition_id": chosen.id, "digest": digest(opening.text),
        "signed_facts": opening.text, "opened_at": act.now, "opened_by": submitter,
        "opened_unit_id": opening.unit_id, "carries_over": chosen.definition.carries_over,
    }  # fmt: skip
    approval_id = act.make(Approval, **values)
    act.created("approval", approval_id, "open", ApprovalState.OPEN, {"digest": values["digest"]})
    return approval_id


def _seat_all(act: Act[Any], approval_id: int, purpose: str, places: Sequence[Place]) -> None:
    """All seats at once; those whose turn it is are open from the beginning."""
    facts = [fact_of(n, place) for n, place in enumerate(places)]
    opens = after(facts).opens
    first = {seat.id for seat in opens}
    rows = [row_for(approval_id, p, act.now if n in first else None) for n, p in enumerate(places)]
    act.tx.execute(INSERT_SEAT, rows)
    for seat in opens:
        ask(act, purpose, approval_id, seat)
