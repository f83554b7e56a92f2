"""Years of the working-day calendar: what acts on them are judged by, and their loader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select

from models import CalendarDay, CalendarYear
from workflow.actors import Actor
from workflow.standings.columns import actor


@dataclass(frozen=True, slots=True)
class CalendarYearStanding:
    """A year as its notice has it, and the days that the notices of other years set."""

    id: int
    state: str
    version: int
    actor: Actor
    notice: str | None
    source: str | None
    days_off: frozenset[date]
    days_worked: frozenset[date]
    set_elsewhere: Mapping[date, int]
    """By day, the year whose notice sets it."""

    @property
    def seen(self) -> bool:
        """When offices work is no secret."""
        return True


def load_calendar_years(
    tx: Connection, ids: Sequence[int], actor_id: int | None, now: datetime
) -> Mapping[int, CalendarYearStanding]:
    """Standings of years, by the year."""
    who = actor(tx, actor_id, now)
    days = list(tx.execute(select(CalendarDay.day_on, CalendarDay.year, CalendarDay.working)))
    table = CalendarYear.__table__.c
    rows = tx.execute(
        select(table.id, table.state, table.version, table.notice, table.source).where(table.id.in_(ids))
    )
    return {
        row.id: CalendarYearStanding(
            row.id, row.state, row.version, who, row.notice, row.source,
            frozenset(on for on, year, working in days if year == row.id and not working),
            frozenset(on for on, year, working in days if year == row.id and working),
            {on: year for on, year, _ in days if year != row.id},
        )
        for row in rows
    }  # fmt: skip
