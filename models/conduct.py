"""How the work is conducted: work plans with checkpoints, periodic reports with problems, later attestations."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Row, Versioned, index_where, one_of
from models.states import AttestationState, ProblemState, ReportState, WorkPlanState


class WorkPlan(Row, Versioned):
    """实施方案: how the lead means to go about a task; required when the task is acknowledged."""

    __tablename__ = "work_plan"
    __table_args__ = (
        UniqueConstraint("task_id"),
        index_where("ix_work_plan_open_due_on", "due_on", "state IN ('required', 'returned')"),
    )
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    state: Mapped[WorkPlanState] = mapped_column(one_of(WorkPlanState))
    due_on: Mapped[date]
    asked_on: Mapped[date | None]
    """From when its days are counted."""
    days: Mapped[int | None]
    """Working days in which it is to be handed in; with `asked_on` the rule that made its date."""
    text: Mapped[str | None] = mapped_column(Text)
    submitted_at: Mapped[datetime | None]
    submitted_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Checkpoint(Row):
    """What should be so by a day: pace is judged against it."""

    __tablename__ = "checkpoint"
    __table_args__ = (
        ForeignKeyConstraint(["milestone_id", "task_id"], ["milestone.id", "milestone.task_id"]),
        Index("ix_checkpoint_work_plan_id", "work_plan_id"),
        Index("ix_checkpoint_milestone_id", "milestone_id"),
    )
    work_plan_id: Mapped[int] = mapped_column(ForeignKey("work_plan.id"))
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    milestone_id: Mapped[int]
    ordinal: Mapped[int]
    due_on: Mapped[date]
    text: Mapped[str] = mapped_column(Text)
    indicator_id: Mapped[int | None] = mapped_column(ForeignKey("indicator.id"))
    quantity: Mapped[Decimal | None]
    """What the indicator should have reached by then."""


class Report(Row, Versioned):
    """定期报告: one unit's report on a task over a period. What the system knows it fills in itself."""

    __tablename__ = "report"
    __table_args__ = (
        UniqueConstraint("task_id", "unit_id", "from_on"),
        Index("ix_report_unit_id", "unit_id"),
        index_where("ix_report_open_due_on", "due_on", "state NOT IN ('filed')"),
    )
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    from_on: Mapped[date]
    upto_on: Mapped[date]
    due_on: Mapped[date]
    state: Mapped[ReportState] = mapped_column(one_of(ReportState))
    done: Mapped[str | None] = mapped_column(Text)
    next_steps: Mapped[str | None] = mapped_column(Text)
    figures: Mapped[list[Any] | None]
    """The figures as they stood when it was filed."""
    filed_at: Mapped[datetime | None]
    filed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Problem(Row, Versioned):
    """协调事项: what a unit cannot solve alone; the supervisor answers."""

    __tablename__ = "problem"
    __table_args__ = (
        Index("ix_problem_task_id", "task_id"),
        Index("ix_problem_state", "state"),
        Index("ix_problem_report_id", "report_id"),
    )
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    report_id: Mapped[int | None] = mapped_column(ForeignKey("report.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[ProblemState] = mapped_column(one_of(ProblemState))
    raised_at: Mapped[datetime]
    raised_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    answer: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Attestation(Row, Versioned):
    """Of a maintained indicator, one later period: whether it still held."""

    __tablename__ = "attestation"
    __table_args__ = (
        ForeignKeyConstraint(["milestone_id", "task_id"], ["milestone.id", "milestone.task_id"]),
        UniqueConstraint("indicator_id", "from_on"),
        Index("ix_attestation_task_id", "task_id"),
        Index("ix_attestation_milestone_id", "milestone_id"),
        index_where("ix_attestation_open_due_on", "due_on", "state NOT IN ('attested', 'violated')"),
    )
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    milestone_id: Mapped[int]
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    from_on: Mapped[date]
    upto_on: Mapped[date]
    due_on: Mapped[date]
    state: Mapped[AttestationState] = mapped_column(one_of(AttestationState))
    text: Mapped[str | None] = mapped_column(Text)
    """What was attested; it stays where a violation is found later."""
    found_on: Mapped[date | None]
    violation: Mapped[str | None] = mapped_column(Text)
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
