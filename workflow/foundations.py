"""What every database starts with: working days, rules, approval definitions. Entering again changes nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from models import RuleSet
from workflow.approvals.definitions import Definition
from workflow.approvals.editions import enter_shipped
from workflow.audit import canonical
from workflow.calendar import enter_year
from workflow.deadlines import WorkingCalendar


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
    for year in calendar.years.values():
        enter_year(tx, year)
    enter_rules(tx, rules)
    for body in definitions:
        enter_shipped(tx, Definition.model_validate(body), now)


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
