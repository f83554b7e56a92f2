"""Moves of targets, as a milestone and a task tell them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from api.names import person, person_name
from api.views import MeetingName, TargetMoveView
from models import Indicator, Meeting, TargetMove
from workflow.figures import plain

OWN = ("indicator_id", "basis", "other_id", "adjustment_id", "reason", "moved_at")
COLUMNS = (
    *(getattr(TargetMove, name) for name in OWN), TargetMove.from_quantity, TargetMove.to_quantity,
    TargetMove.moved_by, person_name(TargetMove.moved_by, TargetMove), Indicator.metric,
    Meeting.id.label("meeting_id"), Meeting.name.label("meeting_name"), Meeting.number.label("meeting_number"),
    Meeting.held_on.label("meeting_held_on"),
)  # fmt: skip


def read_target_moves(tx: Connection, *where: Any) -> list[TargetMoveView]:
    """The moves that meet `where` (over moves and their indicators), oldest first."""
    statement = (
        select(*COLUMNS)
        .select_from(TargetMove)
        .join(Indicator, Indicator.id == TargetMove.indicator_id)
        .outerjoin(Meeting, Meeting.id == TargetMove.meeting_id)
        .where(*where)
        .order_by(TargetMove.id)
    )
    return [_view(row) for row in tx.execute(statement)]


def _view(row: Any) -> TargetMoveView:
    return TargetMoveView(
        **{name: row._mapping[name] for name in OWN}, metric=row.metric, meeting=meeting_of(row),
        from_quantity=_shown(row.from_quantity), to_quantity=_shown(row.to_quantity),
        moved_by=person(row.moved_by, row.person_name),
    )  # fmt: skip


def _shown(quantity: Any) -> str | None:
    return None if quantity is None else plain(quantity)


def meeting_of(row: Any) -> MeetingName | None:
    """The meeting of a row that was read with its id, name, number and day."""
    if row.meeting_id is None:
        return None
    return MeetingName(
        id=row.meeting_id, name=row.meeting_name, number=row.meeting_number, held_on=row.meeting_held_on
    )
