"""A row of the appendix as a task: units, goal, milestones with their indicators and due dates."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from workflow.reading.appendix import Row
from workflow.reading.cells import continues
from workflow.reading.conventions import Conventions
from workflow.reading.dates import Mention, due, mentions
from workflow.reading.pages import Pages
from workflow.reading.problems import Problems
from workflow.reading.shape import BodyTask, Indicator, Milestone, Passage, Task
from workflow.reading.targets import cell_indicators, complete, goal_indicators
from workflow.reading.units import split_units

# `-` in any of its shapes: nothing is due in that year.
_NOTHING = re.compile(r"^[-‐‑‒–—―−－/／]+$")


@dataclass(frozen=True, slots=True)
class Desk:
    """What every row is read with."""

    pages: Pages
    conventions: Conventions
    is_working: Callable[[date], bool]
    problems: Problems


def read_row(row: Row, years: Sequence[int], desk: Desk) -> Task:
    """The task that a row describes. Problems (no units) are noted on the desk."""
    pages = desk.pages
    units = split_units(pages.printed(row.units), desk.conventions)
    if not units:
        desk.problems.note("units_missing", row.units)
    name = pages.printed(row.name)
    goal = Passage("".join(pages.printed(line) for line in row.goal), row.goal[0])
    goals, milestones = _targets(row, years, goal, name, desk)
    return Task(
        number=row.number,
        name=name,
        units=units,
        units_text=pages.printed(row.units),
        goal=goal.text,
        goal_indicators=goals,
        milestones=milestones,
        source=pages.source(row.line, row.last_line),
        sources={
            "name": pages.source(row.name),
            "units": pages.source(row.units),
            "goal": pages.source(row.goal[0], row.goal[-1]),
        },
    )


def _targets(
    row: Row, years: Sequence[int], goal: Passage, name: str, desk: Desk
) -> tuple[tuple[Indicator, ...], tuple[Milestone, ...]]:
    """The indicators of the goal, and a milestone for each year whose cell is not empty."""
    lines = dict(zip(years, row.cells, strict=True))
    cells = {year: cell for year, at in lines.items() if (cell := _cell(desk.pages, at))}
    raw = [cell_indicators(cell, year) for year, cell in cells.items()]
    goals, completed = complete(goal_indicators(goal), raw, name)
    said = mentions(goal.text)
    return goals, tuple(
        _milestone(year, lines[year], indicators, said, desk)
        for year, indicators in zip(cells, completed, strict=True)
    )


def join_body(task: Task, told: BodyTask | None, is_working: Callable[[date], bool]) -> Task:
    """The task with what its body tells: where it stands, and a month that only the body prints."""
    if told is None:
        return task
    months = [m for text in told.texts for m in mentions(text.text) if m.month]
    said = [*mentions(task.goal), *months]
    return replace(
        task,
        body_line=told.source.line,
        milestones=tuple(_dated(milestone, said, is_working) for milestone in task.milestones),
    )


def _dated(milestone: Milestone, said: list[Mention], is_working: Callable[[date], bool]) -> Milestone:
    due_on, basis, event = due(milestone.year, said, is_working)
    return replace(milestone, due_on=due_on, due_basis=basis, event=event)


def _milestone(
    year: int, lines: tuple[int, ...], indicators: tuple[Indicator, ...], said: list[Mention], desk: Desk
) -> Milestone:
    due_on, basis, event = due(year, said, desk.is_working)
    text = " ".join(passage.text for passage in _cell(desk.pages, lines))
    return Milestone(year, text, due_on, basis, indicators, desk.pages.source(lines[0], lines[-1]), event)


def _cell(pages: Pages, lines: tuple[int, ...]) -> list[Passage]:
    """The cell as passages: a line that goes on with the figure before it is joined. `-` is an empty cell."""
    passages: list[Passage] = []
    for line in lines:
        text = pages.printed(line)
        if passages and continues(passages[-1].text, text):
            passages[-1] = Passage(passages[-1].text + text, passages[-1].line)
        elif not _NOTHING.match(text):
            passages.append(Passage(text, line))
    return passages
