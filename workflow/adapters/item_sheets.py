"""A list of items as an XLSX workbook: read what somebody filled in, offer an empty one."""

from __future__ import annotations

from workflow.adapters import workbooks
from workflow.lists.sheets import ITEMS
from workflow.sheets import Sheet


def read_items_book(data: bytes) -> Sheet:
    """The sheet of items. Raises ImportRefused: as NotAWorkbook, as WorkbookTooLarge, or naming what is off."""
    return workbooks.read_workbook(data, (ITEMS,))[0]


def items_template(language: str) -> bytes:
    """An empty workbook, headed in the reader's language."""
    return workbooks.write_workbook((ITEMS,), {}, language)
