"""Ticks: each time a job is due is one row, claimed with a lease, so that it runs once however many wake for it.

A tick that nobody finished within its lease (the process died, or the job failed) is taken again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, delete, func, select, update

from models import ScheduleRun
from workflow.conflicts import inserting

LONGEST_ERROR = 500


def claim(tx: Connection, job: str, due_at: datetime, now: datetime, lease: timedelta) -> int | None:
    """Take a tick that nobody has, or whose lease ran out unfinished: its number; None where it is another's."""
    table = ScheduleRun.__table__.c
    taken = {"started_at": now, "leased_until": now + lease}
    statement = (
        inserting(tx, ScheduleRun)
        .values(job=job, due_at=due_at, **taken)
        .on_conflict_do_update(
            index_elements=["job", "due_at"],
            set_={**taken, "error": None},
            where=and_(table.finished_at.is_(None), table.leased_until < now),
        )
        .returning(table.id)
    )
    run_id = tx.execute(statement).scalar_one_or_none()
    return None if run_id is None else int(run_id)


def finish(tx: Connection, run_id: int, now: datetime, outcome: Mapping[str, Any]) -> None:
    """The tick is done; `outcome` is what the job has to tell."""
    _close(tx, run_id, finished_at=now, outcome=dict(outcome), error=None)


def fail(tx: Connection, run_id: int, error: str) -> None:
    """The job broke off. The tick stays open, and is taken again when its lease is over."""
    _close(tx, run_id, error=error[:LONGEST_ERROR])


def _close(tx: Connection, run_id: int, **columns: Any) -> None:
    table = ScheduleRun.__table__
    unfinished = and_(table.c.id == run_id, table.c.finished_at.is_(None))
    tx.execute(update(ScheduleRun).where(unfinished).values(**columns))


def is_open(tx: Connection, job: str, due_at: datetime, now: datetime) -> bool:
    """Whether a tick waits for somebody: nobody took it, or it was left unfinished and its lease is over."""
    table = ScheduleRun.__table__.c
    statement = select(table.finished_at, table.leased_until).where(table.job == job, table.due_at == due_at)
    row = tx.execute(statement).one_or_none()
    return row is None or (row.finished_at is None and row.leased_until < now)


def last_runs(tx: Connection) -> dict[str, Any]:
    """The latest tick of each job, by name: `due_at`, `started_at`, `finished_at`, `outcome`, `error`."""
    latest = select(func.max(ScheduleRun.id)).group_by(ScheduleRun.job)
    rows = tx.execute(select(ScheduleRun.__table__).where(ScheduleRun.id.in_(latest)))
    return {row.job: row for row in rows}


def forget(tx: Connection, before: datetime) -> int:
    """Drop the rows of ticks that were due before a moment: how many."""
    return int(tx.execute(delete(ScheduleRun).where(ScheduleRun.due_at < before)).rowcount)
