"""Processes that run the timetable: each says by its heartbeat that it is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from models import SchedulerProcess
from workflow.conflicts import inserting

GONE_AFTER = timedelta(minutes=3)
"""Three beats missed: the process is gone, or its machine sleeps."""
KEPT = timedelta(days=1)
"""How long one that is gone stays in view before it is swept."""


@dataclass(frozen=True, slots=True)
class Process:
    """One process as its heartbeats show it."""

    name: str
    host: str
    pid: int
    started_at: datetime
    beaten_at: datetime
    gone: bool


def beat(
    tx: Connection, mark: str, name: str, host: str, pid: int, started_at: datetime, now: datetime
) -> None:
    """Note that the process under this mark is alive; one that was swept while it slept is there again."""
    values = {"name": name, "host": host, "pid": pid, "started_at": started_at, "beaten_at": now}
    statement = inserting(tx, SchedulerProcess).values(mark=mark, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["mark"], set_={"beaten_at": now}))


def leave(tx: Connection, mark: str) -> None:
    """The process ends as it should."""
    tx.execute(delete(SchedulerProcess).where(SchedulerProcess.mark == mark))


def listed(tx: Connection, now: datetime) -> Sequence[Process]:
    """Every process that has not said goodbye, the longest running first."""
    table = SchedulerProcess.__table__.c
    columns = (table.name, table.host, table.pid, table.started_at, table.beaten_at)
    rows = tx.execute(select(*columns).order_by(table.started_at, table.id))
    return [Process(*row, gone=row.beaten_at < now - GONE_AFTER) for row in rows]


def sweep(tx: Connection, now: datetime) -> int:
    """Drop those that have long been gone: how many."""
    return int(tx.execute(delete(SchedulerProcess).where(SchedulerProcess.beaten_at < now - KEPT)).rowcount)
