"""Loads adjustments: each with its task and what its change names; a few statements, whatever their number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from models import Adjustment, Share, Task, Unit
from models.states import ShareState, UnitKind
from workflow.changes import CHANGES, Change, NewTask, Pause, other_task_of, units_of
from workflow.civil import day_of
from workflow.facts import TaskFact
from workflow.facts.adjustments import AdjustmentFact, AdjustmentStanding
from workflow.standings.tasks import load_tasks, worked_since

SETTLED = (ShareState.ACCEPTED, ShareState.WAIVED)


def load_adjustments(
    tx: Connection, ids: Sequence[int], actor_id: int | None, now: datetime
) -> Mapping[int, AdjustmentStanding]:
    """Standings of adjustments by id."""
    rows = tx.execute(select(Adjustment.__table__).where(Adjustment.id.in_(ids))).all()
    facts = {row.id: _fact(row) for row in rows}
    changes = [fact.change for fact in facts.values()]
    tasks = load_tasks(tx, sorted({row.task_id for row in rows}), actor_id, now)
    organs, others, sharing = _organs(tx, changes), _others(tx, changes), _sharing(tx, list(tasks))
    divided = _divided(tx, list(tasks)) if any(isinstance(c, NewTask) for c in changes) else frozenset()
    since = worked_since(tx, list(tasks)) if any(isinstance(c, Pause) for c in changes) else {}
    return {
        row.id: AdjustmentStanding(
            tasks[row.task_id].task, tasks[row.task_id].parts, tasks[row.task_id].actor,
            tasks[row.task_id].office_id, facts[row.id], tasks[row.task_id], day_of(now), organs,
            frozenset(sharing.get(row.task_id, ())), _other(tasks[row.task_id].task, facts[row.id].change, others),
            divided, since.get(row.task_id),
        )
        for row in rows
    }  # fmt: skip


def _fact(row: Any) -> AdjustmentFact:
    return AdjustmentFact(
        row.id, row.kind, CHANGES[row.kind].model_validate(row.change), row.milestone_id, row.indicator_id,
        row.meeting_id, row.decision, row.reason, row.state, row.version, row.proposed_by,
    )  # fmt: skip


def _organs(tx: Connection, changes: Sequence[Change]) -> frozenset[int]:
    """Present organs, no departments or groups."""
    named = {unit_id for change in changes for unit_id in units_of(change)}
    if not named:
        return frozenset()
    present = select(Unit.id).where(
        Unit.id.in_(sorted(named)), Unit.kind == UnitKind.ORGAN, Unit.ended_on.is_(None)
    )
    return frozenset(tx.execute(present).scalars())


def _sharing(tx: Connection, tasks: Sequence[int]) -> dict[int, set[int]]:
    """By task: the organs whose units have shares that are neither accepted nor waived."""
    statement = (
        select(Share.task_id, Unit.organ_id)
        .join(Unit, Unit.id == Share.unit_id)
        .where(Share.task_id.in_(tasks), Share.state.not_in(SETTLED), Unit.organ_id.is_not(None))
        .distinct()
    )
    found: dict[int, set[int]] = {}
    for task_id, organ_id in tx.execute(statement):
        found.setdefault(task_id, set()).add(int(organ_id or 0))
    return found


def _divided(tx: Connection, tasks: Sequence[int]) -> frozenset[int]:
    """Milestones that were broken down, but for those whose shares were all waived."""
    statement = select(Share.milestone_id).where(Share.task_id.in_(tasks), Share.state != ShareState.WAIVED)
    return frozenset(tx.execute(statement).scalars())


def _others(tx: Connection, changes: Sequence[Change]) -> dict[int, TaskFact]:
    wanted = sorted({other for change in changes if (other := other_task_of(change)) is not None})
    if not wanted:
        return {}
    columns = (Task.id, Task.plan_id, Task.number, Task.name, Task.state, Task.version)
    rows = tx.execute(select(*columns).where(Task.id.in_(wanted)))
    return {row.id: TaskFact(*row) for row in rows}


def _other(task: TaskFact, change: Change, others: Mapping[int, TaskFact]) -> TaskFact | None:
    """Of another plan it is none of ours."""
    found = others.get(other_task_of(change) or 0)
    return found if found is not None and found.plan_id == task.plan_id else None
