"""The work: tasks, units' parts in them, milestones with indicators, and reported figures."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
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

from models.base import Rooted, Row, Versioned, one_of
from models.states import (
    Basis,
    Comparator,
    DueBasis,
    EvidenceState,
    IndicatorKind,
    MilestoneState,
    MoveBasis,
    Origin,
    PartRole,
    PartState,
    Reporting,
    TaskState,
)


class Task(Row, Rooted, Versioned):
    __tablename__ = "task"
    __table_args__ = (UniqueConstraint("plan_id", "number"), Index("ix_task_state", "state"))
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    programme_id: Mapped[int | None] = mapped_column(ForeignKey("programme.id"))
    number: Mapped[int]
    name: Mapped[str] = mapped_column(String(300))
    printed_name: Mapped[str] = mapped_column(String(300))
    goal: Mapped[str] = mapped_column(Text)
    printed_goal: Mapped[str] = mapped_column(Text)
    state: Mapped[TaskState] = mapped_column(one_of(TaskState))
    origin: Mapped[Origin] = mapped_column(one_of(Origin), default=Origin.DOCUMENT)
    origin_details: Mapped[dict[str, Any] | None]
    source_line: Mapped[int | None]
    source_sha256: Mapped[str | None] = mapped_column(String(64))
    assigned_at: Mapped[datetime]
    suspended_on: Mapped[date | None]
    suspended_until_on: Mapped[date | None]
    """The day on which the work is taken up again by itself; None: somebody resumes it."""
    reporting: Mapped[Reporting] = mapped_column(
        one_of(Reporting), default=Reporting.NONE, server_default="none"
    )
    """How often it reports; none: as its plan says."""
    reporting_from_on: Mapped[date | None]
    """The day since which reports are called for: the interval was set, or the task taken up again."""


class Part(Row, Versioned):
    """One unit's place in a task, with its own 签收."""

    __tablename__ = "part"
    __table_args__ = (
        UniqueConstraint("task_id", "unit_id"),
        UniqueConstraint("id", "task_id"),
        Index("ix_part_unit_id", "unit_id"),
        Index(
            "uq_part_one_lead",
            "task_id",
            unique=True,
            sqlite_where=text("role = 'lead'"),
            postgresql_where=text("role = 'lead'"),
        ),
    )
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    role: Mapped[PartRole] = mapped_column(one_of(PartRole))
    ordinal: Mapped[int]
    state: Mapped[PartState] = mapped_column(one_of(PartState))
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Milestone(Row, Versioned):
    __tablename__ = "milestone"
    __table_args__ = (
        UniqueConstraint("id", "task_id"),
        Index("ix_milestone_task_id", "task_id"),
        Index(
            "ix_milestone_open_due_on",
            "due_on",
            sqlite_where=text("state IN ('planned', 'in_progress', 'submitted', 'returned')"),
            postgresql_where=text("state IN ('planned', 'in_progress', 'submitted', 'returned')"),
        ),
    )
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    year: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    printed_text: Mapped[str] = mapped_column(Text)
    state: Mapped[MilestoneState] = mapped_column(one_of(MilestoneState))
    due_on: Mapped[date]
    due_basis: Mapped[DueBasis] = mapped_column(one_of(DueBasis))
    due_rule: Mapped[str] = mapped_column(String(20))
    """Roll rule in force when the date was made: preceding, following, none."""
    due_provisional: Mapped[bool] = mapped_column(default=False)
    event: Mapped[str | None] = mapped_column(String(60))
    """The named event (节能宣传周) that its due date follows, once the year's dates are entered."""
    source_line: Mapped[int | None]
    round: Mapped[int] = mapped_column(default=0)
    """How many times it was submitted."""
    submission: Mapped[str | None] = mapped_column(Text)
    without_shares: Mapped[str | None] = mapped_column(Text)
    """Why it was submitted before every share was accepted."""
    submitted_at: Mapped[datetime | None]
    submitted_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    submitted_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    """Department the submitter acted for: it may not accept."""
    accepted_at: Mapped[datetime | None]
    light: Mapped[str] = mapped_column(String(8), default="green")
    """Projection refreshed by the scan."""


class DueMove(Row):
    """Each move of a due date, with the reason: the original date is never lost."""

    __tablename__ = "due_move"
    __table_args__ = (
        CheckConstraint("(milestone_id IS NULL) = (subject_kind IS NOT NULL)", name="of_one_subject"),
        Index("ix_due_move_subject", "subject_kind", "subject_id"),
    )
    milestone_id: Mapped[int | None] = mapped_column(ForeignKey("milestone.id"), index=True)
    share_id: Mapped[int | None] = mapped_column(ForeignKey("share.id"), index=True)
    """The share whose date it is; None: the milestone's own."""
    subject_kind: Mapped[str | None] = mapped_column(String(20))
    """What else has the date: a work plan, a report… None: a milestone or one of its shares."""
    subject_id: Mapped[int | None]
    from_on: Mapped[date | None]
    to_on: Mapped[date]
    basis: Mapped[MoveBasis] = mapped_column(one_of(MoveBasis))
    edition_id: Mapped[int | None] = mapped_column(ForeignKey("calendar_edition.id"))
    """The calendar notice by which it was reckoned again."""
    reason: Mapped[str | None] = mapped_column(Text)
    moved_at: Mapped[datetime]


class Indicator(Row):
    """A figure that a milestone (or, without one, the task's goal) is judged by."""

    __tablename__ = "indicator"
    __table_args__ = (
        ForeignKeyConstraint(["milestone_id", "task_id"], ["milestone.id", "milestone.task_id"]),
        Index("ix_indicator_task_id", "task_id"),
        Index("ix_indicator_milestone_id", "milestone_id"),
    )
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    milestone_id: Mapped[int | None]
    goal_id: Mapped[int | None] = mapped_column(ForeignKey("indicator.id"))
    """The task's goal that a year's figure adds up to."""
    ordinal: Mapped[int]
    metric: Mapped[str] = mapped_column(String(300))
    quantity: Mapped[Decimal | None]
    printed_quantity: Mapped[Decimal | None]
    """What the appendix prints, where a ruling set another."""
    unit: Mapped[str | None] = mapped_column(String(60))
    comparator: Mapped[Comparator] = mapped_column(one_of(Comparator))
    strength: Mapped[str] = mapped_column(String(20), default="firm")
    basis: Mapped[Basis] = mapped_column(one_of(Basis))
    kind: Mapped[IndicatorKind] = mapped_column(one_of(IndicatorKind))
    definition: Mapped[dict[str, Any] | None]
    """The definition card 口径 (`workflow.definition_cards`)."""
    reached: Mapped[Decimal | None]
    """What counts towards it by now, as reported (of a ratio the numerator): refreshed by every act that changes it."""
    reached_base: Mapped[Decimal | None]
    """Of a ratio, the denominator."""
    year: Mapped[int | None]
    quote: Mapped[str | None] = mapped_column(Text)
    source_line: Mapped[int | None]


class ProgressEntry(Row):
    """A figure reported against an indicator. Never changed: a correction is a further entry."""

    __tablename__ = "progress_entry"
    __table_args__ = (
        ForeignKeyConstraint(["milestone_id", "task_id"], ["milestone.id", "milestone.task_id"]),
        Index("ix_progress_entry_milestone_id", "milestone_id"),
        Index("ix_progress_entry_task_id", "task_id"),
        CheckConstraint("as_of_on IS NOT NULL", name="dated"),
        Index("ix_progress_entry_share_id", "share_id"),
        Index("uq_progress_entry_corrects_id", "corrects_id", unique=True),
    )
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    milestone_id: Mapped[int]
    indicator_id: Mapped[int | None] = mapped_column(ForeignKey("indicator.id"))
    share_id: Mapped[int | None] = mapped_column(ForeignKey("share.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    quantity: Mapped[Decimal | None]
    """Of a ratio, the numerator."""
    base: Mapped[Decimal | None]
    """Of a ratio, the denominator."""
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("progress_entry.id"))
    """The entry that this one takes the place of: the last of such a row of corrections counts, no other."""
    delivered: Mapped[dict[str, Any] | None]
    """Of a deliverable: `{document, number, dated_on}`."""
    note: Mapped[str | None] = mapped_column(Text)
    as_of_on: Mapped[date]
    reported_at: Mapped[datetime]
    reported_by: Mapped[int] = mapped_column(ForeignKey("person.id"))


class Evidence(Row, Versioned):
    """佐证材料: what proves a milestone. The bytes are in the store under their SHA-256."""

    __tablename__ = "evidence"
    __table_args__ = (
        ForeignKeyConstraint(["milestone_id", "task_id"], ["milestone.id", "milestone.task_id"]),
        Index("ix_evidence_milestone_id", "milestone_id"),
        Index("ix_evidence_task_id", "task_id"),
        Index("ix_evidence_store_key", "store_key"),
        Index("ix_evidence_share_id", "share_id"),
        UniqueConstraint("supersedes_id"),
        CheckConstraint("size > 0", name="not_empty"),
    )
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    milestone_id: Mapped[int]
    share_id: Mapped[int | None] = mapped_column(ForeignKey("share.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    file_name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(120))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    store_key: Mapped[str] = mapped_column(String(200))
    true_on: Mapped[date]
    """When what it shows became true; apart from when it was uploaded."""
    expires_on: Mapped[date | None]
    state: Mapped[EvidenceState] = mapped_column(one_of(EvidenceState))
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("evidence.id"))
    attached_at: Mapped[datetime]
    attached_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
