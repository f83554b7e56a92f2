"""Months and quarters, at their edges and for any day."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.states import Reporting
from workflow.periods import Period, period_of, periods_after

OFTEN = st.sampled_from([Reporting.MONTHLY, Reporting.QUARTERLY])
DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31))
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("on", "often", "period"),
    [
        (date(2022, 12, 31), Reporting.MONTHLY, (date(2022, 12, 1), date(2022, 12, 31))),
        (date(2024, 2, 29), Reporting.MONTHLY, (date(2024, 2, 1), date(2024, 2, 29))),
        (date(2022, 11, 1), Reporting.QUARTERLY, (date(2022, 10, 1), date(2022, 12, 31))),
        (date(2023, 3, 31), Reporting.QUARTERLY, (date(2023, 1, 1), date(2023, 3, 31))),
    ],
)
def test_the_period_of_a_day(on: date, often: Reporting, period: tuple[date, date]) -> None:
    assert period_of(on, often) == Period(*period)


def test_later_periods_begin_after_the_day_and_have_ended() -> None:
    found = list(periods_after(date(2022, 12, 31), Reporting.QUARTERLY, over_by=date(2023, 6, 30)))
    assert [period.from_on for period in found] == [date(2023, 1, 1), date(2023, 4, 1)]
    assert list(periods_after(date(2023, 1, 1), Reporting.MONTHLY, over_by=date(2023, 2, 27))) == []


@given(on=DAYS, often=OFTEN)
def test_every_day_lies_in_one_period_and_the_next_begins_the_day_after(on: date, often: Reporting) -> None:
    period = period_of(on, often)
    assert period.from_on <= on <= period.upto_on
    assert period_of(period.from_on, often) == period_of(period.upto_on, often) == period
    assert period_of(period.upto_on + DAY, often).from_on == period.upto_on + DAY


@given(on=DAYS, often=OFTEN, days=st.integers(0, 1500))
def test_later_periods_follow_each_other_without_a_gap(on: date, often: Reporting, days: int) -> None:
    over_by = on + timedelta(days=days)
    found = list(periods_after(on, often, over_by=over_by))
    assert all(period.from_on > on and period.upto_on <= over_by for period in found)
    assert all(later.from_on == sooner.upto_on + DAY for sooner, later in pairwise(found))
