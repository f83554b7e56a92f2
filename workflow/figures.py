"""Reached against target: the one place where figures are added up, divided and compared.

Everything is exact: quantities are Decimal, quotients Fraction; what is rounded is only ever shown. A *tally* is what
has been counted, as reported (a quantity, or numerator and base); a *value* is the tally in the indicator's own unit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal, Inexact
from fractions import Fraction
from functools import reduce
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

EXACT = Context(prec=200, traps=[Inexact])
"""Sums and quotients to their last digit. Python's own context would round a sum past 28 digits in silence."""
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

    `entries` may be of any indicators; those of others are left out, and those that do not state what the card
    measures: a numerator without its denominator, reported before the card asked for one, is no ratio.
    """
    card = indicator.card
    by_unit: dict[int, list[EntryFact]] = {}
    for entry in sorted(counting(entries), key=lambda entry: (entry.as_of_on, entry.id)):
        if entry.indicator_id == indicator.id and (entry.base is not None) is card.is_ratio:
            by_unit.setdefault(entry.unit_id, []).append(entry)
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
        _added(each.quantity for each in tallies), _added(bases) if bases else None, max(days, default=None)
    )


def _added(quantities: Iterable[Decimal]) -> Decimal:
    return reduce(EXACT.add, quantities, Decimal(0))


def value(card: DefinitionCard, found: Tally | None) -> Fraction | None:
    """A tally in the indicator's unit, exactly.

    None: nothing was reported; or 0/0, which is not applicable; or a change whose definition is not settled yet.
    """
    level = _level(card, found.quantity, found.base) if found and is_measurable(card) else None
    if level is None or card.kind is not IndicatorKind.CHANGE or card.baseline is None:
        return level
    return _change(card, level, card.baseline)


def is_measurable(card: DefinitionCard) -> bool:
    """Whether a report can be turned into a value: of a change, not before what it is a change of is settled."""
    if card.kind is not IndicatorKind.CHANGE:
        return True
    return not (
        (card.baseline is None and card.leaves_open("baseline"))
        or (card.change_in is None and card.leaves_open("change_in"))
    )


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
    return found is not None and is_measurable(card) and value(card, found) is None


def is_met(indicator: IndicatorFact, found: Tally | None) -> bool:
    """Whether a tally reaches its target. Without a number there is nothing to reach; 0/0 is held against nobody."""
    if indicator.quantity is None:
        return True
    if found is None or not is_measurable(indicator.card):
        return False
    return reaches(indicator.card, value(indicator.card, found), indicator.quantity)


def falls_short(indicator: IndicatorFact, found: Tally | None) -> bool:
    """Whether a tally is known to miss its target. What cannot be measured yet is no shortfall once it is reported:
    its definition is asked for at acceptance."""
    if found is not None and not is_measurable(indicator.card):
        return False
    return not is_met(indicator, found)


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
    try:
        return EXACT.divide(Decimal(number.numerator), Decimal(number.denominator))
    except Inexact:
        raise ValueError(f"{number} has no end") from None


def goal_value(goal: IndicatorFact, years: Iterable[IndicatorFact]) -> Fraction | None:
    """A task goal's value from what its years' indicators have counted.

    None: nothing reported yet, or how the years come together is not settled.
    """
    found = [
        (year, reached)
        for year in sorted(years, key=lambda indicator: indicator.id)
        if year.goal_id == goal.id and (reached := value(year.card, counted(year))) is not None
    ]
    if not found:
        return None
    card = goal.card if goal.definition else found[-1][0].card
    if card.leaves_open("over_years"):
        return None
    if card.over_years is OverYears.LATEST:
        return found[-1][1]
    if card.over_years is OverYears.COMPOUNDED:
        return (prod((1 + reached / 100 for _, reached in found), start=Fraction(1)) - 1) * 100
    return sum((reached for _, reached in found), Fraction(0))


def shown(number: Fraction | None, digits: int | None = None) -> Decimal | None:
    """A value to be read: whole where it ends within 8 decimals and nothing else is said, else rounded half up."""
    if number is None:
        return None
    whole = None if digits is not None else _whole(number)
    return _rounded(number, USUAL_DIGITS if digits is None else digits) if whole is None else whole


def _whole(number: Fraction) -> Decimal | None:
    """The number itself, where it ends soon enough to be read."""
    try:
        found = exactly(number)
    except ValueError:
        return None
    return found if -int(found.as_tuple().exponent) <= LONGEST else None


def _rounded(number: Fraction, digits: int) -> Decimal:
    """Half up, away from zero: as people round. In whole numbers, so that nothing is rounded twice."""
    steps = int(abs(number) * 10**digits + Fraction(1, 2))
    return Decimal(steps if number >= 0 else -steps).scaleb(-digits, EXACT)


def plain(number: Decimal | None) -> str:
    """A number as people write it: no exponent, no trailing zeros."""
    if number is None:
        return "—"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
