"""The plan's tasks as the cast is shown them: units with parts, milestones, and what is asked in figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from duban.demo.desk import Desk
from models.states import Basis, Comparator, IndicatorKind, PartRole

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

    @property
    def asked(self) -> Decimal:
        """The target; zero where no figure is asked."""
        return self.target or Decimal(0)

    @property
    def adds_up(self) -> bool:
        """Whether every unit's reports count towards the target."""
        return self.target is not None and self.basis == Basis.ANNUAL_INCREMENT

    @property
    def falling(self) -> bool:
        return self.comparator == Comparator.AT_MOST

    @property
    def delivered(self) -> bool:
        """Whether it is a thing that is there or not."""
        return self.kind == IndicatorKind.DELIVERABLE


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


def read_works(desk: Desk, who: str) -> Iterator[Work]:
    """Every task that the person sees, by number."""
    for row in desk.listed(who, "tasks?sort=number"):
        task = desk.read(who, f"tasks/{row['id']}")
        yield Work(
            task["id"], task["number"], task["name"],
            tuple(Place(p["id"], p["unit"]["id"], p["unit"]["name"], p["role"]) for p in task["parts"]),
            tuple(sorted(map(_goalpost, task["milestones"]), key=lambda goalpost: goalpost.year)),
        )  # fmt: skip


def _goalpost(told: Mapping[str, Any]) -> Goalpost:
    due_on = date.fromisoformat(told["due_on"])
    return Goalpost(
        told["id"], told["year"], told["text"], due_on, tuple(_aim(i) for i in told["indicators"])
    )


def _aim(told: Mapping[str, Any]) -> Aim:
    target = None if told["target"] is None else Decimal(told["target"])
    rest = (told["comparator"], told["basis"], told["kind"])
    return Aim(told["id"], told["metric"], target, told["unit"] or "", *rest)
