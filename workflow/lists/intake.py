"""A list by a sheet: all rows count, or none with every bad cell named."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from workflow.acts import Event, perform
from workflow.errors import Malformed, Missing, NotReady
from workflow.facts import IndicatorFact
from workflow.law import Lifecycle, Simplify, as_typed
from workflow.lists.entering import ItemsOfSheet
from workflow.lists.sheets import in_cells, read_items
from workflow.sheets import ImportRefused, Report, Sheet
from workflow.worked import Worked


def listed_indicator(standing: Worked, wanted: int | None) -> int:
    """The indicator whose list is meant: as said, else the only one. Raises Malformed, naming those there are."""
    listed: Sequence[IndicatorFact] = [i for i in standing.indicators if i.card.listed]
    meant = [i.id for i in listed if wanted is None or i.id == wanted]
    if len(meant) == 1:
        return meant[0]
    known = "、".join(f"{indicator.id} {indicator.metric}" for indicator in listed) or "—"
    raise Malformed(missing=[Missing("which_list", {"field": "indicator", "known": known})])


def enter_sheet(
    tx: Connection, law: Lifecycle[Any], subject_id: int, sheet: Sheet, indicator_id: int, sha256: str, actor_id: int,
    now: datetime, simplify: Simplify = as_typed,
) -> Event:  # fmt: skip
    """Enter the rows of a sheet as one act. Raises ImportRefused with every cell that is wrong, and whatever the act is
    refused for besides."""
    report = Report()
    entries = read_items(sheet, report)
    items = [entry.row for entry in entries]
    if not items:
        raise ImportRefused(missing=report.faults)
    details = ItemsOfSheet(indicator_id=indicator_id, items=items, sha256=sha256)
    try:
        event = perform(tx, law, subject_id, "enter_items", actor_id, now, details=details, simplify=simplify)
    except NotReady as refusal:
        if not report.faults and all("index" not in lack.facts for lack in refusal.missing):
            raise
        blamed = {fault.facts["field"] for fault in report.faults}
        further = (lack for lack in in_cells(refusal.missing, entries) if lack.facts["field"] not in blamed)
        raise ImportRefused(missing=[*report.faults, *further]) from refusal
    if report.faults:
        raise ImportRefused(missing=report.faults)
    return event
