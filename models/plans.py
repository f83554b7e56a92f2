"""A published plan: its document as read, what was found in it, and the programmes its tasks stand in."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Rooted, Row, Versioned, one_of
from models.states import Comparator, FindingState, PartRole, PlanState, Reporting


class Plan(Row, Rooted, Versioned):
    __tablename__ = "plan"
    code: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[str] = mapped_column(String(300))
    printed_title: Mapped[str] = mapped_column(String(300))
    issuer: Mapped[str] = mapped_column(String(200))
    issued_on: Mapped[date | None]
    state: Mapped[PlanState] = mapped_column(one_of(PlanState))
    document: Mapped[str] = mapped_column(Text)
    """The text as published."""
    document_sha256: Mapped[str] = mapped_column(String(64))
    reading: Mapped[dict[str, Any]]
    """What was read from it (`workflow.reading`)."""
    definitions: Mapped[list[Any] | None]
    """Definition cards 口径 entered for it, by task, year and metric; confirming gives them to the indicators."""
    work_plan_days: Mapped[int] = mapped_column(default=15, server_default="15")
    """Working days after a task is acknowledged in which its work plan is to be submitted; 0: none is asked for."""
    reporting: Mapped[Reporting] = mapped_column(
        one_of(Reporting), default=Reporting.NONE, server_default="none"
    )
    """How often its tasks report, unless a task has an interval of its own."""
    reporting_from_on: Mapped[date | None]
    """The day since which that holds."""
    imported_at: Mapped[datetime]


class Programme(Row):
    __tablename__ = "programme"
    __table_args__ = (UniqueConstraint("plan_id", "ordinal"),)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    ordinal: Mapped[int]
    name: Mapped[str] = mapped_column(String(100))
    printed_name: Mapped[str] = mapped_column(String(100))


class Goal(Row):
    """An overall goal of the plan, above all tasks."""

    __tablename__ = "goal"
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), index=True)
    ordinal: Mapped[int]
    metric: Mapped[str] = mapped_column(String(200))
    quantity: Mapped[Decimal | None]
    unit: Mapped[str | None] = mapped_column(String(60))
    comparator: Mapped[Comparator] = mapped_column(one_of(Comparator))
    year: Mapped[int | None]
    quote: Mapped[str] = mapped_column(Text)
    line: Mapped[int | None]


class Finding(Row, Versioned):
    """A discrepancy between two places of the document, or a gap it leaves open; a supervisor rules."""

    __tablename__ = "finding"
    __table_args__ = (UniqueConstraint("plan_id", "ordinal"),)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    ordinal: Mapped[int]
    sort: Mapped[str] = mapped_column(String(12))
    """`discrepancy` or `gap`."""
    task_number: Mapped[int | None]
    field: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str | None] = mapped_column(String(60))
    body_text: Mapped[str | None] = mapped_column(Text)
    body_line: Mapped[int | None]
    appendix_text: Mapped[str | None] = mapped_column(Text)
    appendix_line: Mapped[int | None]
    state: Mapped[FindingState] = mapped_column(one_of(FindingState))
    ruling: Mapped[dict[str, Any] | None]
    ruled_at: Mapped[datetime | None]
    ruled_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Appointment(Row):
    """A unit's proposed place in a task of a draft; confirming the plan makes it a part."""

    __tablename__ = "appointment"
    __table_args__ = (UniqueConstraint("plan_id", "task_number", "unit_id"),)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    task_number: Mapped[int]
    ordinal: Mapped[int]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    role: Mapped[PartRole] = mapped_column(one_of(PartRole))
    confirmed: Mapped[bool] = mapped_column(default=False)
