"""Where body and appendix disagree on names, units and dates, and what only one of them has.

Figures and wordings have files of their own (`figure_discrepancies`, `wording`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workflow.reading.alignment import align, chapter_likeness, task_likeness
from workflow.reading.clauses import sentences
from workflow.reading.dates import Mention, mentions
from workflow.reading.figure_discrepancies import differing_figures
from workflow.reading.shape import BodyTask, Chapter, Discrepancy, Field, Passage, Programme, Task
from workflow.reading.signs import bare, fold
from workflow.reading.wording import differing_wordings

Pair = tuple[BodyTask | None, Task | None]


def pair_up(
    chapters: Sequence[Chapter], programmes: Sequence[Programme]
) -> tuple[list[Pair], list[Discrepancy]]:
    """Body tasks beside their rows, and the chapters that are named differently."""
    pairs: list[Pair] = []
    renamed: list[Discrepancy] = []
    for chapter, programme in align(chapters, programmes, chapter_likeness):
        told: tuple[BodyTask, ...] = chapter.tasks if chapter else ()
        rows: tuple[Task, ...] = programme.tasks if programme else ()
        matched = align(told, rows, task_likeness)
        pairs += matched
        if chapter and programme and bare(chapter.name) != bare(programme.name):
            body = Passage(chapter.name, chapter.source.line)
            renamed.append(
                Discrepancy(None, Field.NAME, body, Passage(programme.name, programme.source.last_line))
            )
    return pairs, renamed


def find_discrepancies(pairs: Sequence[Pair]) -> Iterator[Discrepancy]:
    """Every difference between a body task and its row, in the order of the tasks."""
    for told, row in pairs:
        if told and row:
            yield from _names(told, row)
            yield from _units(told, row)
            yield from differing_figures(told, row)
            yield from _dates(told, row)
            yield from differing_wordings(told, row)
        elif told:
            yield Discrepancy(None, Field.MISSING_ROW, Passage(told.name, told.source.line), None)
        elif row:
            name = Passage(row.name, row.sources["name"].line)
            yield Discrepancy(row.number, Field.MISSING_ROW, None, name)


def _names(told: BodyTask, row: Task) -> Iterator[Discrepancy]:
    if bare(told.name) != bare(row.name):
        body = Passage(told.name, told.source.line)
        yield Discrepancy(row.number, Field.NAME, body, Passage(row.name, row.sources["name"].line))


def _units(told: BodyTask, row: Task) -> Iterator[Discrepancy]:
    """Texts that differ are reported even where they come to the same units, marked as equivalent."""
    if "".join(fold(told.units_text.text).split()) == "".join(fold(row.units_text).split()):
        return
    same = {unit.name for unit in told.units} == {unit.name for unit in row.units}
    appendix = Passage(row.units_text, row.sources["units"].line)
    yield Discrepancy(row.number, Field.UNITS, told.units_text, appendix, equivalent=same)


def _dates(told: BodyTask, row: Task) -> Iterator[Discrepancy]:
    """A date of the goal that the body has otherwise or not at all; a date of the body that no cell
    covers."""
    goal = Passage(row.goal, row.sources["goal"].line)
    printed = [(m, p) for text in told.texts for m, p in _dated(text)]
    bound = list(_dated(goal))
    for mention, passage in bound:
        same_year = [(m, p) for m, p in printed if _alike(m, mention)]
        if not any(m == mention for m, _ in same_year):
            body = same_year[0][1] if same_year else None
            yield Discrepancy(row.number, Field.DATE, body, passage)
    covered = {m.year for m in row.milestones}
    for mention, passage in printed:
        named = any(_alike(m, mention) for m, _ in bound)
        if mention.year and not named and (mention.month or mention.year not in covered):
            yield Discrepancy(row.number, Field.DATE, passage, None)


def _dated(text: Passage) -> Iterator[tuple[Mention, Passage]]:
    for sentence in sentences(text):
        for mention in dict.fromkeys(mentions(sentence)):
            yield mention, Passage(sentence, text.line)


def _alike(one: Mention, other: Mention) -> bool:
    """Whether two mentions mean the same year, both an event, or both every year."""
    return (one.year, bool(one.event), one.yearly) == (other.year, bool(other.event), other.yearly)
