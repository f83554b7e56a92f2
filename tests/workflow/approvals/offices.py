"""Who is who, as plain facts: people with what they hold from when until when, and who stands in for whom.

The engine finds these in its tables, the small model in `rules.py` here: both are told the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

START = date(2022, 1, 14)
UNITS = {
    "LB": "市公共机构节能工作联席会议办公室", "JGJ": "市机管局", "JW": "市教委", "SWJ": "市水务局",
    "CZJ": "市财政局", "FGW": "市发展改革委",
}  # fmt: skip
OFFICE, LEAD, OTHER = "LB", "JGJ", "SWJ"
JOINT = ("JW", "CZJ", "FGW")


@dataclass(frozen=True)
class Grant:
    role: str
    unit: str | None
    days: int | None = None
    """How many days from the start it lasts; None: for good."""

    def on(self, day: date) -> bool:
        return self.days is None or day <= START + timedelta(days=self.days)


PEOPLE: dict[str, tuple[Grant, ...]] = {
    "olga": (Grant("owner", LEAD),),
    "rashid": (Grant("reviewer", LEAD),),
    "lena": (Grant("leader", LEAD),),
    "jun": (Grant("reviewer", "JW"),),
    "amira": (Grant("supervisor", OFFICE),),
    "sven": (Grant("signatory", OFFICE),),
    "ines": (Grant("inspector", OFFICE),),
    "karl": (Grant("auditor", None),),
    "petra": (Grant("owner", OTHER), Grant("reviewer", OTHER)),
    # Not of the cast: two who hold two things, two whose grants end, and the other units' people.
    "owen": (Grant("owner", LEAD), Grant("reviewer", LEAD)),
    "bao": (Grant("reviewer", LEAD), Grant("supervisor", OFFICE)),
    "jia": (Grant("reviewer", "JW", days=6),),
    "asha": (Grant("supervisor", OFFICE, days=12),),
    "leo": (Grant("leader", OFFICE),),
    "cai": (Grant("reviewer", "CZJ"),),
    "chen": (Grant("leader", "CZJ"),),
    "mei": (Grant("reviewer", "FGW"), Grant("reviewer", "CZJ", days=9)),
    "gao": (Grant("reviewer", "FGW"),),
}
CAST = ("olga", "rashid", "lena", "jun", "amira", "sven", "ines", "karl", "petra")


@dataclass(frozen=True)
class Absence:
    person: str
    substitute: str
    first: date
    last: date


@dataclass
class Office:
    """What holds on a day."""

    absences: list[Absence] = field(default_factory=list)
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def held(self, who: str, day: date) -> list[Grant]:
        return [grant for grant in PEOPLE[who] if grant.on(day)]

    def holds(self, who: str, role: str | None, unit: str | None, day: date) -> bool:
        return any((grant.role, grant.unit) == (role, unit) for grant in self.held(who, day))

    def serves(self, who: str, unit: str | None, day: date) -> bool:
        """Whether somebody is of a unit, in whatever role; of any, where none is named."""
        return any(unit is None or grant.unit == unit for grant in self.held(who, day))

    def absent(self, substitute: str, day: date) -> Iterator[str]:
        """In whose stead somebody may act, in the order in which they were hired."""
        for person in PEOPLE:
            standing_in = (a for a in self.absences if (a.person, a.substitute) == (person, substitute))
            if self.held(person, day) and any(a.first <= day <= a.last for a in standing_in):
                yield person

    def superior(self, who: str, day: date) -> str | None:
        """The leader of one's unit, else the office's; never oneself."""
        return next(
            (
                each
                for unit in (PEOPLE[who][0].unit, OFFICE)
                for each in self.leaders(unit, day)
                if each != who
            ),
            None,
        )

    def leaders(self, unit: str | None, day: date) -> list[str]:
        return [who for who in PEOPLE if unit and self.holds(who, "leader", unit, day)]
