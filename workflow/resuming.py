"""Suspended tasks take themselves up again on the day that was set: what should have been resumed by now and is not."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, and_, select

from models import Task
from models.states import TaskState
from workflow.acts import lock, perform
from workflow.civil import day_of
from workflow.lifecycles.task import TASK
from workflow.words import say


def due_to_resume(tx: Connection, now: datetime) -> list[int]:
    """Suspended tasks whose end has come."""
    return list(tx.execute(select(Task.id).where(_ended(day_of(now))).order_by(Task.id)).scalars())


def resume_due(tx: Connection, task_id: int, now: datetime) -> bool:
    """Resume one of them under its lock: whether nobody had, or had suspended it anew, since it was found."""
    lock(tx, TASK, task_id)
    ended = select(Task.suspended_until_on).where(Task.id == task_id, _ended(day_of(now)))
    until_on = tx.execute(ended).scalar_one_or_none()
    if until_on is None:
        return False
    reason = say("suspension.ended", until_on=until_on.isoformat())
    perform(tx, TASK, task_id, "resume", None, now, reason=reason)
    return True


def _ended(today: date) -> ColumnElement[bool]:
    return and_(Task.state == TaskState.SUSPENDED, Task.suspended_until_on <= today)
