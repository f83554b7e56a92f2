"""Due dates that follow an event: a milestone whose event is dated gets the date that follows from it.

Found by how things stand, so a missed run loses nothing and a second one doubles nothing: an event that is amended,
or whose year gets its holiday notice, moves its milestones by the same rule.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from models import Milestone, NamedEvent, Task
from models.states import EventState, TaskState
from workflow.acts import lock, perform
from workflow.calendar import working_calendar
from workflow.calendar_notices.editions import standing
from workflow.lifecycles.milestone import MILESTONE
from workflow.named_events import OPEN, EventDate, due_after, follows, of_milestone

FOLLOWING = (
    select(
        Milestone.id, Milestone.due_on, Milestone.due_basis, NamedEvent.id.label("event_id"), NamedEvent.name,
        NamedEvent.from_on, NamedEvent.upto_on, NamedEvent.source,
    )
    .join(Task, Task.id == Milestone.task_id)
    .join(NamedEvent, of_milestone())
    .where(
        NamedEvent.state == EventState.DATED, Milestone.state.in_(OPEN), Task.state != TaskState.CANCELLED, follows()
    )
    .order_by(Milestone.id)
)  # fmt: skip


def out_of_step(tx: Connection) -> list[int]:
    """Milestones whose event is dated and whose due date is not what follows from it."""
    return [milestone_id for milestone_id, _, _ in _due(tx)]


def follow(tx: Connection, milestone_id: int, now: datetime) -> bool:
    """Let one milestone follow its event, under its root's lock: whether it still had to."""
    lock(tx, MILESTONE, milestone_id)
    found = _due(tx, Milestone.id == milestone_id)
    for _, details, reason in found:
        perform(tx, MILESTONE, milestone_id, "follow_event", None, now, reason=reason, details=details)
    return bool(found)


def _due(tx: Connection, *where: Any) -> list[tuple[int, EventDate, str]]:
    """Each with the date that follows, and the reason: the event with its days, and where these are from.

    What a calendar notice alone moves is left to those who follow it.
    """
    calendar, found = working_calendar(tx), []
    earlier = standing(tx).calendars[:-1]
    for row in tx.execute(FOLLOWING.where(*where)):
        due_on = due_after(row.upto_on, calendar)
        by_notice = any(due_after(row.upto_on, before) == row.due_on for before in earlier)
        if due_on != row.due_on and not by_notice:
            details = EventDate(
                event_id=row.event_id, due_on=due_on, due_provisional=calendar.provisional(due_on)
            )
            reason = f"{row.name}（{row.from_on} – {row.upto_on}）：{row.source}"
            found.append((row.id, details, reason))
    return found
