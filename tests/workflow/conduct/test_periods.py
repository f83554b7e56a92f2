"""Which periods are to be reported on: every day once, whatever the interval was meanwhile."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.states import Reporting
from workflow.deadlines import DAY
from workflow.periods import Period
from workflow.reporting import ended_periods, period_end

MONTHLY, QUARTERLY, NONE = Reporting.MONTHLY, Reporting.QUARTERLY, Reporting.NONE
DAYS = st.dates(date(2022, 1, 1), date(2024, 12, 31))
BEGUN = date(2022, 1, 14)


def periods(
    interval: Reporting, today: date, covered_upto: date = BEGUN - DAY, since: date = BEGUN
) -> list[tuple[str, str]]:
    found = ended_periods(interval, covered_upto, since, today)
    return [(each.from_on.isoformat(), each.upto_on.isoformat()) for each in found]


@pytest.mark.parametrize(
    ("interval", "today", "expected"),
    [
        (MONTHLY, date(2022, 1, 31), []),
        (MONTHLY, date(2022, 2, 1), [("2022-01-14", "2022-01-31")]),
        (MONTHLY, date(2022, 3, 1), [("2022-01-14", "2022-01-31"), ("2022-02-01", "2022-02-28")]),
        (QUARTERLY, date(2022, 3, 31), []),
        (QUARTERLY, date(2022, 4, 1), [("2022-01-14", "2022-03-31")]),
        (NONE, date(2023, 1, 1), []),
    ],
)
def test_a_period_is_to_be_reported_on_from_the_day_after_its_end(
    interval: Reporting, today: date, expected: list[tuple[str, str]]
) -> None:
    assert periods(interval, today) == expected


def test_a_change_of_the_interval_asks_for_no_day_twice() -> None:
    """January was reported on by month; the first quarter then has its other two."""
    assert periods(QUARTERLY, date(2022, 4, 1), covered_upto=date(2022, 1, 31)) == [
        ("2022-02-01", "2022-03-31")
    ]


def test_what_ended_before_the_interval_held_is_not_called_for_later() -> None:
    """Set on 10 June: the first report is June's, and it covers what nobody has reported on."""
    assert periods(MONTHLY, date(2022, 7, 1), since=date(2022, 6, 10)) == [("2022-01-14", "2022-06-30")]


@pytest.mark.parametrize(
    ("interval", "on", "end"),
    [
        (MONTHLY, date(2024, 2, 1), date(2024, 2, 29)),
        (MONTHLY, date(2022, 12, 31), date(2022, 12, 31)),
        (QUARTERLY, date(2022, 1, 1), date(2022, 3, 31)),
        (QUARTERLY, date(2022, 5, 15), date(2022, 6, 30)),
        (QUARTERLY, date(2022, 10, 1), date(2022, 12, 31)),
    ],
)
def test_a_period_ends_with_its_month_or_quarter(interval: Reporting, on: date, end: date) -> None:
    assert period_end(interval, on) == end


@given(st.sampled_from([MONTHLY, QUARTERLY]), DAYS, DAYS, DAYS)
def test_periods_follow_each_other_and_end_before_today(
    interval: Reporting, covered_upto: date, since: date, today: date
) -> None:
    found = list(ended_periods(interval, covered_upto, since, today))
    last = covered_upto
    for each in found:
        assert each.from_on == last + DAY
        assert each.from_on <= each.upto_on
        assert since <= each.upto_on < today
        assert period_end(interval, each.upto_on) == each.upto_on
        last = each.upto_on


@given(st.lists(st.tuples(st.sampled_from(list(Reporting)), st.integers(1, 200)), max_size=8))
def test_however_often_it_is_called_for_each_day_is_reported_on_once(
    calls: list[tuple[Reporting, int]],
) -> None:
    """The interval changes, mornings are missed: what has been called for is one unbroken stretch."""
    today, covered, reported = BEGUN, BEGUN - DAY, list[Period]()
    for interval, days in calls:
        today += timedelta(days)
        reported += ended_periods(interval, covered, BEGUN, today)
        covered = reported[-1].upto_on if reported else covered
    told = [
        each.from_on + DAY * n for each in reported for n in range((each.upto_on - each.from_on).days + 1)
    ]
    assert told == [BEGUN + DAY * n for n in range(len(told))]
