"""Reached against target: the one place where figures are added up, divided and compared.

Everything is exact: quantities are Decimal, quotients Fraction; what is rounded is only ever shown. A *tally* is what
has been counted, as reported (a quantity, or numerator and base); a *value* is the tally in the indicator's own unit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import prod

from models.states import IndicatorKind
from workflow.definition_cards import (
    Aggregation,
    Baseline,
    ChangeIn,
    DefinitionCard,
    Direction,
    OverTime,
    OverYears,
)
from workflow.facts import EntryFact, IndicatorFact

LONGEST = 8
"""Decimals of a number that is shown whole."""
USUAL_DIGITS = 2
"""Decimals shown of one that never ends, where its card says nothing."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What has been counted: of a ratio numerator (`quantity`) and denominator (`base`)."""

    quantity: Decimal
    base: Decimal | None = None
    as_of_on: date | None = None


def counting(entries: Iterable[EntryFact]) -> list[EntryFact]:
    """The entries that count: each corrected one gives way to its correction."""
    entries = list(entries)
    corrected = {entry.corrects_id for entry in entries}
    return [entry for entry in entries if entry.id not in corrected and entry.quantity is not None]


def tally(indicator: IndicatorFact, entries: Iterable[EntryFact]) -> Tally | None:
    """What reports on one indicator come to: each unit's over time, then all units' together. None: nothing reported.

    `entries` may be of any indicators; those of others are left out.
    """
    by_unit: dict[int, list[EntryFact]] = {}
    for entry in sorted(counting(entries), key=lambda entry: (entry.as_of_on, entry.id)):
        if entry.indicator_id == indicator.id:
            by_unit.setdefault(entry.unit_id, []).append(entry)
    card = indicator.card
    latest_last = sorted(by_unit.values(), key=lambda own: (own[-1].as_of_on, own[-1].id))
    return combine(card, [_over_time(card, own) for own in latest_last])


def _over_time(card: DefinitionCard, own: list[EntryFact]) -> Tally:
    """One unit's reports, in order of their days."""
    counted = own if card.over_time is OverTime.ADDED else own[-1:]
    return _sum([Tally(entry.quantity or Decimal(0), entry.base, entry.as_of_on) for entry in counted])


def counted(indicator: IndicatorFact) -> Tally | None:
    """What was counted towards an indicator by the last act that changed it, as its row keeps it."""
    return None if indicator.reached is None else Tally(indicator.reached, indicator.reached_base)


def combine(card: DefinitionCard, tallies: Collection[Tally]) -> Tally | None:
    """Several units' figures as one, by the card's aggregation; of `latest` the last in the latest day's order."""
    if not tallies:
        return None
    if card.aggregation is Aggregation.LATEST:
        last = max(enumerate(tallies), key=lambda pair: (pair[1].as_of_on or date.min, pair[0]))
        return last[1]
    return _sum(tallies)


def _sum(tallies: Collection[Tally]) -> Tally:
    bases = [each.base for each in tallies if each.base is not None]
    days = [each.as_of_on for each in tallies if each.as_of_on is not None]
    return Tally(
        sum((each.quantity for each in tallies), Decimal(0)),
        sum(bases, Decimal(0)) if bases else None,
        max(days, default=None),
    )


def value(card: DefinitionCard, found: Tally | None) -> Fraction | None:
    """A tally in the indicator's unit, exactly. None: nothing was reported, or 0/0, which is not applicable."""
    level = _level(card, found.quantity, found.base) if found else None
    if level is None or card.kind is not IndicatorKind.CHANGE or card.baseline is None:
        return level
    return _change(card, level, card.baseline)


def _level(card: DefinitionCard, quantity: Decimal, base: Decimal | None) -> Fraction | None:
    if not card.is_ratio:
        return Fraction(quantity) * Fraction(card.conversion)
    return Fraction(quantity) / Fraction(base) * Fraction(card.scale) if base else None


def _change(card: DefinitionCard, level: Fraction, baseline: Baseline) -> Fraction | None:
    before = _level(card, baseline.quantity, baseline.base)
    if before is None or (before == 0 and card.change_in is not ChangeIn.POINTS):
        return None
    return level - before if card.change_in is ChangeIn.POINTS else (level - before) / before * 100


def is_not_applicable(card: DefinitionCard, found: Tally | None) -> bool:
    """Whether something was reported, and there was nothing to measure it by: 0/0."""
    return found is not None and value(card, found) is None


def is_met(indicator: IndicatorFact, found: Tally | None) -> bool:
    """Whether a tally reaches its target. Without a number there is nothing to reach; 0/0 is held against nobody."""
    if indicator.quantity is None:
        return True
    if found is None:
        return False
    return reaches(indicator.card, value(indicator.card, found), indicator.quantity)


def reaches(card: DefinitionCard, found: Fraction | None, target: Decimal) -> bool:
    """Whether a value (None: not applicable) is at least, or at most, the target."""
    if found is None:
        return True
    wanted = Fraction(target)
    return found <= wanted if card.direction is Direction.AT_MOST else found >= wanted


def shortfall(indicator: IndicatorFact, found: Tally | None) -> Decimal:
    """What a counted figure lacks to its target, in the indicator's unit; below zero: what it has over (surplus)."""
    reached = value(indicator.card, found) or Fraction(0)
    return exactly(Fraction(indicator.quantity or 0) - reached)


def exactly(number: Fraction) -> Decimal:
    """The same number as a Decimal; ValueError where it has no end."""
    found = Decimal(number.numerator) / Decimal(number.denominator)
    if Fraction(found) != number:
        raise ValueError(f"{number} has no end")
    return found


def goal_value(goal: IndicatorFact, years: Iterable[IndicatorFact]) -> Fraction | None:
    """A task goal's value from what its years' indicators have counted; None: nothing reported yet."""
    found = [
        (year, reached)
        for year in sorted(years, key=lambda indicator: indicator.id)
        if year.goal_id == goal.id and (reached := value(year.card, counted(year))) is not None
    ]
    if not found:
        return None
    over_years = goal.card.over_years if goal.definition else found[-1][0].card.over_years
    if over_years is OverYears.LATEST:
        return found[-1][1]
    if over_years is OverYears.COMPOUNDED:
        return (prod((1 + reached / 100 for _, reached in found), start=Fraction(1)) - 1) * 100
    return sum((reached for _, reached in found), Fraction(0))


def shown(number: Fraction | None, digits: int | None = None) -> Decimal | None:
    """A value to be read: whole where it ends within 8 decimals and nothing else is said, else rounded half up."""
    if number is None:
        return None
    found = Decimal(number.numerator) / Decimal(number.denominator)
    if digits is None and Fraction(found) == number and -int(found.as_tuple().exponent) <= LONGEST:
        return found
    return found.quantize(Decimal(1).scaleb(-(USUAL_DIGITS if digits is None else digits)), ROUND_HALF_UP)


def plain(number: Decimal | None) -> str:
    """A number as people write it: no exponent, no trailing zeros."""
    if number is None:
        return "—"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
