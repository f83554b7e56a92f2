"""What every database starts with: working days, rules, approval definitions. Entering again changes nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from models import RuleSet
from models.states import CalendarYearState
from workflow.acts import perform
from workflow.approvals.definitions import Definition
from workflow.approvals.editions import enter_shipped
from workflow.audit import canonical
from workflow.calendar import lay_provisional, lay_year, state_of
from workflow.calendar_notices.entering import CalendarNotice
from workflow.deadlines import WorkingCalendar
from workflow.lifecycles.calendar_year import CALENDAR_YEAR


def lay(
    tx: Connection,
    calendar: WorkingCalendar,
    rules: Mapping[str, Any],
    definitions: Iterable[Mapping[str, Any]],
    now: datetime,
) -> None:
    """Enter the shipped calendar years, rule set and approval definitions that are not there yet.

    A definition that somebody has entered under the same key stays: what ships never overrules an office.
    """
    _lay_calendar(tx, calendar, now)
    enter_rules(tx, rules)
    for body in definitions:
        enter_shipped(tx, Definition.model_validate(body), now)


def _lay_calendar(tx: Connection, calendar: WorkingCalendar, now: datetime) -> None:
    """Shipped years where an office has none; one that it waits for is entered, and the year after them expected."""
    for number, year in sorted(calendar.years.items()):
        state = state_of(tx, number)
        if state is None:
            lay_year(tx, year, now)
        elif state == CalendarYearState.PROVISIONAL and year.notice is not None:
            source = year.notice.source if year.notice.verified else None
            notice = CalendarNotice(
                notice=year.notice.number,
                source=source,
                days_off=sorted(year.off),
                days_worked=sorted(year.work),
            )
            perform(tx, CALENDAR_YEAR, number, "enter", None, now, details=notice)
    if calendar.years:
        lay_provisional(tx, max(calendar.years) + 1)


def enter_rules(tx: Connection, body: Mapping[str, Any]) -> None:
    edition = str(body["version"])
    if tx.execute(select(RuleSet.id).where(RuleSet.edition == edition)).first():
        return
    effective_on = body["effective_on"]
    values = {
        "edition": edition,
        "effective_on": effective_on if isinstance(effective_on, date) else date.fromisoformat(effective_on),
        "body": _plain(body),
        "sha256": _digest(body),
    }
    tx.execute(insert(RuleSet.__table__), values)  # type: ignore[arg-type]


def _plain(body: Mapping[str, Any]) -> Any:
    return json.loads(canonical(body))


def _digest(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(body).encode()).hexdigest()
