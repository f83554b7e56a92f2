"""Calling for reports: every period that has ended on a task under way and was not reported on yet.

Which those are is asked of the database as it stands, once to find the tasks and once more under each task's lock. So a
missed morning loses nothing, and two processes may call at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, exists, func, or_, select

from models import Part, Plan, Report, Task
from models.states import PartRole, Reporting, TaskState
from workflow.acts import Event, lock, perform
from workflow.calendar import working_calendar
from workflow.civil import day_of
from workflow.deadlines import DAY
from workflow.lifecycles.task import TASK
from workflow.periods import MONTHS, Period
from workflow.reporting import REPORT_DAYS, CalledReport, ended_periods

OF_PLAN = Task.reporting == Reporting.NONE
interval_of_task = case((OF_PLAN, Plan.reporting), else_=Task.reporting)
"""A task's own interval, else its plan's."""
UNDER_WAY = Task.state.in_((TaskState.ACKNOWLEDGED, TaskState.IN_PROGRESS))


def owing(tx: Connection, now: datetime) -> list[int]:
    """The tasks for which a report is to be called by now."""
    today = day_of(now)
    unreported = or_(*(and_(interval_of_task == each, ~_reported(_last_end(each, today))) for each in MONTHS))
    rows = tx.execute(_tasks().where(unreported).order_by(Task.id))
    return [row.id for row in rows if any(_periods(row, today))]


def call_owed(tx: Connection, task_id: int, now: datetime) -> list[Event]:
    """Call for every report that one task owes, under its root's lock."""
    lock(tx, TASK, task_id)
    row = tx.execute(_tasks().where(Task.id == task_id)).one_or_none()
    periods = [] if row is None else list(_periods(row, day_of(now)))
    if not periods:
        return []
    add = working_calendar(tx).add
    called = [
        CalledReport(from_on=p.from_on, upto_on=p.upto_on, due_on=add(p.upto_on, REPORT_DAYS))
        for p in periods
    ]
    return [perform(tx, TASK, task_id, "call_report", None, now, details=details) for details in called]


def _tasks() -> Select[Any]:
    """Tasks under way that report, each with what its periods are counted from."""
    covered = select(func.max(Report.upto_on)).where(Report.task_id == Task.id).correlate(Task)
    return (
        select(
            Task.id, interval_of_task.label("interval"), Part.acknowledged_at, Task.reporting_from_on,
            case((OF_PLAN, Plan.reporting_from_on)).label("plan_from_on"),
            covered.scalar_subquery().label("covered_upto"),
        )
        .join(Plan, Plan.id == Task.plan_id)
        .join(Part, and_(Part.task_id == Task.id, Part.role == PartRole.LEAD))
        .where(UNDER_WAY, interval_of_task != Reporting.NONE, Part.acknowledged_at.is_not(None))
    )  # fmt: skip


def _reported(upto: date) -> ColumnElement[bool]:
    return exists().where(Report.task_id == Task.id, Report.upto_on >= upto)


def _last_end(interval: Reporting, today: date) -> date:
    """The end of the last period that is over: the day before the one that today lies in began."""
    months = MONTHS[interval]
    return date(today.year, (today.month - 1) // months * months + 1, 1) - DAY


def _periods(row: Any, today: date) -> Iterator[Period]:
    """The periods that a task owes: those that ended since it was acknowledged, since the interval holds, and since its
    clock was last started again."""
    acknowledged_on = day_of(row.acknowledged_at)
    since = max(on for on in (acknowledged_on, row.reporting_from_on, row.plan_from_on) if on is not None)
    return ended_periods(row.interval, row.covered_upto or acknowledged_on - DAY, since, today)
