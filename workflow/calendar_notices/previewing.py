"""What would move if a notice were entered, or corrected so: judged as the act itself is, and nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from models.states import CalendarYearState
from workflow.acts import facts
from workflow.calendar import working_calendar
from workflow.calendar_notices.courses import Moved
from workflow.calendar_notices.editions import standing
from workflow.calendar_notices.entering import CalendarNotice
from workflow.calendar_notices.recounting import Root, due_moves
from workflow.deadlines import CalendarYear, Notice, WorkingCalendar
from workflow.errors import NotReady
from workflow.law import LAWS


@dataclass(frozen=True, slots=True)
class Preview:
    """The first so many moves, each with its root, and how many there are in all by kind."""

    moves: tuple[tuple[Root, Moved], ...]
    counts: Mapping[str, int]


def preview(
    tx: Connection, year: int, notice: CalendarNotice, actor_id: int, now: datetime, most: int
) -> Preview:
    """What the notice would move. Raises what the act would: NotFound, NotPermitted, NotReady with every fault."""
    _admit(tx, year, notice, actor_id, now)
    calendars = (*standing(tx).calendars, _with(working_calendar(tx), year, notice))
    shown: list[tuple[Root, Moved]] = []
    counts: Counter[str] = Counter()
    for root, moved in due_moves(tx, calendars):
        counts[moved.kind] += 1
        if len(shown) < most:
            shown.append((root, moved))
    return Preview(tuple(shown), dict(counts))


def _admit(tx: Connection, year: int, notice: CalendarNotice, actor_id: int, now: datetime) -> None:
    law = LAWS["calendar_year"]
    found = facts(tx, law, year, actor_id, now)
    action = law.action("enter" if found.state == CalendarYearState.PROVISIONAL else "correct")
    law.admit(action, found)
    if lacks := [lack for check in action.checks for lack in check(found, notice, now)]:
        raise NotReady(kind=law.kind, action=action.name, missing=lacks)


def _with(calendar: WorkingCalendar, year: int, notice: CalendarNotice) -> WorkingCalendar:
    number = Notice(notice.notice, notice.source or "", notice.is_verified)
    stated = CalendarYear(year, number, frozenset(notice.days_off), frozenset(notice.days_worked))
    return WorkingCalendar({**calendar.years, year: stated})
