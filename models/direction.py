"""What is decided above the units: meetings, adjustments of the plan, leaders' instructions, dates of named events."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Rooted, Row, Versioned, index_where, one_of
from models.states import AdjustmentKind, AdjustmentState, EventState, InstructionState, TargetBasis


class Meeting(Row, Rooted):
    """A meeting with what it decided (议定事项): the authority that adjustments and items cite."""

    __tablename__ = "meeting"
    __table_args__ = (UniqueConstraint("name", "number"),)
    name: Mapped[str] = mapped_column(String(200))
    number: Mapped[str] = mapped_column(String(60))
    """Of the minutes 会议纪要, as printed."""
    held_on: Mapped[date]
    decisions: Mapped[list[Any]]
    """What was decided, in order, in words."""
    file_name: Mapped[str | None] = mapped_column(String(255))
    media_type: Mapped[str | None] = mapped_column(String(120))
    size: Mapped[int | None]
    sha256: Mapped[str | None] = mapped_column(String(64))
    store_key: Mapped[str | None] = mapped_column(String(200))
    entered_at: Mapped[datetime]
    entered_by: Mapped[int] = mapped_column(ForeignKey("person.id"))


class Adjustment(Row, Versioned):
    """调整: one change of one task, on the authority of a meeting."""

    __tablename__ = "adjustment"
    __table_args__ = (
        Index("ix_adjustment_task_id", "task_id"),
        Index("ix_adjustment_meeting_id", "meeting_id"),
        Index("ix_adjustment_state", "state"),
    )
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    milestone_id: Mapped[int | None] = mapped_column(ForeignKey("milestone.id"))
    indicator_id: Mapped[int | None] = mapped_column(ForeignKey("indicator.id"))
    kind: Mapped[AdjustmentKind] = mapped_column(one_of(AdjustmentKind))
    change: Mapped[dict[str, Any]]
    """What is to be instead; its fields depend on the kind."""
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    decision: Mapped[int | None]
    """Which of the meeting's decisions, counted from 1."""
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[AdjustmentState] = mapped_column(one_of(AdjustmentState))
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class TargetMove(Row):
    """Each move of a target, with the reason: the original figure is never lost. Append-only."""

    __tablename__ = "target_move"
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), index=True)
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"), index=True)
    from_quantity: Mapped[Decimal | None]
    to_quantity: Mapped[Decimal | None]
    basis: Mapped[TargetBasis] = mapped_column(one_of(TargetBasis))
    other_id: Mapped[int | None] = mapped_column(ForeignKey("indicator.id"))
    """Of a figure carried over, the indicator it was taken from or carried to."""
    adjustment_id: Mapped[int | None] = mapped_column(ForeignKey("adjustment.id"))
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meeting.id"))
    reason: Mapped[str] = mapped_column(Text)
    moved_at: Mapped[datetime]
    moved_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Instruction(Row, Versioned):
    """批示: what a leader asks of a unit about a task, by when, and the unit's reply."""

    __tablename__ = "instruction"
    __table_args__ = (
        Index("ix_instruction_task_id", "task_id"),
        Index("ix_instruction_unit_id", "unit_id"),
        index_where("ix_instruction_open_due_on", "due_on", "state IN ('issued', 'acknowledged')"),
    )
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    text: Mapped[str] = mapped_column(Text)
    due_on: Mapped[date]
    state: Mapped[InstructionState] = mapped_column(one_of(InstructionState))
    issued_at: Mapped[datetime]
    issued_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    reply: Mapped[str | None] = mapped_column(Text)
    replied_at: Mapped[datetime | None]
    replied_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class NamedEvent(Row, Versioned):
    """An event that due dates follow, in one year of a plan."""

    __tablename__ = "named_event"
    __table_args__ = (
        UniqueConstraint("plan_id", "name", "year"),
        index_where("ix_named_event_open_ask_on", "ask_on", "state NOT IN ('dated')"),
    )
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    name: Mapped[str] = mapped_column(String(60))
    year: Mapped[int]
    state: Mapped[EventState] = mapped_column(one_of(EventState))
    from_on: Mapped[date | None]
    upto_on: Mapped[date | None]
    source: Mapped[str | None] = mapped_column(String(300))
    dated_at: Mapped[datetime | None]
    """When its dates were entered or amended last."""
    dated_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    ask_on: Mapped[date]
    """By when the supervisor should have entered its dates."""
