"""The timetable: what runs when, how it went last, which processes run it; and a job run by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from api.callers import Caller, SignedIn
from api.errors import Unavailable, refusals
from api.transactions import Look, Now, ServicesHere
from workflow import visibility
from workflow.errors import NotPermitted
from workflow.jobs import Jobs, Line, Rhythm, Timetable, read_timetable
from workflow.standings import actor
from workflow.words import say

router = APIRouter(tags=["schedules"])
RUN = {"remind": {"recorded": 3, "told": 1}}


class RhythmView(BaseModel):
    """When a job runs, in the office's own time."""

    kind: Literal["daily", "working", "weekday", "every"] = Field(examples=["working"])
    at: str | None = Field(examples=["08:00"])
    weekday: str | None = Field(examples=[None])
    minutes: int | None = Field(examples=[None])
    text: str = Field(description="The same in words.", examples=["每个工作日 08:00"])


class Tick(BaseModel):
    """One run of a job."""

    due_at: datetime = Field(examples=["2022-06-01T00:00:00Z"])
    started_at: datetime = Field(examples=["2022-06-01T00:00:01Z"])
    finished_at: datetime | None = Field(examples=["2022-06-01T00:00:02Z"])
    took_ms: int | None = Field(description="Milliseconds.", examples=[840])
    outcome: dict[str, Any] | None = Field(examples=[RUN["remind"]])
    error: str | None = Field(examples=[None])
    by_hand: bool = Field(examples=[False])


class JobLine(BaseModel):
    """A job of the timetable with its latest runs, newest first."""

    job: str = Field(examples=["remind"])
    name: str = Field(examples=["催办提醒"])
    when: RhythmView
    next_at: datetime = Field(examples=["2022-06-02T00:00:00Z"])
    lease_seconds: int = Field(description="After so long an unfinished run is taken again.", examples=[3600])
    runs: list[Tick]


class ProcessView(BaseModel):
    """A process that runs the timetable; `gone` when three of its heartbeats are missing."""

    name: str = Field(description="`schedule` or `serve`.", examples=["schedule"])
    host: str = Field(examples=["duban-1"])
    pid: int = Field(examples=[4711])
    started_at: datetime = Field(examples=["2022-06-01T00:00:00Z"])
    beaten_at: datetime = Field(examples=["2022-06-01T06:30:00Z"])
    gone: bool = Field(examples=[False])


class TimetableView(BaseModel):
    jobs: list[JobLine]
    processes: list[ProcessView]


class HandRun(BaseModel):
    """How a run by hand went: its outcome, or the error it broke off with."""

    job: str = Field(examples=["remind"])
    due_at: datetime = Field(examples=["2022-06-01T03:12:00Z"])
    took_ms: int | None = Field(examples=[840])
    outcome: dict[str, Any] | None = Field(examples=[RUN["remind"]])
    error: str | None = Field(examples=[None])


def jobs_of(request: Request) -> Jobs:
    """The timetable that the app was joined with."""
    jobs: Jobs | None = request.app.state.jobs
    if jobs is None:
        raise Unavailable
    return jobs


JobsHere = Annotated[Jobs, Depends(jobs_of)]


def look(tx: Connection, jobs: Jobs, person_id: int, now: datetime) -> Timetable:
    """The timetable, for who keeps the house."""
    if not visibility.keeps_house(actor(tx, person_id, now)):
        raise NotPermitted(kind="house", action="look")
    return read_timetable(tx, jobs, now)


def rhythm_text(rhythm: Rhythm, language: str) -> str:
    """When it runs, in words."""
    if rhythm.kind == "every":
        key = "schedule.when.minute" if rhythm.minutes == 1 else "schedule.when.every"
        return say(key, language, minutes=rhythm.minutes)
    weekday = say(f"schedule.weekday.{rhythm.weekday}", language) if rhythm.weekday else ""
    return say(f"schedule.when.{rhythm.kind}", language, at=rhythm.at, weekday=weekday)


def _line(line: Line, language: str) -> JobLine:
    planned, rhythm = line.planned, line.planned.rhythm
    when = RhythmView(
        kind=rhythm.kind, at=rhythm.at, weekday=rhythm.weekday, minutes=rhythm.minutes,
        text=rhythm_text(rhythm, language),
    )  # fmt: skip
    return JobLine(
        job=planned.job, name=say(f"job.{planned.job}", language), when=when, next_at=planned.next_at,
        lease_seconds=int(planned.lease.total_seconds()), runs=[_tick(row) for row in line.runs],
    )  # fmt: skip


def _tick(row: Any) -> Tick:
    own = {name: row._mapping[name] for name in Tick.model_fields if name != "by_hand"}
    return Tick(**own, by_hand=row.ordered_by is not None)


@router.get("/schedules", operation_id="get_schedules", responses=refusals(401, 403, 503))
def get_schedules(caller: SignedIn, tx: Look, now: Now, jobs: JobsHere) -> TimetableView:
    """All jobs and processes. For supervisors of the office and admins."""
    found = look(tx, jobs, caller.person_id, now)
    return TimetableView(
        jobs=[_line(line, caller.language) for line in found.lines],
        processes=[
            ProcessView(**{name: getattr(process, name) for name in ProcessView.model_fields})
            for process in found.processes
        ],
    )


@router.post("/schedules/{job}/run", operation_id="run_job", responses=refusals(401, 403, 404, 409, 422, 503))
def run_job(
    job: Annotated[str, Path(max_length=60, examples=["remind"])],
    caller: SignedIn, services: ServicesHere, now: Now, jobs: JobsHere,
) -> HandRun:  # fmt: skip
    """Run a job now, beside its timetable, and answer when it is through. For admins; it stands in their record.

    Refused while another run of the job is under way; meanwhile its ticks wait.
    """
    _refuse_others(services, caller, now)
    ran = jobs.run(job, caller.person_id, now)
    return HandRun(
        job=ran.job, due_at=ran.due_at, took_ms=ran.took_ms, error=ran.error,
        outcome=None if ran.outcome is None else dict(ran.outcome),
    )  # fmt: skip


def _refuse_others(services: ServicesHere, caller: Caller, now: datetime) -> None:
    """Before anything is said of the job: the act itself asks again."""
    with services.reading() as tx:
        if not visibility.runs_jobs(actor(tx, caller.person_id, now)):
            raise NotPermitted(kind="house", action="run_job")
