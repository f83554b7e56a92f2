"""Approvals: definitions as data, one approval per submission, its seats and the decisions taken in them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Row, Versioned, one_of
from models.states import ApprovalState, SeatState


class ApprovalDefinition(Row):
    """Ordered steps. Never changed: a new version is a new row, and running approvals keep theirs."""

    __tablename__ = "approval_definition"
    __table_args__ = (UniqueConstraint("key", "edition"),)
    key: Mapped[str] = mapped_column(String(60))
    edition: Mapped[int]
    body: Mapped[dict[str, Any]]
    sha256: Mapped[str] = mapped_column(String(64))


class Approval(Row, Versioned):
    __tablename__ = "approval"
    __table_args__ = (
        ForeignKeyConstraint(["milestone_id", "task_id"], ["milestone.id", "milestone.task_id"]),
        UniqueConstraint("milestone_id", "purpose", "round"),
        Index("ix_approval_task_id", "task_id"),
        Index(
            "uq_approval_one_open",
            "milestone_id",
            "purpose",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    milestone_id: Mapped[int]
    purpose: Mapped[str] = mapped_column(String(20), default="acceptance")
    round: Mapped[int]
    state: Mapped[ApprovalState] = mapped_column(one_of(ApprovalState))
    definition_id: Mapped[int] = mapped_column(ForeignKey("approval_definition.id"))
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 over targets, figures, evidence versions and the submission's text."""
    signed_facts: Mapped[str] = mapped_column(Text)
    """The canonical text under the digest: what was asked for approval, for ever."""
    opened_at: Mapped[datetime]
    opened_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    closed_at: Mapped[datetime | None]


class Seat(Row):
    """One place to sign in a step, held by whoever has the right when signing."""

    __tablename__ = "seat"
    __table_args__ = (
        UniqueConstraint("approval_id", "step", "unit_id"),
        UniqueConstraint("id", "approval_id"),
        Index("ix_seat_open", "state", "unit_id"),
    )
    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id"))
    step: Mapped[int]
    step_key: Mapped[str] = mapped_column(String(40))
    role: Mapped[str] = mapped_column(String(20))
    mode: Mapped[str] = mapped_column(String(20))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    state: Mapped[SeatState] = mapped_column(one_of(SeatState))
    opened_at: Mapped[datetime | None]


class Decision(Row):
    """What was decided in a seat, by whom, and over which bytes."""

    __tablename__ = "decision"
    __table_args__ = (
        ForeignKeyConstraint(["seat_id", "approval_id"], ["seat.id", "seat.approval_id"]),
        UniqueConstraint("seat_id"),
        Index("ix_decision_approval_id", "approval_id"),
        Index("ix_decision_decided_by", "decided_by"),
    )
    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id"))
    seat_id: Mapped[int]
    verdict: Mapped[str] = mapped_column(String(10))
    opinion: Mapped[str | None] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    decided_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime]
