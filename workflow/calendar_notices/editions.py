"""Editions of the years' notices as calendars: those by which dates may still stand, up to the one in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from workflow.calendar import EDITION
from workflow.deadlines import CalendarYear, Notice, WorkingCalendar


@dataclass(frozen=True, slots=True)
class Pending:
    """An edition that due dates do not all follow yet."""

    id: int
    year: int
    edition: int
    notice: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """The calendars by which dates may stand, the latest last, and the editions that led to it from the first."""

    calendars: tuple[WorkingCalendar, ...]
    pending: tuple[Pending, ...]


def standing(tx: Connection) -> Standing:
    """The calendar of all editions that are followed, then one for each edition since, in the order of their entry."""
    years: dict[int, CalendarYear] = {}
    calendars: list[WorkingCalendar] = []
    pending: list[Pending] = []
    for row in tx.execute(select(EDITION).order_by(EDITION.c.id)):
        if row.followed_at is None and not pending:
            calendars.append(WorkingCalendar(dict(years)))
        years[row.year] = year_of(row)
        if row.followed_at is None or pending:
            pending.append(Pending(row.id, row.year, row.edition, row.notice, row.reason))
            calendars.append(WorkingCalendar(dict(years)))
    return Standing(tuple(calendars or [WorkingCalendar(years)]), tuple(pending))


def year_of(row: Any) -> CalendarYear:
    """An edition's row as the year it sets."""
    notice = Notice(row.notice, row.source or "", row.verified)
    return CalendarYear(row.year, notice, days(row.days_off), days(row.days_worked))


def days(stated: Sequence[str]) -> frozenset[date]:
    return frozenset(map(date.fromisoformat, stated))
