"""Many reports as one figure: over time, over units, with corrections."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.workflow.definitions.samples import AREA, AUDITS, SCHOOLS, card, entry, indicator
from workflow.figures import Tally, combine, counting, tally, value

BY_UNIT = {**AUDITS, "over_time": "latest"}


def test_increments_add_up_over_reports_and_units() -> None:
    found = tally(indicator(AUDITS), [entry(1, "20"), entry(2, "30", day=1), entry(3, "40", unit=2)])
    assert found is not None
    assert found.quantity == 90


def test_levels_are_each_units_latest_and_then_added() -> None:
    """The latest by the day it was true, not by when it was written down."""
    reports = [entry(1, "30", day=9), entry(2, "20", day=1), entry(3, "5", unit=2)]
    found = tally(indicator(BY_UNIT), reports)
    assert found is not None
    assert found.quantity == 35


def test_of_two_reports_on_one_day_the_later_written_holds() -> None:
    found = tally(indicator(BY_UNIT), [entry(2, "31"), entry(1, "30")])
    assert found is not None
    assert found.quantity == 31


def test_the_latest_report_of_anybody() -> None:
    latest = {**BY_UNIT, "aggregation": "latest"}
    reports = [entry(1, "30", day=1), entry(2, "20", unit=2, day=2), entry(3, "10", unit=3)]
    found = tally(indicator(latest), reports)
    assert found is not None
    assert found.quantity == 20


def test_rates_of_units_weigh_by_their_size() -> None:
    """9 of 10 and 10 of 90 schools are 19 of 100, not the mean of 90 % and 11 %."""
    found = tally(indicator(SCHOOLS), [entry(1, "9", "10"), entry(2, "10", "90", unit=2)])
    assert value(card(SCHOOLS), found) == 19


def test_a_unit_with_nothing_to_measure_by_changes_nothing() -> None:
    alone = tally(indicator(SCHOOLS), [entry(1, "9", "10")])
    together = tally(indicator(SCHOOLS), [entry(1, "9", "10"), entry(2, "0", "0", unit=2)])
    assert value(card(SCHOOLS), alone) == value(card(SCHOOLS), together)


def test_ratios_that_are_added_over_time_add_both_parts() -> None:
    vehicles = {**SCHOOLS, "over_time": "added"}
    found = tally(indicator(vehicles), [entry(1, "8", "10"), entry(2, "4", "5", day=30)])
    assert found == Tally(Decimal(12), Decimal(15), found.as_of_on if found else None)


def test_what_states_no_denominator_is_no_ratio_and_the_other_way_round() -> None:
    """Reported before the card asked for one: it counts again once it is reported anew."""
    assert tally(indicator(SCHOOLS), [entry(1, "70")]) is None
    assert value(card(SCHOOLS), tally(indicator(SCHOOLS), [entry(1, "6", "10"), entry(2, "70", day=5)])) == 60
    assert tally(indicator(AUDITS), [entry(1, "6", "10")]) is None


def test_a_correction_takes_the_place_of_what_it_corrects_and_may_be_corrected() -> None:
    reports = [entry(1, "20"), entry(2, "18", corrects=1), entry(3, "19", corrects=2), entry(4, "1")]
    assert [each.id for each in counting(reports)] == [3, 4]
    found = tally(indicator(AUDITS), reports)
    assert found is not None
    assert found.quantity == 20


def test_reports_on_other_indicators_and_words_alone_count_nothing() -> None:
    assert tally(indicator(AUDITS), [entry(1, "20", of=2)]) is None


def test_a_tenth_and_two_tenths_of_a_square_metre_are_three() -> None:
    found = tally(indicator(AREA), [entry(1, "0.1"), entry(2, "0.2")])
    assert found is not None
    assert found.quantity == Decimal("0.3")


@pytest.mark.parametrize("count", [1, 7, 100_000])
def test_sums_past_28_digits_keep_their_last_one(count: int) -> None:
    """Python's own decimal context rounds there in silence."""
    total = combine(card(AUDITS), [Tally(Decimal("9" * 16 + "." + "9" * 8))] * count)
    digits = str(int("9" * 24) * count)
    assert total is not None
    assert str(total.quantity) == f"{digits[:-8]}.{digits[-8:]}"
