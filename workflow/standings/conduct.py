"""Loads what goes with the work on a task: its work plan, reports, problems to coordinate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from models import Checkpoint, Problem, Report, Unit, WorkPlan
from workflow.facts import CheckpointFact, ProblemStanding, ReportStanding, TaskStanding, WorkPlanStanding
from workflow.standings.tasks import load_tasks, shared

Found = list[tuple[Row[Any], TaskStanding]]


def load_work_plans(
    tx: Connection, ids: Sequence[int], actor_id: int | None, now: datetime
) -> Mapping[int, WorkPlanStanding]:
    """Standings of work plans by id."""
    points = _checkpoints(tx, ids)
    return {
        row.id: WorkPlanStanding(
            *shared(task), row.id, row.state, row.version, row.due_on, row.submitted_by, task.milestones,
            task.indicators, row.text, tuple(points.get(row.id, ())),
        )
        for row, task in _with_tasks(tx, select(WorkPlan.__table__).where(WorkPlan.id.in_(ids)), actor_id, now)
    }  # fmt: skip


def _checkpoints(tx: Connection, ids: Sequence[int]) -> dict[int, list[CheckpointFact]]:
    """By work plan, in their order."""
    of_these = select(Checkpoint.__table__).where(Checkpoint.work_plan_id.in_(ids))
    found: dict[int, list[CheckpointFact]] = {}
    for row in tx.execute(of_these.order_by(Checkpoint.work_plan_id, Checkpoint.ordinal)):
        point = CheckpointFact(row.milestone_id, row.due_on, row.text, row.indicator_id, row.quantity)
        found.setdefault(row.work_plan_id, []).append(point)
    return found


def load_reports(
    tx: Connection, ids: Sequence[int], actor_id: int | None, now: datetime
) -> Mapping[int, ReportStanding]:
    """Standings of periodic reports by id."""
    return {
        row.id: ReportStanding(
            *shared(task), row.id, row.state, row.version, row.unit_id, row.unit_name, row.due_on
        )
        for row, task in _with_tasks(tx, _of_units(Report, ids), actor_id, now)
    }


def load_problems(
    tx: Connection, ids: Sequence[int], actor_id: int | None, now: datetime
) -> Mapping[int, ProblemStanding]:
    """Standings of problems to coordinate by id."""
    return {
        row.id: ProblemStanding(
            *shared(task), row.id, row.state, row.version, row.unit_id, row.unit_name, row.text
        )
        for row, task in _with_tasks(tx, _of_units(Problem, ids), actor_id, now)
    }


def _of_units(model: Any, ids: Sequence[int]) -> Any:
    table = model.__table__
    joined = table.join(Unit.__table__, Unit.id == table.c.unit_id)
    return select(table, Unit.name.label("unit_name")).select_from(joined).where(table.c.id.in_(ids))


def _with_tasks(tx: Connection, statement: Any, actor_id: int | None, now: datetime) -> Found:
    """Each row that is found beside the standing of its task."""
    rows = tx.execute(statement).all()
    tasks = load_tasks(tx, sorted({row.task_id for row in rows}), actor_id, now)
    return [(row, tasks[row.task_id]) for row in rows]
