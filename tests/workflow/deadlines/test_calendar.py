"""Working days: the shipped years against an independent oracle, and the arithmetic against its own laws."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.adapters.calendars import read_calendar, read_year
from workflow.deadlines import CalendarInvalid, CalendarYear, Roll, WorkingCalendar, civil_on

CALENDAR = read_calendar()
DAY = timedelta(days=1)
dates = st.dates(date(2020, 1, 1), date(2029, 12, 31))
steps = st.integers(-700, 700)
spans = st.integers(0, 700)


def test_every_day_of_the_shipped_years_agrees_with_the_oracle() -> None:
    on = date(2022, 1, 1)
    while on.year <= 2026:
        assert CALENDAR.is_working(on) == chinese_calendar.is_workday(on), on
        on += DAY


@pytest.mark.parametrize(("year", "days"), [(2022, 249), (2023, 249), (2024, 251), (2025, 248), (2026, 248)])
def test_working_days_per_year(year: int, days: int) -> None:
    assert CALENDAR.between(date(year - 1, 12, 31), date(year, 12, 31)) == days


def test_only_the_notice_whose_number_was_compared_ships_as_verified() -> None:
    notices = {number: year.notice for number, year in CALENDAR.years.items()}
    assert {number for number, notice in notices.items() if notice and notice.verified} == {2023}
    assert {notice.number for notice in notices.values() if notice and notice.verified} == {
        "国办发明电〔2022〕16号"
    }


def test_a_bare_year_is_due_on_its_last_working_day() -> None:
    assert CALENDAR.last_working_day(2022) == date(2022, 12, 30)
    assert CALENDAR.last_working_day(2023) == date(2023, 12, 29)


def test_lateness_over_new_year_counts_working_days_only() -> None:
    assert CALENDAR.between(date(2022, 12, 30), date(2023, 1, 2)) == 0
    assert CALENDAR.between(date(2022, 12, 30), date(2023, 1, 3)) == 1


def test_make_up_saturday_is_worked_and_spring_festival_is_not() -> None:
    assert CALENDAR.add(date(2023, 1, 20), 1) == date(2023, 1, 28)
    assert CALENDAR.roll(date(2023, 1, 24), Roll.FOLLOWING) == date(2023, 1, 28)
    assert CALENDAR.roll(date(2023, 1, 24), Roll.PRECEDING) == date(2023, 1, 20)
    assert CALENDAR.roll(date(2023, 1, 24), Roll.NONE) == date(2023, 1, 24)


def test_a_year_without_notice_is_provisional_and_so_is_the_week_before_it() -> None:
    assert not CALENDAR.provisional(date(2026, 12, 23))
    assert CALENDAR.provisional(date(2026, 12, 24))
    assert CALENDAR.provisional(date(2027, 5, 3))
    assert not CALENDAR.provisional(date(2025, 12, 31))
    assert CALENDAR.is_working(date(2027, 10, 1))  # a Friday: the week alone decides until the notice


def test_entering_a_notice_makes_its_year_firm() -> None:
    without = WorkingCalendar({2022: CALENDAR.years[2022]})
    assert without.provisional(date(2023, 1, 3))
    assert without.is_working(date(2023, 1, 23))
    assert not CALENDAR.provisional(date(2023, 1, 3))


def test_a_suspension_moves_the_due_date_by_the_working_days_lost() -> None:
    assert CALENDAR.resume(date(2023, 6, 30), date(2023, 6, 19), date(2023, 6, 27)) == date(2023, 7, 7)
    assert CALENDAR.days_lost(date(2023, 6, 19), date(2023, 6, 27)) == 5


def test_a_date_past_before_the_suspension_stays() -> None:
    assert CALENDAR.resume(date(2023, 6, 15), date(2023, 6, 19), date(2023, 6, 27)) == date(2023, 6, 15)


def test_the_civil_day_begins_at_midnight_in_shanghai() -> None:
    assert civil_on(datetime(2022, 12, 30, 15, 59, 59, tzinfo=UTC)) == date(2022, 12, 30)
    assert civil_on(datetime(2022, 12, 30, 16, tzinfo=UTC)) == date(2022, 12, 31)
    with pytest.raises(ValueError, match="no offset"):
        civil_on(datetime(2022, 12, 30))  # noqa: DTZ001


@given(on=dates, n=steps)
def test_add_is_undone_by_its_opposite_from_a_working_day(on: date, n: int) -> None:
    start = CALENDAR.roll(on, Roll.FOLLOWING)
    assert CALENDAR.add(CALENDAR.add(start, n), -n) == start


@given(on=dates, n=spans)
def test_between_measures_what_add_stepped(on: date, n: int) -> None:
    assert CALENDAR.between(on, CALENDAR.add(on, n)) == n


@given(on=dates, a=spans, b=spans)
def test_steps_add_up_over_year_ends(on: date, a: int, b: int) -> None:
    assert CALENDAR.add(CALENDAR.add(on, a), b) == CALENDAR.add(on, a + b)


@given(a=dates, b=dates, c=dates)
def test_between_adds_up_and_turns_its_sign(a: date, b: date, c: date) -> None:
    assert CALENDAR.between(a, b) + CALENDAR.between(b, c) == CALENDAR.between(a, c)
    assert CALENDAR.between(a, b) == -CALENDAR.between(b, a)


@given(a=dates, b=dates, n=steps)
def test_add_keeps_order(a: date, b: date, n: int) -> None:
    early, late = sorted((a, b))
    assert CALENDAR.add(early, n) <= CALENDAR.add(late, n)


@given(on=dates, n=st.integers(-60, 60))
def test_add_agrees_with_walking_day_by_day(on: date, n: int) -> None:
    walked, left = on, abs(n)
    while left:
        walked += DAY if n > 0 else -DAY
        left -= CALENDAR.is_working(walked)
    assert CALENDAR.add(on, n) == walked


@given(due=dates, began=dates, lasted=st.integers(0, 200))
def test_a_suspension_never_brings_a_due_date_forward(due: date, began: date, lasted: int) -> None:
    moved = CALENDAR.resume(due, began, began + DAY * lasted)
    assert moved >= due
    assert CALENDAR.resume(due, began, began + DAY * (lasted + 1)) >= moved


@pytest.mark.parametrize(
    ("off", "work", "problem"),
    [
        ({date(2022, 1, 1)}, {date(2022, 1, 1)}, "off_and_worked"),
        ({date(2023, 1, 1)}, set(), "outside_year"),
        (set(), {date(2022, 1, 3)}, "worked_anyway"),
    ],
)
def test_a_year_that_contradicts_itself_is_refused(off: set[date], work: set[date], problem: str) -> None:
    with pytest.raises(CalendarInvalid) as refused:
        WorkingCalendar({2022: CalendarYear(2022, None, frozenset(off), frozenset(work))})
    assert refused.value.facts["problem"] == problem


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("year: [", "unreadable"),
        ("year: 2022\nnotice:\ndays_off: [2022-02-30]\ndays_worked: []", "unreadable"),
        ("year: 2022\ndays_off: []\ndays_worked: []", "wrong_keys"),
        ("year: 2022\nnotice: {number: x}\ndays_off: []\ndays_worked: []", "wrong_notice"),
        ("year: 2022\nnotice:\ndays_off: [yesterday]\ndays_worked: []", "wrong_dates"),
        ("year: 2022\nnotice:\ndays_off: [2022-01-03, 2022-01-03]\ndays_worked: []", "repeated_dates"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "2022.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CalendarInvalid) as refused:
        read_year(path)
    assert (refused.value.facts["file"], refused.value.facts["problem"]) == ("2022.yaml", problem)
