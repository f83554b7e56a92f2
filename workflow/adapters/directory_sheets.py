"""The directory as an XLSX workbook: read what somebody filled in, write what there is, offer an empty one.

A workbook is a zip of XML that a stranger made: its unpacked size, its document types and its merged areas are
looked at before any of it is parsed.
"""

from __future__ import annotations

import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from workflow.directory.sheets import (
    OPTIONAL,
    SHEETS,
    Cell,
    ImportRefused,
    Line,
    Sheet,
    heading_words,
    sheet_words,
)
from workflow.errors import Missing
from workflow.words import say

MOST_UNPACKED = 8 * 2**20
MOST_PARTS = 200
MOST_ROWS = 5000
MOST_COLUMNS = 40
MOST_MERGED = 20_000
"""Cells in merged areas: each becomes an object when parsed."""
DOCTYPES = tuple("<!DOCTYPE".encode(encoding) for encoding in ("ascii", "utf-16-le", "utf-16-be"))
MERGED = re.compile(rb'mergeCell\b[^>]*\bref\s*=\s*["\']([A-Z]+)(\d+):([A-Z]+)(\d+)["\']')
BROKEN = (
    zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, TypeError, AttributeError, IndexError,
    OSError, OverflowError, EOFError, NotImplementedError, RuntimeError, struct.error, zlib.error,
)  # fmt: skip
"""What openpyxl and zipfile raise over files that are no workbooks, or broken ones."""


class NotAWorkbook(ImportRefused):
    """Bytes that cannot be opened as XLSX."""

    def __init__(self) -> None:
        super().__init__(missing=[Missing("row_workbook", {"field": "body"})])


class WorkbookTooLarge(ImportRefused):
    """More than a directory can hold."""

    def __init__(self) -> None:
        limits = {"field": "body", "most": MOST_UNPACKED // 2**20, "rows": MOST_ROWS}
        super().__init__(missing=[Missing("row_too_large", limits)])


def read_workbook(data: bytes) -> tuple[Sheet, ...]:
    """The sheets of the directory in a workbook, in the order units, groups, people, grants.

    Raises ImportRefused: as NotAWorkbook, as WorkbookTooLarge, or naming the sheets and columns that are not there.
    """
    try:
        _inspect(data)
        book = load_workbook(BytesIO(data))
    except BROKEN as error:
        raise NotAWorkbook from error
    known = sheet_words()
    found = [
        (known[ws.title.strip().lower()], ws) for ws in book.worksheets if ws.title.strip().lower() in known
    ]
    if not found:
        raise ImportRefused(missing=[Missing("row_sheets", {"known": ", ".join(known)})])
    faults: list[Missing] = []
    sheets = [
        _sheet(key, ws, faults) for key, ws in sorted(found, key=lambda pair: list(SHEETS).index(pair[0]))
    ]
    if faults:
        raise ImportRefused(missing=faults)
    return tuple(sheets)


def _inspect(data: bytes) -> None:
    """Look at every part before anything is parsed: sizes first, then their bytes."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        parts = archive.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
            raise WorkbookTooLarge
        for part in parts:
            content = archive.read(part)
            if any(doctype in content for doctype in DOCTYPES):
                raise NotAWorkbook
            if sum(map(_area, MERGED.findall(content))) > MOST_MERGED:
                raise WorkbookTooLarge


def _area(corners: tuple[bytes, bytes, bytes, bytes]) -> int:
    left, top, right, bottom = corners
    return (_column(right) - _column(left) + 1) * (int(bottom) - int(top) + 1)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _sheet(key: str, ws: Worksheet, faults: list[Missing]) -> Sheet:
    if ws.max_row > MOST_ROWS or ws.max_column > MOST_COLUMNS:
        raise WorkbookTooLarge
    headers = _headers(key, ws, faults)
    merged = {place for area in ws.merged_cells.ranges for place in area.cells}
    lines = []
    for number in range(2, ws.max_row + 1):
        cells = {name: _cell(ws, number, column, merged) for column, name in headers.items()}
        if any(cell != Cell() for cell in cells.values()):
            lines.append(Line(number, cells))
    named = {
        name: (get_column_letter(column), _text(ws.cell(1, column).value)) for column, name in headers.items()
    }
    return Sheet(key, ws.title, named, tuple(lines))


def _headers(key: str, ws: Worksheet, faults: list[Missing]) -> dict[int, str]:
    """Column number → column, by the headings of the first row."""
    known = heading_words(key)
    headers: dict[int, str] = {}
    for column in range(1, ws.max_column + 1):
        heading = _text(ws.cell(1, column).value)
        place = {"field": f"{ws.title}!{get_column_letter(column)}1", "sheet": ws.title, "row": 1}
        if not heading:
            continue
        name = known.get(heading.lower())
        if name is None:
            faults.append(Missing("row_unknown_column", {**place, "column": heading, "value": heading[:80]}))
        elif name in headers.values():
            faults.append(Missing("row_twice", {**place, "column": heading, "value": heading, "first": 1}))
        else:
            headers[column] = name
    for name in SHEETS[key]:
        if name not in headers.values() and name not in OPTIONAL:
            heading = say(f"directory.column.{name}")
            faults.append(
                Missing("row_columns", {"field": f"{ws.title}!1", "sheet": ws.title, "value": heading})
            )
    return headers


def _cell(ws: Worksheet, row: int, column: int, merged: set[tuple[int, int]]) -> Cell:
    cell = ws.cell(row, column)
    if (row, column) in merged:
        return Cell(_text(cell.value), "merged")
    if cell.data_type == "f":
        return Cell(_text(cell.value), "formula")
    return Cell(_text(cell.value))


def _text(value: Any) -> str:
    """A value as somebody would write it: 1.0 as 1, a date as 2022-01-14."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return say("directory.yes" if value else "directory.no")
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return unicodedata.normalize("NFC", str(value)).strip()


Rows = Mapping[str, Iterable[Sequence[str | date | None]]]


def write_workbook(rows: Rows, language: str) -> bytes:
    """A workbook with a sheet for each of SHEETS, headed in the reader's language; a template where `rows` is empty."""
    book = Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    for key, columns in SHEETS.items():
        ws: Worksheet = book.create_sheet(say(f"directory.sheet.{key}", language))
        ws.append([say(f"directory.column.{column}", language) for column in columns])
        for cell in ws[1]:
            cell.font = Font(bold=True)
        for row in rows.get(key, ()):
            ws.append([None] * len(columns))
            for column, value in enumerate(row, 1):
                _put(ws, ws.max_row, column, value)
        ws.freeze_panes = "A2"
        for column in range(1, len(columns) + 1):
            ws.column_dimensions[get_column_letter(column)].width = 22
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _put(ws: Worksheet, row: int, column: int, value: str | date | None) -> None:
    """Text stays text: a name that begins with `=` is no formula."""
    cell = ws.cell(row, column)
    if isinstance(value, str):
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
        cell.data_type = "s"
    else:
        cell.value = value
