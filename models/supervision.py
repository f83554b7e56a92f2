"""Cards 牌, notices 通知 and the counters that number them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Row, Versioned, one_of
from models.states import CardColour, CardState, NoticeKind, NoticeState


class Card(Row, Versioned):
    __tablename__ = "card"
    __table_args__ = (
        ForeignKeyConstraint(["milestone_id", "task_id"], ["milestone.id", "milestone.task_id"]),
        Index("ix_card_task_id", "task_id"),
        Index(
            "uq_card_one_a_milestone",
            "milestone_id",
            "rung",
            "episode",
            unique=True,
            sqlite_where=text("share_id IS NULL"),
            postgresql_where=text("share_id IS NULL"),
        ),
        Index(
            "uq_card_one_a_share",
            "share_id",
            "rung",
            "episode",
            unique=True,
            sqlite_where=text("share_id IS NOT NULL"),
            postgresql_where=text("share_id IS NOT NULL"),
        ),
        Index("ix_card_unit_id", "unit_id"),
    )
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    milestone_id: Mapped[int]
    share_id: Mapped[int | None] = mapped_column(ForeignKey("share.id"))
    """The share that was late; None: the milestone itself."""
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    colour: Mapped[CardColour] = mapped_column(one_of(CardColour))
    rung: Mapped[str] = mapped_column(String(40))
    episode: Mapped[int]
    earned_on: Mapped[date]
    state: Mapped[CardState] = mapped_column(one_of(CardState))
    working: Mapped[dict[str, Any]]
    """Numbers, rule and rule version that earned it."""
    raised_at: Mapped[datetime]
    raised_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Notice(Row, Versioned):
    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("series", "year", "number"),
        Index("ix_notice_task_id", "task_id"),
        Index("ix_notice_unit_id", "unit_id"),
        CheckConstraint(
            "(number IS NULL) = (issued_at IS NULL)",
            name="numbered_when_issued",
        ),
    )
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    milestone_id: Mapped[int | None] = mapped_column(ForeignKey("milestone.id"))
    card_id: Mapped[int | None] = mapped_column(ForeignKey("card.id"), unique=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    kind: Mapped[NoticeKind] = mapped_column(one_of(NoticeKind))
    state: Mapped[NoticeState] = mapped_column(one_of(NoticeState))
    requirement: Mapped[str | None] = mapped_column(Text)
    """What must be done, in the office's own words, where the standing wording does not do."""
    reply_on: Mapped[date]
    series: Mapped[str | None] = mapped_column(String(40))
    year: Mapped[int | None]
    number: Mapped[int | None]
    code: Mapped[str | None] = mapped_column(String(20), unique=True)
    facts: Mapped[dict[str, Any] | None]
    """All that is printed, frozen at issue."""
    facts_sha256: Mapped[str | None] = mapped_column(String(64))
    drafted_at: Mapped[datetime]
    signed_off_at: Mapped[datetime | None]
    signed_off_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    issued_at: Mapped[datetime | None]
    printed_at: Mapped[datetime | None]
    pdf_sha256: Mapped[str | None] = mapped_column(String(64))
    pdf_key: Mapped[str | None] = mapped_column(String(200))
    reply: Mapped[str | None] = mapped_column(Text)


class NumberCounter(Base):
    """The last number used in a series and year. Locked last, so numbers have no gaps."""

    __tablename__ = "number_counter"
    series: Mapped[str] = mapped_column(String(40), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(default=0)
