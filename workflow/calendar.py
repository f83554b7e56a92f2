"""The working-day calendar as the database holds it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, insert, select

from models import CalendarDay, CalendarYear
from workflow import deadlines
from workflow.deadlines import WorkingCalendar

DAYS = select(CalendarDay.day_on, CalendarDay.year, CalendarDay.working)
YEARS = select(CalendarYear.year, CalendarYear.notice, CalendarYear.source, CalendarYear.verified)


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


def enter_year(tx: Connection, year: deadlines.CalendarYear) -> bool:
    """Enter a year's notice with its days, once. False where that year is there already."""
    if tx.execute(select(CalendarYear.year).where(CalendarYear.year == year.year)).first():
        return False
    notice = year.notice
    tx.execute(
        insert(CalendarYear.__table__),  # type: ignore[arg-type]
        {"year": year.year, "notice": notice.number if notice else None,
         "source": notice.source if notice else None, "verified": bool(notice and notice.verified)},
    )  # fmt: skip
    days = [(on, False) for on in year.off] + [(on, True) for on in year.work]
    if days:
        tx.execute(
            insert(CalendarDay.__table__),  # type: ignore[arg-type]
            [{"day_on": on, "year": year.year, "working": working} for on, working in sorted(days)],
        )
    return True
