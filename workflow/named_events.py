"""Named events (节能宣传周) that due dates follow: awaited each year, and who waits for one.

A milestone follows its event as long as its due date rests on it (`due_basis` is `event`). Whatever a supervisor
decides about the date itself (a ruling, an adjustment, an extension) stands, before the event is dated or after it;
redating it with the basis `event` gives it back. A suspension moves the date that stood by the days lost: that stands
as well, unless the event is dated or amended after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select

from models import DueMove, Milestone, NamedEvent, Task
from models.states import DueBasis, EventState, MilestoneState, MoveBasis, Role
from workflow.acts import Act
from workflow.civil import PlanDay
from workflow.deadlines import Roll, WorkingCalendar
from workflow.law import Details, Telling
from workflow.plan_facts import PlanStanding

ASKED_ON = (3, 1)
"""Day of the year by which its dates are asked for: the week is held in June, and set some months before."""
OPEN = (MilestoneState.PLANNED, MilestoneState.IN_PROGRESS, MilestoneState.SUBMITTED, MilestoneState.RETURNED)
DUE_RULE = Roll.PRECEDING
UNDECIDED = (MoveBasis.SUSPENSION, MoveBasis.CALENDAR)
"""Moves by which nobody decided on the date itself."""


class EventDate(Details):
    """The date that follows from an event's dates; found by the clock, never given by a caller."""

    event_id: int
    due_on: PlanDay
    due_provisional: bool
    basis: DueBasis = DueBasis.EVENT


def await_events(
    act: Act[PlanStanding], milestones: Iterable[Mapping[str, Any]], calendar: WorkingCalendar
) -> None:
    """Effect of confirming: each event that a milestone names is awaited in that year, and the supervisor told."""
    named = {(values["year"], values["event"]) for values in milestones if values.get("event")}
    for year, name in sorted(named):
        ask_on = max(calendar.roll(date(year, *ASKED_ON), DUE_RULE), act.today)
        values = {"name": name, "year": year, "ask_on": ask_on}
        event_id = act.make(NamedEvent, plan_id=act.subject_id, state=EventState.PENDING, **values)
        act.created("event", event_id, "expect", EventState.PENDING, values)
        facts = {"item": f"{name} {year}", "event_id": event_id, "due_on": ask_on.isoformat()}
        act.tell(Telling("event_awaited", {"role": Role.SUPERVISOR, "office": True}, facts))


def due_after(upto_on: date, calendar: WorkingCalendar) -> date:
    """When a milestone that follows an event is due: on its last day, or the last working day before that."""
    return calendar.roll(upto_on, DUE_RULE)


def of_milestone() -> ColumnElement[bool]:
    """Joins an event to the milestones (with their tasks) that name it."""
    return and_(
        NamedEvent.plan_id == Task.plan_id,
        NamedEvent.name == Milestone.event,
        NamedEvent.year == Milestone.year,
    )


def follows() -> ColumnElement[bool]:
    """Whether a milestone's date rests on its event, of rows of milestone and event."""
    later = exists().where(
        DueMove.milestone_id == Milestone.id,
        DueMove.share_id.is_(None),
        DueMove.moved_at >= NamedEvent.dated_at,
        DueMove.basis != MoveBasis.CALENDAR,
    )
    suspended = and_(
        Milestone.due_basis == DueBasis.SUSPENSION, ~later.correlate(Milestone, NamedEvent), ~_decided()
    )
    return or_(Milestone.due_basis == DueBasis.EVENT, suspended)


def _decided() -> ColumnElement[bool]:
    """Whether the last move of the date that was not a suspension was somebody's own decision."""
    before = DueMove.__table__.alias("before")
    last = select(func.max(before.c.id)).where(
        before.c.milestone_id == Milestone.id,
        before.c.share_id.is_(None),
        before.c.basis.not_in(UNDECIDED),
    )
    own = exists().where(
        DueMove.id == last.correlate(Milestone).scalar_subquery(), DueMove.basis != DueBasis.EVENT
    )
    return own.correlate(Milestone)


def awaited_event() -> ColumnElement[Any]:
    """Of a row of milestones, the event whose dates its due date still waits for, as the column `due_awaits_event`.

    Not of one that was redated meanwhile, nor of one that is accepted or waived.
    """
    plan_id = select(Task.plan_id).where(Task.id == Milestone.task_id).correlate(Milestone).scalar_subquery()
    pending = exists().where(
        NamedEvent.plan_id == plan_id, NamedEvent.name == Milestone.event, NamedEvent.year == Milestone.year,
        NamedEvent.state == EventState.PENDING,
    )  # fmt: skip
    moved = exists().where(
        DueMove.milestone_id == Milestone.id, DueMove.share_id.is_(None), DueMove.basis.not_in(UNDECIDED)
    )
    waits = and_(
        Milestone.event.is_not(None), Milestone.state.in_(OPEN),
        Milestone.due_basis.in_((DueBasis.EVENT, DueBasis.SUSPENSION)),
        pending.correlate(Milestone), ~moved.correlate(Milestone),
    )  # fmt: skip
    return case((waits, Milestone.event)).label("due_awaits_event")
