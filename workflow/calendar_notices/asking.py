"""Asking for a notice that is missing: from 15 December the office's admins are told once a week, until it is there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert

from models import OutboxRow, Reminder
from models.states import CalendarYearState, Role
from workflow.acts import request_id
from workflow.calendar import state_of
from workflow.civil import day_of
from workflow.conflicts import inserting
from workflow.roots import enter_root

FROM = (12, 15)
"""By then the State Council has decided the year after (facts: notices of October to December)."""
KIND = "calendar_year"
ADMINS = {"role": Role.ADMIN, "office": True}


def ask(tx: Connection, now: datetime) -> list[int]:
    """Tell the admins of each year whose notice is missing, once in each week since it should be there: the years."""
    return [year for year, since in _missing(tx, day_of(now)) if _ask_for(tx, year, since, now)]


def _missing(tx: Connection, today: date) -> Iterator[tuple[int, date]]:
    """Years without notice, each with the day since which it is missed."""
    for year in (today.year, today.year + 1):
        since = date(year - 1, *FROM)
        if since <= today and state_of(tx, year) != CalendarYearState.NOTICED:
            yield year, since


def _ask_for(tx: Connection, year: int, since: date, now: datetime) -> bool:
    """Record this week's asking, weeks in which nobody asked as overtaken; tell, where this week's was not there."""
    if state_of(tx, year) is None:
        values = {"id": year, "state": CalendarYearState.PROVISIONAL, "verified": False}
        enter_root(tx, KIND, values, "expect", None, now)
    week = (day_of(now) - since).days // 7
    rows = [_asked(year, since, nth, now, overtaken=nth < week) for nth in range(week + 1)]
    statement = inserting(tx, Reminder).values(rows).on_conflict_do_nothing()
    recorded = tx.execute(statement.returning(Reminder.__table__.c.overtaken)).scalars().all()
    if False not in recorded:
        return False
    tx.execute(insert(OutboxRow), _letter(year, now))
    return True


def _asked(year: int, since: date, week: int, now: datetime, *, overtaken: bool) -> dict[str, Any]:
    return {
        "subject_kind": KIND, "subject_id": year, "due_on": since, "rung": f"week-{week}", "overtaken": overtaken,
        "tick_on": day_of(now), "recorded_at": now,
    }  # fmt: skip


def _letter(year: int, now: datetime) -> dict[str, Any]:
    facts = {"item": str(year), "request": request_id.get()}
    return {
        "topic": "calendar_notice_missing", "audience": ADMINS, "facts": facts, "root_kind": KIND, "root_id": year,
        "written_at": now,
    }  # fmt: skip
