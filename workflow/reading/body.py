"""The body of a plan: title, issuer, date, chapters with their tasks, and the overall goals."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from workflow.reading.conventions import Conventions
from workflow.reading.dates import full_date
from workflow.reading.pages import Pages
from workflow.reading.problems import Problems
from workflow.reading.shape import BodyTask, Chapter, Indicator, Passage, Source
from workflow.reading.signs import fold
from workflow.reading.targets import body_figures
from workflow.reading.units import split_units

_CHAPTER = re.compile(r"^[一二三四五六七八九十]{1,3}、\s*(?P<name>\S.*)$")
_SECTION = re.compile(r"^\([一二三四五六七八九十]{1,3}\)\s*(?P<name>\S.*)$")
_UNITS = re.compile(r"^\(?\s*(?:责任单位|牵头单位|责任部门)\s*:\s*(?P<units>[^)]*)(?P<closed>\)?)\s*[。.]?$")
_GOALS = re.compile("目标$")
_IN_BRACKETS = re.compile(r"^[(\[].*[)\]]$")


@dataclass(frozen=True, slots=True)
class Imprint:
    """Who issued which plan when."""

    title: str
    issuer: str
    issued_on: date
    sources: dict[str, Source]


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered section of a chapter: its heading, its paragraphs, the line of its units if it has one."""

    name: str
    line: int
    texts: tuple[Passage, ...]
    units: Passage | None
    last_line: int


def read_imprint(pages: Pages, end: int, problems: Problems) -> Imprint | None:
    """Title (the first line), date (the first line that is only a date) and issuer (the line above it)."""
    lines = list(pages.numbers(1, end))
    place, issued_on = next(
        ((at, day) for at, line in enumerate(lines) if (day := full_date(pages.printed(line)))), (0, None)
    )
    if issued_on is None:
        problems.note("date_missing", 0)
        return None
    above = [line for line in lines[1:place] if not _IN_BRACKETS.match(pages.folded(line))]
    if not above:
        problems.note("issuer_missing", lines[place])
        return None
    cited = {"title": lines[0], "issuer": above[-1], "issued_on": lines[place]}
    sources = {name: pages.source(line) for name, line in cited.items()}
    return Imprint(pages.printed(lines[0]), pages.printed(above[-1]), issued_on, sources)


def read_chapters(
    pages: Pages, end: int, conventions: Conventions, problems: Problems
) -> tuple[tuple[Chapter, ...], tuple[Indicator, ...]]:
    """The chapters that have tasks with responsible units, and the figures of the overall goals."""
    chapters: list[Chapter] = []
    goals: list[Indicator] = []
    for line, name, sections in _chapters(pages, end):
        tasks = [_task(pages, section, conventions, problems) for section in sections if section.units]
        if tasks:
            chapters.append(Chapter(name, tuple(tasks), pages.source(line)))
        goals += [figure for s in sections if _is_goals(s) for text in s.texts for figure in _goals(text)]
    if not chapters:
        problems.note("chapters_missing", 0)
    return tuple(chapters), tuple(goals)


def _goals(text: Passage) -> list[Indicator]:
    """The figures of one paragraph of overall goals: the year it begins with (到2023年) binds all of it."""
    found = body_figures([text])
    year = next((figure.year for figure in found if figure.year), None)
    return [replace(figure, year=figure.year or year) for figure in found]


def _is_goals(section: Section) -> bool:
    return section.units is None and bool(_GOALS.search(fold(section.name)))


def _chapters(pages: Pages, end: int) -> list[tuple[int, str, list[Section]]]:
    starts = [n for n in pages.numbers(1, end) if _CHAPTER.match(pages.folded(n))]
    bounds = pairwise([*starts, end + 1])
    return [
        (start, _heading(pages, start, _CHAPTER), _sections(pages, start + 1, stop)) for start, stop in bounds
    ]


def _sections(pages: Pages, start: int, stop: int) -> list[Section]:
    heads = [n for n in pages.numbers(start, stop - 1) if _SECTION.match(pages.folded(n))]
    return [_section(pages, a, b) for a, b in pairwise([*heads, stop])]


def _section(pages: Pages, start: int, stop: int) -> Section:
    texts: list[Passage] = []
    units: Passage | None = None
    last = start
    for line in pages.numbers(start + 1, stop - 1):
        last = line
        if match := _UNITS.match(pages.folded(line)):
            units = Passage(pages.printed(line)[match.start("units") : match.end("units")], line)
        else:
            texts.append(Passage(pages.printed(line), line))
    return Section(_heading(pages, start, _SECTION), start, tuple(texts), units, last)


def _heading(pages: Pages, line: int, pattern: re.Pattern[str]) -> str:
    match = pattern.match(pages.folded(line))
    return pages.printed(line)[match.start("name") :].strip() if match else pages.printed(line)


def _task(pages: Pages, section: Section, conventions: Conventions, problems: Problems) -> BodyTask:
    text = section.units or Passage("", section.line)
    units = split_units(text.text, conventions)
    if not units:
        problems.note("units_missing", text.line)
    source = pages.source(section.line, section.last_line)
    return BodyTask(section.name, section.texts, units, text, source)
