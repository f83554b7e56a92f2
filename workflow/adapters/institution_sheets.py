"""The register of institutions as an XLSX workbook: read what somebody filled in, offer an empty one."""

from __future__ import annotations

from workflow.adapters import workbooks
from workflow.institutions.sheets import INSTITUTIONS
from workflow.sheets import Sheet


def read_institutions_book(data: bytes) -> Sheet:
    """The sheet of institutions. Raises ImportRefused: as NotAWorkbook, as WorkbookTooLarge, or naming what is off."""
    return workbooks.read_workbook(data, (INSTITUTIONS,))[0]


def institutions_template(language: str) -> bytes:
    """An empty workbook, headed in the reader's language."""
    return workbooks.write_workbook((INSTITUTIONS,), {}, language)
