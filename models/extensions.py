"""Asked of a milestone while it is open: more time 延期, or to be freed of it 豁免."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Row, Versioned, one_of
from models.states import RequestState

OPEN = text("state = 'requested'")


class Extension(Row, Versioned):
    __tablename__ = "extension"
    __table_args__ = (
        ForeignKeyConstraint(["milestone_id", "task_id"], ["milestone.id", "milestone.task_id"]),
        CheckConstraint("due_on > from_on", name="later"),
        Index("ix_extension_task_id", "task_id"),
        Index("ix_extension_milestone_id", "milestone_id"),
        Index("uq_extension_one_open", "milestone_id", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
    )
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    milestone_id: Mapped[int]
    state: Mapped[RequestState] = mapped_column(one_of(RequestState))
    from_on: Mapped[date]
    """The due date when it was asked for."""
    due_on: Mapped[date]
    """The due date asked for."""
    reason: Mapped[str] = mapped_column(Text)
    progress: Mapped[str] = mapped_column(Text)
    """What is done by now."""
    requested_at: Mapped[datetime]
    requested_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    requested_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    decided_at: Mapped[datetime | None]


class Waiver(Row, Versioned):
    __tablename__ = "waiver"
    __table_args__ = (
        ForeignKeyConstraint(["milestone_id", "task_id"], ["milestone.id", "milestone.task_id"]),
        Index("ix_waiver_task_id", "task_id"),
        Index("ix_waiver_milestone_id", "milestone_id"),
        Index("uq_waiver_one_open", "milestone_id", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
    )
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    milestone_id: Mapped[int]
    state: Mapped[RequestState] = mapped_column(one_of(RequestState))
    reason: Mapped[str] = mapped_column(Text)
    requested_at: Mapped[datetime]
    requested_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    requested_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    decided_at: Mapped[datetime | None]
