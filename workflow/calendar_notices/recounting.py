"""Reckoning due dates again by a notice: found by how things stand, so that a missed run loses nothing.

An edition waits until every date follows it. Which dates do not yet is asked by pages of tasks, and once more under
each root's lock: all dates under one root move in one transaction, each with the record of its move.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Select, select, update

from models import Milestone, Share
from workflow.acts import lock, perform
from workflow.calendar import EDITION, working_calendar
from workflow.calendar_notices.courses import Due, Moved, first_change, moves
from workflow.calendar_notices.dates import CalendarDate
from workflow.calendar_notices.editions import Pending, Standing, standing
from workflow.calendar_notices.entering import Followed
from workflow.calendar_notices.record import (
    dues_of_plans,
    dues_of_tasks,
    plans_with_dates,
    tasks_with_dates,
)
from workflow.deadlines import DAY, WorkingCalendar
from workflow.law import LAWS

REACH = 40 * DAY
"""A day that changes moves dates after it, and those before it that were rolled back from the end of its month."""
PAGE = 200
DUES: Mapping[str, Callable[[Connection, Sequence[int]], Iterator[Due]]] = {
    "task": dues_of_tasks, "plan": dues_of_plans,
}  # fmt: skip
"""What reads the dates under roots of a kind."""
SETTLED_AFTER = timedelta(minutes=10)
"""After so long nobody still works with the calendar as it was before an edition was entered."""


@dataclass(frozen=True, slots=True)
class Root:
    """Where dates share a lock: a task, or a plan."""

    kind: str
    id: int


def waits(tx: Connection) -> bool:
    """Whether there is an edition that dates may not follow yet."""
    return bool(standing(tx).pending)


def out_of_step(tx: Connection) -> list[Root]:
    """The roots under which dates do not follow the calendar yet."""
    found = standing(tx)
    return list(dict.fromkeys(root for root, _ in due_moves(tx, found.calendars))) if found.pending else []


def due_moves(tx: Connection, calendars: Sequence[WorkingCalendar]) -> Iterator[tuple[Root, Moved]]:
    """Every move that is due, by pages of roots: memory stays flat."""
    first = first_change(calendars)
    if first is None:
        return
    for kind, which in (("task", tasks_with_dates), ("plan", plans_with_dates)):
        for page in _pages(tx, which(first - REACH)):
            for moved in moves(DUES[kind](tx, page), calendars):
                yield Root(kind, moved.root_id), moved


def _pages(tx: Connection, statement: Select[Any]) -> Iterator[list[int]]:
    ids = iter(tx.execute(statement).scalars().all())
    while page := list(islice(ids, PAGE)):
        yield page


def recount(tx: Connection, root: Root, now: datetime) -> int:
    """Bring the dates under one root into step, under its lock: how many moved."""
    lock(tx, LAWS[root.kind], root.id)
    found = standing(tx)
    if not found.pending:
        return 0
    moved = moves(DUES[root.kind](tx, [root.id]), found.calendars)
    for each in moved:
        _perform(tx, each, found, now)
    return len(moved)


def _perform(tx: Connection, moved: Moved, found: Standing, now: datetime) -> None:
    calendar, by = found.calendars[-1], _cause(moved, found)
    details = CalendarDate(
        from_on=moved.from_on, due_on=moved.to_on, due_provisional=calendar.provisional(moved.to_on),
        edition_id=by.id,
    )  # fmt: skip
    law = LAWS[moved.kind]
    perform(tx, law, moved.id, "follow_calendar", None, now, reason=reason_of(by), details=details)


def _cause(moved: Moved, found: Standing) -> Pending:
    """The notice that moved it: of those that dates do not follow yet, the latest of its year, else the latest."""
    years = {moved.from_on.year, moved.to_on.year}
    near = [each for each in found.pending if each.year in years]
    return (near or list(found.pending))[-1]


def reason_of(by: Pending) -> str:
    """What the record names as the reason, in the office's language, as every reason that is a record."""
    return f"节假日安排通知：{by.notice}（{by.year}年，第{by.edition}版）"


def confirm(tx: Connection) -> int:
    """Clear the mark of dates that no notice can change any more: of how many. A projection, as lights are."""
    calendar = working_calendar(tx)
    return sum(_confirm(tx, table, calendar) for table in (Milestone.__table__, Share.__table__))


def _confirm(tx: Connection, table: Any, calendar: WorkingCalendar) -> int:
    marked = select(table.c.due_on).where(table.c.due_provisional).distinct()
    firm = [on for on in tx.execute(marked).scalars() if not calendar.provisional(on)]
    if not firm:
        return 0
    free = select(table.c.id).where(table.c.due_provisional, table.c.due_on.in_(firm))
    free = free.with_for_update(skip_locked=True)
    return int(tx.execute(update(table).where(table.c.id.in_(free)).values(due_provisional=False)).rowcount)


def mark_followed(tx: Connection, now: datetime) -> list[int]:
    """The years whose editions every date follows by now, once nobody works with an older calendar."""
    pending = standing(tx).pending
    young = select(EDITION.c.id).where(
        EDITION.c.followed_at.is_(None), EDITION.c.entered_at > now - SETTLED_AFTER
    )
    if not pending or tx.execute(young).first() is not None or out_of_step(tx):
        return []
    years = sorted({each.year for each in pending})
    for year in years:
        details = Followed(editions=[each.id for each in pending if each.year == year])
        perform(tx, LAWS["calendar_year"], year, "be_followed", None, now, details=details)
    return years
