"""Months and quarters: pure arithmetic over civil days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from models.states import Reporting
from workflow.deadlines import DAY

MONTHS = {Reporting.MONTHLY: 1, Reporting.QUARTERLY: 3}


@dataclass(frozen=True, slots=True)
class Period:
    """Days from the first to the last, both included: a whole month or quarter, or what is left of one."""

    from_on: date
    upto_on: date


def period_of(on: date, often: Reporting) -> Period:
    """The month or quarter that a day lies in. KeyError for `none`, which has no periods."""
    months = MONTHS[often]
    first = on.replace(month=(on.month - 1) // months * months + 1, day=1)
    return Period(first, _months_on(first, months) - DAY)


def periods_after(on: date, often: Reporting, *, over_by: date) -> Iterator[Period]:
    """The periods that begin after a day and have ended on or before another."""
    period = period_of(period_of(on, often).upto_on + DAY, often)
    while period.upto_on <= over_by:
        yield period
        period = period_of(period.upto_on + DAY, often)


def _months_on(first: date, months: int) -> date:
    """The first day of the month that comes so many months later."""
    years, month = divmod(first.month - 1 + months, 12)
    return date(first.year + years, month + 1, 1)
