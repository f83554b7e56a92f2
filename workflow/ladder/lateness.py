"""Lateness: what follows from a history and the calendar. The job, the dry run and the lights all ask here.

A day is judged by how things stood at its first instant, 00:00 in the civil zone: an item due yesterday and
not submitted by midnight is late today, whatever is done later in the day. So what was earned up to a day
depends on entries recorded before that day alone, and stays earned.

Counted are working days on which the item was late and lay with its unit: not those in which it was submitted
(somebody else had it) or suspended. An extension requested in time holds the cards; the days go on counting,
and are found if it is refused. An *episode* is one unbroken stretch of lateness: until accepted, waived, or
the due date moved ahead; being submitted or suspended meanwhile does not break it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import groupby
from zoneinfo import ZoneInfo

from models.states import CardColour
from workflow.civil import ZONE
from workflow.deadlines import WorkingCalendar, civil_on
from workflow.ladder.history import Entry, History, Mark
from workflow.ladder.rules import LadderRung, Rules


class Light(StrEnum):
    """What the board shows for one item."""

    GREEN = "green"
    BLUE = "blue"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Working:
    """The numbers behind a card, so that anyone can count again. Days are working days."""

    due_on: date
    late_from: date
    days_late: int
    days_not_counted: int
    limit: int
    rule: str
    rules_version: str
    source: str
    provisional: bool


@dataclass(frozen=True, slots=True)
class Earned:
    """A card that a history has earned; unique by rung and episode."""

    colour: CardColour
    rung: str
    episode: int
    earned_on: date
    days_late: int
    working: Working


@dataclass(frozen=True, slots=True)
class Lateness:
    """How one item stands.

    `days_late` are the counted working days of the running episode, 0 outside one; `episode` is the number
    of episodes begun so far; `reached` is the number of ladder rungs this episode has climbed.
    """

    due_on: date | None = None
    submitted: bool = False
    suspended: bool = False
    settled: bool = False
    held: bool = False
    days_late: int = 0
    late_from: date | None = None
    episode: int = 0
    reached: int = 0

    @property
    def counting(self) -> bool:
        """Whether a working day that begins so, past the due date, counts as late."""
        return self.due_on is not None and not (self.submitted or self.suspended or self.settled)


@dataclass(frozen=True, slots=True)
class Step:
    """A stretch of days on which nothing was recorded: those after `after` up to and including `last`."""

    stand: Lateness
    after: date
    last: date
    calendar: WorkingCalendar
    ladder: Sequence[LadderRung]

    def end(self) -> Lateness:
        """How the item stands when the stretch is over."""
        reached = max((place + 1 for place, _ in self.climbed()), default=self.stand.reached)
        return replace(self._on(self.last), reached=reached)

    def climbed(self) -> list[tuple[int, date]]:
        """Ladder rungs newly reached, by place, each with its day; of those of one day the highest alone."""
        met = [
            (place, self._met(self.ladder[place])) for place in range(self.stand.reached, len(self.ladder))
        ]
        highest = {on: place for place, on in met if on is not None and on <= self.last}
        return [(place, on) for on, place in highest.items()]

    def card(self, rung: LadderRung, on: date, version: str) -> Earned:
        """The card of a rung reached on a day of this stretch, with its working."""
        then = self._on(on)
        if then.due_on is None or then.late_from is None:
            raise ValueError(f"{rung.rung} is not earned on {on}: {then}")
        working = Working(
            due_on=then.due_on,
            late_from=then.late_from,
            days_late=then.days_late,
            days_not_counted=self.calendar.between(then.due_on, on) - then.days_late,
            limit=rung.late_days,
            rule=rung.rung,
            rules_version=version,
            source=rung.source,
            provisional=self.calendar.provisional(then.due_on) or self.calendar.provisional(on),
        )
        return Earned(rung.colour, rung.rung, then.episode, on, then.days_late, working)

    def _met(self, rung: LadderRung) -> date | None:
        """The first working day that finds the rung's days counted and no hold, if this stand has one."""
        stand, still = self.stand, rung.late_days - self.stand.days_late
        if stand.held or stand.settled:
            return None
        if still <= 0:
            return self.calendar.add(self.after, 1)
        return self.calendar.add(self._late_after(), still) if stand.counting else None

    def _on(self, on: date) -> Lateness:
        """The stand with the days up to and including `on` counted; the first of an episode begins it."""
        stand, begin = self.stand, self._late_after()
        gained = self.calendar.between(begin, on) if stand.counting and begin < on else 0
        if gained and not stand.days_late:
            stand = replace(stand, episode=stand.episode + 1, late_from=self.calendar.add(begin, 1))
        return replace(stand, days_late=stand.days_late + gained)

    def _late_after(self) -> date:
        return max(self.after, self.stand.due_on) if self.stand.due_on else self.after


def earned(
    history: History, rules: Rules, calendar: WorkingCalendar, upto: date, zone: ZoneInfo = ZONE
) -> list[Earned]:
    """Every card earned on or before a day, in order.

    When one day finds several rungs reached (after a refused extension), the highest alone is earned.
    """
    return [
        step.card(rules.ladder[place], on, rules.version)
        for step in _walk(history, rules.ladder, calendar, upto, zone)
        for place, on in step.climbed()
    ]


def lateness(history: History, calendar: WorkingCalendar, upto: date, zone: ZoneInfo = ZONE) -> Lateness:
    """How the item stands at the end of a day: the day counted as it began, then what was recorded on it."""
    stand = Lateness()
    for step in _walk(history, (), calendar, upto, zone):
        stand = step.end()
    return stand


def light(
    history: History, rules: Rules, calendar: WorkingCalendar, today: date, zone: ZoneInfo = ZONE
) -> Light:
    """The light: the colour of the highest ladder rung reached, else blue near the due date, else green.

    What lies with others (submitted in time), is suspended or settled, is green. While an extension that was
    requested in time is undecided, the light stays blue.
    """
    stand = lateness(history, calendar, today, zone)
    if stand.due_on is None or stand.settled or stand.suspended:
        return Light.GREEN
    if not stand.held and (climbed := [rung for rung in rules.ladder if stand.days_late >= rung.late_days]):
        return Light(climbed[-1].colour)
    if stand.submitted and not stand.days_late:
        return Light.GREEN
    return Light.BLUE if (stand.due_on - today).days <= rules.near_due.days_left else Light.GREEN


def on_time(history: History, zone: ZoneInfo = ZONE) -> bool | None:
    """Whether the submission finally accepted was made on or before the due date; None until accepted."""
    due_on = submitted_on = None
    verdict: bool | None = None
    for entry in history.entries:
        if entry.mark is Mark.DUE:
            due_on = entry.due_on
        elif entry.mark is Mark.SUBMITTED:
            submitted_on = civil_on(entry.recorded_at, zone)
        elif entry.mark is Mark.ACCEPTED and due_on and submitted_on:
            verdict = submitted_on <= due_on
        elif entry.mark is Mark.REOPENED:
            verdict = None
    return verdict


def _walk(
    history: History, ladder: Sequence[LadderRung], calendar: WorkingCalendar, upto: date, zone: ZoneInfo
) -> Iterator[Step]:
    """One step per day with entries: how the item stood after them, and the days until the next such day."""
    days = groupby(history.entries, key=lambda entry: civil_on(entry.recorded_at, zone))
    recorded = [(on, tuple(entries)) for on, entries in days if on <= upto]
    stand = Lateness()
    for place, (on, entries) in enumerate(recorded):
        for entry in entries:
            stand = _record(stand, entry, on)
        last = recorded[place + 1][0] if place + 1 < len(recorded) else upto
        step = Step(stand, on, last, calendar, ladder)
        yield step
        stand = step.end()


def _record(stand: Lateness, entry: Entry, on: date) -> Lateness:
    """The stand after one entry, recorded on a civil day."""
    match entry.mark:
        case Mark.DUE:
            ahead = stand.due_on and entry.due_on and entry.due_on > stand.due_on
            return replace(_ended(stand) if ahead else stand, due_on=entry.due_on)
        case Mark.SUBMITTED | Mark.RETURNED:
            return replace(stand, submitted=entry.mark is Mark.SUBMITTED)
        case Mark.ACCEPTED | Mark.WAIVED:
            return replace(_ended(stand), settled=True, submitted=False, held=False)
        case Mark.REOPENED:
            return replace(stand, settled=False)
        case Mark.SUSPENDED | Mark.RESUMED:
            return replace(stand, suspended=entry.mark is Mark.SUSPENDED)
        case Mark.EXTENSION_REQUESTED:
            return replace(stand, held=stand.due_on is not None and on <= stand.due_on)
        case Mark.EXTENSION_DECIDED:
            return replace(stand, held=False)


def _ended(stand: Lateness) -> Lateness:
    return replace(stand, days_late=0, late_from=None, reached=0)
