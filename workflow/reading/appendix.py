"""The appendix table: one cell a line, rows numbered through, programme headings between them.

Nothing is guessed: what does not fit is noted with its line, and the document is refused as a whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from workflow.reading.cells import group_cells
from workflow.reading.pages import Pages
from workflow.reading.problems import Problems
from workflow.reading.signs import fold

_APPENDIX = re.compile(r"^附\s*[表件][0-9一二三四五六七八九十]*[::]?$")
_YEAR = re.compile(r"^(20[0-9]{2})\s*年$")
_NUMBER = re.compile(r"^[0-9]{1,4}$")
_HEADING = re.compile(r"^[一二三四五六七八九十]{1,3}、\s*(?P<name>.*)$")
_COLUMNS = ("序号", "主要任务", "责任单位", "行动目标")
_FIXED = 3


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table as line numbers: each year's cell is a tuple of lines."""

    number: int
    line: int
    name: int
    units: int
    goal: tuple[int, ...]
    cells: tuple[tuple[int, ...], ...]

    @property
    def last_line(self) -> int:
        """The last line of the row."""
        return self.cells[-1][-1]


@dataclass(frozen=True, slots=True)
class Group:
    """A programme heading with its rows; `name` as printed without the ordinal."""

    name: str
    line: int
    last_line: int
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Appendix:
    """The table: the line it begins on, the years of its columns, its groups."""

    line: int
    years: tuple[int, ...]
    groups: tuple[Group, ...]


def read_appendix(pages: Pages, problems: Problems) -> Appendix | None:
    """The appendix of the document; None, with the reason noted, where there is none to read."""
    start = next((n for n in pages.numbers() if _APPENDIX.match(pages.folded(n))), None)
    if start is None:
        problems.note("appendix_missing", 0)
        return None
    years, first = _header(pages, start, problems)
    if not years:
        return None
    table = _Table(pages, problems, len(years))
    return Appendix(start, years, table.read(first))


def _header(pages: Pages, start: int, problems: Problems) -> tuple[tuple[int, ...], int]:
    """The years of the columns and the first line after the header."""
    years: list[int] = []
    header: list[str] = []
    for number in pages.numbers(start + 1):
        text = pages.folded(number)
        if match := _YEAR.match(text):
            years.append(int(match[1]))
        elif years or _NUMBER.match(text):
            break
        header.append(text)
    else:
        number = len(pages.lines) + 1
    for column in _COLUMNS:
        if column not in header:
            problems.note("column_missing", start, column=column)
    if not years or len(set(years)) < len(years):
        problems.note("years_missing", start)
    return tuple(years), number


class _Table:
    """Walks down the lines of the table, one row or heading at a time."""

    def __init__(self, pages: Pages, problems: Problems, years: int) -> None:
        self.pages, self.problems, self.years = pages, problems, years
        self.groups: list[tuple[str, int, int, list[Row]]] = []
        self.expected = 1

    def read(self, first: int) -> tuple[Group, ...]:
        """All groups from line `first` on; lines after a blank one that begin nothing end the table."""
        at = first
        while at <= len(self.pages.lines) and (following := self._step(at)):
            at = following
        if not self.groups:
            self.problems.note("rows_missing", min(first, len(self.pages.lines)))
        for name, line, _, rows in self.groups:
            if not rows:
                self.problems.note("programme_without_rows", line, name=name)
        return tuple(Group(name, line, last, tuple(rows)) for name, line, last, rows in self.groups)

    def _step(self, at: int) -> int:
        """Read what begins at line `at`; the line after it, 0 at the end of the table."""
        text = self.pages.folded(at)
        if not text:
            return at + 1 if self._goes_on(at) else 0
        if heading := _HEADING.match(text):
            return self._heading(at, heading["name"])
        if _NUMBER.match(text):
            return self._row(at, int(text))
        self.problems.note("row_without_number", at, text=self.pages.printed(at)[:20], expected=self.expected)
        return self._next_start(at + 1)

    def _goes_on(self, at: int) -> bool:
        following = next(self.pages.numbers(at), None)
        return following is not None and self._begins(following)

    def _begins(self, line: int) -> bool:
        text = self.pages.folded(line)
        return bool(_HEADING.match(text) or _NUMBER.match(text))

    def _heading(self, at: int, name: str) -> int:
        last = at if name else at + 1
        printed = self.pages.printed(at)[-len(name) :] if name else self._line(at + 1)
        if not printed or _NUMBER.match(fold(printed)):
            self.problems.note("programme_without_name", at)
            return at + 1
        self.groups.append((printed, at, last, []))
        return last + 1

    def _line(self, number: int) -> str:
        return self.pages.printed(number) if number <= len(self.pages.lines) else ""

    def _row(self, at: int, number: int) -> int:
        if number != self.expected:
            self.problems.note("number_unexpected", at, number=number, expected=self.expected)
        self.expected = number + 1
        end = self._row_end(at + 1)
        lines = list(range(at + 1, end))
        if not self.groups:
            self.problems.note("row_without_programme", at, number=number)
        elif row := self._cut(number, at, lines):
            self.groups[-1][3].append(row)
        return end

    def _row_end(self, at: int) -> int:
        """The line after the row: the next heading, the number that begins a next row, a blank, or the
        end."""
        while at <= len(self.pages.lines):
            text = self.pages.folded(at)
            if not text or _HEADING.match(text) or _NUMBER.match(text):
                break
            at += 1
        return at

    def _next_start(self, at: int) -> int:
        while at <= len(self.pages.lines) and self.pages.folded(at) and not self._begins(at):
            at += 1
        return at

    def _cut(self, number: int, at: int, lines: list[int]) -> Row | None:
        if len(lines) < _FIXED + self.years:
            self.problems.note(
                "row_incomplete", at, number=number, found=len(lines), expected=_FIXED + self.years
            )
            return None
        texts = [self.pages.printed(line) for line in lines[2:]]
        shape = group_cells(texts, self.years)
        if shape is None:
            self.problems.note(
                "cells_unclear", at, number=number, found=len(lines), expected=_FIXED + self.years
            )
            return None
        cut = [tuple(lines[2 + place] for place in cell) for cell in shape]
        return Row(number, at, lines[0], lines[1], cut[0], tuple(cut[1:]))
