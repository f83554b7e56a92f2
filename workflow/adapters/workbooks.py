"""Declared sheets as an XLSX workbook: read what somebody filled in, write what there is, offer an empty one.

What a stranger packed is unpacked and looked at first (`packages`), before any of it is parsed into cells.
"""

from __future__ import annotations

import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from workflow.adapters.packages import MOST_UNPACKED, Forged, TooMuch, unpack
from workflow.errors import Missing
from workflow.figures import plain
from workflow.sheets import MOST_DECIMALS, Cell, ImportRefused, Layout, Line, Sheet
from workflow.words import say

MOST_ROWS = 5000
MOST_COLUMNS = 40
UNSEEN = re.compile(r'"[^"]*"|\\.|[_*].|\[[^\]]*\]')
"""What a number format only prints, pads or colours with: a per cent sign in it does not multiply."""
DIGITS_KEPT = 15
"""Significant digits that spreadsheet programs keep of a number (Excel specifications and limits: number precision)."""
BROKEN = (
    Forged, zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, TypeError, AttributeError,
    IndexError, OSError, OverflowError, EOFError, NotImplementedError, RuntimeError, struct.error, zlib.error,
)  # fmt: skip
"""What openpyxl and zipfile raise over files that are no workbooks, or broken ones."""


class NotAWorkbook(ImportRefused):
    """Bytes that cannot be opened as XLSX."""

    def __init__(self) -> None:
        super().__init__(missing=[Missing("row_workbook", {"field": "body"})])


class WorkbookTooLarge(ImportRefused):
    """More than an import takes in at once."""

    def __init__(self) -> None:
        limits = {"field": "body", "most": MOST_UNPACKED // 2**20, "rows": MOST_ROWS}
        super().__init__(missing=[Missing("row_too_large", limits)])


def read_workbook(data: bytes, layouts: Sequence[Layout]) -> tuple[Sheet, ...]:
    """Those of the declared sheets that a workbook has, in the order of `layouts`; other sheets are passed over.

    Raises ImportRefused: as NotAWorkbook, as WorkbookTooLarge, or naming the sheets and columns that are not there.
    """
    try:
        book = load_workbook(unpack(data))
    except TooMuch as error:
        raise WorkbookTooLarge from error
    except BROKEN as error:
        raise NotAWorkbook from error
    faults: list[Missing] = []
    found = _find(book, layouts, faults)
    sheets = [_sheet(layout, found[layout.key], faults) for layout in layouts if layout.key in found]
    if faults:
        raise ImportRefused(missing=faults)
    return tuple(sheets)


def _find(book: Workbook, layouts: Sequence[Layout], faults: list[Missing]) -> dict[str, Worksheet]:
    """Key → the sheet with one of its titles; a second one is a fault, or its rows would be lost unseen."""
    known = {word: key for layout in layouts for word, key in layout.title_words().items()}
    found: dict[str, Worksheet] = {}
    for ws in book.worksheets:
        key = known.get(ws.title.strip().lower())
        if key is not None and found.setdefault(key, ws) is not ws:
            titles = {"field": ws.title, "sheet": ws.title, "first": found[key].title}
            faults.append(Missing("row_sheet_twice", titles))
    if not found:
        raise ImportRefused(missing=[Missing("row_sheets", {"known": ", ".join(known)})])
    return found


def _sheet(layout: Layout, ws: Worksheet, faults: list[Missing]) -> Sheet:
    if ws.max_row > MOST_ROWS or ws.max_column > MOST_COLUMNS:
        raise WorkbookTooLarge
    headers = _headers(layout, ws, faults)
    merged = {place for area in ws.merged_cells.ranges for place in area.cells}
    lines = []
    for number in range(2, ws.max_row + 1):
        cells = {name: _cell(ws, number, column, merged) for column, name in headers.items()}
        if any(cell != Cell() for cell in cells.values()):
            lines.append(Line(number, cells))
    named = {
        name: (get_column_letter(column), _text(ws.cell(1, column).value)) for column, name in headers.items()
    }
    return Sheet(layout, ws.title, named, tuple(lines))


def _headers(layout: Layout, ws: Worksheet, faults: list[Missing]) -> dict[int, str]:
    """Column number → column, by the headings of the first row."""
    known = layout.heading_words()
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
    for name in layout.columns:
        if name not in headers.values() and name not in layout.optional:
            heading = layout.heading(name)
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
    if cell.data_type == "n" and cell.value is not None and "%" in UNSEEN.sub("", _format(cell)):
        return Cell(_text(cell.value), "percent")
    return Cell(_text(cell.value))


def _format(cell: Any) -> str:
    """How a number is printed; one of a number that the workbook does not declare says nothing."""
    try:
        return str(cell.number_format)
    except IndexError:
        return ""


def _text(value: Any) -> str:
    """A value as somebody would write it: 1.0 as 1, a date as 2022-01-14."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return say("sheet.yes" if value else "sheet.no")
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return _number(value)
    return unicodedata.normalize("NFC", str(value)).strip()


def _number(value: float) -> str:
    """The shortest decimal that is this float, as it was typed: 0.1 is 0.1.

    With more decimals than a quantity may have it was computed, and is what the spreadsheet shows: 0.1 + 0.2 is 0.3.
    """
    text = plain(Decimal(repr(value)))
    if len(text.partition(".")[2]) > MOST_DECIMALS:
        return plain(Decimal(f"{value:.{DIGITS_KEPT}g}"))
    return text


Value = str | int | Decimal | date | None
Rows = Mapping[str, Iterable[Sequence[Value]]]


def write_workbook(layouts: Sequence[Layout], rows: Rows, language: str) -> bytes:
    """A workbook with a sheet for each layout, headed in the reader's language; a template where `rows` is empty.

    `rows`: key of the sheet → its rows, the values in the order of the layout's columns.
    """
    book = Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    for layout in layouts:
        _fill(book.create_sheet(say(layout.title_key(), language)), layout, rows, language)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _fill(ws: Worksheet, layout: Layout, rows: Rows, language: str) -> None:
    for column, name in enumerate(layout.columns, 1):
        heading = ws.cell(1, column)
        _put(heading, layout.heading(name, language))
        heading.font = Font(bold=True)
        ws.column_dimensions[get_column_letter(column)].width = 22
    for number, row in enumerate(rows.get(layout.key, ()), 2):
        for column, value in enumerate(row, 1):
            _put(ws.cell(number, column), value)
    ws.freeze_panes = "A2"


def _put(cell: Any, value: Value) -> None:
    """Text stays text: a name that begins with `=` is no formula, also after somebody edited its cell."""
    if isinstance(value, Decimal | int) and _is_exact(value):
        cell.value = value
    elif isinstance(value, str | int | Decimal):
        text = plain(value) if isinstance(value, Decimal) else str(value)
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", text)
        cell.data_type = "s"
        cell.quotePrefix = text.startswith(("=", "+", "-", "@"))
    else:
        cell.value = value


def _is_exact(value: Decimal | int) -> bool:
    """Whether a number cell keeps every digit; a longer number is written as text."""
    digits = Decimal(value).as_tuple().digits
    return len("".join(map(str, digits)).strip("0")) <= DIGITS_KEPT
