"""The directory as sheets: which columns there are, and what a cell must say. Pure: files are read by an adapter."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from models.states import Role, UnitKind
from workflow.directory.people import LOGIN
from workflow.directory.units import CODE
from workflow.sheets import Entry, Layout, Reader, Report, Sheet, read_lines, words_for, yes_or_no
from workflow.words import LANGUAGES

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "units": ("code", "name", "printed_name", "aliases", "kind", "parent", "is_office", "is_district"),
    "groups": ("group", "member"),
    "people": ("login", "person", "unit", "email", "phone", "language"),
    "grants": ("login", "role", "unit", "from_on", "to_on"),
}
OPTIONAL = frozenset(
    {"printed_name", "aliases", "parent", "is_office", "is_district", "email", "phone", "language", "to_on"}
)
LAYOUTS = tuple(Layout(key, "directory", columns, OPTIONAL) for key, columns in COLUMNS.items())
EMAIL = r"^[^@\s]+@[^@\s]+$"
BETWEEN_NAMES = re.compile(r"[、,，;；/\n]")


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


def read_sheet(sheet: Sheet, report: Report) -> list[Entry]:
    """Every row that can be read; the report gets the others, and rows that stand there twice."""
    return read_lines(sheet, report, READERS[sheet.key], KEYS[sheet.key])
