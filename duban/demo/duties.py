"""What the office and the units do beside the milestones: 签收, moved dates, suspensions, notices by hand. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any, TypeVar

from duban.demo.cast import Cast
from duban.demo.deeds import EVENING, MORNING, Deed
from duban.demo.story import HandMade, Redate, Story, Suspension
from duban.demo.works import Work
from models.states import PartRole, Role
from workflow.deadlines import WorkingCalendar

T = TypeVar("T", Redate, Suspension, HandMade)
PROMPT, SLOW = (1, 6), (8, 20)
"""Working days after being assigned until a unit acknowledges; a lead takes at most `SLOWEST_LEAD`."""
SLOWEST_LEAD = 10
SLOW_SHARE = 0.12


@dataclass(frozen=True, slots=True)
class Duties:
    """The office's and the units' own deeds over the whole play."""

    works: Sequence[Work]
    cast: Cast
    story: Story
    calendar: WorkingCalendar
    seed: int

    def deeds(self) -> Iterator[Deed]:
        for work in self.works:
            yield from self._acknowledged(work, Random(f"{self.seed}:acknowledged:{work.number}"))  # noqa: S311
        yield from self._redated()
        yield from self._suspended()
        yield from self._noticed()

    def _acknowledged(self, work: Work, chance: Random) -> Iterator[Deed]:
        for place in work.places:
            days = chance.randint(*(SLOW if chance.random() < SLOW_SHARE else PROMPT))
            leads = place.role == PartRole.LEAD
            on = self.calendar.add(self.story.confirm_on, min(days, SLOWEST_LEAD) if leads else days)
            noun, subject = ("tasks", work.id) if leads else ("parts", place.id)
            who = self.cast.owner(place.unit, work.number)
            yield Deed(on, chance.randint(MORNING, EVENING), who, noun, subject, "acknowledge")

    def _redated(self) -> Iterator[Deed]:
        for told, work in self._ours(self.story.redates):
            details = {"due_on": told.due_on.isoformat(), "basis": told.basis}
            yield self._office(
                told.day, work, "milestones", work.in_year(told.year).id, "redate", told.reason, details
            )

    def _suspended(self) -> Iterator[Deed]:
        for told, work in self._ours(self.story.suspensions):
            yield self._office(told.from_on, work, "tasks", work.id, "suspend", told.reason)
            yield self._office(told.upto_on, work, "tasks", work.id, "resume", told.resumed)

    def _noticed(self) -> Iterator[Deed]:
        for told, work in self._ours(self.story.notices):
            details = {
                "unit_id": work.unit_id(told.unit), "milestone_id": work.in_year(told.year).id,
                "requirement": told.requirement, "reply_on": self.calendar.add(told.day, told.reply_days).isoformat(),
            }  # fmt: skip
            yield self._office(told.day, work, "tasks", work.id, "draft_notice", None, details)

    def _office(
        self, on: date, work: Work, noun: str, subject: int, action: str, reason: str | None,
        details: Mapping[str, Any] | None = None,
    ) -> Deed:  # fmt: skip
        """A supervisor's deed, first thing in the morning."""
        who = self.cast.of_the_office(Role.SUPERVISOR, work.number)
        return Deed(on, MORNING, who, noun, subject, action, reason, details)

    def _ours(self, every: Sequence[T]) -> Iterator[tuple[T, Work]]:
        """What is told of the tasks that are played, each with its task."""
        works = {work.number: work for work in self.works}
        return ((told, works[told.task]) for told in every if told.task in works)
