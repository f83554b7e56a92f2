"""The story as it is told in `story.yaml`: what is ruled, moved, suspended, appealed, and in which words."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

from duban.demo.cast import FOLDER
from duban.demo.hands import ManyHands, tell_hands

EVENT_TASK = 10
"""The task whose due dates follow the publicity week."""


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Ruling(_Told):
    """What is taken of a discrepancy, as `POST /findings/{id}/actions` wants it."""

    task: int | None = None
    field: str | None = None
    take: str
    quantity: str | None = None
    unit: str | None = None
    year: int | None = None
    text: str | None = None
    due_on: date | None = None
    reason: str

    def details(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude={"task", "field", "reason"}, exclude_none=True)


class Rulings(_Told):
    default: Ruling
    entries: tuple[Ruling, ...]


class Redate(_Told):
    day: date
    task: int
    year: int
    due_on: date
    basis: str
    reason: str


class Course(_Told):
    """A milestone whose submission is set: `days` working days after its due date (negative: before)."""

    task: int
    year: int
    days: int


class Suspension(_Told):
    task: int
    from_on: date
    upto_on: date
    reason: str
    resumed: str


class HandMade(_Told):
    """A supervision notice that the office draws up by hand."""

    day: date
    task: int
    year: int
    unit: str
    reply_days: int
    requirement: str


class Appeal(_Told):
    after: date
    reason: str
    dismissal: str


class Lateness(_Told):
    """How many milestones of a year are late, and by how many working days at least and at most."""

    count: int
    days: tuple[int, int]


class Unfinished(_Told):
    count: int
    year: int


class Returned(_Told):
    count: int


class Sheet(_Told):
    columns: tuple[str, ...]
    site: str


class Story(_Told):
    """Everything the cast does that is not drawn by chance, and the words for all of it."""

    from_on: date
    upto_on: date
    quarter_upto_on: date
    confirm_on: date
    late: Lateness
    very_late: Lateness
    left_late: Unfinished
    returned: Returned
    rulings: Rulings
    redates: tuple[Redate, ...]
    courses: tuple[Course, ...]
    suspensions: tuple[Suspension, ...]
    notices: tuple[HandMade, ...]
    appeal: Appeal
    left_open: int = Field(ge=2)
    texts: dict[str, tuple[str, ...]]
    papers: dict[str, tuple[str, ...]]
    sheet: Sheet
    hands: ManyHands

    @property
    def suspended(self) -> tuple[Suspension, ...]:
        """Every stretch in which a task stands still: those of one task, and those of several at once."""
        held = self.hands.suspension
        bulk = (
            Suspension(task=task, from_on=held.day, upto_on=held.until_on, reason=held.reason, resumed="")
            for task in held.tasks
        )
        return (*self.suspensions, *bulk)

    @property
    def moved(self) -> tuple[Redate, ...]:
        """Every due date that is moved: by the office, and by the dates of the event that it follows."""
        events = (
            Redate(day=e.day, task=EVENT_TASK, year=e.year, due_on=e.due_on, basis="event", reason=e.source)
            for e in self.hands.events
        )
        return (*self.redates, *events)

    def say(self, sort: str, chance: Random, **facts: Any) -> str:
        """One of the sentences of a sort, filled with facts."""
        return chance.choice(self.texts[sort]).format(**facts)


def tell(path: Path = FOLDER / "story.yaml") -> Story:
    """The story as written. Raises pydantic's ValidationError for a file that does not hold together."""
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Story.model_validate({**told, "hands": tell_hands(path.parent / "many_hands.yaml")})
