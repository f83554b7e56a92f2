"""Which ways a definition can take at all: every set of steps that some subject could have.

Conditions ask for the programme, the number of joint units and the largest quantity; between two of the numbers that
they name nothing changes, so one subject of each stretch stands for all. A set of steps is a number: its bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import TypeVar

from workflow.approvals.definitions import Condition, Definition, Of, OwnSubmission, Step, WhenEmpty

ALWAYS = Condition()
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Possibilities:
    """Of a definition's steps, by number from 0."""

    reached: frozenset[int]
    """Those that some subject has."""
    last: frozenset[int]
    """Those after which nobody signs any more, for some subject."""
    refused: frozenset[int]
    """Those that some subject is refused for, because it has no joint units."""
    may_be_none: bool
    """Whether some subject is left with no step."""


def possibilities(definition: Definition) -> Possibilities:
    """What becomes of each step, over all subjects that there could be."""
    routes, refused = _routes(definition)
    ends = [_ends(definition, route) for route in routes]
    return Possibilities(
        reached=_numbers(reduce(or_, routes, 0)),
        last=frozenset(number for last, _ in ends for number in last),
        refused=_numbers(refused),
        may_be_none=any(none for _, none in ends),
    )


def _ends(definition: Definition, route: int) -> tuple[list[int], bool]:
    """From the last step of a route backwards: each may be its end while all after it may be left out."""
    ends: list[int] = []
    for number in sorted(_numbers(route), reverse=True):
        ends.append(number)
        if not _may_be_left_out(definition, definition.steps[number]):
            return ends, False
    return ends, True


def _may_be_left_out(definition: Definition, step: Step) -> bool:
    """A step that is skipped when it is empty. A unit's own seat is always there, unless seats of who submitted are
    left out; how many joint units there are, each route says for itself."""
    has_seat = step.role is not None and definition.own_submission is not OwnSubmission.SKIP
    return step.when_empty is WhenEmpty.SKIP and not has_seat


def _routes(definition: Definition) -> tuple[set[int], int]:
    """Every set of steps, and the steps for which subjects without joint units are refused."""
    routes: set[int] = set()
    refused, refusing, skipped = 0, _joint(definition, WhenEmpty.REFUSE), _joint(definition, WhenEmpty.SKIP)
    others = _by_programme_and_quantity(definition)
    for units, of_units in _by_joint_units(definition).items():
        for route in {of_others & of_units for of_others in others}:
            if units == 0 and route & refusing:
                refused |= route & refusing
            else:
                routes.add(route & ~skipped if units == 0 else route)
    return routes, refused


def _joint(definition: Definition, when_empty: WhenEmpty) -> int:
    return _bits(n for n, s in enumerate(definition.steps) if s.of is Of.JOINT and s.when_empty is when_empty)


def _by_joint_units(definition: Definition) -> dict[int, int]:
    """Numbers of joint units, each with the steps whose condition holds of it."""
    named = {step.only_if.joint_units_at_least or 0 for step in definition.steps if step.only_if}
    return {units: _holding(definition, units, _of_units) for units in sorted({0, 1, *named})}


def _by_programme_and_quantity(definition: Definition) -> set[int]:
    conditions = [step.only_if for step in definition.steps if step.only_if]
    only = definition.holds_for.programme
    programmes: set[int | None] = {number for each in conditions for number in each.programmes}
    limits = {
        q for each in conditions for q in (each.quantity_at_least, each.quantity_below) if q is not None
    }
    quantities: set[Decimal | None] = {None, *limits, *({min(limits) - 1} if limits else ())}
    of_programme = {
        _holding(definition, p, _of_programme) for p in (programmes | {None} if only is None else {only})
    }
    of_quantity = {_holding(definition, quantity, _of_quantity) for quantity in quantities}
    return {a & b for a in of_programme for b in of_quantity}


def _of_programme(condition: Condition, programme: int | None) -> bool:
    return not condition.programmes or programme in condition.programmes


def _of_units(condition: Condition, units: int) -> bool:
    return units >= (condition.joint_units_at_least or 0)


def _of_quantity(condition: Condition, largest: Decimal | None) -> bool:
    """Of a subject whose largest quantity it is; None: it has none."""
    least, below = condition.quantity_at_least, condition.quantity_below
    enough = least is None or (largest is not None and largest >= least)
    return enough and (below is None or largest is None or largest < below)


def _holding(definition: Definition, value: V, holds: Callable[[Condition, V], bool]) -> int:
    return _bits(n for n, step in enumerate(definition.steps) if holds(step.only_if or ALWAYS, value))


def _bits(numbers: Iterable[int]) -> int:
    return sum(1 << number for number in numbers)


def _numbers(bits: int) -> frozenset[int]:
    return frozenset(number for number in range(bits.bit_length()) if bits >> number & 1)
