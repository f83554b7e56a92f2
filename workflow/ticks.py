"""Ticks: each time a job is due is one row, claimed with a lease, so that it runs once however many wake for it.

A tick that nobody finished within its lease (the process died, or the job failed) is taken again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, delete, func, select, text, union_all, update

from models import ScheduleRun
from workflow.conflicts import inserting
from workflow.errors import DubanError

LONGEST_ERROR = 500
TURN = text("SELECT pg_advisory_xact_lock(hashtext(:turn))")


class JobRunning(DubanError):
    """The job is being run already. Facts: `job`, `until` (when its lease ends, UTC)."""

    code = "job_running"


def claim(tx: Connection, job: str, due_at: datetime, now: datetime, lease: timedelta) -> int | None:
    """Take a tick that nobody has, or whose lease ran out unfinished: its number; None where it is another's, and
    while somebody has the job run by hand."""
    _take_turn(tx, job)
    if _under_way(tx, job, now, by_hand=True) is not None:
        return None
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


def order(tx: Connection, job: str, now: datetime, lease: timedelta, person_id: int) -> tuple[int, datetime]:
    """A tick beside the timetable, because a person has the job run now: its number, and when it counts as due.

    Raises JobRunning while any other run of the job is under way.
    """
    _take_turn(tx, job)
    if (until := _under_way(tx, job, now)) is not None:
        raise JobRunning(job=job, until=until)
    table = ScheduleRun.__table__.c
    last = tx.execute(select(func.max(table.due_at)).where(table.job == job, table.due_at >= now)).scalar()
    due_at = now if last is None else last + timedelta(microseconds=1)
    values = {"started_at": now, "leased_until": now + lease, "ordered_by": person_id}
    statement = inserting(tx, ScheduleRun).values(job=job, due_at=due_at, **values).returning(table.id)
    return int(tx.execute(statement).scalar_one()), due_at


def _take_turn(tx: Connection, job: str) -> None:
    """Whoever claims a tick of a job sees what others claimed before. SQLite lets one writer in at a time anyway."""
    if tx.dialect.name == "postgresql":
        tx.execute(TURN, {"turn": f"job:{job}"})


def _under_way(tx: Connection, job: str, now: datetime, *, by_hand: bool = False) -> datetime | None:
    """When the lease ends of a run that neither ended nor broke off; None where there is none."""
    table = ScheduleRun.__table__.c
    alive = (table.job == job, table.finished_at.is_(None), table.error.is_(None), table.leased_until >= now)
    ordered = (table.ordered_by.is_not(None),) if by_hand else ()
    return tx.execute(select(func.max(table.leased_until)).where(*alive, *ordered)).scalar()


def finish(
    tx: Connection, run_id: int, now: datetime, outcome: Mapping[str, Any], took_ms: int | None = None
) -> None:
    """The tick is done; `outcome` is what the job has to tell, `took_ms` how long it ran."""
    _close(tx, run_id, finished_at=now, outcome=dict(outcome), error=None, took_ms=took_ms)


def fail(tx: Connection, run_id: int, error: str, took_ms: int | None = None) -> None:
    """The job broke off. The tick stays open, and is taken again when its lease is over."""
    _close(tx, run_id, error=error[:LONGEST_ERROR], took_ms=took_ms)


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


def latest_runs(tx: Connection, jobs: Sequence[str], count: int) -> dict[str, list[Any]]:
    """The latest ticks of each job, newest first, so many of each: one statement, each part by the index of ticks."""
    table = ScheduleRun.__table__
    found: dict[str, list[Any]] = {job: [] for job in jobs}
    if not jobs:
        return found
    parts = (
        select(table).where(table.c.job == job).order_by(table.c.due_at.desc()).limit(count).subquery()
        for job in jobs
    )
    for row in tx.execute(union_all(*(select(part) for part in parts))):
        found[row.job].append(row)
    return {job: sorted(rows, key=lambda row: row.due_at, reverse=True) for job, rows in found.items()}


def forget(tx: Connection, before: datetime) -> int:
    """Drop the rows of ticks that were due before a moment: how many."""
    return int(tx.execute(delete(ScheduleRun).where(ScheduleRun.due_at < before)).rowcount)
