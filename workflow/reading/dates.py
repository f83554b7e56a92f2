"""Dates as a plan prints them: 2022年1月14日, 2023年6月, 到2022年底之前, 每年, 在宣傳周期間."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from models.states import DueBasis
from workflow.reading.conventions import last_working_day
from workflow.reading.signs import fold

_FULL_DATE = re.compile(r"^((?:19|20)[0-9]{2})\s*年\s*([0-9]{1,2})\s*月\s*([0-9]{1,2})\s*日$")
# A year after 较, 比, 以 or 自 is what is compared with, not a deadline.
_DEADLINE = re.compile(
    r"(?<![较比以自0-9])(?P<year>20[0-9]{2})\s*年(?:\s*(?P<month>1[0-2]|0?[1-9])\s*月(?:份|底)?)?"
)
_EVENT = re.compile(r"在?(?P<event>[^,。;、“”0-9]{1,12}?[周月日节])期间")
_YEARLY = re.compile("每年|年年|逐年")


@dataclass(frozen=True, slots=True)
class Mention:
    """A point in time that a text binds itself to: a year with or without a month, a named event, every
    year."""

    year: int | None = None
    month: int | None = None
    event: str | None = None
    yearly: bool = False


def full_date(text: str) -> date | None:
    """The date if `text` is one and nothing else. A day that no calendar has is None."""
    if not (match := _FULL_DATE.match(fold(text))):
        return None
    try:
        return date(*(int(part) for part in match.groups()))
    except ValueError:
        return None


def mentions(text: str) -> list[Mention]:
    """Every point in time that `text` names, in order of kind: years, events, yearly."""
    folded = fold(text)
    found = [
        Mention(year=int(m["year"]), month=int(m["month"]) if m["month"] else None)
        for m in _DEADLINE.finditer(folded)
    ]
    found += [Mention(event=text[m.start("event") : m.end("event")]) for m in _EVENT.finditer(folded)]
    if _YEARLY.search(folded):
        found.append(Mention(yearly=True))
    return found


def due(
    year: int, said: list[Mention], is_working: Callable[[date], bool]
) -> tuple[date, DueBasis, str | None]:
    """When the cell of `year` is due, why, and the event it waits for.

    A printed month ends on its last working day; an event falls back to the year's end until its dates are
    known; else the last working day of the year.
    """
    month = next((m.month for m in said if m.year == year and m.month), None)
    event = next((m.event for m in said if m.event), None)
    last_month = month or 12
    last = date(year, last_month, monthrange(year, last_month)[1])
    basis = DueBasis.PRINTED if month else DueBasis.EVENT if event else DueBasis.YEAR_END
    return last_working_day(last, is_working), basis, event if basis is DueBasis.EVENT else None
