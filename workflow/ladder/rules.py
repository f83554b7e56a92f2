"""The rules as data: read from a plain mapping (a YAML file, a row's JSON), checked whole, then frozen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from models.states import CardColour
from workflow.deadlines import Roll
from workflow.errors import DubanError, Missing

SEVERITY = {CardColour.YELLOW: 1, CardColour.RED: 2}
MOST_DAYS = 365
LONGEST_RUNG = 40

TABLE = ("version", "effective_on", "reminders", "near_due", "ladder")
REMINDERS = ("before", "roll", "on_day", "after_every", "source")
NEAR_DUE = ("days_left", "source")
LADDER_RUNG = ("rung", "late_days", "colour", "source")


class RulesInvalid(DubanError):
    """The rules of reminders and cards cannot be used; `missing` names every place and what it must be."""

    code = "rules_invalid"


@dataclass(frozen=True, slots=True)
class ReminderTable:
    """`before` in calendar days, largest first; `after_every` in working days, 0 for never."""

    before: tuple[int, ...]
    roll: Roll
    on_day: bool
    after_every: int
    source: str


@dataclass(frozen=True, slots=True)
class NearDue:
    """Blue from so many calendar days before the due date."""

    days_left: int
    source: str


@dataclass(frozen=True, slots=True)
class LadderRung:
    """What so many working days of lateness earn."""

    rung: str
    late_days: int
    colour: CardColour
    source: str


@dataclass(frozen=True, slots=True)
class Rules:
    """One version of the rules; the ladder climbs in days and never falls in severity."""

    version: str
    effective_on: date
    reminders: ReminderTable
    near_due: NearDue
    ladder: tuple[LadderRung, ...]


def parse(body: Any) -> Rules:
    """The rules a mapping states. Raises RulesInvalid naming everything that is wrong with it."""
    if wrong := validate(body):
        raise RulesInvalid(missing=wrong)
    reminders = {
        **body["reminders"],
        "before": tuple(sorted(body["reminders"]["before"], reverse=True)),
        "roll": Roll(body["reminders"]["roll"]),
    }
    return Rules(
        version=body["version"],
        effective_on=_date(body["effective_on"]),
        reminders=ReminderTable(**reminders),
        near_due=NearDue(**body["near_due"]),
        ladder=tuple(LadderRung(**{**rung, "colour": CardColour(rung["colour"])}) for rung in body["ladder"]),
    )


def in_force(editions: Sequence[Rules], on: date) -> Rules:
    """The edition that applies on a day: the latest in effect. Raises RulesInvalid when none is yet."""
    begun = [rules for rules in editions if rules.effective_on <= on]
    if not begun:
        raise RulesInvalid(missing=[Missing("rule_in_force", {"on": on})])
    return max(begun, key=lambda rules: rules.effective_on)


def validate(body: Any) -> list[Missing]:
    """Everything wrong with stated rules, by place (`ladder[1].late_days`); empty when they can be used."""
    if wrong := list(_keys(body, "rules", TABLE)):
        return wrong
    return [
        *_field(body, "version", "", _is_text, "rule_text"),
        *_field(body, "effective_on", "", _is_date, "rule_date"),
        *_reminders(body["reminders"]),
        *_near_due(body["near_due"]),
        *_ladder(body["ladder"]),
    ]


def _reminders(stated: Any) -> Iterator[Missing]:
    at = "reminders."
    if wrong := list(_keys(stated, "reminders", REMINDERS)):
        yield from wrong
        return
    yield from _field(stated, "before", at, _are_distinct_days, "rule_days", most=MOST_DAYS)
    yield from _field(
        stated, "roll", at, lambda value: value in list(Roll), "rule_choice", known=", ".join(Roll)
    )
    yield from _field(
        stated, "on_day", at, lambda value: type(value) is bool, "rule_choice", known="true, false"
    )
    yield from _number(stated, "after_every", at, least=0)
    yield from _field(stated, "source", at, _is_text, "rule_text")


def _near_due(stated: Any) -> Iterator[Missing]:
    if wrong := list(_keys(stated, "near_due", NEAR_DUE)):
        yield from wrong
        return
    yield from _number(stated, "days_left", "near_due.", least=0)
    yield from _field(stated, "source", "near_due.", _is_text, "rule_text")


def _ladder(stated: Any) -> Iterator[Missing]:
    if not isinstance(stated, list) or not stated:
        yield Missing("rule_list", {"field": "ladder"})
        return
    wrong = [fault for place, rung in enumerate(stated) for fault in _ladder_rung(rung, f"ladder[{place}]")]
    yield from wrong or _climb(stated)


def _ladder_rung(stated: Any, at: str) -> Iterator[Missing]:
    if wrong := list(_keys(stated, at, LADDER_RUNG)):
        yield from wrong
        return
    yield from _field(stated, "rung", f"{at}.", _is_rung, "rule_rung", most=LONGEST_RUNG)
    yield from _number(stated, "late_days", f"{at}.", least=1)
    colours = list(CardColour)
    yield from _field(
        stated, "colour", f"{at}.", lambda value: value in colours, "rule_choice", known=", ".join(colours)
    )
    yield from _field(stated, "source", f"{at}.", _is_text, "rule_text")


def _climb(stated: Sequence[Mapping[str, Any]]) -> Iterator[Missing]:
    """Later rungs come later and are no milder, and no two share a name: a card is known by its rung."""
    seen: set[str] = set()
    for place, rung in enumerate(stated):
        if rung["rung"] in seen:
            yield Missing("rule_repeated", {"field": f"ladder[{place}].rung", "value": rung["rung"]})
        seen.add(rung["rung"])
        before = stated[place - 1] if place else None
        if before and rung["late_days"] <= before["late_days"]:
            yield Missing(
                "rule_order", {"field": f"ladder[{place}].late_days", "least": before["late_days"] + 1}
            )
        if before and SEVERITY[CardColour(rung["colour"])] < SEVERITY[CardColour(before["colour"])]:
            yield Missing("rule_milder", {"field": f"ladder[{place}].colour", "before": before["colour"]})


def _keys(stated: Any, at: str, keys: tuple[str, ...]) -> Iterator[Missing]:
    if not isinstance(stated, Mapping) or set(stated) != set(keys):
        yield Missing("rule_keys", {"field": at, "keys": ", ".join(keys)})


def _field(
    stated: Mapping[str, Any], key: str, at: str, fits: Callable[[Any], bool], code: str, **facts: Any
) -> Iterator[Missing]:
    if not fits(stated[key]):
        yield Missing(code, {"field": f"{at}{key}", **facts})


def _number(stated: Mapping[str, Any], key: str, at: str, *, least: int) -> Iterator[Missing]:
    yield from _field(
        stated, key, at, lambda value: _is_days(value, least), "rule_number", least=least, most=MOST_DAYS
    )


def _is_days(value: Any, least: int) -> bool:
    return type(value) is int and least <= value <= MOST_DAYS


def _are_distinct_days(value: Any) -> bool:
    return (
        isinstance(value, list) and all(_is_days(day, 1) for day in value) and len(set(value)) == len(value)
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_rung(value: Any) -> bool:
    return _is_text(value) and len(value) <= LONGEST_RUNG


def _is_date(value: Any) -> bool:
    try:
        _date(value)
    except (TypeError, ValueError):
        return False
    return True


def _date(value: Any) -> date:
    """YAML reads a date itself; a row's JSON holds it as text."""
    return value if type(value) is date else date.fromisoformat(value)
