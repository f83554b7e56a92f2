"""Working days of approvals: when the limit of a seat is over, and how long a step took. The clock stands still while
the task is suspended 暂缓, as it does for due dates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select, update

from models import Approval, AuditEvent, Seat
from models.states import SeatState
from workflow.acts import Act
from workflow.civil import day_of
from workflow.deadlines import WorkingCalendar

SEATS: Any = Seat.__table__


@dataclass(frozen=True, slots=True)
class Span:
    """Days after `from_on` up to and with `to_on`, as working days are counted (Civil Code, art. 201)."""

    from_on: date
    to_on: date


@dataclass(frozen=True, slots=True)
class Limit:
    """The last civil day of a limit. `provisional`: a notice may still change it. `over`: that day has passed."""

    on: date
    provisional: bool
    over: bool


def limit_of(
    calendar: WorkingCalendar, opened_at: datetime, days: int, suspended_on: date | None, today: date
) -> Limit:
    """Of a seat opened at that moment, `days` working days later (those lost by suspensions included). While its task
    is suspended the day moves on with the calendar, and is not over."""
    on = calendar.add(day_of(opened_at), days)
    if suspended_on is not None:
        on = calendar.resume(on, max(suspended_on, day_of(opened_at)), max(today, suspended_on))
    return Limit(on, calendar.provisional(on), on < today and suspended_on is None)


def over_since(calendar: WorkingCalendar, days: int, today: date) -> date:
    """A limit of so many working days is over today exactly for what was opened before this day."""
    return calendar.add(today, -days)


def worked(calendar: WorkingCalendar, spans: Iterable[Span], stops: Iterable[Span]) -> int:
    """Working days within any of the spans, each counted once, without those within a stop."""
    inside = _joined(spans)
    cut = [Span(max(a.from_on, b.from_on), min(a.to_on, b.to_on)) for a in inside for b in _joined(stops)]
    return sum(_days(calendar, span) for span in inside) - sum(_days(calendar, span) for span in cut)


def _days(calendar: WorkingCalendar, span: Span) -> int:
    return max(0, calendar.between(span.from_on, span.to_on)) if span.from_on < span.to_on else 0


def _joined(spans: Iterable[Span]) -> list[Span]:
    """The same days in order, without overlaps."""
    joined: list[Span] = []
    for span in sorted(spans, key=lambda each: (each.from_on, each.to_on)):
        if joined and span.from_on <= joined[-1].to_on:
            joined[-1] = Span(joined[-1].from_on, max(joined[-1].to_on, span.to_on))
        else:
            joined.append(span)
    return joined


STOPPING = (
    select(AuditEvent.action, AuditEvent.at)
    .where(AuditEvent.subject_kind == "task", AuditEvent.action.in_(("suspend", "resume")))
    .order_by(AuditEvent.seq)
)


def stops_of(tx: Connection, task_id: int, today: date) -> list[Span]:
    """When a task was suspended, by the days on which that was recorded; one that still is, up to today."""
    rows = tx.execute(STOPPING.where(AuditEvent.subject_id == task_id)).all()
    return list(_stops(rows, today))


def _stops(events: Sequence[Any], today: date) -> Iterator[Span]:
    since: date | None = None
    for event in events:
        if event.action == "suspend":
            since = day_of(event.at)
        elif since is not None:
            yield Span(since, day_of(event.at))
            since = None
    if since is not None:
        yield Span(since, today)


def move_limits(act: Act[Any], calendar: WorkingCalendar) -> None:
    """Of a task that is resumed: the limits of its open seats are later by the working days lost, but for those already
    over when it was suspended."""
    since = max((stop.from_on for stop in stops_of(act.tx, act.subject_id, act.today)), default=act.today)
    for row in act.tx.execute(_limited(act.subject_id)).all():
        opened_on = day_of(row.opened_at)
        lost = calendar.days_lost(max(since, opened_on), act.today)
        if lost and calendar.add(opened_on, row.days) >= since:
            later = update(SEATS).where(SEATS.c.id == row.id).values(days_lost=SEATS.c.days_lost + lost)
            act.tx.execute(later)


def _limited(task_id: int) -> Any:
    """The open seats of a task that have a limit."""
    days = (Seat.limit_days + Seat.days_lost).label("days")
    open_ones = (Seat.state == SeatState.OPEN, Seat.limit_days.is_not(None), Seat.opened_at.is_not(None))
    of_task = select(Approval.id).where(Approval.task_id == task_id)
    return (
        select(Seat.id, Seat.opened_at, days)
        .where(*open_ones, Seat.approval_id.in_(of_task))
        .order_by(Seat.id)
    )
