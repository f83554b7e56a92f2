"""Suspending a task 暂缓 and taking it up again: the clock stands still, due dates move by the working days lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from pydantic import Field
from sqlalchemy import Connection, and_, select, update

from models import DueMove, Milestone, Share
from models.states import DueBasis, ShareState
from models.states import MilestoneState as M
from workflow.acts import Act
from workflow.approvals.days import move_limits
from workflow.approvals.rounds import lapse_changed
from workflow.calendar import working_calendar
from workflow.civil import PlanDay, day_of
from workflow.deadlines import WorkingCalendar
from workflow.errors import Missing
from workflow.facts import TaskStanding
from workflow.law import Details, RowId, Simplify
from workflow.meetings import cite
from workflow.standings import worked_since

OPEN_MILESTONES = (M.PLANNED, M.IN_PROGRESS, M.SUBMITTED, M.RETURNED)
OPEN_SHARES = (
    ShareState.ISSUED, ShareState.ACKNOWLEDGED, ShareState.IN_PROGRESS, ShareState.SUBMITTED, ShareState.RETURNED,
)  # fmt: skip


class Suspension(Details):
    """For how long, and on whose authority. Without an end, somebody resumes the task."""

    until_on: PlanDay | None = Field(
        default=None, description="The day on which it is taken up again by itself.", examples=["2022-09-01"]
    )
    from_on: PlanDay | None = Field(
        default=None, description="The day the work stopped, from which working days are lost; today by default.",
        examples=[None],
    )  # fmt: skip
    meeting_id: RowId | None = Field(
        default=None, description="The meeting that decided it.", examples=[None]
    )
    decision: int | None = Field(default=None, ge=1, examples=[None])


def read_worked_since(
    tx: Connection, standing: TaskStanding, details: Suspension, simplify: Simplify, now: datetime
) -> TaskStanding:
    """The standing with the day since which there was work that could stop."""
    return replace(standing, worked_since=worked_since(tx, [standing.task.id]).get(standing.task.id))


def ends_later(standing: TaskStanding, details: Suspension, now: datetime) -> Iterable[Missing]:
    yield from suspension_faults(details.from_on, details.until_on, day_of(now), standing.worked_since, "")


def suspension_faults(
    from_on: date | None, until_on: date | None, today: date, since: date | None, within: str
) -> Iterable[Missing]:
    """A suspension begins by today and ends on a day to come; it begins when there was work, and takes no day that an
    earlier one took. `since`: when work began, or began again; `within`: what the fields' names begin with."""
    if from_on is not None and since is not None and from_on < since:
        yield Missing("stopped_since", {"field": f"{within}from_on", "earliest": since.isoformat()})
    if from_on is not None and from_on > today:
        yield Missing("not_in_future", {"field": f"{within}from_on", "today": today.isoformat()})
    if until_on is not None and until_on <= today:
        yield Missing("ends_later", {"field": f"{within}until_on", "today": today.isoformat()})


def suspended_columns(act: Act[TaskStanding]) -> Mapping[str, Any]:
    details: Suspension = act.details
    return {"suspended_on": details.from_on or act.today, "suspended_until_on": details.until_on}


def cite_meeting(act: Act[TaskStanding]) -> None:
    """What is cited is there: the event keeps its number."""
    if act.details.meeting_id is not None and not act.actor.is_system:
        cite(act.tx, act.details.meeting_id, act.details.decision, act.actor, act.now)


def move_due_dates(act: Act[TaskStanding]) -> None:
    """The clock stood still: open due dates move by the working days lost, and each move is recorded; so do the limits
    of signers."""
    since = act.standing.task.suspended_on
    if since is None:
        return
    calendar = working_calendar(act.tx)
    move_limits(act, calendar)
    milestones, shares = Milestone.__table__, Share.__table__
    open_ones = and_(milestones.c.task_id == act.subject_id, milestones.c.state.in_(OPEN_MILESTONES))
    found = select(milestones.c.id, milestones.c.id.label("milestone_id"), milestones.c.due_on)
    _move(act, calendar, since, milestones, found.where(open_ones), due_basis=DueBasis.SUSPENSION)
    open_ones = and_(shares.c.task_id == act.subject_id, shares.c.state.in_(OPEN_SHARES))
    _move(
        act,
        calendar,
        since,
        shares,
        select(shares.c.id, shares.c.milestone_id, shares.c.due_on).where(open_ones),
    )
    lapse_changed(act)


def _move(
    act: Act[TaskStanding], calendar: WorkingCalendar, since: date, table: Any, found: Any, **columns: Any
) -> None:
    """Each row found of one table, with the record of its move."""
    for row in act.tx.execute(found.order_by(table.c.id)).all():
        due_on = calendar.resume(row.due_on, since, act.today)
        if due_on == row.due_on:
            continue
        moved = {
            "due_on": due_on,
            "due_provisional": calendar.provisional(due_on),
            "version": table.c.version + 1,
        }
        act.tx.execute(update(table).where(table.c.id == row.id).values(**moved, **columns))
        act.make(
            DueMove, milestone_id=row.milestone_id, share_id=None if table is Milestone.__table__ else row.id,
            from_on=row.due_on, to_on=due_on, basis=DueBasis.SUSPENSION, reason=act.reason, moved_at=act.now,
        )  # fmt: skip
