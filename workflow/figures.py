"""Reached against target: what reported figures add up to. Exact decimals are compared, never rounded ones."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from models.states import Basis, Comparator
from workflow.facts import EntryFact, IndicatorFact


def reached(indicator: IndicatorFact, entries: Iterable[EntryFact]) -> Decimal | None:
    """What was reached: increments add up, a level is the latest figure per unit's report. None: nothing reported."""
    own = [e for e in entries if e.indicator_id == indicator.id and e.quantity is not None]
    if not own:
        return None
    if indicator.basis == Basis.ANNUAL_INCREMENT:
        return sum((e.quantity for e in own if e.quantity is not None), Decimal(0))
    return max(own, key=lambda e: (e.as_of_on, e.id)).quantity


def is_met(indicator: IndicatorFact, value: Decimal | None) -> bool:
    """Whether a figure reaches its target; without a number there is nothing to reach."""
    if indicator.quantity is None:
        return True
    if value is None:
        return False
    if indicator.comparator == Comparator.AT_MOST:
        return value <= indicator.quantity
    return value >= indicator.quantity


def goal_reached(
    goal: IndicatorFact, indicators: Iterable[IndicatorFact], entries: Iterable[EntryFact]
) -> Decimal | None:
    """A task goal's figure over the years: increments of all its years add up, else the latest year's level."""
    entries = list(entries)
    values = [
        (indicator, value)
        for indicator in indicators
        if indicator.goal_id == goal.id and (value := reached(indicator, entries)) is not None
    ]
    if not values:
        return None
    if all(indicator.basis == Basis.ANNUAL_INCREMENT for indicator, _ in values):
        return sum((value for _, value in values), Decimal(0))
    return max(values, key=lambda pair: pair[0].id)[1]


def plain(value: Decimal | None) -> str:
    """A number as people write it: no exponent, no trailing zeros."""
    if value is None:
        return "—"
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
