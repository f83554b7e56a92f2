"""A reading as files for people: YAML to keep under version control, XLSX to work through at a desk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from io import BytesIO

import yaml
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from workflow.errors import Malformed, Missing
from workflow.reading.record import from_record, to_record
from workflow.reading.shape import Indicator, Passage, Reading
from workflow.words import DEFAULT_LANGUAGE, say

Row = Sequence[str | int | Decimal | None]
SHEETS = {
    "tasks": ("number", "programme", "name", "units", "lead", "goal", "line"),
    "milestones": (
        *(
            "number",
            "name",
            "year",
            "text",
            "due_on",
            "due_basis",
            "metric",
            "comparator",
            "quantity",
            "unit",
        ),
        *("strength", "basis", "kind", "line"),
    ),
    "discrepancies": ("number", "field", "body", "body_line", "appendix", "appendix_line", "equivalent"),
    "gaps": ("number", "field", "kind", "year", "text", "line"),
}
_WIDTHS = {"name": 36, "units": 40, "goal": 60, "text": 40, "body": 50, "appendix": 50, "metric": 40}


def to_yaml(reading: Reading) -> str:
    """The whole reading as YAML, Chinese readable, fields in their order."""
    record = to_record(reading)
    return str(yaml.safe_dump(record, allow_unicode=True, sort_keys=False, width=110))


def from_yaml(text: str) -> Reading:
    """The reading that `to_yaml` wrote. Raises `Malformed` naming the field."""
    try:
        record = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise Malformed(missing=[Missing("reading_field", {"field": "reading"})]) from error
    return from_record(record)


def to_xlsx(reading: Reading, language: str = DEFAULT_LANGUAGE) -> bytes:
    """A workbook with a sheet each for tasks, milestones (a row per indicator), discrepancies and gaps; headings
    and terms in `language`, texts as printed."""
    book = Workbook()
    book.remove(book.worksheets[0])
    rows = {
        "tasks": _tasks(reading),
        "milestones": _milestones(reading, language),
        "discrepancies": _discrepancies(reading, language),
        "gaps": _gaps(reading, language),
    }
    for name, columns in SHEETS.items():
        _fill(book.create_sheet(say(f"reading.sheet.{name}", language)), columns, rows[name], language)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _fill(sheet: Worksheet, columns: Sequence[str], rows: Iterator[Row], language: str) -> None:
    sheet.append([say(f"reading.column.{column}", language) for column in columns])
    for row in rows:
        sheet.append([_storable(value) for value in row])
    for place, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = _WIDTHS.get(column, 12)
        sheet.cell(1, place).font = Font(bold=True)
    for cells in sheet.iter_rows(min_row=1):
        for cell in cells:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if cell.data_type == "f":  # printed text that begins with = is text, never a formula
                cell.data_type = "s"
    sheet.freeze_panes = "A2"


def _storable(value: str | int | Decimal | None) -> str | int | Decimal | None:
    """Text without the control characters that a workbook cannot hold."""
    return ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value


def _tasks(reading: Reading) -> Iterator[Row]:
    for programme in reading.programmes:
        for task in programme.tasks:
            units = "、".join(unit.name for unit in task.units)
            lead = next((unit.name for unit in task.units if unit.proposed_lead), "")
            yield task.number, programme.name, task.name, units, lead, task.goal, task.source.line


def _milestones(reading: Reading, language: str) -> Iterator[Row]:
    for task in reading.tasks:
        for milestone in task.milestones:
            basis = say(f"reading.due_basis.{milestone.due_basis}", language)
            head = (task.number, task.name, milestone.year, milestone.text, str(milestone.due_on), basis)
            for indicator in milestone.indicators:
                yield *head, *_indicator(indicator, language)


def _indicator(indicator: Indicator, language: str) -> Row:
    return (
        indicator.metric,
        say(f"reading.comparator.{indicator.comparator}", language),
        indicator.quantity,
        indicator.unit,
        say(f"reading.strength.{indicator.strength}", language),
        say(f"reading.basis.{indicator.basis}", language),
        say(f"reading.kind.{indicator.kind}", language),
        indicator.line,
    )


def _discrepancies(reading: Reading, language: str) -> Iterator[Row]:
    for found in reading.discrepancies:
        field = say(f"reading.field.{found.field}", language)
        equivalent = say("reading.equivalent", language) if found.equivalent else None
        yield found.task, field, *_passage(found.body), *_passage(found.appendix), equivalent


def _passage(passage: Passage | None) -> tuple[str | None, int | None]:
    return (passage.text, passage.line) if passage else (None, None)


def _gaps(reading: Reading, language: str) -> Iterator[Row]:
    for gap in reading.gaps:
        field = say(f"reading.gap_field.{gap.field}", language)
        kind = say(f"reading.gap.{gap.kind}", language)
        yield gap.task, field, kind, gap.year, gap.text, gap.line
