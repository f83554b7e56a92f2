"""From a course to deeds: start, reports, evidence, submission, signatures. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from duban.demo.cast import Cast
from duban.demo.courses import REWORK, Course
from duban.demo.deeds import EVENING, MORNING, Deed
from duban.demo.papers import Paper
from duban.demo.reports import Report, Reports, Written
from duban.demo.story import Story
from models.states import IndicatorKind, PartRole, Role
from workflow.deadlines import DAY, Roll, WorkingCalendar

MOST_PAPERS = 3
SENDS_A_FILE = 0.35
"""How likely a unit that does not lead adds a file to its last report."""
KINDS = ("pdf", "pdf", "xlsx", "png", "csv")
SHORT_NAME = 24
"""Signs of a metric that go into a file's name."""
BREAKS = re.compile("[()（）《》“”,，、]")
"""Where a metric's name is cut for a file's name."""


@dataclass(slots=True)
class Scene:
    """One milestone's deeds, drawn from its own chance."""

    course: Course
    cast: Cast
    story: Story
    calendar: WorkingCalendar
    chance: Random

    def deeds(self) -> Iterator[Deed]:
        """Everything that is done for the milestone, from its start to the last signature."""
        course = self.course
        yield self._deed(course.started_on, self._owner, "milestones", "start", EVENING - 30)
        if self._judged:
            yield from self._criteria()
        written = Reports(course, self.cast, self.story, self.calendar, self.chance).written()
        yield from map(self._reported, written)
        yield from self._files_of_others([told.report for told in written])
        if course.submitted_on is not None:
            yield from self._files_of_lead(course.submitted_on)
            yield from self._rounds(course.submitted_on)

    @property
    def _owner(self) -> str:
        return self.cast.owner(self.course.work.lead, self.course.work.number)

    def _day(self, on: date) -> date:
        """The day on which it is really done: a suspension moves all that would come after it began."""
        for held in self.story.suspended:
            begun = self.course.started_on < held.upto_on
            if held.task == self.course.work.number and begun and on >= held.from_on:
                on = self.calendar.add(on, self.calendar.between(held.from_on, held.upto_on))
        return self.calendar.roll(on, Roll.FOLLOWING)

    def _deed(
        self, on: date, who: str, noun: str, action: str, minute: int | None = None, **more: Any
    ) -> Deed:
        at = self.chance.randint(MORNING, EVENING) if minute is None else minute
        return Deed(
            self._day(on), at, who, noun, self.course.goalpost.id, action, judged=self._judged, **more
        )

    @property
    def _judged(self) -> bool:
        return any(aim.kind == IndicatorKind.JUDGED for aim in self.course.goalpost.aims)

    def _criteria(self) -> Iterator[Deed]:
        """By which points the milestone will be judged: drafted with the start, approved the next day."""
        on, points = self.course.started_on, self.story.texts["criterion"]
        chosen = self.chance.sample(points, self.chance.randint(3, 5))
        yield self._deed(on, self._owner, "milestones", "draft_criteria", EVENING, details={"points": chosen})
        supervisor = self.cast.of_the_office(Role.SUPERVISOR, self.course.work.number)
        yield self._deed(self.calendar.add(on, 1), supervisor, "criteria", "approve", MORNING)

    def _reported(self, told: Written) -> Deed:
        as_of_on = self._day(told.report.on).isoformat()
        details = {"figures": told.figures, "note": told.note, "as_of_on": as_of_on}
        return self._deed(told.report.on, told.report.who, "milestones", "report", details=details)

    # evidence

    def _files_of_others(self, reports: Sequence[Report]) -> Iterator[Deed]:
        last = {report.unit: report for report in reports if not report.leads}
        for unit, report in last.items():
            if self.chance.random() < SENDS_A_FILE:
                yield self._upload(report.on, report.who, unit, EVENING + 5)

    def _files_of_lead(self, submitted_on: date) -> Iterator[Deed]:
        earliest = self.calendar.add(self.course.started_on, 1)
        for _ in range(self.chance.randint(1, MOST_PAPERS)):
            on = max(self.calendar.add(submitted_on, -self.chance.randint(0, 6)), earliest)
            minute = self.chance.randint(MORNING, MORNING + 60)
            yield self._upload(on, self._owner, self.course.work.lead, minute)

    def _upload(self, on: date, who: str, unit: str, minute: int) -> Deed:
        true_on = max(on - DAY * self.chance.randint(0, 5), self.story.from_on)
        details, paper = {"true_on": true_on.isoformat()}, self._paper(on, unit)
        return self._deed(on, who, "milestones", "attach", minute, details=details, paper=paper)

    def _paper(self, on: date, unit: str) -> Paper:
        """A file of some kind about the milestone's first metric, with a few rows of made-up sites."""
        goalpost, chance, sheet = self.course.goalpost, self.chance, self.story.sheet
        named = goalpost.aims[0].metric if goalpost.aims else goalpost.text
        subject = next(part for part in BREAKS.split(named) if part)[:SHORT_NAME]
        kind = chance.choice(KINDS)
        name = chance.choice(self.story.papers[kind]).format(year=goalpost.year, subject=subject, unit=unit)
        rows = tuple(
            (n, unit, f"{subject}{sheet.site}{n}", self._site_day(on), chance.randint(1, 9))
            for n in range(1, chance.randint(4, 24))
        )
        lines = ("  ".join(map(str, (row[0], *row[2:]))) for row in rows)
        heading = (self.course.work.name, goalpost.text, unit, on.isoformat())
        title = f"{goalpost.year}  {subject}"
        return Paper(name, title, (*heading, *lines), sheet.columns, rows, f"{name}:{chance.random()}")

    def _site_day(self, on: date) -> str:
        return (on - DAY * self.chance.randint(3, 60)).isoformat()

    # signatures

    def _rounds(self, submitted_on: date) -> Iterator[Deed]:
        """One round of signatures; where it is sent back, a second one after the rework."""
        yield self._submit(submitted_on, "submission")
        if self.course.returned_by is None:
            yield from self._signatures(submitted_on, None)
            return
        signed = list(self._signatures(submitted_on, self.course.returned_by))
        yield from signed
        again = self.calendar.add(signed[-1].on, self.chance.randint(*REWORK))
        yield self._upload(again, self._owner, self.course.work.lead, MORNING)
        yield self._submit(again, "resubmission")
        yield from self._signatures(again, None)

    def _submit(self, on: date, sort: str) -> Deed:
        text = self.story.say(sort, self.chance, year=self.course.goalpost.year)
        minute = self.chance.randint(MORNING + 120, MORNING + 240)
        return self._deed(on, self._owner, "milestones", "submit", minute, details={"text": text})

    def _signatures(self, submitted_on: date, returned_by: str | None) -> Iterator[Deed]:
        """Review, countersignatures, acceptance, each some working days after the step before."""
        work = self.course.work
        reviewed_on = on = self.calendar.add(submitted_on, self.chance.randint(1, 2))
        if returned_by == "unit_review":
            yield self._return(on, self.cast.one(Role.REVIEWER, work.lead), "return_review")
            return
        yield self._approve(on, self.cast.one(Role.REVIEWER, work.lead), "approve")
        for unit in work.units(PartRole.JOINT):
            signed_on = self.calendar.add(reviewed_on, self.chance.randint(1, 4))
            on = max(on, signed_on)
            yield self._approve(signed_on, self.cast.one(Role.REVIEWER, unit), "countersign")
        on = self.calendar.add(on, self.chance.randint(1, 3))
        supervisor = self.cast.of_the_office(Role.SUPERVISOR, work.number)
        if returned_by == "accept":
            yield self._return(on, supervisor, "return_accept")
        else:
            yield self._approve(on, supervisor, "accept")

    def _approve(self, on: date, who: str, sort: str) -> Deed:
        opinion = {"opinion": self.story.say(sort, self.chance)}
        return self._deed(on, who, "approvals", "approve", details=opinion)

    def _return(self, on: date, who: str, sort: str) -> Deed:
        return self._deed(on, who, "approvals", "return", reason=self.story.say(sort, self.chance))
