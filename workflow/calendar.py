"""The working-day calendar as the database holds it: the days in force, and every edition of a year's notice."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from models import CalendarDay, CalendarEdition, CalendarYear, Task
from models.states import CalendarYearState
from workflow import deadlines
from workflow.conflicts import inserting
from workflow.deadlines import WorkingCalendar

DAYS = select(CalendarDay.day_on, CalendarDay.year, CalendarDay.working)
YEARS = select(CalendarYear.id, CalendarYear.notice, CalendarYear.source, CalendarYear.verified)
YEAR_TABLE: Any = CalendarYear.__table__
DAY_TABLE: Any = CalendarDay.__table__
EDITION: Any = CalendarEdition.__table__


def working_calendar(tx: Connection) -> WorkingCalendar:
    """All years entered so far; a year that is not entered is provisional."""
    days: dict[int, tuple[set[date], set[date]]] = {}
    for day_on, year_of_day, working in tx.execute(DAYS):
        off, work = days.setdefault(year_of_day, (set(), set()))
        (work if working else off).add(day_on)
    years = {}
    for year, number, source, verified in tx.execute(YEARS):
        off, work = days.get(year, (set(), set()))
        notice = deadlines.Notice(number, source or "", verified) if number else None
        years[year] = deadlines.CalendarYear(year, notice, frozenset(off), frozenset(work))
    return WorkingCalendar(years)


def lay_year(tx: Connection, year: deadlines.CalendarYear, now: datetime) -> None:
    """A year that ships with Duban, where there is none of that number yet: it is no act, and in no chain.

    Where there is no task yet, no due date waits to be reckoned by it.
    """
    notice = year.notice
    cited: dict[str, Any] = {"notice": None, "source": None, "verified": False}
    if notice is not None:
        cited = {"notice": notice.number, "source": notice.source or None, "verified": notice.verified}
    state = CalendarYearState.NOTICED if notice else CalendarYearState.PROVISIONAL
    tx.execute(insert(YEAR_TABLE), {"id": year.year, "state": state, **cited})
    put_days(tx, year.year, year.off, year.work)
    if notice is not None:
        fresh = tx.execute(select(Task.id).limit(1)).first() is None
        days = {"days_off": year.off, "days_worked": year.work}
        add_edition(tx, year.year, **cited, **days, entered_at=now, followed_at=now if fresh else None)


def lay_provisional(tx: Connection, year: int) -> bool:
    """A year whose notice is still to come, where there is none of that number yet: whether it was not there."""
    values = {"id": year, "state": CalendarYearState.PROVISIONAL, "verified": False}
    statement = inserting(tx, CalendarYear).values(values).on_conflict_do_nothing()
    return tx.execute(statement.returning(YEAR_TABLE.c.id)).first() is not None


def state_of(tx: Connection, year: int) -> str | None:
    """Whether a year has its notice; None where nobody has entered or expected it."""
    return tx.execute(select(YEAR_TABLE.c.state).where(YEAR_TABLE.c.id == year)).scalar_one_or_none()


def add_edition(
    tx: Connection, year: int, *, days_off: Iterable[date], days_worked: Iterable[date], **values: Any
) -> int:
    """One more edition of a year's notice, counted under the year: its id."""
    last = select(func.coalesce(func.max(EDITION.c.edition), 0)).where(EDITION.c.year == year)
    row = {
        "year": year, "edition": tx.execute(last).scalar_one() + 1, "days_off": spelled(days_off),
        "days_worked": spelled(days_worked), **values,
    }  # fmt: skip
    return int(tx.execute(insert(EDITION).returning(EDITION.c.id), row).scalar_one())


def put_days(tx: Connection, year: int, off: Collection[date], work: Collection[date]) -> None:
    """The days that a year's notice sets, in place of those that stood for it."""
    tx.execute(delete(DAY_TABLE).where(DAY_TABLE.c.year == year))
    days = [(on, False) for on in off] + [(on, True) for on in work]
    if days:
        rows = [{"day_on": on, "year": year, "working": working} for on, working in sorted(days)]
        tx.execute(insert(DAY_TABLE), rows)


def spelled(days: Iterable[date]) -> list[str]:
    """Days as ISO text, in order."""
    return [on.isoformat() for on in sorted(days)]
