"""Whatever is reported, in whatever order and by whomever: nothing is lost and nothing drifts."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from tests.workflow.definitions.samples import AREA, AUDITS, SCHOOLS, card, entry, indicator
from workflow.facts import EntryFact
from workflow.figures import Tally, combine, exactly, is_met, shortfall, tally, value

QUANTITIES = st.decimals(min_value=0, max_value=10**16 - 1, places=8, allow_nan=False, allow_infinity=False)
RATIOS = st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)).map(lambda pair: (min(pair), max(pair)))


@given(st.lists(QUANTITIES, min_size=1, max_size=40), st.randoms())
def test_square_metres_add_up_to_the_last_digit_in_any_order(
    quantities: list[Decimal], random: object
) -> None:
    reports = [entry(n, str(quantity), unit=n % 3) for n, quantity in enumerate(quantities, 1)]
    shuffled = sorted(reports, key=lambda _: random.random())  # type: ignore[attr-defined]
    expected = sum((Fraction(quantity) for quantity in quantities), Fraction(0)) / 10000
    assert value(card(AREA), tally(indicator(AREA), reports)) == expected
    assert value(card(AREA), tally(indicator(AREA), shuffled)) == expected


@given(st.lists(QUANTITIES, min_size=2, max_size=20), st.data())
def test_adding_up_in_parts_is_adding_up_at_once(quantities: list[Decimal], data: st.DataObject) -> None:
    """Sub-units into units, units into the milestone."""
    cut = data.draw(st.integers(1, len(quantities) - 1))
    parts = [Tally(quantity) for quantity in quantities]
    halves = [combine(card(AUDITS), parts[:cut]), combine(card(AUDITS), parts[cut:])]
    at_once = combine(card(AUDITS), parts)
    in_parts = combine(card(AUDITS), [half for half in halves if half is not None])
    assert at_once is not None
    assert in_parts is not None
    assert at_once.quantity == in_parts.quantity


@given(st.lists(RATIOS, min_size=1, max_size=20))
def test_a_ratio_of_units_is_the_sum_of_numerators_by_the_sum_of_denominators(
    ratios: list[tuple[int, int]],
) -> None:
    reports: list[EntryFact] = [entry(n, str(q), str(b), unit=n) for n, (q, b) in enumerate(ratios, 1)]
    found = value(card(SCHOOLS), tally(indicator(SCHOOLS), reports))
    base = sum(base for _, base in ratios)
    assert found == (Fraction(sum(q for q, _ in ratios) * 100, base) if base else None)


@given(RATIOS.filter(lambda ratio: ratio[1] > 0), st.decimals(0, 100, places=2))
def test_a_target_is_reached_exactly_when_the_cross_products_say_so(
    ratio: tuple[int, int], target: Decimal
) -> None:
    reached = is_met(indicator(SCHOOLS, str(target)), Tally(Decimal(ratio[0]), Decimal(ratio[1])))
    assert reached is (ratio[0] * 10000 >= int(target * 100) * ratio[1])


@given(QUANTITIES, QUANTITIES)
def test_what_is_reached_and_what_is_short_are_the_target(reached: Decimal, target: Decimal) -> None:
    found = Tally(reached)
    short = shortfall(indicator(AREA, str(target)), found)
    assert Fraction(short) + Fraction(reached) / 10000 == Fraction(target)
    assert (short <= 0) is is_met(indicator(AREA, str(target)), found)


@given(st.integers(-(10**40), 10**40), st.integers(0, 30))
def test_a_number_that_ends_is_the_same_as_a_decimal(number: int, digits: int) -> None:
    assert Fraction(exactly(Fraction(number, 10**digits))) == Fraction(number, 10**digits)
