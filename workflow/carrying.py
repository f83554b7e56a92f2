"""Carrying figures between years 结转: what is short goes to a later year, what is over comes off it. Pure and exact.

What is taken from one year's target is added to another's, to the last digit: the total over the years stays.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from models.states import Basis
from workflow.definition_cards import COUNTED, Direction, OverYears
from workflow.facts import IndicatorFact
from workflow.figures import Tally, exactly, is_met, value

FINEST = 10**8
"""Targets have eight decimals: a quotient that never ends is taken to the nearest of them that is reached."""


def adds_up(indicator: IndicatorFact) -> bool:
    """Whether a figure can be carried: counts and amounts of which more is good and the years add up to a goal."""
    card = indicator.card
    added = card.over_years is OverYears.ADDED or indicator.basis == Basis.ANNUAL_INCREMENT
    counted = card.kind in COUNTED and card.direction is Direction.AT_LEAST
    return counted and added and indicator.goal_id is not None and indicator.quantity is not None


def is_short(indicator: IndicatorFact, found: Tally | None) -> bool:
    return not is_met(indicator, found)


def is_over(indicator: IndicatorFact, found: Tally | None) -> bool:
    """Whether more was reached than asked, of what can be carried."""
    return adds_up(indicator) and surplus(indicator, found) > 0


def surplus(indicator: IndicatorFact, found: Tally | None) -> Fraction:
    """What was reached over the target, in the indicator's unit; below zero: what is short."""
    return (value(indicator.card, found) or Fraction(0)) - Fraction(indicator.quantity or 0)


def carry_shortfall(
    indicator: IndicatorFact, found: Tally | None, later: IndicatorFact
) -> tuple[Decimal, Decimal]:
    """The two targets once what is short has gone to the later year. ValueError for what has no end."""
    return _shift(indicator, later, surplus(indicator, found))


def carry_surplus(
    indicator: IndicatorFact, found: Tally | None, later: IndicatorFact
) -> tuple[Decimal, Decimal]:
    """The two targets once what is over has come off the later year, which never falls below zero."""
    return _shift(indicator, later, min(surplus(indicator, found), Fraction(later.quantity or 0)))


def _shift(indicator: IndicatorFact, later: IndicatorFact, by: Fraction) -> tuple[Decimal, Decimal]:
    own, other = Fraction(indicator.quantity or 0), Fraction(later.quantity or 0)
    return exactly(own + by), exactly(other - by)


def reached_target(indicator: IndicatorFact, found: Tally | None) -> Decimal | None:
    """The target that what was reached does meet; None where a quotient was not reported, or divides by nothing."""
    card = indicator.card
    reached = value(card, found)
    if reached is None:
        return Decimal(0) if card.kind in COUNTED else None
    try:
        return exactly(reached)
    except ValueError:
        rounded = math.ceil if card.direction is Direction.AT_MOST else math.floor
        return exactly(Fraction(rounded(reached * FINEST), FINEST))


def lowered_goal(
    goal: IndicatorFact, indicator: IndicatorFact, years: Iterable[IndicatorFact], to: Decimal
) -> Decimal | None:
    """A goal's own number when one year's target is let down to `to`; None where the goal does not move with it.

    A goal that the years add up to falls by the same; one that is the last year's level, when it is that year's.
    """
    if goal.quantity is None or indicator.quantity is None:
        return None
    card = goal.card if goal.definition else indicator.card
    last = max((year.id for year in years if year.goal_id == goal.id), default=indicator.id)
    if card.over_years is OverYears.COMPOUNDED or (
        card.over_years is OverYears.LATEST and indicator.id != last
    ):
        return None
    moved = exactly(Fraction(goal.quantity) + Fraction(to) - Fraction(indicator.quantity))
    return max(moved, Decimal(0)) if goal.card.kind in COUNTED else moved
