"""Reminder rungs: which fall due when, which one to send, which were overtaken.

A rung is `before-30`, `day-0` or `after-5`; it fires once per due date. Because a later due date never has an
earlier rung, a scan needs one threshold date per rung and no arithmetic per row (`thresholds`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from workflow.deadlines import DAY, Roll, WorkingCalendar
from workflow.ladder.rules import Rules


@dataclass(frozen=True, slots=True)
class Rung:
    """One reminder of one due date, and the civil date on which it falls due."""

    code: str
    falls_on: date


@dataclass(frozen=True, slots=True)
class Threshold:
    """For a scan on one day: the rung has fallen due for every due date up to and including `due_upto`.

    They come in the order in which one due date meets them; the last that is reached overtakes the others.
    """

    code: str
    due_upto: date


@dataclass(frozen=True, slots=True)
class Reminders:
    """What one item's reminders come to on a day: one to send at most, the others recorded as overtaken."""

    send: Rung | None
    overtaken: tuple[Rung, ...]


def rungs(due_on: date, rules: Rules, calendar: WorkingCalendar, upto: date) -> tuple[Rung, ...]:
    """The rungs of a due date that fall due up to and including a day, in order."""
    return tuple(rung for rung in _climb(due_on, rules, calendar, upto) if rung.falls_on <= upto)


def reminders_due(
    due_on: date,
    rules: Rules,
    calendar: WorkingCalendar,
    already: Collection[str],
    today: date,
    since: date | None = None,
) -> Reminders:
    """What to send today, `already` being the codes sent or overtaken for this due date.

    Only the latest rung is ever sent. `since` is the day on which this due date was set: rungs that were past
    by then are overtaken, for nobody could have been reminded of a date that did not stand.
    """
    fallen = rungs(due_on, rules, calendar, today)
    pending = [rung for rung in fallen if rung.code not in already]
    latest = fallen[-1] if fallen else None
    send = latest if latest in pending and not (since and latest and latest.falls_on < since) else None
    return Reminders(send=send, overtaken=tuple(rung for rung in pending if rung is not send))


def thresholds(
    rules: Rules, calendar: WorkingCalendar, today: date, oldest_due_on: date
) -> tuple[Threshold, ...]:
    """One threshold per rung, for a scan of all items due on or after `oldest_due_on`."""
    table = rules.reminders
    rolled = _rolled_upto(calendar, today, table.roll)
    found = [Threshold(f"before-{days}", max(today, rolled + DAY * days)) for days in table.before]
    if table.on_day:
        found.append(Threshold("day-0", today))
    step = table.after_every
    while step and (due_upto := _late_upto(calendar, today, step)) >= oldest_due_on:
        found.append(Threshold(f"after-{step}", due_upto))
        step += table.after_every
    return tuple(found)


def _climb(due_on: date, rules: Rules, calendar: WorkingCalendar, upto: date) -> Iterator[Rung]:
    table = rules.reminders
    for days in table.before:
        yield Rung(f"before-{days}", min(due_on, calendar.roll(due_on - DAY * days, table.roll)))
    if table.on_day:
        yield Rung("day-0", due_on)
    step = table.after_every
    while step and (falls_on := calendar.add(due_on, step)) <= upto:
        yield Rung(f"after-{step}", falls_on)
        step += table.after_every


def _rolled_upto(calendar: WorkingCalendar, today: date, roll: Roll) -> date:
    """The last day that rolls to today or earlier."""
    if roll is Roll.PRECEDING:
        return calendar.add(today, 1) - DAY
    if roll is Roll.FOLLOWING and not calendar.is_working(today):
        return calendar.add(today, -1)
    return today


def _late_upto(calendar: WorkingCalendar, today: date, days: int) -> date:
    """The last due date that has `days` working days behind it today."""
    return calendar.add(today + DAY, -days) - DAY
