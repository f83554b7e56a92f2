"""What follows a card or a notice, from its acknowledgement to its end. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from duban.demo.cast import Cast
from duban.demo.deeds import EVENING, MORNING, Deed
from duban.demo.story import Story
from models.states import Role
from workflow.deadlines import WorkingCalendar

NOON = 12 * 60


@dataclass(frozen=True, slots=True)
class Supervision:
    """How the cast meets what the clock and the office raise."""

    cast: Cast
    story: Story
    calendar: WorkingCalendar
    seed: int

    def card(self, told: Mapping[str, Any], today: date, *, appealed: bool) -> Iterator[Deed]:
        """A card's deeds from the day it was found. Verification waits until the late milestone is accepted."""
        chance = Random(f"{self.seed}:card:{told['id']}")  # noqa: S311
        number, unit, milestone = told["task"]["number"], told["unit"]["name"], told["milestone_id"]
        owner, supervisor = self.cast.owner(unit, number), self.cast.of_the_office(Role.SUPERVISOR, number)
        on = self.calendar.add(today, chance.randint(1, 2))
        yield _card(on, owner, told, "acknowledge", chance)
        if appealed:
            on = self.calendar.add(on, 1)
            leader = self.cast.one(Role.LEADER, unit)
            yield _card(on, leader, told, "appeal", chance, reason=self.story.appeal.reason)
            on = self.calendar.add(on, chance.randint(3, 5))
            yield _card(on, supervisor, told, "dismiss_appeal", chance, reason=self.story.appeal.dismissal)
        on = self.calendar.add(on, 1)
        rectified = self.story.say("rectify", chance, days=chance.randint(5, 10))
        yield _card(on, owner, told, "rectify", chance, reason=rectified)
        on = self.calendar.add(on, 1)
        lifted = self.calendar.add(on, 2)
        lift = Deed(lifted, NOON + 180, supervisor, "cards", told["id"], "lift")
        yield Deed(
            on, NOON - 60, owner, "cards", told["id"], "request_verification", accepted=milestone, sequel=lift
        )

    def notice(self, told: Mapping[str, Any], today: date) -> Iterator[Deed]:
        """A notice's deeds from the day it was found drafted; some stay without answer, some unclosed."""
        chance = Random(f"{self.seed}:notice:{told['id']}")  # noqa: S311
        number, unit = told["task"]["number"], told["unit"]["name"]
        owner, supervisor = self.cast.owner(unit, number), self.cast.of_the_office(Role.SUPERVISOR, number)
        steps: tuple[tuple[str, str, tuple[int, int], Mapping[str, Any] | None], ...] = (
            ("sign_off", self.cast.of_the_office(Role.SIGNATORY), (0, 1), None),
            ("issue", supervisor, (1, 1), None),
            ("acknowledge", owner, (1, 2), None),
            ("reply", self.cast.one(Role.LEADER, unit), (2, 4), {"text": self.story.say("reply", chance)}),
            ("close", supervisor, (2, 5), None),
        )
        left_open = told["id"] % self.story.left_open == 0
        on = today
        for action, who, days, details in steps[: chance.choice((3, 4)) if left_open else len(steps)]:
            on = self.calendar.add(on, chance.randint(*days))
            minute = chance.randint(MORNING, EVENING)
            yield Deed(on, minute, who, "notices", told["id"], action, details=details)


def _card(
    on: date, who: str, told: Mapping[str, Any], action: str, chance: Random, reason: str | None = None
) -> Deed:
    return Deed(on, chance.randint(MORNING, EVENING), who, "cards", told["id"], action, reason)
