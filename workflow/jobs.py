"""The timetable as the other doors see it: what runs when, how it went last, which processes run it.

The doors never know each other: whoever joins them hands the timetable over as `Jobs`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Connection

from workflow import processes, ticks
from workflow.calendar import working_calendar
from workflow.deadlines import WorkingCalendar

SHOWN = 5
"""Ticks of each job that the timetable shows."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a job runs, for a reader: `daily`, `working`, `weekday` or `every`."""

    kind: str
    at: str | None = None
    weekday: str | None = None
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """One line of the timetable, and when it is due next."""

    job: str
    rhythm: Rhythm
    next_at: datetime
    lease: timedelta


@dataclass(frozen=True, slots=True)
class Ran:
    """One tick that this process ran: the job's own outcome, or the error it broke off with."""

    job: str
    due_at: datetime
    outcome: Mapping[str, Any] | None
    error: str | None = None
    took_ms: int | None = None


class Jobs(Protocol):
    """The timetable, and a way to have one of its jobs run now."""

    def planned(self, calendar: WorkingCalendar, now: datetime) -> Sequence[Planned]:
        """Every job in the timetable's order."""
        ...

    def run(self, job: str, person_id: int, now: datetime) -> Ran:
        """Run a job because a person orders it. Raises NotFound, NotPermitted, JobRunning."""
        ...


@dataclass(frozen=True, slots=True)
class Line:
    """A job with its latest ticks, newest first."""

    planned: Planned
    runs: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Timetable:
    """All on one screen."""

    lines: Sequence[Line]
    processes: Sequence[processes.Process]


def read_timetable(tx: Connection, jobs: Jobs, now: datetime) -> Timetable:
    """The timetable as it stands: four statements, however many jobs."""
    planned = jobs.planned(working_calendar(tx), now)
    runs = ticks.latest_runs(tx, [line.job for line in planned], SHOWN)
    lines = [Line(line, runs[line.job]) for line in planned]
    return Timetable(lines, processes.listed(tx, now))
