"""By which channels what is told goes out, and at what hours: an office's own data, with what holds until it says so.

A route adds channels for the people it matches and robots for the groups; routes never take any away. One route must
reach everybody with everything, so that nothing told falls between chairs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from models.states import Role
from workflow.civil import ZONE, day_of
from workflow.deadlines import WorkingCalendar
from workflow.errors import Missing
from workflow.offices import READ

KEY = "channels"
MAIL, INBOX, SMS, ROBOT, WEBHOOK = "mail", "inbox", "sms", "robot", "webhook"
CLOCK = r"^([01]\d|2[0-3]):[0-5]\d$"
RobotName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$", examples=["office-wecom"])]
"""As `DUBAN_ROBOTS` names it."""


class Severity(StrEnum):
    """Which messages a route is for: every one, or those about a red card alone."""

    ANY = "any"
    RED = "red"


class Given(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Hours(Given):
    """From when until when, on working days, mail and messages go out; civil time of the office's town."""

    opens: str = Field(default="08:00", pattern=CLOCK, examples=["08:00"])
    closes: str = Field(default="18:00", pattern=CLOCK, examples=["18:00"])

    def is_open(self, now: datetime, calendar: WorkingCalendar) -> bool:
        """Whether messages that can wait go out at `now`: the opening minute does, the closing one no longer."""
        civil = now.astimezone(ZONE)
        within = time.fromisoformat(self.opens) <= civil.time() < time.fromisoformat(self.closes)
        return within and calendar.is_working(civil.date())

    def next_opening(self, now: datetime, calendar: WorkingCalendar) -> datetime:
        """When what waits at `now` goes out: `now` itself where it is open."""
        if self.is_open(now, calendar):
            return now
        today = day_of(now)
        opening = datetime.combine(today, time.fromisoformat(self.opens), ZONE)
        ahead = calendar.is_working(today) and now < opening
        on = today if ahead else calendar.add(today, 1)
        return datetime.combine(on, time.fromisoformat(self.opens), ZONE).astimezone(UTC)


class Route(Given):
    """Which messages, told to whom, go by which channels."""

    topics: list[str] = Field(
        default_factory=list, max_length=200, description="Kinds of message; none: every one.",
        examples=[["card_raised", "notice_issued"]],
    )  # fmt: skip
    severity: Severity = Field(default=Severity.ANY, examples=["red"])
    roles: list[Role] = Field(
        default_factory=list, max_length=len(Role), examples=[["leader"]],
        description="Told as holders of one of these roles; none: everybody, people told by name too.",
    )  # fmt: skip
    channels: list[Literal["mail", "inbox", "sms"]] = Field(
        default_factory=list,
        max_length=3,
        description="To the people themselves.",
        examples=[["mail", "inbox"]],
    )
    robots: list[RobotName] = Field(
        default_factory=list, max_length=20, description="Robots of groups, by their names in the settings."
    )

    def holds_for(self, topic: str, role: str | None, red: bool) -> bool:
        """Whether a message of this topic goes by this route; `role`: as whose holders its people are told."""
        return (
            (not self.topics or topic in self.topics)
            and (self.severity == Severity.ANY or red)
            and (not self.roles or role in self.roles)
        )

    @property
    def reaches_all(self) -> bool:
        """Whether everybody gets everything by it, by a channel that nobody lacks."""
        everyone = not self.topics and not self.roles and self.severity == Severity.ANY
        return everyone and not {MAIL, INBOX}.isdisjoint(self.channels)


@dataclass(frozen=True, slots=True)
class Reached:
    """Channels of the people, and robots of the groups."""

    channels: tuple[str, ...]
    robots: tuple[str, ...]


class Channels(Given):
    """All that an office says about how its messages go out."""

    hours: Hours = Field(default_factory=Hours)
    routes: list[Route] = Field(
        default_factory=lambda: [
            Route(channels=["mail", "inbox"]),
            Route(severity=Severity.RED, channels=["sms"]),
        ],
        min_length=1,
        max_length=100,
    )

    def reaching(self, topic: str, role: str | None, red: bool) -> Reached:
        """The channels and robots of a message."""
        found = [route for route in self.routes if route.holds_for(topic, role, red)]
        return Reached(
            tuple(dict.fromkeys(channel for route in found for channel in route.channels)),
            tuple(dict.fromkeys(robot for route in found for robot in route.robots)),
        )


def office_channels(tx: Connection) -> Channels:
    """What the office has settled, or what holds until it does."""
    value = tx.execute(READ, {"key": KEY}).scalar_one_or_none()
    return Channels() if value is None else Channels.model_validate(value)


def lacks(given: Channels, topics: Collection[str], robots: Collection[str]) -> Iterator[Missing]:
    """What is wrong with it, beside the kinds of message there are and the robots that the settings name."""
    if given.hours.opens >= given.hours.closes:
        yield Missing("hours_in_order", {"field": "hours.closes", "opens": given.hours.opens})
    if not any(route.reaches_all for route in given.routes):
        yield Missing("route_for_all", {"field": "routes"})
    for place, route in enumerate(given.routes):
        for topic in sorted(set(route.topics) - set(topics)):
            yield Missing("known_topic", {"field": f"routes.{place}.topics", "topic": topic})
        for robot in sorted(set(route.robots) - set(robots)):
            yield Missing("known_robot", {"field": f"routes.{place}.robots", "robot": robot})
