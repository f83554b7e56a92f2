"""Sheets that somebody fills in: what one is to look like, and what its cells say. Pure: an adapter reads files.

Each kind of import declares its sheets as Layouts and reads their lines by a Reader; the report names every bad cell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from workflow.errors import DubanError, Missing
from workflow.words import DEFAULT_LANGUAGE, LANGUAGES, catalogue, say

T = TypeVar("T")
MOST_DIGITS = 24
MOST_DECIMALS = 8
"""Of a quantity: the same limits as for one that comes by a request."""
LARGEST_NUMBER = 2**31 - 1
"""What an integer column of every database holds."""
NUMERAL = re.compile(r"(-?)([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.([0-9]+))?")
FULL_WIDTH = str.maketrans("０１２３４５６７８９．，－", "0123456789.,-")
"""As typed in a Chinese input method. Not NFKC, which would make 102 of 10²."""


class ImportRefused(DubanError):
    """Nothing was imported; `missing` names every cell that is wrong (sheet, row, column, value, why)."""

    code = "import_refused"


@dataclass(frozen=True, slots=True)
class Layout:
    """What one sheet is to look like.

    `words`: how its catalogue keys begin: the title is `<words>.sheet.<key>`, a heading `<words>.column.<column>`.
    `optional`: columns that a sheet may leave out; all cells of a column left out are empty.
    `named`: (column, heading) of those columns that data names, the same in every language.
    """

    key: str
    words: str
    columns: tuple[str, ...]
    optional: frozenset[str] = frozenset()
    named: tuple[tuple[str, str], ...] = ()

    def title_key(self) -> str:
        """The catalogue key of the sheet's title."""
        return f"{self.words}.sheet.{self.key}"

    def heading_key(self, column: str) -> str:
        """The catalogue key of a column's heading."""
        return f"{self.words}.column.{column}"

    def heading(self, column: str, language: str = DEFAULT_LANGUAGE) -> str:
        """What stands over a column."""
        return dict(self.named).get(column) or say(self.heading_key(column), language)

    def title_words(self) -> dict[str, str]:
        """Every title by which the sheet is known, to its key."""
        return words_for({self.title_key(): self.key})

    def heading_words(self) -> dict[str, str]:
        """Every heading by which a column of the sheet is known, to the column."""
        named = dict(self.named)
        said = words_for({self.heading_key(column): column for column in self.columns if column not in named})
        return said | {heading.lower(): column for column, heading in self.named}


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell, as text without surrounding blanks. `fault`: why it cannot be taken as a value."""

    text: str = ""
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a sheet. `number` as the spreadsheet counts."""

    number: int
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet as somebody filled it in; `headers`: column → (letter, heading), both as in the file."""

    layout: Layout
    title: str
    headers: Mapping[str, tuple[str, str]]
    lines: tuple[Line, ...]

    @property
    def key(self) -> str:
        """Which sheet it is."""
        return self.layout.key


@dataclass(slots=True)
class Report:
    """Everything that is wrong, cell by cell."""

    faults: list[Missing] = field(default_factory=list)

    def blame(self, sheet: Sheet, line: Line, column: str, code: str, **facts: Any) -> None:
        """Note what is wrong with a cell: the reader sees their own sheet, heading and value."""
        letter, heading = sheet.headers.get(column, ("A", column))
        place = {"field": f"{sheet.title}!{letter}{line.number}", "sheet": sheet.title, "row": line.number}
        value = line.cells.get(column, Cell()).text[:80]
        self.faults.append(Missing(code, {**place, "column": heading, "value": value, **facts}))


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the cells of one line, and reports those that do not say what they must."""

    report: Report
    sheet: Sheet
    line: Line

    def text(self, column: str, *, most: int, pattern: str | None = None, needed: bool = True) -> str | None:
        """The cell's text; None where it is empty or wrong."""
        cell = self.line.cells.get(column, Cell())
        code = _fault(cell, most, pattern, needed)
        if code is not None:
            self.refuse(column, code)
        return cell.text if cell.text and code is None else None

    def choice(self, column: str, words: Mapping[str, T], *, needed: bool = True) -> T | None:
        """One of the values that `words` stand for."""
        text = self.text(column, most=80, needed=needed)
        if text is None:
            return None
        if text.lower() not in words:
            self.refuse(column, "row_choice", known=", ".join(words))
        return words.get(text.lower())

    def day(self, column: str, *, needed: bool = True) -> date | None:
        """A civil date, as 2022-01-14, 2022/1/14 or 2022年1月14日."""
        text = self.text(column, most=40, needed=needed)
        if text is None:
            return None
        parts = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", text)
        try:
            if parts:
                return date(*map(int, parts.groups()))
        except ValueError:
            pass
        self.refuse(column, "row_date")
        return None

    def quantity(self, column: str, *, needed: bool = True, signed: bool = False) -> Decimal | None:
        """An exact quantity from 0 up, as 1234.5, 1,234.5 or １２３４．５; `signed`: below 0 as well."""
        text = self.text(column, most=80, needed=needed)
        if text is None:
            return None
        value = _quantity(text, signed=signed)
        if value is None:
            code, limits = "row_signed" if signed else "row_quantity", MOST_DIGITS - MOST_DECIMALS
            self.refuse(column, code, digits=limits, decimals=MOST_DECIMALS)
        return value

    def number(
        self, column: str, *, least: int = 0, most: int = LARGEST_NUMBER, needed: bool = True
    ) -> int | None:
        """A whole number from `least` to `most`, as 1234, 1,234 or １２３４."""
        text = self.text(column, most=80, needed=needed)
        if text is None:
            return None
        value = _number(text)
        if value is None or not least <= value <= most:
            self.refuse(column, "row_number", least=least, most=most)
            return None
        return value

    def refuse(self, column: str, code: str, **facts: Any) -> None:
        """Report this cell."""
        self.report.blame(self.sheet, self.line, column, code, **facts)


def _fault(cell: Cell, most: int, pattern: str | None, needed: bool) -> str | None:
    if cell.fault is not None:
        return f"row_{cell.fault}"
    if not cell.text:
        return "row_empty" if needed else None
    if len(cell.text) > most or (pattern and not re.match(pattern, cell.text)):
        return "row_text"
    return None


def _numeral(text: str) -> tuple[str, str, str] | None:
    """Sign, digits before the point and digits after it, without zeros that say nothing."""
    parts = NUMERAL.fullmatch(text.translate(FULL_WIDTH))
    if parts is None:
        return None
    return parts[1], parts[2].replace(",", "").lstrip("0") or "0", (parts[3] or "").rstrip("0")


def _quantity(text: str, *, signed: bool = False) -> Decimal | None:
    sign, whole, decimals = _numeral(text) or ("?", "", "")
    if len(whole) > MOST_DIGITS - MOST_DECIMALS or len(decimals) > MOST_DECIMALS:
        return None
    return Decimal(f"{sign}{whole}.{decimals}") if sign in (("", "-") if signed else ("",)) else None


def _number(text: str) -> int | None:
    sign, whole, decimals = _numeral(text) or ("", "", "-")
    return None if decimals else int(sign + whole)


def words_for(values: Mapping[str, T]) -> dict[str, T]:
    """Catalogue keys → values, as every word that says them: in each language, and the code's own."""
    said: dict[str, T] = {}
    for key, value in values.items():
        for language in LANGUAGES:
            said[catalogue(language)[key].lower()] = value
        said[key.rsplit(".", 1)[1]] = value
    return said


def yes_or_no() -> dict[str, bool]:
    """What stands for yes and no; an empty cell is no."""
    return words_for({"sheet.yes": True, "sheet.no": False})


@dataclass(frozen=True, slots=True)
class Entry:
    """A row that could be read, and where it stands."""

    sheet: Sheet
    line: Line
    row: Any


def read_lines(
    sheet: Sheet, report: Report, read: Callable[[Reader], T | None], known_by: Callable[[T], tuple[Any, ...]]
) -> list[Entry]:
    """Every row that `read` makes something of; the report gets the others, and rows that stand there twice.

    `known_by`: what a row is known by: the same again is a mistake in one file.
    """
    entries: dict[tuple[Any, ...], Entry] = {}
    for line in sheet.lines:
        row = read(Reader(report, sheet, line))
        if row is None:
            continue
        key = known_by(row)
        if key in entries:
            report.blame(sheet, line, sheet.layout.columns[0], "row_twice", first=entries[key].line.number)
        else:
            entries[key] = Entry(sheet, line, row)
    return list(entries.values())
