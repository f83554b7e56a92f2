"""Entering a year's State Council notice, and correcting it: what it takes, what is wrong with it, what it sets.

The notice of a year is decided late in the year before, and may set days at the end of that December, for the New Year
holiday reaches back (2022-12-31, 2023-12-30). A number without a source is not verified.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from pydantic import Field
from sqlalchemy import update

from models.states import CalendarYearState, Role
from workflow.acts import Act
from workflow.calendar import EDITION, add_edition, lay_provisional, put_days
from workflow.deadlines import SATURDAY
from workflow.errors import Missing
from workflow.law import Details
from workflow.standings.calendar_years import CalendarYearStanding

MOST_OFF, MOST_WORKED = 60, 30
"""Days that one notice sets: with the weekends inside holidays some thirty, and some seven that are worked."""
Year = Act[CalendarYearStanding]


class CalendarNotice(Details):
    """A year as its notice sets it: every day of its holidays, and the weekend days worked to make up for them."""

    notice: str = Field(
        min_length=1, max_length=200, description="The notice's number.", examples=["国办发明电〔2026〕9号"]
    )
    source: str | None = Field(
        default=None, min_length=1, max_length=300, description="Where it was read; without it, it is not verified.",
        examples=["https://www.gov.cn/zhengce/content/"],
    )  # fmt: skip
    days_off: list[date] = Field(
        min_length=1, max_length=MOST_OFF, examples=[["2027-01-01", "2027-01-02", "2027-01-03"]],
        description="Holidays, with the weekends inside them; of the year, or of the December before.",
    )  # fmt: skip
    days_worked: list[date] = Field(
        default_factory=list, max_length=MOST_WORKED, examples=[["2027-01-09"]],
        description="Saturdays and Sundays that are worked.",
    )  # fmt: skip

    @property
    def is_verified(self) -> bool:
        return bool((self.source or "").strip())


class Followed(Details):
    """What became of the due dates; found by the clock, never given by a caller."""

    editions: list[int]


def keeps_calendar(standing: CalendarYearStanding) -> bool:
    """An admin of the joint-meeting office; or the system, where a year ships with Duban."""
    return standing.actor.is_system or standing.actor.in_office(Role.ADMIN)


def days_possible(
    standing: CalendarYearStanding, details: CalendarNotice, now: datetime
) -> Iterator[Missing]:
    yield from faults(standing.id, details.days_off, details.days_worked, standing.set_elsewhere)


def faults(
    year: int, off: Iterable[date], work: Iterable[date], set_elsewhere: Mapping[date, int]
) -> Iterator[Missing]:
    """Everything that is wrong with a year's days, each by its day."""
    stated = [("days_off", n, on) for n, on in enumerate(off)] + [
        ("days_worked", n, on) for n, on in enumerate(work)
    ]
    for name, n, on in stated:
        facts = {"field": f"{name}.{n}", "on": on.isoformat()}
        if on.year != year and (on.year, on.month) != (year - 1, 12):
            yield Missing("calendar_day_within", {**facts, "year": year})
        elif on in set_elsewhere:
            yield Missing("calendar_day_set_once", {**facts, "year": set_elsewhere[on]})
        if name == "days_worked" and on.weekday() < SATURDAY:
            yield Missing("calendar_weekend_worked", facts)
    yield from _stated_twice(stated)


def _stated_twice(stated: list[tuple[str, int, date]]) -> Iterator[Missing]:
    """Days that stand in one list twice, or in both."""
    often = Counter((name, on) for name, _, on in stated)
    seen: set[tuple[str, date]] = set()
    for name, n, on in stated:
        facts = {"field": f"{name}.{n}", "on": on.isoformat()}
        if often[name, on] > 1 and (name, on) in seen:
            yield Missing("calendar_day_once", facts)
        elif name == "days_worked" and ("days_off", on) in often:
            yield Missing("calendar_off_or_worked", facts)
        seen.add((name, on))


def says_something_new(
    standing: CalendarYearStanding, details: CalendarNotice, now: datetime
) -> Iterator[Missing]:
    before = (standing.notice, standing.source, standing.days_off, standing.days_worked)
    after = (details.notice, details.source, frozenset(details.days_off), frozenset(details.days_worked))
    if before == after:
        yield Missing("calendar_corrects_something", {"field": "days_off"})


def noticed_columns(act: Year) -> Mapping[str, Any]:
    details: CalendarNotice = act.details
    return {"notice": details.notice, "source": details.source, "verified": details.is_verified}


def record_edition(act: Year) -> None:
    """Effect: one more edition, and its days in place of those that stood."""
    details: CalendarNotice = act.details
    add_edition(
        act.tx, act.subject_id, days_off=details.days_off, days_worked=details.days_worked, reason=act.reason,
        entered_at=act.now, entered_by=act.actor.person_id, **noticed_columns(act),
    )  # fmt: skip
    put_days(act.tx, act.subject_id, details.days_off, details.days_worked)


def expect_next(act: Year) -> None:
    """Effect: the year after it is expected, so that its notice can be entered when it comes."""
    if lay_provisional(act.tx, act.subject_id + 1):
        act.created("calendar_year", act.subject_id + 1, "expect", CalendarYearState.PROVISIONAL, {})


def mark_followed(act: Year) -> None:
    """Effect: every due date is reckoned by these editions by now."""
    these = EDITION.c.id.in_(act.details.editions)
    act.tx.execute(update(EDITION).where(these, EDITION.c.followed_at.is_(None)).values(followed_at=act.now))
