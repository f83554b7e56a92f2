"""Calling attestations: which should exist by now and do not. A missed night loses none, a second run doubles none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from models import Attestation, Indicator, Milestone, Task
from models.states import MilestoneState, Reporting, TaskState
from workflow.acts import Event, lock, perform
from workflow.attestations import AttestationCall
from workflow.calendar import working_calendar
from workflow.civil import day_of
from workflow.deadlines import DAY
from workflow.lifecycles.milestone import MILESTONE
from workflow.periods import MONTHS, periods_after
from workflow.standings.columns import AnySelect

DAYS_TO_ATTEST = 10
"""Working days after a period's end in which it is attested."""
STOPPED = (TaskState.SUSPENDED, TaskState.CANCELLED)


def _maintained() -> AnySelect:
    """Indicators of accepted milestones that are attested, with the last year of their plan."""
    years, tasks = Milestone.__table__.alias("years"), Task.__table__.alias("tasks")
    last_year = (
        select(func.max(years.c.year))
        .select_from(years.join(tasks, tasks.c.id == years.c.task_id))
        .where(tasks.c.plan_id == Task.plan_id)
        .correlate(Task)
        .scalar_subquery()
    )
    often = Indicator.definition["attested"].as_string()
    return (
        select(
            Indicator.id, Indicator.milestone_id, Milestone.accepted_at, often.label("often"),
            last_year.label("last_year"),
        )
        .join(Milestone, Milestone.id == Indicator.milestone_id)
        .join(Task, Task.id == Milestone.task_id)
        .where(
            Milestone.state == MilestoneState.ACCEPTED, Milestone.accepted_at.is_not(None),
            Task.state.not_in(STOPPED), often.in_(tuple(MONTHS)),
        )
        .order_by(Indicator.milestone_id, Indicator.id)
    )  # fmt: skip


MAINTAINED = _maintained()
CALLED: AnySelect = (
    select(Attestation.indicator_id, Attestation.from_on)
    .join(Milestone, Milestone.id == Attestation.milestone_id)
    .where(Milestone.state == MilestoneState.ACCEPTED)
)
OF_ONE = Milestone.id == bindparam("milestone")


def owing(tx: Connection, now: datetime) -> list[int]:
    """The milestones that owe an attestation nobody has called yet."""
    return sorted({milestone_id for milestone_id, _ in _owed(tx, MAINTAINED, CALLED, {}, now)})


def call_owed(tx: Connection, milestone_id: int, now: datetime) -> list[Event]:
    """Call what one milestone owes, under its root's lock: two processes at once call nothing twice."""
    lock(tx, MILESTONE, milestone_id)
    bound = {"milestone": milestone_id}
    owed = list(_owed(tx, MAINTAINED.where(OF_ONE), CALLED.where(OF_ONE), bound, now))
    return [
        perform(tx, MILESTONE, milestone_id, "call_attestation", None, now, details=call) for _, call in owed
    ]


def _owed(
    tx: Connection, maintained: AnySelect, called: AnySelect, bound: Mapping[str, Any], now: datetime
) -> Iterator[tuple[int, AttestationCall]]:
    """Of each milestone the periods that began after its acceptance, have ended, and are not called."""
    calendar = working_calendar(tx)
    known = {tuple(row) for row in tx.execute(called, bound)}
    for row in tx.execute(maintained, bound).all():
        over_by = min(day_of(now) - DAY, date(row.last_year, 12, 31))
        for period in periods_after(day_of(row.accepted_at), Reporting(row.often), over_by=over_by):
            if (row.id, period.from_on) not in known:
                yield row.milestone_id, AttestationCall(
                    indicator_id=row.id, from_on=period.from_on, upto_on=period.upto_on,
                    due_on=calendar.add(period.upto_on, DAYS_TO_ATTEST),
                )  # fmt: skip
