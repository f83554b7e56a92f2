"""Reminders: which rung goes out on which day, and that a night missed loses and doubles nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from workflow.adapters.calendars import read_calendar
from workflow.adapters.ladders import read_rules
from workflow.deadlines import Roll
from workflow.ladder import Rules, reminders_due, rungs, thresholds

CALENDAR = read_calendar()
RULES = read_rules()
DUE = date(2022, 12, 30)
rolls = st.sampled_from([replace(RULES, reminders=replace(RULES.reminders, roll=roll)) for roll in Roll])
dates = st.dates(date(2022, 3, 1), date(2025, 12, 31))


def test_the_rungs_of_a_due_date() -> None:
    assert [(rung.code, rung.falls_on) for rung in rungs(DUE, RULES, CALENDAR, date(2023, 1, 16))] == [
        ("before-30", date(2022, 11, 30)),
        ("before-7", date(2022, 12, 23)),
        ("before-3", date(2022, 12, 27)),
        ("before-1", date(2022, 12, 29)),
        ("day-0", DUE),
        ("after-5", date(2023, 1, 9)),
        ("after-10", date(2023, 1, 16)),
    ]


def test_a_reminder_on_a_day_off_goes_out_on_the_working_day_before() -> None:
    monday = date(2023, 3, 6)
    assert [rung.falls_on for rung in rungs(monday, RULES, CALENDAR, monday)][-2:] == [
        date(2023, 3, 3),
        monday,
    ]


def test_nothing_goes_out_before_the_first_rung() -> None:
    assert reminders_due(DUE, RULES, CALENDAR, set(), date(2022, 11, 29)).send is None


def test_a_rung_is_sent_once() -> None:
    first = reminders_due(DUE, RULES, CALENDAR, set(), date(2022, 12, 23))
    assert first.send
    assert first.send.code == "before-7"
    again = reminders_due(DUE, RULES, CALENDAR, {"before-30", "before-7"}, date(2022, 12, 24))
    assert (again.send, again.overtaken) == (None, ())


def test_after_a_week_off_only_the_latest_is_sent_and_the_rest_are_overtaken() -> None:
    found = reminders_due(DUE, RULES, CALENDAR, {"before-30"}, date(2022, 12, 31))
    assert found.send
    assert found.send.code == "day-0"
    assert [rung.code for rung in found.overtaken] == ["before-7", "before-3", "before-1"]


def test_rungs_past_when_the_date_was_set_are_overtaken_not_sent() -> None:
    found = reminders_due(DUE, RULES, CALENDAR, set(), date(2022, 12, 26), since=date(2022, 12, 26))
    assert found.send is None
    assert [rung.code for rung in found.overtaken] == ["before-30", "before-7"]


def test_a_rung_of_the_very_day_the_date_was_set_is_sent() -> None:
    found = reminders_due(DUE, RULES, CALENDAR, set(), date(2022, 12, 27), since=date(2022, 12, 27))
    assert found.send
    assert found.send.code == "before-3"


def test_a_rung_added_later_never_goes_out_behind_a_later_one() -> None:
    found = reminders_due(DUE, RULES, CALENDAR, {"before-30", "before-3"}, date(2022, 12, 28))
    assert found.send is None
    assert [rung.code for rung in found.overtaken] == ["before-7"]


@given(rules=rolls, due_on=dates, offset=st.integers(-60, 200))
def test_a_scan_by_thresholds_finds_what_each_due_date_finds(rules: Rules, due_on: date, offset: int) -> None:
    today = due_on + timedelta(days=offset)
    fallen = [rung.code for rung in rungs(due_on, rules, CALENDAR, today)]
    scanned = [found.code for found in thresholds(rules, CALENDAR, today, due_on) if due_on <= found.due_upto]
    assert scanned == fallen


@given(rules=rolls, due_on=dates, days=st.sets(st.integers(-60, 120), min_size=1))
def test_whenever_the_scheduler_wakes_every_rung_is_recorded_once(
    rules: Rules, due_on: date, days: set[int]
) -> None:
    recorded: list[str] = []
    for offset in sorted(days):
        today = due_on + timedelta(days=offset)
        found = reminders_due(due_on, rules, CALENDAR, recorded, today)
        recorded += [rung.code for rung in (*found.overtaken, *((found.send,) if found.send else ()))]
    last = due_on + timedelta(days=max(days))
    assert recorded == [rung.code for rung in rungs(due_on, rules, CALENDAR, last)]


@given(rules=rolls, due_on=dates)
def test_rungs_climb_in_order(rules: Rules, due_on: date) -> None:
    falls = [rung.falls_on for rung in rungs(due_on, rules, CALENDAR, due_on + timedelta(days=90))]
    assert falls == sorted(falls)
