"""Pace: exact points behind, by checkpoints or by a line that was asked for; never for rates and ceilings."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.states import Basis, Comparator, IndicatorKind
from workflow.facts import IndicatorFact
from workflow.pace import UNJUDGED, Expected, Pace, is_paced, pace

START, END = date(2022, 1, 1), date(2022, 12, 30)
MIDSUMMER = date(2022, 6, 30)
DAYS = st.dates(START, END)
QUANTITIES = st.decimals(Decimal("0.01"), 10**6, places=2)


def audits(quantity: Any = 300, **more: Any) -> IndicatorFact:
    """300 audits a year, as the plan has them."""
    values = {
        "kind": IndicatorKind.COUNT, "comparator": Comparator.AT_LEAST, "basis": Basis.ANNUAL_INCREMENT, **more,
    }  # fmt: skip
    target = None if quantity is None else Decimal(str(quantity))
    return IndicatorFact(1, 1, "能源审计", target, "家", **values)


HALF = [Expected(MIDSUMMER, Decimal(150)), Expected(END, Decimal(300))]


def test_half_a_year_in_a_third_of_the_half_is_lacking() -> None:
    assert pace(audits(), HALF, Fraction(100), date(2022, 7, 1)) == Pace(Fraction(150), Fraction(50, 3))


def test_a_checkpoint_has_until_the_end_of_its_day() -> None:
    assert pace(audits(), HALF, Fraction(0), MIDSUMMER) == UNJUDGED
    assert pace(audits(), HALF, Fraction(0), MIDSUMMER + timedelta(1)).behind == 50


def test_of_several_that_passed_the_latest_is_what_counts() -> None:
    assert pace(audits(), reversed(HALF), Fraction(300), date(2023, 1, 1)) == Pace(Fraction(300), Fraction(0))
    assert pace(audits(), HALF, None, date(2023, 1, 1)).behind == 100


def test_without_checkpoints_nothing_is_behind_unless_a_line_is_asked_for() -> None:
    assert pace(audits(), [], Fraction(0), END) == UNJUDGED
    line = pace(audits(), [], Fraction(0), END, straight_line=True, start_on=START, end_on=END)
    assert line.expected == Fraction(300) * 362 / 363


@pytest.mark.parametrize(
    "indicator",
    [
        audits(kind=IndicatorKind.RATE, basis=Basis.LEVEL),
        audits(kind=IndicatorKind.CHANGE, basis=Basis.LEVEL),
        audits(kind=IndicatorKind.AMOUNT, comparator=Comparator.AT_MOST),
        audits(kind=IndicatorKind.JUDGED),
        audits(kind=IndicatorKind.DELIVERABLE),
        audits(kind=IndicatorKind.MAINTAINED),
        audits(None),
        audits(0),
    ],
    ids=["rate", "change", "ceiling", "judged", "deliverable", "maintained", "without target", "nothing"],
)
def test_what_does_not_grow_towards_a_target_is_never_behind(indicator: IndicatorFact) -> None:
    assert not is_paced(indicator)
    late = date(2023, 1, 1)
    assert pace(indicator, HALF, Fraction(0), late) == UNJUDGED
    line = pace(indicator, HALF, Fraction(0), late, straight_line=True, start_on=START, end_on=END)
    assert line == UNJUDGED


@pytest.mark.parametrize(("start_on", "end_on"), [(None, END), (START, None), (END, START), (END, END)])
def test_a_line_has_a_start_and_a_later_end(start_on: date | None, end_on: date | None) -> None:
    with pytest.raises(ValueError, match="straight line"):
        pace(audits(), [], Fraction(0), END, straight_line=True, start_on=start_on, end_on=end_on)


@given(target=QUANTITIES, expected=QUANTITIES, reached=st.fractions(0, 10**6))
def test_behind_is_exactly_what_lacks_in_points_of_the_target(
    target: Decimal, expected: Decimal, reached: Fraction
) -> None:
    found = pace(audits(target), [Expected(START, expected)], reached, END)
    behind = found.behind
    assert behind is not None
    assert behind >= 0
    if behind:
        assert reached + behind * Fraction(target) / 100 == Fraction(expected)
    else:
        assert reached >= Fraction(expected)


@given(st.lists(st.tuples(DAYS, QUANTITIES), min_size=1, max_size=8), DAYS, DAYS)
def test_what_is_expected_never_shrinks_where_checkpoints_do_not(
    steps: list[tuple[date, Decimal]], one: date, other: date
) -> None:
    days, quantities = sorted(day for day, _ in steps), sorted(quantity for _, quantity in steps)
    checkpoints = [Expected(day, quantity) for day, quantity in zip(days, quantities, strict=True)]
    early, late = sorted((one, other))
    before = pace(audits(), checkpoints, None, early).expected or Fraction(0)
    assert before <= (pace(audits(), checkpoints, None, late).expected or Fraction(0))


@given(target=QUANTITIES, on=st.dates(date(2021, 1, 1), date(2023, 12, 31)), reached=st.fractions(0, 10**6))
def test_a_straight_line_runs_from_nothing_to_the_target(
    target: Decimal, on: date, reached: Fraction
) -> None:
    line = {"straight_line": True, "start_on": START, "end_on": END}
    today, tomorrow = (
        pace(audits(target), [], reached, day, **line).expected  # type: ignore[arg-type]
        for day in (on, on + timedelta(1))
    )
    assert today is not None
    assert tomorrow is not None
    assert 0 <= today <= tomorrow <= Fraction(target)
    if START < on <= END:
        assert tomorrow - today == Fraction(target) / (END - START).days
    if on > END:
        assert today == Fraction(target)
