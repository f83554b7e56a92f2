"""Raising cards: a history that earned a card gets it, though the scheduler slept through the day it was earned.

Cards are raised for milestones and for shares, each against the unit whose it is: the lead is not carded for a
district that is late. Candidates come from one cheap select; what each has earned is asked of
`workflow.ladder.earned`, first for a page of them, then once more under the lock of its root. So two processes may
sweep at once, and one broken history stops no other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select

from models import AuditEvent, Card, DueMove
from models.states import CardColour, NoticeKind
from workflow.acts import Event, lock, perform
from workflow.carding import EarnedCard
from workflow.dated import MILESTONES, SHARES, Dated
from workflow.deadlines import DAY, WorkingCalendar
from workflow.histories import histories, paged
from workflow.ladder import Earned, earned
from workflow.law import Lifecycle
from workflow.lifecycles import MILESTONE, SHARE
from workflow.reckoning import Reckoning

NOTICES = {CardColour.RED: NoticeKind.RED_CARD}
"""The notice that a card of a colour drafts: a yellow card is told by mail alone."""
REPLY_DAYS = 5
"""Working days in which the unit answers the notice."""


@dataclass(frozen=True, slots=True)
class Climber:
    """One kind of thing that climbs the ladder by being late, and which cards and due moves are its own."""

    law: Lifecycle[Any]
    dated: Dated
    own_cards: ColumnElement[bool]
    own_moves: ColumnElement[bool]


def _climber(law: Lifecycle[Any], dated: Dated, name: str, *, has_shares: bool) -> Climber:
    """`name`: the column by which cards and due moves name it; those of a milestone's shares are not its own."""
    cards, moves = getattr(Card, name) == dated.table.id, getattr(DueMove, name) == dated.table.id
    if has_shares:
        cards, moves = and_(cards, Card.share_id.is_(None)), and_(moves, DueMove.share_id.is_(None))
    return Climber(law, dated, cards, moves)


CLIMBERS = (
    _climber(MILESTONE, MILESTONES, "milestone_id", has_shares=True),
    _climber(SHARE, SHARES, "share_id", has_shares=False),
)


def candidates(tx: Connection, climber: Climber, day: Reckoning) -> Iterator[list[int]]:
    """Pages of open subjects late enough for the first rung, but for those that climbed the ladder to its end."""
    first, dated = day.rules.ladder[0].late_days, climber.dated
    late_upto = day.calendar.add(day.today + DAY, -first) - DAY
    climbed = _at_the_end(climber, day.rules.ladder[-1].rung)
    return paged(tx, dated.table, and_(dated.open, dated.runs, dated.due_on <= late_upto, ~climbed))


def _at_the_end(climber: Climber, last_rung: str) -> ColumnElement[bool]:
    """Whether the last rung's card was raised, and nothing since could have begun another episode."""
    table = climber.dated.table
    moved = exists().where(climber.own_moves, DueMove.moved_at >= Card.raised_at)
    reopened = exists().where(
        AuditEvent.subject_kind == climber.law.kind, AuditEvent.subject_id == table.id,
        AuditEvent.action == "reopen", AuditEvent.at >= Card.raised_at,
    )  # fmt: skip
    begun_anew = or_(moved.correlate(table, Card), reopened.correlate(table, Card))
    return exists().where(climber.own_cards, Card.rung == last_rung, ~begun_anew)


def owed(tx: Connection, climber: Climber, ids: Sequence[int], day: Reckoning) -> Mapping[int, list[Earned]]:
    """The cards that each of these has earned by today and not got; those without are left out."""
    raised = _raised(tx, climber, ids)
    cards = {
        subject_id: [
            card
            for card in earned(history, day.rules, day.calendar, day.today)
            if (subject_id, card.rung, card.episode) not in raised
        ]
        for subject_id, history in histories(tx, ids, climber.law.kind).items()
    }
    return {subject_id: due for subject_id, due in cards.items() if due}


def _raised(tx: Connection, climber: Climber, ids: Sequence[int]) -> set[tuple[int, str, int]]:
    """The cards that are there, by subject, rung and episode."""
    table = climber.dated.table
    found = select(table.id, Card.rung, Card.episode).join(Card, climber.own_cards).where(table.id.in_(ids))
    return {(row.id, row.rung, row.episode) for row in tx.execute(found)}


def is_held(card: Earned, calendar: WorkingCalendar) -> bool:
    """Whether it was counted over days of a year that has no holiday notice yet: such a card waits for it."""
    years = {card.working.due_on.year, card.earned_on.year}
    return any(calendar.provisional(date(year, 1, 1)) for year in years)


def raise_owed(tx: Connection, climber: Climber, subject_id: int, day: Reckoning) -> list[Event]:
    """Raise the cards that one subject is owed and that are not held, under its root's lock."""
    lock(tx, climber.law, subject_id)
    if not _still_runs(tx, climber.dated, subject_id):
        return []
    due = owed(tx, climber, [subject_id], day).get(subject_id, [])
    return [
        perform(tx, climber.law, subject_id, "raise_card", None, day.now, details=_details(card, day))
        for card in due
        if not is_held(card, day.calendar)
    ]


def _still_runs(tx: Connection, dated: Dated, subject_id: int) -> bool:
    """Whether nobody finished it or suspended its task since it was found."""
    found = select(dated.table.id).where(dated.table.id == subject_id, dated.open, dated.runs)
    return tx.execute(found).first() is not None


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
