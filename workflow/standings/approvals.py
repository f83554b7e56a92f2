"""Loads approvals: those of milestones by one statement, whatever their number; others beside their subjects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, and_, bindparam, or_, select

from models import Absence, Approval, ApprovalParty, Decision, Grant, Milestone, Seat, Task, Unit
from models.states import ApprovalState, Purpose
from workflow.actors import Actor, Held
from workflow.facts import ApprovalFact, ApprovalStanding, DecisionFact, PartFact
from workflow.gathering import asked, children, chosen, gather, row_of, values
from workflow.law import LAWS
from workflow.standings.columns import (
    OFFICE,
    PARTS,
    TASK,
    AnySelect,
    actor_from,
    grants_of,
    task_fact,
    who,
)
from workflow.standings.milestones import (
    APPROVAL_COLUMNS,
    DECISION_COLUMNS,
    SEAT_COLUMNS,
    milestone_from,
    seats_from,
    with_milestones,
)

ABSENT = Grant.__table__.alias("absent")
ABSENT_IN = Unit.__table__.alias("absent_in")


def _in_force(from_on: Any, to_on: Any) -> Any:
    return and_(from_on <= bindparam("today"), or_(to_on.is_(None), to_on >= bindparam("today")))


def stand_ins_of(of: Any = ()) -> Any:
    """What people hold whose substitute (代理) the actor is on the day, as a gathered column."""
    held = Absence.__table__.join(ABSENT, ABSENT.c.person_id == Absence.person_id)
    return gather(
        Absence.person_id, ABSENT.c.role, ABSENT.c.unit_id, ABSENT_IN.c.organ_id, ABSENT_IN.c.is_office,
        where=and_(
            Absence.substitute_id == bindparam("actor"), Absence.ended_at.is_(None),
            _in_force(Absence.from_on, Absence.to_on), _in_force(ABSENT.c.from_on, ABSENT.c.to_on),
        ),
        of=of,
        joining=held.outerjoin(ABSENT_IN, ABSENT_IN.c.id == ABSENT.c.unit_id),
    )  # fmt: skip


def stand_ins_from(text: str | None) -> tuple[Actor, ...]:
    """The absent, each with all that they hold."""
    held: defaultdict[int, list[Held]] = defaultdict(list)
    for person, role, unit, organ, office in children(text, lambda *columns: columns):
        held[person].append(Held(role, unit, organ, bool(office)))
    return tuple(Actor(person, tuple(grants)) for person, grants in sorted(held.items()))


def _own_columns(of: Any) -> tuple[Any, ...]:
    return (
        row_of(*APPROVAL_COLUMNS).label("approval"),
        gather(*SEAT_COLUMNS, where=Seat.approval_id == Approval.id, of=of).label("seats"),
        gather(*DECISION_COLUMNS, where=Decision.approval_id == Approval.id, of=of).label("decisions"),
        gather(
            ApprovalParty.id, of=of,
            where=and_(ApprovalParty.approval_id == Approval.id, ApprovalParty.person_id == bindparam("actor")),
        ).label("parties"),
        stand_ins_of(of).label("stand_ins"),
    )  # fmt: skip


@cache
def _acceptances(*, one: bool) -> AnySelect:
    """Approvals of milestones, open or not, each with its milestone."""
    own = (Approval.milestone_id == Milestone.id, Approval.purpose == Purpose.ACCEPTANCE)
    statement = with_milestones().add_columns(*_own_columns(Approval))
    return statement.join(Approval, and_(*own)).where(chosen(Approval.id, one=one))


@cache
def _others() -> AnySelect:
    """Approvals of everything else under a task."""
    statement = select(
        TASK, PARTS, OFFICE, grants_of((Approval, Task)).label("grants"), *_own_columns(Approval)
    )
    joined = statement.select_from(Approval).join(Task, Task.id == Approval.task_id)
    return joined.where(chosen(Approval.id, one=False), Approval.purpose != Purpose.ACCEPTANCE)


def load_approvals(
    tx: Connection, ids: Sequence[int], actor_id: int | None, now: datetime
) -> Mapping[int, ApprovalStanding]:
    """Standings of approvals by id: the approval with its seats and decisions, and the standing of its subject."""
    rows = tx.execute(_acceptances(one=len(ids) == 1), {**asked(ids), **who(actor_id, now)})
    found = {standing.approval.id: standing for standing in (_acceptance(row, actor_id) for row in rows)}
    if rest := [each for each in ids if each not in found]:
        found |= _load_others(tx, rest, actor_id, now)
    return found


def _acceptance(row: Any, actor_id: int | None) -> ApprovalStanding:
    fact = _fact(row)
    milestone = milestone_from(row, actor_id, fact if fact.state == ApprovalState.OPEN else None)
    shared = (milestone.task, milestone.parts, milestone.actor, milestone.office_id)
    return ApprovalStanding(*shared, fact, milestone, *_beside(row))


def _fact(row: Any) -> ApprovalFact:
    return replace(ApprovalFact(*values(row.approval)), seats=seats_from(row))


def _beside(row: Any) -> tuple[Any, ...]:
    return (
        children(row.decisions, DecisionFact),
        stand_ins_from(row.stand_ins),
        bool(children(row.parties, int)),
    )


def _load_others(
    tx: Connection, ids: Sequence[int], actor_id: int | None, now: datetime
) -> dict[int, ApprovalStanding]:
    rows = {}
    for row in tx.execute(_others(), {"ids": list(ids), **who(actor_id, now)}):
        fact = _fact(row)
        rows[fact.id] = (fact, row)
    subjects = _subjects(tx, [fact for fact, _ in rows.values()], actor_id, now)
    return {
        id_: ApprovalStanding(
            task_fact(row), children(row.parts, PartFact), actor_from(actor_id, row.grants), row.office_id, fact,
            subjects[fact.subject_kind, fact.subject_id], *_beside(row),
        )
        for id_, (fact, row) in rows.items()
    }  # fmt: skip


def _subjects(
    tx: Connection, facts: Sequence[ApprovalFact], actor_id: int | None, now: datetime
) -> dict[tuple[str, int], Any]:
    """The standings of what they decide, by kind and id: each kind's own loader reads them."""
    wanted: defaultdict[str, list[int]] = defaultdict(list)
    for fact in facts:
        wanted[fact.subject_kind].append(fact.subject_id)
    return {
        (kind, id_): standing
        for kind, ids in wanted.items()
        for id_, standing in LAWS[kind].load(tx, ids, actor_id, now).items()
    }
