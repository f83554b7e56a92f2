"""Reported figures and the moves of due dates, as the pages of milestones and shares show them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from api.names import person, person_name, unit, unit_name
from api.views import DueMoveView, FigureView
from models import DueMove, ProgressEntry
from workflow import visibility
from workflow.figures import plain

OWN = ("id", "indicator_id", "share_id", "note", "delivered", "corrects_id", "as_of_on", "reported_at")
COLUMNS = (
    *(getattr(ProgressEntry, name) for name in OWN), ProgressEntry.quantity, ProgressEntry.base,
    ProgressEntry.unit_id, ProgressEntry.reported_by, unit_name(ProgressEntry.unit_id, ProgressEntry),
    person_name(ProgressEntry.reported_by, ProgressEntry),
)  # fmt: skip


def read_figures(tx: Connection, bound: Mapping[str, Any], *where: Any) -> list[FigureView]:
    """The figures that meet `where` and that the person bound may see, oldest first."""
    statement = visibility.figures(*COLUMNS).where(*where).order_by(ProgressEntry.id)
    return [_figure(row) for row in tx.execute(statement, bound)]


def _figure(row: Any) -> FigureView:
    return FigureView(
        **{name: row._mapping[name] for name in OWN}, unit=unit(row.unit_id, row.unit_name),
        quantity=None if row.quantity is None else plain(row.quantity),
        base=None if row.base is None else plain(row.base), reported_by=person(row.reported_by, row.person_name),
    )  # fmt: skip


def read_moves(tx: Connection, where: Any) -> list[DueMoveView]:
    """The moves of one due date, in order."""
    columns = [getattr(DueMove, name) for name in DueMoveView.model_fields]
    return [
        DueMoveView(**row._mapping) for row in tx.execute(select(*columns).where(where).order_by(DueMove.id))
    ]
