"""When a job is due: pure arithmetic over the civil zone and the working days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Protocol

from workflow.civil import ZONE, day_of
from workflow.deadlines import DAY, WorkingCalendar
from workflow.jobs import Rhythm

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


class When(Protocol):
    """A series of moments."""

    def latest(self, now: datetime, calendar: WorkingCalendar) -> datetime:
        """The last moment at or before `now`."""
        ...

    def following(self, now: datetime, calendar: WorkingCalendar) -> datetime:
        """The first moment after `now`."""
        ...

    def cron(self) -> dict[str, str]:
        """When an alarm clock rings for it, as cron fields; on a day off it rings for nothing."""
        ...

    def rhythm(self) -> Rhythm:
        """The same for a reader."""
        ...


@dataclass(frozen=True, slots=True)
class Daily:
    """Once a day at a time (`HH:MM`); on one weekday only, or on working days only, where said."""

    at: str
    weekday: str | None = None
    working: bool = False

    def latest(self, now: datetime, calendar: WorkingCalendar) -> datetime:
        moment = self._on(now, 0)
        back = 0
        while moment > now or not self._counts(moment, calendar):
            back -= 1
            moment = self._on(now, back)
        return moment

    def following(self, now: datetime, calendar: WorkingCalendar) -> datetime:
        moment, ahead = self._on(now, 0), 0
        while moment <= now or not self._counts(moment, calendar):
            ahead += 1
            moment = self._on(now, ahead)
        return moment

    def cron(self) -> dict[str, str]:
        hour, minute = self.at.split(":")
        return {"hour": hour, "minute": minute, **({"day_of_week": self.weekday} if self.weekday else {})}

    def rhythm(self) -> Rhythm:
        kind = "weekday" if self.weekday else "working" if self.working else "daily"
        return Rhythm(kind, at=self.at, weekday=self.weekday)

    def _on(self, now: datetime, days: int) -> datetime:
        return datetime.combine(day_of(now) + days * DAY, time.fromisoformat(self.at), ZONE).astimezone(UTC)

    def _counts(self, moment: datetime, calendar: WorkingCalendar) -> bool:
        on = day_of(moment)
        return (not self.weekday or WEEKDAYS[on.weekday()] == self.weekday) and (
            not self.working or calendar.is_working(on)
        )


@dataclass(frozen=True, slots=True)
class Every:
    """Every so many minutes, counted from the full hour."""

    minutes: int

    def latest(self, now: datetime, calendar: WorkingCalendar) -> datetime:
        return now - (now - EPOCH) % timedelta(minutes=self.minutes)

    def following(self, now: datetime, calendar: WorkingCalendar) -> datetime:
        return self.latest(now, calendar) + timedelta(minutes=self.minutes)

    def cron(self) -> dict[str, str]:
        return {"minute": f"*/{self.minutes}"}

    def rhythm(self) -> Rhythm:
        return Rhythm("every", minutes=self.minutes)
