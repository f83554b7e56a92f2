"""Time as data: working days with their notices, rules of reminders and cards, what the scans recorded."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, synonym

from models.base import Base, Rooted, Row, Versioned, one_of
from models.states import CalendarYearState


class CalendarYear(Base, Rooted, Versioned):
    """A year of the working-day calendar as its State Council notice has it; without one yet, of the week alone.

    Its number as a row is the year itself.
    """

    __tablename__ = "calendar_year"
    id: Mapped[int] = mapped_column("year", key="id", primary_key=True, autoincrement=False)
    year = synonym("id")
    state: Mapped[CalendarYearState] = mapped_column(one_of(CalendarYearState))
    notice: Mapped[str | None] = mapped_column(String(200))
    source: Mapped[str | None] = mapped_column(String(300))
    verified: Mapped[bool]


class CalendarDay(Base):
    """A day that differs from the plain week: a holiday on a weekday or a make-up day on a weekend."""

    __tablename__ = "calendar_day"
    day_on: Mapped[date] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(ForeignKey("calendar_year.id"), index=True)
    working: Mapped[bool]


class CalendarEdition(Row):
    """A year's notice as it was entered, or corrected: editions stay, the latest of a year holds."""

    __tablename__ = "calendar_edition"
    __table_args__ = (UniqueConstraint("year", "edition"),)
    year: Mapped[int] = mapped_column(ForeignKey("calendar_year.id"))
    edition: Mapped[int]
    notice: Mapped[str] = mapped_column(String(200))
    source: Mapped[str | None] = mapped_column(String(300))
    verified: Mapped[bool]
    days_off: Mapped[list[Any]]
    """ISO dates, in order."""
    days_worked: Mapped[list[Any]]
    reason: Mapped[str | None] = mapped_column(Text)
    """Why it corrects the edition before it."""
    entered_at: Mapped[datetime | None]
    """None: before editions were kept."""
    entered_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """None: it ships with Duban."""
    followed_at: Mapped[datetime | None]
    """When every due date had been reckoned again by it."""


class RuleSet(Row):
    """Reminder rungs and the ladder, as one versioned document with the day it takes effect."""

    __tablename__ = "rule_set"
    edition: Mapped[str] = mapped_column(String(40), unique=True)
    effective_on: Mapped[date]
    body: Mapped[dict[str, Any]]
    sha256: Mapped[str] = mapped_column(String(64))


class Reminder(Row):
    """One rung reached for one due date: told, or overtaken by a later rung."""

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint("subject_kind", "subject_id", "due_on", "rung"),
        Index("ix_reminder_tick_on", "tick_on"),
    )
    subject_kind: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[int]
    """What has the due date: a milestone, a share, a work plan…"""
    due_on: Mapped[date]
    rung: Mapped[str] = mapped_column(String(20))
    overtaken: Mapped[bool]
    tick_on: Mapped[date]
    recorded_at: Mapped[datetime]


class ScheduleRun(Row):
    """One tick of one job, however many processes woke for it. Unfinished and out of lease: taken again."""

    __tablename__ = "schedule_run"
    __table_args__ = (UniqueConstraint("job", "due_at"),)
    job: Mapped[str] = mapped_column(String(60))
    due_at: Mapped[datetime]
    leased_until: Mapped[datetime]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    outcome: Mapped[dict[str, Any] | None]
    error: Mapped[str | None] = mapped_column(String(500))
    took_ms: Mapped[int | None]
    """How long the job ran, in milliseconds, by a clock that only goes forward."""
    ordered_by: Mapped[int | None]
    """The person who had it run by hand; None: its timetable."""


class SchedulerProcess(Row):
    """A process that runs the timetable, for as long as its heart beats."""

    __tablename__ = "scheduler_process"
    mark: Mapped[str] = mapped_column(String(32), unique=True)
    """Drawn by the process at its start: a number of a process is given again, a mark is not."""
    name: Mapped[str] = mapped_column(String(20))
    """`schedule` or `serve`."""
    host: Mapped[str] = mapped_column(String(200))
    pid: Mapped[int]
    started_at: Mapped[datetime]
    beaten_at: Mapped[datetime]
