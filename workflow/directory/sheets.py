"""The directory as sheets: which columns there are, and what a cell must say. Pure: files are read by an adapter."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from models.states import Role, UnitKind
from workflow.directory.people import LOGIN
from workflow.directory.units import CODE
from workflow.errors import DubanError, Missing
from workflow.words import LANGUAGES, catalogue

SHEETS: Mapping[str, tuple[str, ...]] = {
    "units": ("code", "name", "printed_name", "aliases", "kind", "parent", "is_office", "is_district"),
    "groups": ("group", "member"),
    "people": ("login", "person", "unit", "email", "phone", "language"),
    "grants": ("login", "role", "unit", "from_on", "to_on"),
}
OPTIONAL = frozenset(
    {"printed_name", "aliases", "parent", "is_office", "is_district", "email", "phone", "language", "to_on"}
)
"""Columns that a sheet may leave out; all cells of a column left out are empty."""
EMAIL = r"^[^@\s]+@[^@\s]+$"
BETWEEN_NAMES = re.compile(r"[、,，;；/\n]")
T = TypeVar("T")


class ImportRefused(DubanError):
    """Nothing was imported; `missing` names every cell that is wrong (sheet, row, column, value, why)."""

    code = "import_refused"


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

    key: str
    title: str
    headers: Mapping[str, tuple[str, str]]
    lines: tuple[Line, ...]


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


def words_for(values: Mapping[str, T]) -> dict[str, T]:
    """Catalogue keys → values, as every word that says them: in each language, and the code's own."""
    said: dict[str, T] = {}
    for key, value in values.items():
        for language in LANGUAGES:
            said[catalogue(language)[key].lower()] = value
        said[key.rsplit(".", 1)[1]] = value
    return said


def heading_words(sheet: str) -> dict[str, str]:
    """Every heading by which a column of this sheet is known."""
    return words_for({f"directory.column.{column}": column for column in SHEETS[sheet]})


def sheet_words() -> dict[str, str]:
    """Every title by which a sheet is known."""
    return words_for({f"directory.sheet.{sheet}": sheet for sheet in SHEETS})


def yes_or_no() -> dict[str, bool]:
    """What stands for yes and no; an empty cell is no."""
    return words_for({"directory.yes": True, "directory.no": False})


@dataclass(frozen=True, slots=True)
class UnitLine:
    code: str
    name: str
    printed_name: str | None
    aliases: tuple[str, ...]
    kind: UnitKind
    parent: str | None
    is_office: bool
    is_district: bool


@dataclass(frozen=True, slots=True)
class MemberLine:
    group: str
    member: str


@dataclass(frozen=True, slots=True)
class PersonLine:
    login: str
    name: str
    unit: str | None
    email: str | None
    phone: str | None
    language: str


@dataclass(frozen=True, slots=True)
class GrantLine:
    login: str
    role: Role
    unit: str | None
    from_on: date
    to_on: date | None


def read_unit(reader: Reader) -> UnitLine | None:
    code, name = reader.text("code", most=40, pattern=CODE), reader.text("name", most=200)
    kind = reader.choice("kind", words_for({f"unit_kind.{kind}": kind for kind in UnitKind}))
    printed = reader.text("printed_name", most=200, needed=False)
    others = BETWEEN_NAMES.split(reader.text("aliases", most=500, needed=False) or "")
    parent = reader.text("parent", most=40, needed=False)
    office, district = (
        bool(reader.choice(column, yes_or_no(), needed=False)) for column in ("is_office", "is_district")
    )
    if code is None or name is None or kind is None:
        return None
    aliases = tuple(dict.fromkeys(other.strip() for other in others if other.strip()))
    return UnitLine(code, name, printed, aliases, kind, parent, office, district)


def read_member(reader: Reader) -> MemberLine | None:
    group, member = reader.text("group", most=40), reader.text("member", most=40)
    return None if group is None or member is None else MemberLine(group, member)


def read_person(reader: Reader) -> PersonLine | None:
    login, name = reader.text("login", most=80, pattern=LOGIN), reader.text("person", most=80)
    unit = reader.text("unit", most=40, needed=False)
    email = reader.text("email", most=200, pattern=EMAIL, needed=False)
    phone = reader.text("phone", most=40, needed=False)
    language = reader.choice("language", {tag.lower(): tag for tag in LANGUAGES}, needed=False)
    if login is None or name is None:
        return None
    return PersonLine(login.lower(), name, unit, email, phone, language or LANGUAGES[0])


def read_grant(reader: Reader) -> GrantLine | None:
    login = reader.text("login", most=80, pattern=LOGIN)
    role = reader.choice("role", words_for({f"role.{role}": role for role in Role}))
    unit = reader.text("unit", most=40, needed=False)
    from_on, to_on = reader.day("from_on"), reader.day("to_on", needed=False)
    if login is None or role is None or from_on is None:
        return None
    return GrantLine(login.lower(), role, unit, from_on, to_on)


READERS: Mapping[str, Callable[[Reader], Any]] = {
    "units": read_unit, "groups": read_member, "people": read_person, "grants": read_grant,
}  # fmt: skip
KEYS: Mapping[str, Callable[[Any], tuple[Any, ...]]] = {
    "units": lambda row: (row.code,), "groups": lambda row: (row.group, row.member),
    "people": lambda row: (row.login,), "grants": lambda row: (row.login, row.role, row.unit, row.from_on),
}  # fmt: skip
"""What a row is known by: the same again is a mistake in one file, and no change in the next."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row that could be read, and where it stands."""

    sheet: Sheet
    line: Line
    row: Any


def read_sheet(sheet: Sheet, report: Report) -> list[Entry]:
    """Every row that can be read; the report gets the others, and rows that stand there twice."""
    entries: dict[tuple[Any, ...], Entry] = {}
    for line in sheet.lines:
        row = READERS[sheet.key](Reader(report, sheet, line))
        if row is None:
            continue
        key = KEYS[sheet.key](row)
        if key in entries:
            first = entries[key].line.number
            report.blame(sheet, line, SHEETS[sheet.key][0], "row_twice", first=first)
        else:
            entries[key] = Entry(sheet, line, row)
    return list(entries.values())
