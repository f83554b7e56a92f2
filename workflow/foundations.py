"""What every database starts with: working days, rules, approval definitions. Entering again changes nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, insert, select

from models import ApprovalDefinition, RuleSet
from workflow.approvals.definitions import Definition
from workflow.audit import canonical
from workflow.calendar import enter_year
from workflow.deadlines import WorkingCalendar


def lay(
    tx: Connection,
    calendar: WorkingCalendar,
    rules: Mapping[str, Any],
    definitions: Iterable[Mapping[str, Any]],
) -> None:
    """Enter the shipped calendar years, rule set and approval definitions that are not there yet."""
    for year in calendar.years.values():
        enter_year(tx, year)
    enter_rules(tx, rules)
    for body in definitions:
        enter_definition(tx, body)


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


def enter_definition(tx: Connection, body: Mapping[str, Any]) -> int:
    """A definition becomes a new edition where its text differs from the latest: the edition's number."""
    definition = Definition.model_validate(body)
    latest = tx.execute(
        select(ApprovalDefinition.edition, ApprovalDefinition.sha256)
        .where(ApprovalDefinition.key == definition.key)
        .order_by(ApprovalDefinition.edition.desc())
        .limit(1)
    ).one_or_none()
    record = definition.model_dump(mode="json")
    if latest and latest.sha256 == _digest(record):
        return int(latest.edition)
    edition = latest.edition + 1 if latest else 1
    values = {"key": definition.key, "edition": edition, "body": record, "sha256": _digest(record)}
    tx.execute(insert(ApprovalDefinition.__table__), values)  # type: ignore[arg-type]
    return edition


def _plain(body: Mapping[str, Any]) -> Any:
    return json.loads(canonical(body))


def _digest(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(body).encode()).hexdigest()
