"""Progress reports (进展) of a milestone: who reports when, in which words, with figures that add up. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from duban.demo.cast import Cast
from duban.demo.courses import Course
from duban.demo.figures import approach, split, step_of
from duban.demo.story import Story
from duban.demo.works import Aim
from models.states import PartRole
from workflow.deadlines import Roll, WorkingCalendar
from workflow.figures import plain

MONTHLY = tuple(range(1, 13))
QUARTERLY = (3, 6, 9, 11)
HALF_YEARLY = (5, 10)
LATE_IN_THE_MONTH = (18, 27)
LEAD_WEIGHTS, OTHER_WEIGHTS, REST_WEIGHT = (2, 6), (0, 3), 3
"""How a target is shared out over reports; the rest is what an unfinished milestone still lacks."""


@dataclass(frozen=True, slots=True)
class Report:
    """Who reports when, for which unit."""

    on: date
    unit: str
    who: str
    leads: bool


@dataclass(frozen=True, slots=True)
class Written:
    """A report with its figures (as the API takes them) and words."""

    report: Report
    figures: tuple[Mapping[str, Any], ...]
    note: str


@dataclass(slots=True)
class Reports:
    """All reports on one milestone, from its start to the eve of its submission."""

    course: Course
    cast: Cast
    story: Story
    calendar: WorkingCalendar
    chance: Random

    def written(self) -> list[Written]:
        """The reports in order of days."""
        reports = sorted(self._timed(), key=lambda report: (report.on, report.leads))
        numbered = [aim for aim in self.course.goalpost.aims if aim.target is not None]
        values = {aim.id: self._values(aim, reports) for aim in numbered}
        sums: dict[tuple[int, str], Decimal] = {}
        return [
            self._write(report, {id: found[place] for id, found in values.items()}, sums)
            for place, report in enumerate(reports)
        ]

    # who and when

    def _timed(self) -> Iterator[Report]:
        work = self.course.work
        for on in self._days_of_lead():
            yield Report(on, work.lead, self.cast.owner(work.lead, work.number), leads=True)
        for role in (PartRole.CONTRIBUTOR, PartRole.JOINT):
            months = QUARTERLY if role == PartRole.CONTRIBUTOR and self._counted else HALF_YEARLY
            for unit in work.units(role):
                for on in self._days_in(months):
                    yield Report(on, unit, self.cast.owner(unit, work.number), leads=False)

    def _days_of_lead(self) -> list[date]:
        """Month by month where figures are asked, else by quarter; the last one on the eve of submission."""
        numbered = any(aim.target is not None for aim in self.course.goalpost.aims)
        days = self._days_in(MONTHLY if numbered else QUARTERLY)
        if self.course.submitted_on is None:
            return days
        return [*days, self.calendar.add(self.course.submitted_on, -1)]

    def _days_in(self, months: Sequence[int]) -> list[date]:
        """A working day late in each of these months, while the milestone is being worked on."""
        begun, end = self.course.started_on, self.course.submitted_on or self.story.upto_on
        first, last = self.calendar.add(begun, 1), self.calendar.add(end, -2)
        years = range(begun.year, end.year + 1)
        drawn = [
            date(year, month, self.chance.randint(*LATE_IN_THE_MONTH)) for year in years for month in months
        ]
        return sorted({self.calendar.roll(on, Roll.PRECEDING) for on in drawn if first < on < last})

    @property
    def _counted(self) -> bool:
        """Whether every unit's figures count towards a target."""
        return any(aim.adds_up for aim in self.course.goalpost.aims)

    # figures

    def _values(self, aim: Aim, reports: Sequence[Report]) -> list[Decimal | None]:
        """One value per report; None where the report says nothing of this aim."""
        if aim.adds_up:
            return self._shared_out(aim, reports)
        leading = [place for place, report in enumerate(reports) if report.leads]
        found = dict(zip(leading, self._levels(aim, len(leading)), strict=True))
        return [found.get(place) for place in range(len(reports))]

    def _shared_out(self, aim: Aim, reports: Sequence[Report]) -> list[Decimal | None]:
        """The target in portions, the last of which is the lead's; unfinished, a portion is still lacking."""
        weights = [
            self.chance.randint(*(LEAD_WEIGHTS if report.leads else OTHER_WEIGHTS)) for report in reports
        ]
        rest = [REST_WEIGHT] if self.course.submitted_on is None else []
        portions = split(aim.asked, [*weights, *rest], step_of(aim.asked, aim.unit))
        return [portion if portion > 0 else None for portion in portions[: len(reports)]]

    def _levels(self, aim: Aim, number: int) -> list[Decimal]:
        """Levels that reach the target with the last; unfinished, they stay where they began."""
        if number == 0:
            return []
        if aim.delivered:
            levels = [Decimal(0)] * (number - 1) + [aim.asked]
        else:
            step = step_of(aim.asked, aim.unit)
            levels = approach(aim.asked, number, falling=aim.falling, step=step, chance=self.chance)
        return levels if self.course.submitted_on else levels[:1] * number

    # words

    def _write(
        self, report: Report, values: Mapping[int, Decimal | None], sums: dict[tuple[int, str], Decimal]
    ) -> Written:
        told = [(aim, values.get(aim.id)) for aim in self.course.goalpost.aims]
        said = [
            self._name(aim, self._say(aim, report, value, sums))
            for aim, value in told
            if value is not None or report.leads
        ]
        figures = tuple(self._figure(aim, value, report) for aim, value in told if value is not None)
        return Written(report, figures, "".join(dict.fromkeys(said)) or self._idle(report))

    def _figure(self, aim: Aim, value: Decimal, report: Report) -> Mapping[str, Any]:
        """A figure as the API takes it; a thing that was delivered with its document and day."""
        figure = {"indicator_id": aim.id, **aim.stated(value)}
        if not aim.delivered or value < aim.asked:
            return figure
        return figure | {"delivered": {"document": aim.metric, "dated_on": report.on.isoformat()}}

    def _say(
        self, aim: Aim, report: Report, value: Decimal | None, sums: dict[tuple[int, str], Decimal]
    ) -> str:
        """What a report says of one aim."""
        if value is None:
            sort = "nothing" if aim.target is not None else "deliverable" if aim.delivered else "judged"
            return self.story.say(sort, self.chance)
        if aim.delivered:
            return self.story.say("delivered" if value >= aim.asked else "deliverable", self.chance)
        facts = {"value": plain(value), "unit": aim.unit, "month": report.on.month}
        if not aim.adds_up:
            return self.story.say("level", self.chance, **facts)
        for whose in ("", report.unit):
            sums[aim.id, whose] = sums.get((aim.id, whose), Decimal(0)) + value
        total = plain(sums[aim.id, "" if report.leads else report.unit])
        sort = "increment" if report.leads else "contribution"
        return self.story.say(sort, self.chance, **facts, total=total)

    def _name(self, aim: Aim, words: str) -> str:
        """Words with their metric before them, where there are several."""
        alone = len(self.course.goalpost.aims) == 1
        return words if alone else self.story.say("named", self.chance, metric=aim.metric, words=words)

    def _idle(self, report: Report) -> str:
        contributes = report.unit in self.course.work.units(PartRole.CONTRIBUTOR)
        return self.story.say("nothing" if self._counted and contributes else "joint", self.chance)
