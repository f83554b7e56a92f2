"""验收要点: the points by which a judged milestone is accepted, and the evidence tied to each."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Row, Versioned, one_of
from models.states import CriteriaState, Mark


class Criteria(Row, Versioned):
    """The criteria of one milestone: drafted by its lead, approved by the supervisor."""

    __tablename__ = "criteria"
    __table_args__ = (
        UniqueConstraint("milestone_id"),
        UniqueConstraint("id", "milestone_id"),
        ForeignKeyConstraint(["milestone_id", "task_id"], ["milestone.id", "milestone.task_id"]),
        Index("ix_criteria_task_id", "task_id"),
    )
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    milestone_id: Mapped[int]
    state: Mapped[CriteriaState] = mapped_column(one_of(CriteriaState))
    drafted_at: Mapped[datetime]
    drafted_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Criterion(Row):
    """One point, and how the accepter found it."""

    __tablename__ = "criterion"
    __table_args__ = (
        ForeignKeyConstraint(["criteria_id", "milestone_id"], ["criteria.id", "criteria.milestone_id"]),
        UniqueConstraint("criteria_id", "ordinal"),
        Index("ix_criterion_milestone_id", "milestone_id"),
    )
    criteria_id: Mapped[int]
    milestone_id: Mapped[int] = mapped_column(ForeignKey("milestone.id"))
    ordinal: Mapped[int]
    text: Mapped[str] = mapped_column(String(300))
    mark: Mapped[Mark | None] = mapped_column(one_of(Mark))
    mark_note: Mapped[str | None] = mapped_column(Text)
    marked_at: Mapped[datetime | None]
    marked_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class CriterionEvidence(Base):
    """Evidence tied to a point."""

    __tablename__ = "criterion_evidence"
    criterion_id: Mapped[int] = mapped_column(ForeignKey("criterion.id"), primary_key=True)
    evidence_id: Mapped[int] = mapped_column(ForeignKey("evidence.id"), primary_key=True, index=True)
