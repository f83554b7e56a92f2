"""What a report comes to in the indicator's unit, and whether that reaches the target: each kind, exactly."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from tests.workflow.definitions.samples import AREA, AUDITS, SCHOOLS, TURNOVER, WASTE, card, indicator
from workflow.figures import (
    Tally,
    exactly,
    falls_short,
    is_measurable,
    is_met,
    is_not_applicable,
    shortfall,
    value,
)

MAINTAINED = {"kind": "maintained", "formula": "停止使用", "attested": "quarterly"}
REPORT = {"kind": "deliverable", "formula": "报告完成计1"}
OPEN_TURNOVER = {
    "kind": "change", "formula": "周转率的提升", "measured": "ratio", "scale": "100", "aggregation": "ratio",
    "gaps": [{"field": field, "question": "？"} for field in ("numerator", "denominator", "baseline", "change_in")],
}  # fmt: skip


def tally(quantity: str, base: str | None = None) -> Tally:
    return Tally(Decimal(quantity), None if base is None else Decimal(base))


@pytest.mark.parametrize(
    ("body", "quantity", "base", "found"),
    [
        (AUDITS, "300", None, Fraction(300)),
        (AREA, "300000", None, Fraction(30)),
        (AREA, "0.1", None, Fraction(1, 100000)),
        (SCHOOLS, "2", "3", Fraction(200, 3)),
        (WASTE, "7", "10", Fraction(7, 10)),
        (TURNOVER, "42", "100", Fraction(5)),
        ({**TURNOVER, "change_in": "points"}, "42", "100", Fraction(2)),
        (REPORT, "1", None, Fraction(1)),
        (MAINTAINED, "1", None, Fraction(1)),
    ],
)
def test_a_report_in_the_indicators_unit(
    body: dict[str, Any], quantity: str, base: str | None, found: Fraction
) -> None:
    assert value(card(body), tally(quantity, base)) == found


def test_nothing_reported_has_no_value() -> None:
    assert value(card(AUDITS), None) is None
    assert not is_met(indicator(AUDITS, "300"), None)
    assert not is_not_applicable(card(AUDITS), None)


def test_what_has_no_number_is_met_by_its_criteria_alone() -> None:
    assert is_met(indicator({"kind": "judged", "formula": "按验收要点"}), None)


@pytest.mark.parametrize(
    ("body", "target", "quantity", "base", "met"),
    [
        (AUDITS, "300", "300", None, True),
        (AUDITS, "300", "299", None, False),
        # two thirds are 66.666…: more than 66.66, less than 66.67, whatever a rounded figure would say
        (SCHOOLS, "66.66", "2", "3", True),
        (SCHOOLS, "66.67", "2", "3", False),
        (SCHOOLS, "70", "70", "100", True),
        # 69.996 would be shown as 70.00
        (SCHOOLS, "70", "69996", "100000", False),
        (WASTE, "0.7", "7", "10", True),
        (WASTE, "0.7", "700000001", "1000000000", False),
        (TURNOVER, "5", "42", "100", True),
        (TURNOVER, "5", "41.9999999", "100", False),
        ({**TURNOVER, "change_in": "points"}, "5", "42", "100", False),
        ({**TURNOVER, "change_in": "points"}, "2", "42", "100", True),
        ({**TURNOVER, "direction": "at_most"}, "-3", "38.8", "100", True),
        ({**TURNOVER, "direction": "at_most"}, "-3", "38.81", "100", False),
    ],
)
def test_the_target_is_compared_with_the_exact_value(
    body: dict[str, Any], target: str, quantity: str, base: str | None, met: bool
) -> None:
    assert is_met(indicator(body, target), tally(quantity, base)) is met


def test_zero_of_zero_is_not_applicable_and_held_against_nobody() -> None:
    nothing = tally("0", "0")
    assert value(card(SCHOOLS), nothing) is None
    assert is_not_applicable(card(SCHOOLS), nothing)
    assert is_met(indicator(SCHOOLS, "70"), nothing)
    assert not is_not_applicable(card(SCHOOLS), tally("0", "10"))
    assert not is_met(indicator(SCHOOLS, "70"), tally("0", "10"))


def test_a_change_of_a_quantity_is_measured_against_a_quantity() -> None:
    baseline = {"quantity": "200", "year": 2020, "source": "2020年统计"}
    energy = {"kind": "change", "formula": "较2020年", "change_in": "percent", "baseline": baseline}
    assert value(card(energy), tally("194")) == -3
    assert value(card({**energy, "change_in": "points"}), tally("194")) == -6


def test_points_over_a_baseline_of_zero_can_be_told_and_per_cent_cannot() -> None:
    nothing = {"quantity": "0", "base": "100", "year": 2021, "source": "2021年报"}
    points = card({**TURNOVER, "change_in": "points", "baseline": nothing})
    assert value(points, tally("3", "100")) == 3


def test_a_change_is_not_measured_before_its_definition_is_settled() -> None:
    """Half a turnover is no rise of 50 %: it neither reaches the target nor is it known to miss it."""
    unsettled = indicator(OPEN_TURNOVER, "3")
    assert not is_measurable(unsettled.card)
    assert value(unsettled.card, tally("50", "100")) is None
    assert not is_met(unsettled, tally("50", "100"))
    assert not falls_short(unsettled, tally("50", "100"))
    assert falls_short(unsettled, None)
    assert not is_not_applicable(unsettled.card, tally("50", "100"))
    half = {**TURNOVER, "change_in": None, "gaps": [{"field": "change_in", "question": "？"}]}
    assert value(card(half), tally("42", "100")) is None


def test_a_change_without_a_card_is_what_was_reported() -> None:
    plain_words = indicator(None, "3", kind="change")
    assert value(plain_words.card, tally("3")) == 3
    assert is_met(plain_words, tally("3"))


def test_a_shortfall_is_exact_and_a_surplus_is_below_zero() -> None:
    assert shortfall(indicator(AUDITS, "300"), tally("285")) == 15
    assert shortfall(indicator(AUDITS, "300"), tally("310")) == -10
    assert shortfall(indicator(AREA, "30"), tally("299999.9")) == Decimal("0.00001")
    assert shortfall(indicator(AUDITS, "300"), None) == 300


def test_what_has_no_end_is_no_decimal() -> None:
    assert exactly(Fraction(1, 8)) == Decimal("0.125")
    assert str(exactly(Fraction(10**40 + 1, 10**8))) == "1" + "0" * 32 + ".00000001"
    with pytest.raises(ValueError, match="no end"):
        exactly(Fraction(2, 3))
