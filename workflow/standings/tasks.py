"""Loads tasks and what hangs on them as a whole: parts, cards, notices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, and_, func, select

from models import (
    Approval,
    AuditEvent,
    Card,
    Indicator,
    Instruction,
    Milestone,
    Notice,
    Part,
    Share,
    Task,
    Unit,
)
from models.states import ApprovalState, CardState, InstructionState, NoticeState
from workflow.actors import Actor
from workflow.civil import day_of
from workflow.facts import (
    CardFact,
    CardStanding,
    LateShareFact,
    NoticeFact,
    NoticeStanding,
    PartFact,
    PartStanding,
    TaskFact,
    TaskStanding,
    UnansweredFact,
)
from workflow.gathering import asked, children, chosen, gather, is_one_of
from workflow.standings.columns import (
    INDICATOR_COLUMNS,
    OFFICE,
    PARTS,
    TASK,
    AnySelect,
    actor_from,
    grants_of,
    indicator_fact,
    sibling_fact,
    task_fact,
    who,
)

SETTLED_CARDS = (CardState.LIFTED, CardState.REVOKED)
DONE_NOTICES = (NoticeState.CLOSED, NoticeState.REPLACED, NoticeState.VOIDED)

UNANSWERED = (InstructionState.ISSUED, InstructionState.ACKNOWLEDGED)
ADDRESSED: Any = Instruction.__table__.join(Unit.__table__, Unit.id == Instruction.unit_id)


@cache
def _tasks_statement(*, one: bool) -> AnySelect:
    return select(
        TASK, PARTS, OFFICE,
        gather(Milestone.id, Milestone.state, Milestone.year, Milestone.due_on,
               where=Milestone.task_id == Task.id, of=Task).label("siblings"),
        gather(*INDICATOR_COLUMNS, where=Indicator.task_id == Task.id, of=Task).label("indicators"),
        gather(Card.id, Card.milestone_id, Card.unit_id, Card.colour, Card.rung, Card.episode, Card.state,
               where=and_(Card.task_id == Task.id, ~is_one_of(Card.state, SETTLED_CARDS)), of=Task).label("cards"),
        gather(Notice.id, Notice.unit_id, Notice.kind, Notice.state,
               where=and_(Notice.task_id == Task.id, ~is_one_of(Notice.state, DONE_NOTICES)), of=Task).label("notices"),
        gather(Instruction.id, Unit.name, joining=ADDRESSED, of=Task,
               where=and_(Instruction.task_id == Task.id, is_one_of(Instruction.state, UNANSWERED)),
               ).label("unanswered"),
        gather(Approval.id, where=and_(Approval.task_id == Task.id, Approval.state == ApprovalState.OPEN),
               of=Task).label("approvals"),
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
    indicators = children(row.indicators, indicator_fact)
    return TaskStanding(
        task=task_fact(row), parts=children(row.parts, PartFact), actor=actor_from(actor_id, row.grants),
        office_id=row.office_id, milestones=children(row.siblings, sibling_fact),
        goals=tuple(i for i in indicators if i.milestone_id is None),
        indicators=tuple(i for i in indicators if i.milestone_id is not None),
        open_cards=children(row.cards, CardFact),
        open_notices=children(row.notices, NoticeFact),
        unanswered=children(row.unanswered, UnansweredFact),
        open_approvals=children(row.approvals, int),
    )  # fmt: skip


def worked_since(tx: Connection, ids: Sequence[int]) -> Mapping[int, date]:
    """By task: the day on which it was assigned, or was last taken up again after a suspension."""
    resumed = (
        select(func.max(AuditEvent.at))
        .where(
            AuditEvent.subject_kind == "task", AuditEvent.subject_id == Task.id, AuditEvent.action == "resume"
        )
        .correlate(Task)
        .scalar_subquery()
    )
    rows = tx.execute(select(Task.id, Task.assigned_at, resumed).where(Task.id.in_(ids)))
    return {row[0]: day_of(max(at for at in row[1:] if at is not None)) for row in rows if any(row[1:])}


def shared(standing: TaskStanding) -> tuple[TaskFact, tuple[PartFact, ...], Actor, int | None]:
    """What standings of things under a task begin with: the fields of `UnderTask`, in their order."""
    return (standing.task, standing.parts, standing.actor, standing.office_id)


def load_parts(
    tx: Connection, ids: Sequence[int], actor_id: int | None, now: datetime
) -> Mapping[int, PartStanding]:
    """Standings of units' parts by id."""
    rows = tx.execute(select(Part.__table__).where(Part.id.in_(ids))).all()
    tasks = load_tasks(tx, sorted({row.task_id for row in rows}), actor_id, now)
    return {
        row.id: PartStanding(
            *shared(tasks[row.task_id]), PartFact(row.id, row.unit_id, row.role, row.state), row.version
        )
        for row in rows
    }


ABOVE = Share.__table__.alias("above")
LATE_SHARE = (
    Share.id.label("s_id"), Share.text.label("s_text"), Share.state.label("s_state"), Share.unit_id.label("s_unit_id"),
    Unit.name.label("s_unit_name"), ABOVE.c.unit_id.label("s_issuer_id"),
)  # fmt: skip


def _with_late_share(statement: Any, share_id: Any) -> Any:
    """The share that a card is for, where it is for one: whose it is, and who issued it."""
    return (
        statement.outerjoin(Share, Share.id == share_id)
        .outerjoin(Unit, Unit.id == Share.unit_id)
        .outerjoin(ABOVE, ABOVE.c.id == Share.parent_id)
    )


def _late_share(row: Any) -> LateShareFact | None:
    if row.s_id is None:
        return None
    return LateShareFact(row.s_id, row.s_text, row.s_state, row.s_unit_id, row.s_unit_name, row.s_issuer_id)


def load_cards(
    tx: Connection, ids: Sequence[int], actor_id: int | None, now: datetime
) -> Mapping[int, CardStanding]:
    """Standings of cards by id."""
    statement = select(Card.__table__, Milestone.state.label("m_state"), *LATE_SHARE).join(
        Milestone, Milestone.id == Card.milestone_id
    )
    rows = tx.execute(_with_late_share(statement, Card.share_id).where(Card.id.in_(ids))).all()
    tasks = load_tasks(tx, sorted({row.task_id for row in rows}), actor_id, now)
    return {
        row.id: CardStanding(
            *shared(tasks[row.task_id]),
            CardFact(row.id, row.milestone_id, row.unit_id, row.colour, row.rung, row.episode, row.state, row.share_id),
            row.version, row.raised_by, row.m_state, _late_share(row),
        )
        for row in rows
    }  # fmt: skip


def load_notices(
    tx: Connection, ids: Sequence[int], actor_id: int | None, now: datetime
) -> Mapping[int, NoticeStanding]:
    """Standings of notices by id."""
    statement = select(Notice.__table__, *LATE_SHARE).outerjoin(Card, Card.id == Notice.card_id)
    rows = tx.execute(_with_late_share(statement, Card.share_id).where(Notice.id.in_(ids))).all()
    tasks = load_tasks(tx, sorted({row.task_id for row in rows}), actor_id, now)
    return {
        row.id: NoticeStanding(
            *shared(tasks[row.task_id]), NoticeFact(row.id, row.unit_id, row.kind, row.state), row.version,
            row.milestone_id, row.card_id, row.requirement, row.reply_on, _late_share(row),
        )
        for row in rows
    }  # fmt: skip
