"""分解: a milestone broken down into units' shares, each with its own targets, due date and round of acceptance."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Row, Versioned, one_of
from models.states import ShareState


class Share(Row, Versioned):
    """One unit's portion of a milestone; with a parent, a sub-unit's portion of that unit's share."""

    __tablename__ = "share"
    __table_args__ = (
        UniqueConstraint("milestone_id", "unit_id"),
        UniqueConstraint("id", "milestone_id"),
        ForeignKeyConstraint(["milestone_id", "task_id"], ["milestone.id", "milestone.task_id"]),
        ForeignKeyConstraint(["parent_id", "milestone_id"], ["share.id", "share.milestone_id"]),
        Index("ix_share_unit_id", "unit_id"),
        Index("ix_share_task_id", "task_id"),
        Index("ix_share_parent_id", "parent_id"),
        Index(
            "ix_share_open_due_on",
            "due_on",
            sqlite_where=text("state IN ('issued', 'acknowledged', 'in_progress', 'submitted', 'returned')"),
            postgresql_where=text(
                "state IN ('issued', 'acknowledged', 'in_progress', 'submitted', 'returned')"
            ),
        ),
    )
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    milestone_id: Mapped[int]
    parent_id: Mapped[int | None]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    text: Mapped[str] = mapped_column(Text)
    due_on: Mapped[date]
    due_provisional: Mapped[bool] = mapped_column(default=False)
    due_with_above: Mapped[bool] = mapped_column(default=False, server_default=false())
    """No date of its own was given: it is due when what it is a part of is due."""
    state: Mapped[ShareState] = mapped_column(one_of(ShareState))
    round: Mapped[int] = mapped_column(default=0)
    """How many times it was submitted."""
    submission: Mapped[str | None] = mapped_column(Text)
    short_because: Mapped[str | None] = mapped_column(Text)
    """Why it was handed in although it does not reach its target."""
    submitted_at: Mapped[datetime | None]
    submitted_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    accepted_at: Mapped[datetime | None]
    accepted_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    digest: Mapped[str | None] = mapped_column(String(64))
    """SHA-256 over the targets, figures, evidence and words that were accepted."""
    light: Mapped[str] = mapped_column(String(8), default="green")
    """Projection refreshed by the scan."""
    issued_at: Mapped[datetime]
    issued_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class ShareTarget(Row):
    """What a share is to bring towards one indicator of its milestone, and what it has brought."""

    __tablename__ = "share_target"
    __table_args__ = (
        UniqueConstraint("share_id", "indicator_id"),
        Index("ix_share_target_indicator_id", "indicator_id"),
    )
    share_id: Mapped[int] = mapped_column(ForeignKey("share.id"))
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"))
    quantity: Mapped[Decimal | None]
    """The target; None where the unit only reports its figures."""
    reached: Mapped[Decimal | None]
    """What it has reported by now (of a ratio the numerator): refreshed by every act that changes it."""
    reached_base: Mapped[Decimal | None]
    reached_on: Mapped[date | None]
    """The latest day that its figures are as of: where the latest report counts, the latest of all shares does."""
