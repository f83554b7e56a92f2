"""Editions of definitions: each change is a new one; those that approvals began with are never changed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from models import ApprovalDefinition, Plan, Programme, Task
from workflow.approvals.definitions import Definition, Scope
from workflow.audit import canonical
from workflow.errors import Missing, NotReady

TABLE: Any = ApprovalDefinition.__table__


@dataclass(frozen=True, slots=True)
class Entered:
    """An edition in force, and whether it is a new one."""

    id: int
    edition: int
    is_new: bool


def enter_shipped(tx: Connection, definition: Definition, now: datetime) -> None:
    """A definition that ships: new where nobody has entered one under its key."""
    latest = _latest(tx, definition.key)
    if latest is None or latest.entered_by is None:
        enter(tx, definition, now)


def enter(
    tx: Connection, definition: Definition, now: datetime, *, source: str | None = None, by: int | None = None
) -> Entered:
    """Put a definition in force; one that says the same as the edition in force is that edition.

    NotReady names what its scope or its steps name and is not there.
    """
    latest = _latest(tx, definition.key)
    body = definition.model_dump(mode="json")
    sha256 = hashlib.sha256(canonical(body).encode()).hexdigest()
    if latest is not None and latest.sha256 == sha256 and latest.superseded_at is None:
        return Entered(latest.id, latest.edition, is_new=False)
    in_force = TABLE.c.key == definition.key, TABLE.c.superseded_at.is_(None)
    tx.execute(update(TABLE).where(*in_force).values(superseded_at=now))
    edition = latest.edition + 1 if latest else 1
    values = {
        "key": definition.key, "edition": edition, "purpose": definition.purpose, "body": body, "sha256": sha256,
        "narrowness": definition.holds_for.narrowness, "source": source, "entered_at": now, "entered_by": by,
        "kind": definition.holds_for.kind, **_scope(tx, definition.holds_for),
    }  # fmt: skip
    made = insert(TABLE).values(values).returning(TABLE.c.id)
    return Entered(int(tx.execute(made).scalar_one()), edition, is_new=True)


def _latest(tx: Connection, key: str) -> Any:
    statement = select(TABLE).where(TABLE.c.key == key).order_by(TABLE.c.edition.desc()).limit(1)
    return tx.execute(statement).one_or_none()


def _scope(tx: Connection, scope: Scope) -> Mapping[str, int | None]:
    """The rows that a scope names."""
    plan = _found(tx, "plan", scope.plan, select(Plan.id).where(Plan.code == scope.plan))
    of_plan = Programme.plan_id == plan, Programme.ordinal == scope.programme
    task = Task.plan_id == plan, Task.number == scope.task
    return {
        "plan_id": plan,
        "programme_id": _found(tx, "programme", scope.programme, select(Programme.id).where(*of_plan)),
        "task_id": _found(tx, "task", scope.task, select(Task.id).where(*task)),
    }


def _found(tx: Connection, field: str, named: Any, statement: Any) -> int | None:
    if named is None:
        return None
    found: int | None = tx.execute(statement).scalar_one_or_none()
    if found is None:
        missing = Missing("scope_known", {"field": f"holds_for.{field}", "value": named})
        raise NotReady(kind="approval_definition", action="enter", missing=[missing])
    return found
