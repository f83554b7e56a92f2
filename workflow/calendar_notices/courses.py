"""A due date as the course that made it, and what it comes to under any calendar. Pure.

Dates that somebody decided stay what they are. Those that follow from a rule (the last working day of a month, so many
working days after a day) are reckoned by the calendar, and a suspension after either moves on by the working days it
took. So a date stands for the calendars under which its course comes to it, and for no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from workflow.deadlines import Roll, WorkingCalendar


@dataclass(frozen=True, slots=True)
class Named:
    """Due on a day, or on the working day next to it on the rule's side."""

    on: date
    roll: Roll = Roll.NONE

    def under(self, calendar: WorkingCalendar) -> date:
        return calendar.roll(self.on, self.roll)


@dataclass(frozen=True, slots=True)
class Counted:
    """Due so many working days after a day."""

    after: date
    days: int

    def under(self, calendar: WorkingCalendar) -> date:
        return calendar.add(self.after, self.days)


@dataclass(frozen=True, slots=True)
class Paused:
    """A suspension, from the day the work stopped to the day it was taken up again."""

    since: date
    until: date


@dataclass(frozen=True, slots=True)
class Course:
    """How a date was made, and the suspensions that moved it since."""

    start: Named | Counted
    pauses: tuple[Paused, ...] = ()

    def under(self, calendar: WorkingCalendar) -> date:
        """The date under one calendar."""
        on = self.start.under(calendar)
        for pause in self.pauses:
            on = calendar.resume(on, pause.since, pause.until)
        return on


Key = tuple[str, int]
"""Kind and id of what has a due date."""


@dataclass(frozen=True, slots=True)
class Due:
    """A due date as it stands. A share is due by when `above` is due: what it is a part of.

    Without a course of its own it is due with that.
    """

    root_id: int
    kind: str
    id: int
    on: date
    course: Course | None
    above: Key | None = None

    @property
    def key(self) -> Key:
        return self.kind, self.id


@dataclass(frozen=True, slots=True)
class Moved:
    """A date that a notice moves; `root_id`: of the task, or the plan, under which it stands."""

    root_id: int
    kind: str
    id: int
    from_on: date
    to_on: date


def moves(dues: Iterable[Due], calendars: Sequence[WorkingCalendar]) -> list[Moved]:
    """What the last of the calendars moves: every date that its course explains under one of them, the earlier ones
    being those by which it may stand. What no course explains is somebody's own, and stays.

    What a due date is a part of stands before it in `dues`.
    """
    reckoned: dict[Key, list[date]] = {}
    return [moved for due in dues if (moved := _moved(due, calendars, reckoned))]


def _moved(due: Due, calendars: Sequence[WorkingCalendar], reckoned: dict[Key, list[date]]) -> Moved | None:
    found = _under_each(due, calendars, reckoned)
    explained = due.on in found
    reckoned[due.key] = found if explained else [due.on] * len(calendars)
    if not explained or due.on == found[-1]:
        return None
    return Moved(due.root_id, due.kind, due.id, due.on, found[-1])


def _under_each(
    due: Due, calendars: Sequence[WorkingCalendar], reckoned: Mapping[Key, list[date]]
) -> list[date]:
    """The date under each calendar: its course's, but not after what it is a part of."""
    own = [due.course.under(calendar) for calendar in calendars] if due.course else None
    above = reckoned.get(due.above) if due.above else None
    if own is None:
        return above or []
    return own if above is None else [min(pair) for pair in zip(own, above, strict=True)]


def first_change(calendars: Sequence[WorkingCalendar]) -> date | None:
    """The earliest day that is worked under one of the calendars and not under another; None where all agree."""
    return min(_differing(calendars), default=None)


def _differing(calendars: Sequence[WorkingCalendar]) -> Iterator[date]:
    named = {
        on for calendar in calendars for year in calendar.years.values() for on in (*year.off, *year.work)
    }
    for on in named:
        if len({calendar.is_working(on) for calendar in calendars}) > 1:
            yield on
