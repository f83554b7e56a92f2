"""Figures that add up: a target split over reports, a level approached step by step. Exact decimals throughout."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from random import Random

WHOLE = Decimal(1)
START_BELOW = Decimal("0.55")
"""Share of the target at which a level is first reported."""
START_ABOVE = Decimal("1.3")
"""The same for a figure that has to come down."""


def step_of(target: Decimal, unit: str | None) -> Decimal:
    """How finely a figure is reported: whole things, else two places below the target's size."""
    if target == target.to_integral_value() and unit and unit[0] in "家个個":
        return WHOLE
    return Decimal("0.01") if target < 10 else Decimal("0.1")


def split(target: Decimal, weights: Sequence[int], step: Decimal) -> list[Decimal]:
    """`target` in portions of whole steps, after their weights; what rounding leaves goes to the last one."""
    total = sum(weights)
    portions = [
        (target * weight / total / step).to_integral_value(ROUND_HALF_EVEN) * step for weight in weights[:-1]
    ]
    while (rest := target - sum(portions)) < 0:
        portions[portions.index(max(portions))] += max(rest, -max(portions))
    return [*portions, rest]


def approach(target: Decimal, reports: int, *, falling: bool, step: Decimal, chance: Random) -> list[Decimal]:
    """A level over so many reports, the last of which reaches the target, from above where it must fall."""
    first = target * (START_ABOVE if falling else START_BELOW)
    beyond = step * chance.randint(0, 3) * (-1 if falling else 1)
    last = max(target + beyond, Decimal(0)) if falling or target != 100 else target
    if reports == 1:
        return [last]
    gap = (last - first) / (reports - 1)
    levels = [first + gap * place for place in range(reports - 1)]
    return [level.quantize(step) for level in levels] + [last]
