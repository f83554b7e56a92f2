"""The directory as an XLSX workbook: read what somebody filled in, write what there is, offer an empty one."""

from __future__ import annotations

from workflow.adapters import workbooks
from workflow.adapters.workbooks import Rows
from workflow.directory.sheets import LAYOUTS
from workflow.sheets import Sheet


def read_workbook(data: bytes) -> tuple[Sheet, ...]:
    """The sheets of the directory in a workbook, in the order units, groups, people, grants.

    Raises ImportRefused: as NotAWorkbook, as WorkbookTooLarge, or naming the sheets and columns that are not there.
    """
    return workbooks.read_workbook(data, LAYOUTS)


def write_workbook(rows: Rows, language: str) -> bytes:
    """A workbook of the directory, headed in the reader's language; a template where `rows` is empty."""
    return workbooks.write_workbook(LAYOUTS, rows, language)
