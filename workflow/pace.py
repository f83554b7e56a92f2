"""Pace: where a figure should be by a day, and how far behind it is. Pure and exact.

Judged against the checkpoints of the work plan; against a straight line only where somebody chose one. Never for
rates, changes and ceilings: they do not grow towards their target. Deliverables, judged and maintained indicators
have nothing to measure by.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from workflow.definition_cards import COUNTED, Direction
from workflow.facts import IndicatorFact

WHOLE = 100
"""Percentage points of a whole target."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What should have been reached when a day is over: a checkpoint, as pace sees it."""

    due_on: date
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Pace:
    """Where a figure should be, and its distance from there in percentage points of the target; None: not judged."""

    expected: Fraction | None
    behind: Fraction | None


UNJUDGED = Pace(None, None)


def is_paced(indicator: IndicatorFact) -> bool:
    """Whether an indicator's figure grows towards a target that is to be reached."""
    card, target = indicator.card, indicator.quantity
    grows = card.kind in COUNTED and card.direction is Direction.AT_LEAST
    return grows and target is not None and target > 0


def pace(
    indicator: IndicatorFact,
    checkpoints: Iterable[Expected],
    reached: Fraction | None,
    on: date,
    *,
    straight_line: bool = False,
    start_on: date | None = None,
    end_on: date | None = None,
) -> Pace:
    """How an indicator that has reached so much stands on the morning of a day.

    A checkpoint has until the end of its day and counts from the next; before the first one nothing is judged. With
    `straight_line` what should be there grows evenly from nothing at the end of `start_on` to the target at the end of
    `end_on`; ValueError where one of the two is not given.
    """
    if not is_paced(indicator):
        return UNJUDGED
    if straight_line:
        return _judged(indicator, _on_line(indicator, on, start_on, end_on), reached)
    passed = [point for point in checkpoints if point.due_on < on]
    if not passed:
        return UNJUDGED
    latest = max(passed, key=lambda point: (point.due_on, point.quantity))
    return _judged(indicator, Fraction(latest.quantity), reached)


def _judged(indicator: IndicatorFact, expected: Fraction, reached: Fraction | None) -> Pace:
    """What lacks to where a figure should be; ahead of it is 0 behind."""
    lacking = max(Fraction(0), expected - (reached or Fraction(0)))
    return Pace(expected, lacking / Fraction(indicator.quantity or 1) * WHOLE)


def _on_line(indicator: IndicatorFact, on: date, start_on: date | None, end_on: date | None) -> Fraction:
    if start_on is None or end_on is None or end_on <= start_on:
        raise ValueError("a straight line has a start and a later end")
    gone = Fraction((on - start_on).days - 1, (end_on - start_on).days)
    return Fraction(indicator.quantity or 0) * min(max(gone, Fraction(0)), Fraction(1))
