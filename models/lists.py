"""清单: the public institutions, and the named items that back a count or an amount."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Rooted, Row, Versioned, one_of
from models.states import ItemState


class Institution(Row, Rooted, Versioned):
    """公共机构: an organ, school, hospital… that a figure may name."""

    __tablename__ = "institution"
    __table_args__ = (
        UniqueConstraint("code"),
        UniqueConstraint("folded_name", "district"),
        Index("ix_institution_unit_id", "unit_id"),
    )
    code: Mapped[str | None] = mapped_column(String(40))
    """统一社会信用代码, or the office's own."""
    name: Mapped[str] = mapped_column(String(200))
    folded_name: Mapped[str] = mapped_column(String(200))
    """The name without what writers differ in: width, spaces, script."""
    district: Mapped[str] = mapped_column(String(40), default="", server_default="")
    """As in 青浦区; empty for municipal ones."""
    sort: Mapped[str | None] = mapped_column(String(60))
    """单位性质: organ, school, hospital…"""
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    """The organ that it belongs to."""
    floor_area: Mapped[Decimal | None]
    """m²."""
    users: Mapped[int | None]
    """用能人数."""
    ended_on: Mapped[date | None]


class ListItem(Row, Versioned):
    """A named item behind a figure: its entry is always the sum of the items that count."""

    __tablename__ = "list_item"
    __table_args__ = (
        ForeignKeyConstraint(["milestone_id", "task_id"], ["milestone.id", "milestone.task_id"]),
        Index("ix_list_item_task_id", "task_id"),
        Index("ix_list_item_milestone_id", "milestone_id"),
        Index("ix_list_item_share_id", "share_id"),
        Index("ix_list_item_entry_id", "entry_id"),
        Index("ix_list_item_institution_id", "institution_id"),
        Index(
            "uq_list_item_counted_once",
            "scope_id",
            "institution_id",
            unique=True,
            sqlite_where=text("state = 'counted' AND scope_id IS NOT NULL"),
            postgresql_where=text("state = 'counted' AND scope_id IS NOT NULL"),
        ),
    )
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    milestone_id: Mapped[int]
    share_id: Mapped[int | None] = mapped_column(ForeignKey("share.id"))
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"))
    scope_id: Mapped[int | None] = mapped_column(ForeignKey("indicator.id"))
    """Within which figure an institution counts once: the task's goal (over the years), the year's, or None."""
    entry_id: Mapped[int] = mapped_column(ForeignKey("progress_entry.id"))
    """The report in which it was first counted; corrections of that report follow from it."""
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    quantity: Mapped[Decimal]
    true_on: Mapped[date]
    note: Mapped[str | None] = mapped_column(Text)
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("evidence.id"))
    state: Mapped[ItemState] = mapped_column(one_of(ItemState))
    struck_reason: Mapped[str | None] = mapped_column(Text)
    struck_at: Mapped[datetime | None]
    struck_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    entered_at: Mapped[datetime]
    entered_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
