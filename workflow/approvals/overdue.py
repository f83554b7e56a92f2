"""Seats whose limit is over: which should have met it by now and have not. A missed run loses none, a second run
doubles none.

The day on which a seat opened is not counted (Civil Code, art. 201), nor are working days for which its task was
suspended. What would change hands or pass over days that no holiday notice covers yet waits for the notice, as cards
do; urging does no harm and does not wait.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, select

from models import Approval, AuditEvent, Seat, Task
from models.states import ApprovalState, AtLimit, SeatState, TaskState
from workflow.acts import Event, lock, perform
from workflow.calendar import working_calendar
from workflow.civil import ZONE, day_of
from workflow.deadlines import WorkingCalendar
from workflow.lifecycles.approval import APPROVAL
from workflow.standings.columns import AnySelect

STOPPED = (TaskState.SUSPENDED, TaskState.CANCELLED)
RUNNING = (
    Seat.state == SeatState.OPEN, Approval.state == ApprovalState.OPEN, Task.state.not_in(STOPPED),
    Seat.limit_days.is_not(None), Seat.limit_met_at.is_(None),
)  # fmt: skip
LIMITS: AnySelect = (
    select(Seat.limit_days)
    .join(Approval, Approval.id == Seat.approval_id)
    .join(Task, Task.id == Approval.task_id)
    .where(*RUNNING)
    .distinct()
    .order_by(Seat.limit_days)
)
OVER: AnySelect = (
    select(Seat.id, Seat.approval_id, Seat.opened_at, Seat.limit_days, Seat.at_limit, Approval.task_id)
    .join(Approval, Approval.id == Seat.approval_id)
    .join(Task, Task.id == Approval.task_id)
    .where(*RUNNING, Seat.limit_days == bindparam("days"), Seat.opened_at < bindparam("before"))
    .order_by(Seat.id)
)
PAUSES: AnySelect = (
    select(AuditEvent.root_id, AuditEvent.action, AuditEvent.at)
    .where(
        AuditEvent.root_kind == "task", AuditEvent.root_id.in_(bindparam("tasks", expanding=True)),
        AuditEvent.subject_kind == "task", AuditEvent.action.in_(("suspend", "resume")),
    )
    .order_by(AuditEvent.root_id, AuditEvent.seq)
)  # fmt: skip


def over(tx: Connection, now: datetime) -> list[tuple[int, int]]:
    """Approval and seat of each open seat whose limit is over and that has not met it: one statement for each number
    of days that limits have, however many seats there are."""
    calendar = working_calendar(tx)
    found = [row for days in tx.execute(LIMITS).scalars().all() for row in _older(tx, calendar, days, now)]
    return [(row.approval_id, row.id) for row in _counted(tx, calendar, found, day_of(now))]


def meet(tx: Connection, approval_id: int, seat_id: int, now: datetime) -> list[Event]:
    """Let one seat meet its limit, under its root's lock: nothing, where it was decided or met since it was found."""
    lock(tx, APPROVAL, approval_id)
    calendar = working_calendar(tx)
    limited = tx.execute(LIMITS.where(Seat.id == seat_id)).scalars().all()
    found = [row for days in limited for row in _older(tx, calendar, days, now, Seat.id == seat_id)]
    return [
        perform(
            tx,
            APPROVAL,
            approval_id,
            "meet_limit",
            None,
            now,
            details={"seat_id": row.id, "days": row.limit_days},
        )
        for row in _counted(tx, calendar, found, day_of(now))
    ]


def _older(
    tx: Connection, calendar: WorkingCalendar, days: int, now: datetime, *only: ColumnElement[bool]
) -> Sequence[Any]:
    """Running seats with a limit of so many days, opened before the day from which it would still run."""
    before = datetime.combine(calendar.add(day_of(now), -days), time.min, ZONE)
    return tx.execute(OVER.where(*only), {"days": days, "before": before}).all()


def _counted(tx: Connection, calendar: WorkingCalendar, found: Sequence[Any], today: date) -> Iterator[Any]:
    """Those whose limit is over once the suspensions of their task are left out, and that need not wait."""
    pauses = _pauses(tx, {row.task_id for row in found})
    for row in found:
        opened_on = day_of(row.opened_at)
        lost = sum(
            calendar.days_lost(max(since, opened_on), until)
            for since, until in pauses.get(row.task_id, ())
            if until > opened_on
        )
        last_on = calendar.add(opened_on, row.limit_days + lost)
        if last_on < today and not (
            row.at_limit != AtLimit.URGE and _provisional(calendar, opened_on, last_on)
        ):
            yield row


def _provisional(calendar: WorkingCalendar, opened_on: date, last_on: date) -> bool:
    return any(calendar.provisional(date(year, 1, 1)) for year in (opened_on.year, last_on.year))


def _pauses(tx: Connection, tasks: set[int]) -> Mapping[int, list[tuple[date, date]]]:
    """Suspensions of these tasks that are over: from the day each was recorded to the day it was lifted."""
    found: defaultdict[int, list[tuple[date, date]]] = defaultdict(list)
    since: dict[int, date] = {}
    for row in tx.execute(PAUSES, {"tasks": sorted(tasks)}) if tasks else ():
        if row.action == "suspend":
            since[row.root_id] = day_of(row.at)
        elif row.root_id in since:
            found[row.root_id].append((since.pop(row.root_id), day_of(row.at)))
    return found
