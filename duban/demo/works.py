"""The plan's tasks as the cast is shown them: units with parts, milestones, and what is asked in figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from duban.demo.desk import Desk
from models.states import Basis, Comparator, IndicatorKind, PartRole
from workflow.figures import plain

MANY = Decimal(1000)
"""Denominator of the ratios that are drawn."""
DISTRICT_OFFICE = "区机管局"
"""How the names of the districts' offices end."""


@dataclass(frozen=True, slots=True)
class Aim:
    """An indicator of a milestone."""

    id: int
    metric: str
    target: Decimal | None
    unit: str
    comparator: str
    basis: str
    kind: str
    ratio: bool = False
    """Whether a report states numerator and denominator."""
    scale: Decimal = Decimal(1)
    conversion: Decimal = Decimal(1)
    """How much of the aim's unit one reported unit is."""
    baseline: tuple[Decimal, Decimal] | None = None
    """Of a change, numerator and denominator that it is measured against."""

    @property
    def asked(self) -> Decimal:
        """The target; zero where no figure is asked."""
        return self.target or Decimal(0)

    @property
    def adds_up(self) -> bool:
        """Whether every unit's reports count towards the target."""
        return self.target is not None and self.basis == Basis.ANNUAL_INCREMENT and not self.ratio

    @property
    def falling(self) -> bool:
        return self.comparator == Comparator.AT_MOST

    @property
    def delivered(self) -> bool:
        """Whether it is a thing that is there or not."""
        return self.kind == IndicatorKind.DELIVERABLE

    def stated(self, value: Decimal) -> dict[str, str]:
        """A value as a report states it: in the reported unit; of a ratio numerator and denominator."""
        if not self.ratio:
            return {"quantity": plain(value / self.conversion)}
        if self.baseline is None:
            return {"quantity": plain(value * MANY / self.scale), "base": plain(MANY)}
        before, base = self.baseline
        return {"quantity": plain(before * (100 + value)), "base": plain(base * 100)}


@dataclass(frozen=True, slots=True)
class Goalpost:
    """A milestone: what a year asks of a task."""

    id: int
    year: int
    text: str
    due_on: date
    aims: tuple[Aim, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A unit's part in a task."""

    id: int
    unit_id: int
    unit: str
    role: str


@dataclass(frozen=True, slots=True)
class Work:
    """A task with its parts and milestones."""

    id: int
    number: int
    name: str
    places: tuple[Place, ...]
    goalposts: tuple[Goalpost, ...]

    @property
    def lead(self) -> str:
        return next(place.unit for place in self.places if place.role == PartRole.LEAD)

    def units(self, role: PartRole) -> list[str]:
        """The names of the units with that part."""
        return [place.unit for place in self.places if place.role == role]

    @property
    def districts(self) -> list[str]:
        """The districts' offices that contribute to it."""
        return [unit for unit in self.units(PartRole.CONTRIBUTOR) if unit.endswith(DISTRICT_OFFICE)]

    def unit_id(self, unit: str) -> int:
        return next(place.unit_id for place in self.places if place.unit == unit)

    def in_year(self, year: int) -> Goalpost:
        return next(goalpost for goalpost in self.goalposts if goalpost.year == year)


def read_works(desk: Desk, who: str, *, defined: bool) -> Iterator[Work]:
    """Every task that the person sees, by number; `defined`: with how each figure is stated, by its definition card."""
    for row in desk.listed(who, "tasks?sort=number"):
        task = desk.read(who, f"tasks/{row['id']}")
        wanted = _numbered(task) if defined else ()
        cards = {aim: desk.read(who, f"indicators/{aim}")["definition"] for aim in wanted}
        posts = (_goalpost(told, cards) for told in task["milestones"])
        yield Work(
            task["id"], task["number"], task["name"],
            tuple(Place(p["id"], p["unit"]["id"], p["unit"]["name"], p["role"]) for p in task["parts"]),
            tuple(sorted(posts, key=lambda goalpost: goalpost.year)),
        )  # fmt: skip


def _numbered(task: Mapping[str, Any]) -> list[int]:
    """The indicators of the task's years that have a number."""
    return [i["id"] for told in task["milestones"] for i in told["indicators"] if i["target"] is not None]


def _goalpost(told: Mapping[str, Any], cards: Mapping[int, Mapping[str, Any]]) -> Goalpost:
    due_on = date.fromisoformat(told["due_on"])
    aims = tuple(_aim(indicator, cards.get(indicator["id"], {})) for indicator in told["indicators"])
    return Goalpost(told["id"], told["year"], told["text"], due_on, aims)


def _aim(told: Mapping[str, Any], card: Mapping[str, Any]) -> Aim:
    target = None if told["target"] is None else Decimal(told["target"])
    rest = (told["comparator"], told["basis"], told["kind"])
    baseline = card.get("baseline") or {}
    return Aim(
        told["id"], told["metric"], target, told["unit"] or "", *rest, ratio=card.get("measured") == "ratio",
        scale=Decimal(card.get("scale", 1)), conversion=Decimal(card.get("conversion", 1)),
        baseline=(Decimal(baseline["quantity"]), Decimal(baseline["base"])) if baseline.get("base") else None,
    )  # fmt: skip
