"""What a day is judged by: its date, the working days, and the rules in force on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import Connection, select

from models import RuleSet
from workflow.calendar import working_calendar
from workflow.civil import ZONE, day_of
from workflow.deadlines import WorkingCalendar
from workflow.ladder import Rules, in_force, parse


@dataclass(frozen=True, slots=True)
class Reckoning:
    """One moment with its civil day, and all that the clock's jobs judge by."""

    now: datetime
    today: date
    calendar: WorkingCalendar
    rules: Rules


def reckon(tx: Connection, now: datetime) -> Reckoning:
    """What is in force at `now`. Raises RulesInvalid where no rules are in force yet."""
    today = day_of(now)
    bodies = tx.execute(select(RuleSet.body).where(RuleSet.effective_on <= today)).scalars()
    return Reckoning(now, today, working_calendar(tx), in_force([parse(body) for body in bodies], today))


def day_begins(on: date) -> datetime:
    """The first instant of a civil day."""
    return datetime.combine(on, time(), ZONE)
