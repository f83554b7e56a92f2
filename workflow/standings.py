"""Loads standings: one statement for the milestones asked for, one for tasks, whatever their number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import Connection, Select, and_, bindparam, func, or_, select

from models import (
    Approval,
    Card,
    Decision,
    Evidence,
    Grant,
    Indicator,
    Milestone,
    Notice,
    Part,
    ProgressEntry,
    Seat,
    Task,
    Unit,
)
from models.states import ApprovalState, CardState, EvidenceState, NoticeState
from workflow.actors import SYSTEM, Actor, Held
from workflow.civil import day_of
from workflow.facts import (
    ApprovalFact,
    ApprovalStanding,
    CardFact,
    CardStanding,
    DecisionFact,
    EntryFact,
    EvidenceFact,
    IndicatorFact,
    MilestoneStanding,
    NoticeFact,
    NoticeStanding,
    PartFact,
    PartStanding,
    SeatFact,
    SiblingFact,
    TaskFact,
    TaskStanding,
)
from workflow.gathering import asked, children, chosen, day, exact, gather, is_one_of, row_of, values

AnySelect: TypeAlias = Select[*tuple[Any, ...]]
SETTLED_CARDS = (CardState.LIFTED, CardState.REVOKED)
DONE_NOTICES = (NoticeState.CLOSED, NoticeState.REPLACED, NoticeState.VOIDED)


def grants_of(of: Any = ()) -> Any:
    """The grants that the actor (`actor`) holds on the day (`today`), as a gathered column."""
    return gather(
        Grant.role, Grant.unit_id, Unit.organ_id, Unit.is_office,
        where=and_(
            Grant.person_id == bindparam("actor"),
            Grant.from_on <= bindparam("today"),
            or_(Grant.to_on.is_(None), Grant.to_on >= bindparam("today")),
        ),
        of=of,
        joining=Grant.__table__.outerjoin(Unit.__table__, Grant.unit_id == Unit.id),
    )  # fmt: skip


def actor_from(actor_id: int | None, grants: str | None) -> Actor:
    if actor_id is None:
        return SYSTEM
    return Actor(actor_id, children(grants, lambda r, u, o, office: Held(r, u, o, bool(office))))


def actor(tx: Connection, actor_id: int | None, now: datetime) -> Actor:
    """A person with the grants in force on the civil day of `now`."""
    if actor_id is None:
        return SYSTEM
    statement = select(grants_of())
    return actor_from(actor_id, tx.execute(statement, who(actor_id, now)).scalar_one())


def who(actor_id: int | None, now: datetime) -> dict[str, Any]:
    """What the grants of a standing are bound to: the person (none for the system) and the civil day."""
    return {"actor": actor_id if actor_id is not None else -1, "today": day_of(now)}


OFFICE = select(func.min(Unit.id)).where(Unit.is_office).correlate(None).scalar_subquery().label("office_id")
TASK = row_of(
    Task.id, Task.plan_id, Task.number, Task.name, Task.state, Task.version, Task.suspended_on,
).label("task")  # fmt: skip
MILESTONE = row_of(
    Milestone.id, Milestone.state, Milestone.version, Milestone.year, Milestone.text, Milestone.due_on,
    Milestone.round, Milestone.submission, Milestone.submitted_by, Milestone.submitted_unit_id,
).label("milestone")  # fmt: skip
PARTS = gather(Part.id, Part.unit_id, Part.role, Part.state, where=Part.task_id == Task.id, of=Task).label(
    "parts"
)
APPROVAL_COLUMNS = (
    Approval.id, Approval.milestone_id, Approval.round, Approval.state, Approval.digest,
    Approval.definition_id, Approval.opened_by, Approval.version,
)  # fmt: skip
SEAT_COLUMNS = (
    Seat.id, Seat.step, Seat.step_key, Seat.role, Seat.mode, Seat.unit_id, Seat.state,
)  # fmt: skip
DECISION_COLUMNS = (Decision.approval_id, Decision.seat_id, Decision.verdict, Decision.decided_by)
INDICATOR_COLUMNS = (
    Indicator.id, Indicator.milestone_id, Indicator.metric, Indicator.quantity, Indicator.unit,
    Indicator.comparator, Indicator.basis, Indicator.kind, Indicator.goal_id,
)  # fmt: skip
ENTRY_COLUMNS = (
    ProgressEntry.id, ProgressEntry.milestone_id, ProgressEntry.indicator_id, ProgressEntry.unit_id,
    ProgressEntry.quantity, ProgressEntry.as_of_on,
)  # fmt: skip


def _task(row: Any) -> TaskFact:
    id_, plan_id, number, name, state, version, suspended_on = values(row.task)
    return TaskFact(id_, plan_id, number, name, state, version, day(suspended_on))


def _indicator(
    i: int, m: int | None, metric: str, q: Any, unit: str, comp: str, basis: str, kind: str, goal: Any
) -> IndicatorFact:
    return IndicatorFact(i, m, metric, exact(q), unit, comp, basis, kind, goal)


def _entry(i: int, m: int, ind: int | None, unit: int, q: Any, as_of: str) -> EntryFact:
    return EntryFact(i, m, ind, unit, exact(q), date.fromisoformat(as_of))


def _sibling(i: int, state: str, year: int, due: str) -> SiblingFact:
    return SiblingFact(i, state, year, date.fromisoformat(due))


@cache
def _milestones_statement(*, one: bool) -> AnySelect:
    """Milestones with their open approvals."""
    is_open = and_(Approval.milestone_id == Milestone.id, Approval.state == ApprovalState.OPEN)
    table = Approval.__table__
    statement = _milestones().add_columns(
        gather(*APPROVAL_COLUMNS, where=is_open, of=Milestone).label("approvals"),
        gather(*SEAT_COLUMNS, where=is_open, of=Milestone,
               joining=Seat.__table__.join(table, Seat.approval_id == Approval.id)).label("seats"),
        gather(*DECISION_COLUMNS, where=is_open, of=Milestone,
               joining=Decision.__table__.join(table, Decision.approval_id == Approval.id)).label("decisions"),
    )  # fmt: skip
    return statement.where(chosen(Milestone.id, one=one))


def _milestones() -> AnySelect:
    sibling = Milestone.__table__.alias("sibling")
    return (
        select(
            MILESTONE, TASK, PARTS, OFFICE,
            gather(sibling.c.id, sibling.c.state, sibling.c.year, sibling.c.due_on,
                   where=sibling.c.task_id == Task.id, of=Task).label("siblings"),
            gather(*INDICATOR_COLUMNS, where=Indicator.milestone_id == Milestone.id, of=Milestone).label("indicators"),
            gather(*ENTRY_COLUMNS, where=ProgressEntry.milestone_id == Milestone.id, of=Milestone).label("entries"),
            gather(Evidence.id, Evidence.sha256, Evidence.state, Evidence.unit_id,
                   where=and_(Evidence.milestone_id == Milestone.id,
                              is_one_of(Evidence.state, (EvidenceState.ATTACHED, EvidenceState.ACCEPTED))),
                   of=Milestone).label("evidence"),
            grants_of((Milestone, Task)).label("grants"),
        )
        .select_from(Milestone)
        .join(Task, Task.id == Milestone.task_id)
    )  # fmt: skip


def load_milestones(
    tx: Connection, ids: Sequence[int], actor_id: int | None, now: datetime
) -> Mapping[int, MilestoneStanding]:
    """Standings of milestones by id, for one actor on one day."""
    rows = tx.execute(_milestones_statement(one=len(ids) == 1), {**asked(ids), **who(actor_id, now)})
    standings = [_milestone(row, actor_id, _open_approval(row)) for row in rows]
    return {standing.id: standing for standing in standings}


def _open_approval(row: Any) -> ApprovalFact | None:
    opened = children(row.approvals, ApprovalFact)
    return replace(opened[0], seats=_seats(row)) if opened else None


def _milestone(row: Any, actor_id: int | None, approval: ApprovalFact | None) -> MilestoneStanding:
    id_, state, version, year, text, due_on, round_, submission, by, unit_id = values(row.milestone)
    return MilestoneStanding(
        task=_task(row), parts=children(row.parts, PartFact), actor=actor_from(actor_id, row.grants),
        office_id=row.office_id, id=id_, state=state, version=version, year=year, text=text,
        due_on=date.fromisoformat(due_on), round=round_, submission=submission, submitted_by=by,
        submitted_unit_id=unit_id, siblings=children(row.siblings, _sibling),
        indicators=children(row.indicators, _indicator), entries=children(row.entries, _entry),
        evidence=children(row.evidence, EvidenceFact), approval=approval,
        decisions=children(row.decisions, DecisionFact) if approval else (),
    )  # fmt: skip


def _seats(row: Any) -> tuple[SeatFact, ...]:
    return tuple(sorted(children(row.seats, SeatFact), key=lambda seat: (seat.step, seat.id)))


@cache
def _approvals_statement(*, one: bool) -> AnySelect:
    """Approvals, open or not, each with its milestone."""
    statement = _milestones().add_columns(
        row_of(*APPROVAL_COLUMNS).label("approval"),
        gather(*SEAT_COLUMNS, where=Seat.approval_id == Approval.id, of=Approval).label("seats"),
        gather(*DECISION_COLUMNS, where=Decision.approval_id == Approval.id, of=Approval).label("decisions"),
    )
    return statement.join(Approval, Approval.milestone_id == Milestone.id).where(chosen(Approval.id, one=one))


def load_approvals(
    tx: Connection, ids: Sequence[int], actor_id: int | None, now: datetime
) -> Mapping[int, ApprovalStanding]:
    """Standings of approvals by id: the approval with its seats and decisions, and its milestone's standing."""
    rows = tx.execute(_approvals_statement(one=len(ids) == 1), {**asked(ids), **who(actor_id, now)})
    standings = [_approval(row, actor_id) for row in rows]
    return {standing.approval.id: standing for standing in standings}


def _approval(row: Any, actor_id: int | None) -> ApprovalStanding:
    fact = replace(ApprovalFact(*values(row.approval)), seats=_seats(row))
    milestone = _milestone(row, actor_id, fact if fact.state == ApprovalState.OPEN else None)
    return ApprovalStanding(
        milestone.task, milestone.parts, milestone.actor, milestone.office_id, fact, milestone,
        children(row.decisions, DecisionFact),
    )  # fmt: skip


@cache
def _tasks_statement(*, one: bool) -> AnySelect:
    return select(
        TASK, PARTS, OFFICE,
        gather(Milestone.id, Milestone.state, Milestone.year, Milestone.due_on,
               where=Milestone.task_id == Task.id, of=Task).label("siblings"),
        gather(*INDICATOR_COLUMNS, where=Indicator.task_id == Task.id, of=Task).label("indicators"),
        gather(*ENTRY_COLUMNS, where=ProgressEntry.task_id == Task.id, of=Task).label("entries"),
        gather(Card.id, Card.milestone_id, Card.unit_id, Card.colour, Card.rung, Card.episode, Card.state,
               where=and_(Card.task_id == Task.id, ~is_one_of(Card.state, SETTLED_CARDS)), of=Task).label("cards"),
        gather(Notice.id, Notice.unit_id, Notice.kind, Notice.state,
               where=and_(Notice.task_id == Task.id, ~is_one_of(Notice.state, DONE_NOTICES)), of=Task).label("notices"),
        grants_of(Task).label("grants"),
    ).where(chosen(Task.id, one=one))  # fmt: skip


def load_tasks(
    tx: Connection, ids: Sequence[int], actor_id: int | None, now: datetime
) -> Mapping[int, TaskStanding]:
    """Standings of tasks by id."""
    rows = tx.execute(_tasks_statement(one=len(ids) == 1), {**asked(ids), **who(actor_id, now)})
    standings = [_task_standing(row, actor_id) for row in rows]
    return {standing.task.id: standing for standing in standings}


def _task_standing(row: Any, actor_id: int | None) -> TaskStanding:
    indicators = children(row.indicators, _indicator)
    return TaskStanding(
        task=_task(row), parts=children(row.parts, PartFact), actor=actor_from(actor_id, row.grants),
        office_id=row.office_id, milestones=children(row.siblings, _sibling),
        goals=tuple(i for i in indicators if i.milestone_id is None),
        indicators=tuple(i for i in indicators if i.milestone_id is not None),
        entries=children(row.entries, _entry), open_cards=children(row.cards, CardFact),
        open_notices=children(row.notices, NoticeFact),
    )  # fmt: skip


def _shared(standing: TaskStanding) -> tuple[TaskFact, tuple[PartFact, ...], Actor, int | None]:
    return (standing.task, standing.parts, standing.actor, standing.office_id)


def load_parts(
    tx: Connection, ids: Sequence[int], actor_id: int | None, now: datetime
) -> Mapping[int, PartStanding]:
    """Standings of units' parts by id."""
    rows = tx.execute(select(Part.__table__).where(Part.id.in_(ids))).all()
    tasks = load_tasks(tx, sorted({row.task_id for row in rows}), actor_id, now)
    return {
        row.id: PartStanding(
            *_shared(tasks[row.task_id]), PartFact(row.id, row.unit_id, row.role, row.state), row.version
        )
        for row in rows
    }


def load_cards(
    tx: Connection, ids: Sequence[int], actor_id: int | None, now: datetime
) -> Mapping[int, CardStanding]:
    """Standings of cards by id."""
    statement = select(Card.__table__, Milestone.state.label("m_state")).join(
        Milestone, Milestone.id == Card.milestone_id
    )
    rows = tx.execute(statement.where(Card.id.in_(ids))).all()
    tasks = load_tasks(tx, sorted({row.task_id for row in rows}), actor_id, now)
    return {
        row.id: CardStanding(
            *_shared(tasks[row.task_id]),
            CardFact(row.id, row.milestone_id, row.unit_id, row.colour, row.rung, row.episode, row.state),
            row.version, row.raised_by, row.m_state,
        )
        for row in rows
    }  # fmt: skip


def load_notices(
    tx: Connection, ids: Sequence[int], actor_id: int | None, now: datetime
) -> Mapping[int, NoticeStanding]:
    """Standings of notices by id."""
    rows = tx.execute(select(Notice.__table__).where(Notice.id.in_(ids))).all()
    tasks = load_tasks(tx, sorted({row.task_id for row in rows}), actor_id, now)
    return {
        row.id: NoticeStanding(
            *_shared(tasks[row.task_id]), NoticeFact(row.id, row.unit_id, row.kind, row.state), row.version,
            row.milestone_id, row.card_id, row.requirement, row.reply_on,
        )
        for row in rows
    }  # fmt: skip
