"""What the document leaves open and somebody has to settle before acceptance (not before activation)."""

from __future__ import annotations

from collections.abc import Iterator

from models.states import IndicatorKind as Kind
from workflow.reading.conventions import Conventions
from workflow.reading.dates import mentions
from workflow.reading.figures import unread_numbers
from workflow.reading.shape import BodyTask, Gap, GapKind, Indicator, Milestone, Task


def find_gaps(row: Task, told: BodyTask | None, conventions: Conventions) -> Iterator[Gap]:
    """The gaps of one task: its units, its date, its indicators."""
    yield from _units(row, conventions)
    yield from _date(row, told)
    for milestone in row.milestones:
        for indicator in milestone.indicators:
            if kind := _open(indicator):
                yield Gap(row.number, "milestone", kind, milestone.year, indicator.quote, indicator.line)
        yield from _unread(row, milestone)
    for indicator in row.goal_indicators:
        if (kind := _open(indicator)) and not _shown_by_cell(indicator, row, kind):
            yield Gap(row.number, "goal", kind, indicator.year, indicator.quote, indicator.line)


def _units(row: Task, conventions: Conventions) -> Iterator[Gap]:
    line = row.sources["units"].line
    for unit in row.units:
        if unit.group and not conventions.members.get(unit.name):
            yield Gap(row.number, "units", GapKind.GROUP_WITHOUT_MEMBERS, None, unit.name, line)
    if len(row.units) > 1 or not any(unit.proposed_lead for unit in row.units):
        yield Gap(row.number, "units", GapKind.LEAD_NOT_NAMED, None, row.units_text, line)


def _date(row: Task, told: BodyTask | None) -> Iterator[Gap]:
    line = row.sources["goal"].line
    for milestone in row.milestones:
        if milestone.event:
            at = milestone.source.line
            yield Gap(row.number, "date", GapKind.EVENT_WITHOUT_DATE, milestone.year, milestone.event, at)
    if not mentions(row.goal) and not any(mentions(text.text) for text in (told.texts if told else ())):
        yield Gap(row.number, "date", GapKind.NO_DATE, None, row.goal, line)


def _open(indicator: Indicator) -> GapKind | None:
    if indicator.kind is Kind.RATE and not indicator.denominator:
        return GapKind.RATE_WITHOUT_DENOMINATOR
    if indicator.kind is Kind.CHANGE and not indicator.baseline_year:
        return GapKind.CHANGE_WITHOUT_BASELINE
    return GapKind.NO_CRITERION if indicator.kind is Kind.JUDGED else None


def _shown_by_cell(indicator: Indicator, row: Task, kind: GapKind) -> bool:
    """A gap of the goal that its cells show already is not told twice."""
    cells = (cell for milestone in row.milestones for cell in milestone.indicators)
    return any(_open(cell) is kind for cell in cells)


def _unread(row: Task, milestone: Milestone) -> Iterator[Gap]:
    for number in unread_numbers(milestone.text):
        line = milestone.source.line
        yield Gap(row.number, "milestone", GapKind.FIGURE_NOT_READ, milestone.year, number, line)
