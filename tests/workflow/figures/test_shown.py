"""Only what is shown is rounded: half up, as people do, in whole numbers, never twice."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.figures import plain, shown


@pytest.mark.parametrize(
    ("number", "digits", "text"),
    [
        (Fraction(300), None, "300"),
        (Fraction(200, 3), None, "66.67"),
        (Fraction(-200, 3), None, "-66.67"),
        (Fraction(1, 8), None, "0.125"),
        (Fraction(1, 10**9), None, "0"),
        (Fraction(5, 1000), 2, "0.01"),
        (Fraction(-5, 1000), 2, "-0.01"),
        (Fraction(4999, 10**6), 2, "0"),
        (Fraction(200, 3), 0, "67"),
        (Fraction(1, 3), 8, "0.33333333"),
        (Fraction(10**30, 3), 2, "3" * 30 + ".33"),
    ],
)
def test_what_people_read(number: Fraction, digits: int | None, text: str) -> None:
    assert plain(shown(number, digits)) == text


def test_nothing_is_a_dash() -> None:
    assert shown(None) is None
    assert plain(None) == "—"


@given(st.fractions(), st.integers(min_value=0, max_value=8))
def test_what_is_shown_is_never_further_off_than_half_of_its_last_digit(
    number: Fraction, digits: int
) -> None:
    found = shown(number, digits)
    assert found is not None
    assert abs(Fraction(found) - number) <= Fraction(1, 2) / 10**digits


@given(st.decimals(allow_nan=False, allow_infinity=False, places=8, min_value=-(10**15), max_value=10**15))
def test_what_ends_is_shown_whole(number: Decimal) -> None:
    assert shown(Fraction(number)) == number
