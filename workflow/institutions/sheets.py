"""The register as a sheet: its columns, and what a cell must say. Pure: an adapter reads files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from workflow.institutions.names import CODE, LONGEST, fold, spell_code
from workflow.law import Simplify
from workflow.sheets import Entry, Layout, Reader, Report, Sheet

INSTITUTIONS = Layout(
    "institutions",
    "institution",
    ("code", "name", "district", "sort", "unit", "floor_area", "users"),
    frozenset({"code", "district", "sort", "unit", "floor_area", "users"}),
)


@dataclass(frozen=True, slots=True)
class InstitutionLine:
    """One row; None where its cell is empty, which leaves what the register has."""

    code: str | None
    name: str
    folded_name: str
    district: str
    sort: str | None
    unit: str | None
    floor_area: Decimal | None
    users: int | None


def read_institutions(sheet: Sheet, report: Report, simplify: Simplify) -> list[Entry]:
    """Every row that can be read; the report gets the others, and rows that name an institution a second time."""
    first: dict[tuple[str, ...], int] = {}
    entries = []
    for line in sheet.lines:
        reader = Reader(report, sheet, line)
        row = _read(reader, simplify)
        if row is None:
            continue
        twice = [(column, first[key]) for column, key in _keys(row) if key in first]
        for column, number in twice:
            reader.refuse(column, "row_twice", first=number)
        if not twice:
            first |= {key: line.number for _, key in _keys(row)}
            entries.append(Entry(sheet, line, row))
    return entries


def _keys(row: InstitutionLine) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What a row is known by, each with the column that says it."""
    yield "name", (row.folded_name, row.district)
    if row.code is not None:
        yield "code", (row.code,)


def _read(reader: Reader, simplify: Simplify) -> InstitutionLine | None:
    code, name = reader.text("code", most=60, needed=False), reader.text("name", most=LONGEST)
    district, sort = (
        reader.text("district", most=40, needed=False),
        reader.text("sort", most=60, needed=False),
    )
    unit = reader.text("unit", most=LONGEST, needed=False)
    floor_area, users = reader.quantity("floor_area", needed=False), reader.number("users", needed=False)
    code = _code(reader, code)
    if name is None:
        return None
    folded = fold(name, simplify)
    if not folded or len(folded) > LONGEST:
        reader.refuse("name", "row_text")
        return None
    return InstitutionLine(code, name, folded, fold(district or "", simplify), sort, unit, floor_area, users)


def _code(reader: Reader, text: str | None) -> str | None:
    code = spell_code(text)
    if code is not None and not re.match(CODE, code):
        reader.refuse("code", "row_text")
        return None
    return str(code) if code is not None else None
