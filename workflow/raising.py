"""Raising cards: a history that earned a card gets it, though the scheduler slept through the day it was earned.

Candidates come from one cheap select; what each has earned is asked of `workflow.ladder.earned`, first for a page of
them, then once more under the lock of its root. So two processes may sweep at once, and one broken history stops
no other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select

from models import AuditEvent, Card, DueMove, Milestone, Task
from models.states import CardColour, NoticeKind
from workflow.acts import Event, lock, perform
from workflow.carding import EarnedCard
from workflow.deadlines import DAY, WorkingCalendar
from workflow.histories import histories, paged
from workflow.ladder import Earned, earned
from workflow.lifecycles.milestone import MILESTONE
from workflow.reckoning import Reckoning
from workflow.scan import ALIVE, OPEN

NOTICES = {CardColour.RED: NoticeKind.RED_CARD}
"""The notice that a card of a colour drafts: a yellow card is told by mail alone."""
REPLY_DAYS = 5
"""Working days in which the unit answers the notice."""


def candidates(tx: Connection, day: Reckoning) -> Iterator[list[int]]:
    """Pages of open milestones late enough for the first rung, but for those that climbed the ladder to its end."""
    first = day.rules.ladder[0].late_days
    late_upto = day.calendar.add(day.today + DAY, -first) - DAY
    return paged(
        tx, and_(OPEN, ALIVE, Milestone.due_on <= late_upto, ~_at_the_end(day.rules.ladder[-1].rung))
    )


def _at_the_end(last_rung: str) -> ColumnElement[bool]:
    """Whether the last rung's card was raised, and nothing since could have begun another episode."""
    moved = exists().where(
        DueMove.milestone_id == Milestone.id, DueMove.share_id.is_(None), DueMove.moved_at >= Card.raised_at
    )
    reopened = exists().where(
        AuditEvent.subject_kind == "milestone", AuditEvent.subject_id == Milestone.id,
        AuditEvent.action == "reopen", AuditEvent.at >= Card.raised_at,
    )  # fmt: skip
    begun_anew = or_(moved.correlate(Milestone, Card), reopened.correlate(Milestone, Card))
    return exists().where(Card.milestone_id == Milestone.id, Card.rung == last_rung, ~begun_anew)


def owed(tx: Connection, ids: Sequence[int], day: Reckoning) -> Mapping[int, list[Earned]]:
    """The cards that each of these milestones has earned by today and not got; those without are left out."""
    table = Card.__table__.c
    got = tx.execute(select(table.milestone_id, table.rung, table.episode).where(table.milestone_id.in_(ids)))
    raised = {tuple(row) for row in got}
    cards = {
        milestone_id: [
            card
            for card in earned(history, day.rules, day.calendar, day.today)
            if (milestone_id, card.rung, card.episode) not in raised
        ]
        for milestone_id, history in histories(tx, ids).items()
    }
    return {milestone_id: due for milestone_id, due in cards.items() if due}


def is_held(card: Earned, calendar: WorkingCalendar) -> bool:
    """Whether it was counted over days of a year that has no holiday notice yet: such a card waits for it."""
    years = {card.working.due_on.year, card.earned_on.year}
    return any(calendar.provisional(date(year, 1, 1)) for year in years)


def raise_owed(tx: Connection, milestone_id: int, day: Reckoning) -> list[Event]:
    """Raise the cards that one milestone is owed and that are not held, under its root's lock."""
    lock(tx, MILESTONE, milestone_id)
    if not _still_runs(tx, milestone_id):
        return []
    due = owed(tx, [milestone_id], day).get(milestone_id, [])
    return [
        perform(tx, MILESTONE, milestone_id, "raise_card", None, day.now, details=_details(card, day))
        for card in due
        if not is_held(card, day.calendar)
    ]


def _still_runs(tx: Connection, milestone_id: int) -> bool:
    """Whether nobody finished the milestone or suspended its task since it was found."""
    found = select(Milestone.id).join(Task, Task.id == Milestone.task_id).where(Milestone.id == milestone_id)
    return tx.execute(found.where(OPEN, ALIVE)).first() is not None


def _details(card: Earned, day: Reckoning) -> EarnedCard:
    notice = NOTICES.get(card.colour)
    return EarnedCard(
        colour=card.colour.value, rung=card.rung, episode=card.episode, earned_on=card.earned_on,
        days_late=card.days_late, reply_on=day.calendar.add(day.today, REPLY_DAYS), working=_plain(card),
        notice_kind=notice.value if notice else None,
    )  # fmt: skip


def _plain(card: Earned) -> dict[str, Any]:
    """The working as JSON values: dates as ISO text."""
    working = {**asdict(card.working), "counted_on": card.earned_on}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in working.items()}
