"""What every episode works with: the plan's tasks, the cast, the calendar, and the usual calls."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

from duban.demo.cast import Cast
from duban.demo.desk import Desk
from duban.demo.hands import ManyHands
from duban.demo.papers import Paper
from duban.demo.works import Goalpost, Work
from models.states import Role
from workflow.deadlines import Roll, WorkingCalendar

Turn = tuple[date, int, Callable[[date], None]]
"""A day, a minute after midnight, and what is done then."""


@dataclass(slots=True)
class Backstage:
    """Everything an episode may reach for."""

    desk: Desk
    cast: Cast
    calendar: WorkingCalendar
    hands: ManyHands
    works: Mapping[int, Work]
    plan: int
    seed: int
    heard: Callable[[Mapping[str, Any]], None] = lambda _: None
    """Told of each event that followed from an act."""

    def working(self, on: date) -> date:
        """The day itself, or the next working day."""
        return self.calendar.roll(on, Roll.FOLLOWING)

    def after(self, on: date, days: int) -> date:
        """So many working days after a day."""
        return self.calendar.add(self.working(on), days) if days else self.working(on)

    def chance(self, of: str) -> Random:
        return Random(f"{self.seed}:{of}")  # noqa: S311

    def owner(self, unit: str, task: int) -> str:
        return self.cast.owner(unit, task)

    def supervisor(self, task: int = 0) -> str:
        return self.cast.of_the_office(Role.SUPERVISOR, task)

    def signatory(self) -> str:
        return self.cast.of_the_office(Role.SIGNATORY)

    def act(
        self, who: str, noun: str, subject: int, action: str, reason: str | None = None, **details: Any
    ) -> dict[str, Any]:
        """One act, its details by name: the answer."""
        answer = self.desk.act(who, noun, subject, action, reason, details or None)
        for event in answer["followed"]:
            self.heard(event)
        return answer

    def attach(self, who: str, noun: str, subject: int, name: str, on: date, lines: Sequence[str]) -> int:
        """A file of lines as evidence: its id."""
        paper = Paper(
            name, name.rsplit(".", 1)[0], tuple(lines), ("序号", "内容"), tuple(enumerate(lines, 1)), name
        )
        return self.desk.attach(who, subject, name, on.isoformat(), paper.content(), noun=noun)

    def attach_minutes(self, meeting: int, name: str, lines: Sequence[str]) -> None:
        """The minutes of a meeting, as a file."""
        paper = Paper(name, name.rsplit(".", 1)[0], tuple(lines), (), (), name)
        path = f"meetings/{meeting}/minutes?{urlencode({'file_name': name}, quote_via=quote)}"
        self.desk.send(self.supervisor(), path, paper.content(), "PUT")

    def approve_adjustments(self, ids: Sequence[int]) -> None:
        """The office's signatory signs the approvals of what was proposed."""
        for adjustment in ids:
            self.sign(self.signatory(), "adjustments", adjustment)

    def sign(self, who: str, noun: str, subject: int) -> None:
        """The approval that decides on something."""
        approval = self.desk.read(who, f"{noun}/{subject}")["approval_id"]
        self.act(who, "approvals", approval, "approve", opinion="同意。")

    def person(self, login: str) -> int:
        """A person's number, as they themselves are told."""
        return int(self.desk.read(login, "me")["id"])

    def post(self, task: int, year: int) -> Goalpost:
        return self.works[task].in_year(year)


class Episode(ABC):
    """A told part of the story."""

    def __init__(self, backstage: Backstage) -> None:
        self.back = backstage

    @abstractmethod
    def turns(self) -> Iterator[Turn]:
        """All that is done, in any order."""
