"""The shares of a milestone, or of a share, as an XLSX workbook: given out, and read back as somebody filled it in."""

from __future__ import annotations

from collections.abc import Sequence

from workflow.adapters import workbooks
from workflow.breakdown_sheet import Place, layout_of, rows_of
from workflow.facts import IndicatorFact
from workflow.sheets import Sheet


def read_breakdown(data: bytes, indicators: Sequence[IndicatorFact]) -> Sheet:
    """The sheet of shares. Raises ImportRefused: as NotAWorkbook, as WorkbookTooLarge, or naming what is off."""
    return workbooks.read_workbook(data, (layout_of(indicators),))[0]


def write_breakdown(places: Sequence[Place], indicators: Sequence[IndicatorFact], language: str) -> bytes:
    """A workbook with a row for each unit, headed in the reader's language."""
    layout = layout_of(indicators)
    return workbooks.write_workbook((layout,), {layout.key: rows_of(places, indicators, language)}, language)
