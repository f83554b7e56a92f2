"""Working days: pure arithmetic over the years that State Council notices have set.

A working day is Monday to Friday, except days a notice takes off, plus weekend days worked for them (调休).
A year without a notice yet follows the week alone and is *provisional*.

Counting follows the Civil Code, art. 201: the day a period starts is not counted, so "5 working days after"
the due date is `add(due_on, 5)`, and a thing due on a Friday is one working day late on the Monday.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from workflow.civil import ZONE
from workflow.errors import DubanError

DAY = timedelta(days=1)
SATURDAY = 5
# The New Year holiday is set by the notice of the year it opens, and reaches back into December (2022-12-31,
# 2023-12-30), make-up days too: until that notice the last week is as open as the year after it.
LAST_WEEK_FROM = (12, 24)


class CalendarInvalid(DubanError):
    """A year of the working-day table contradicts itself."""

    code = "calendar_invalid"


class Roll(StrEnum):
    """Where a date goes that falls on a day off."""

    FOLLOWING = "following"
    PRECEDING = "preceding"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Notice:
    """The State Council notice behind a year; `verified` only when its number has a source."""

    number: str
    source: str
    verified: bool


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """What one notice sets. Its days lie in `year` or in the December before it."""

    year: int
    notice: Notice | None
    off: frozenset[date]
    work: frozenset[date]


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """The working-day table. Immutable; each year's days are listed once, then found by bisection."""

    years: Mapping[int, CalendarYear]
    _off: frozenset[date] = field(init=False, repr=False, compare=False)
    _work: frozenset[date] = field(init=False, repr=False, compare=False)
    _listed: dict[int, tuple[date, ...]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Join the years. Raises CalendarInvalid for a day both off and worked, or out of reach."""
        for number, year in self.years.items():
            _check_year(number, year)
        object.__setattr__(self, "_off", frozenset().union(*(year.off for year in self.years.values())))
        object.__setattr__(self, "_work", frozenset().union(*(year.work for year in self.years.values())))
        if contradicted := self._off & self._work:
            raise CalendarInvalid(problem="off_and_worked", on=min(contradicted))

    def is_working(self, on: date) -> bool:
        """Whether offices work on that day."""
        return on in self._work or (on.weekday() < SATURDAY and on not in self._off)

    def add(self, on: date, n: int) -> date:
        """The n-th working day after `on` (before it for n < 0); `on` itself for n = 0, working or not."""
        if n == 0:
            return on
        year = on.year
        if n > 0:
            place = bisect_right(self._days(year), on) + n - 1
            while place >= len(self._days(year)):
                place -= len(self._days(year))
                year += 1
        else:
            place = bisect_left(self._days(year), on) + n
            while place < 0:
                year -= 1
                place += len(self._days(year))
        return self._days(year)[place]

    def between(self, a: date, b: date) -> int:
        """Working days after `a` up to and including `b`; negative when `b` is earlier."""
        if b < a:
            return -self.between(b, a)
        whole = sum(len(self._days(year)) for year in range(a.year, b.year))
        return whole + bisect_right(self._days(b.year), b) - bisect_right(self._days(a.year), a)

    def roll(self, on: date, rule: Roll) -> date:
        """`on` if it is worked (or the rule is none), else the nearest working day on the rule's side."""
        if rule is Roll.NONE or self.is_working(on):
            return on
        return self.add(on, 1 if rule is Roll.FOLLOWING else -1)

    def last_working_day(self, year: int) -> date:
        """The day on which work that is due "in" a year is due (2022-12-30, 2023-12-29)."""
        return self._days(year)[-1]

    def provisional(self, on: date) -> bool:
        """Whether a notice may still change that day: its year has none, or the year next to it."""
        last_week = (on.month, on.day) >= LAST_WEEK_FROM
        return not self._noticed(on.year) or (last_week and not self._noticed(on.year + 1))

    def firm_upto(self, on: date) -> date:
        """The last day up to `on` that lies in a year with a notice; the first of all days where no year has one."""
        if self._noticed(on.year):
            return on
        before = [year for year in self.years if year < on.year and self._noticed(year)]
        return date(max(before), 12, 31) if before else date.min

    def days_lost(self, suspended_on: date, resumed_on: date) -> int:
        """Working days that a suspension took, both dates civil; none when it was lifted the same day."""
        return max(0, self.between(suspended_on, resumed_on))

    def resume(self, due_on: date, suspended_on: date, resumed_on: date) -> date:
        """The due date after a suspension: later by the working days lost.

        A date already past when the suspension began stays: the suspended days do not count as late, which
        gives them back already.
        """
        if due_on < suspended_on:
            return due_on
        return self.add(due_on, self.days_lost(suspended_on, resumed_on))

    def _noticed(self, year: int) -> bool:
        return year in self.years and self.years[year].notice is not None

    def _days(self, year: int) -> tuple[date, ...]:
        """All working days of a year, in order. Two threads that list a year at once list the same."""
        if year not in self._listed:
            first = date(year, 1, 1)
            days = (first + DAY * offset for offset in range((date(year, 12, 31) - first).days + 1))
            self._listed[year] = tuple(day for day in days if self.is_working(day))
        return self._listed[year]


def civil_on(at: datetime, zone: ZoneInfo = ZONE) -> date:
    """The civil date of an instant. Raises ValueError for one without offset: it names no moment."""
    if at.tzinfo is None:
        raise ValueError(f"{at!r} has no offset")
    return at.astimezone(zone).date()


def _check_year(number: int, year: CalendarYear) -> None:
    if number != year.year:
        raise CalendarInvalid(problem="wrong_year", year=number, stated=year.year)
    for on in sorted(year.off | year.work):
        if on.year != year.year and (on.year, on.month) != (year.year - 1, 12):
            raise CalendarInvalid(problem="outside_year", year=year.year, on=on)
    if plain := [on for on in sorted(year.work) if on.weekday() < SATURDAY]:
        raise CalendarInvalid(problem="worked_anyway", year=year.year, on=plain[0])
