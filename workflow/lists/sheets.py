"""A list as a sheet: its columns, what a cell must say, and refusals of rows as refusals of cells. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from workflow.civil import FIRST_DAY, LAST_DAY
from workflow.errors import Missing
from workflow.lists.entering import MOST_ITEMS, NamedItem
from workflow.sheets import Entry, Layout, Reader, Report, Sheet

ITEMS = Layout(
    "items",
    "item",
    ("institution", "district", "quantity", "true_on", "note", "evidence_id"),
    frozenset({"district", "quantity", "note", "evidence_id"}),
)


def read_items(sheet: Sheet, report: Report) -> list[Entry]:
    """Every row that can be read; the report gets the others."""
    if not sheet.lines:
        report.faults.append(Missing("row_no_rows", {"field": sheet.title, "sheet": sheet.title}))
    if len(sheet.lines) > MOST_ITEMS:
        report.faults.append(Missing("items_most", {"field": sheet.title, "most": MOST_ITEMS}))
        return []
    read = ((line, _read(Reader(report, sheet, line))) for line in sheet.lines)
    return [Entry(sheet, line, row) for line, row in read if row is not None]


def _read(reader: Reader) -> NamedItem | None:
    institution, district = (
        reader.text("institution", most=200),
        reader.text("district", most=40, needed=False),
    )
    quantity, true_on = reader.quantity("quantity", needed=False), reader.day("true_on")
    note, evidence_id = (
        reader.text("note", most=2000, needed=False),
        reader.number("evidence_id", least=1, needed=False),
    )
    if true_on is not None and not FIRST_DAY <= true_on <= LAST_DAY:
        reader.refuse("true_on", "row_date")
        return None
    if institution is None or true_on is None:
        return None
    return NamedItem(
        institution=institution, district=district, quantity=quantity, true_on=true_on, note=note,
        evidence_id=evidence_id,
    )  # fmt: skip


def in_cells(lacks: Iterable[Missing], entries: Sequence[Entry]) -> Iterator[Missing]:
    """Refusals of rows as the reader of the workbook sees them: by cell, and by the row's number in the sheet."""
    for lack in lacks:
        if "index" not in lack.facts:
            yield lack
            continue
        entry = entries[lack.facts["index"]]
        letter, heading = entry.sheet.headers.get(lack.facts["field"].rsplit(".", 1)[1], ("A", ""))
        place = {
            "field": f"{entry.sheet.title}!{letter}{entry.line.number}", "sheet": entry.sheet.title,
            "row": entry.line.number, "column": heading,
        }  # fmt: skip
        if "first_index" in lack.facts:
            place["first"] = entries[lack.facts["first_index"]].line.number
        yield Missing(lack.code, {**lack.facts, **place})
