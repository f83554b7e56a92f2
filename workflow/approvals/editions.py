"""Editions of definitions: each change is a new one; those that approvals began with are never changed.

All changes of definitions wait for one another, at the first row that there ever was: which ones still hold is asked of
all. The editions under one key share a chain, at the first of them; what ships with Duban is no act and is not in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from models import ApprovalDefinition
from workflow import audit
from workflow.acts import request_id
from workflow.approvals.definitions import Definition, Scope
from workflow.approvals.existence import Scoped
from workflow.audit import canonical
from workflow.errors import Missing, NotReady

KIND = "approval_definition"
TABLE: Any = ApprovalDefinition.__table__
IN_FORCE = TABLE.c.superseded_at.is_(None)


@dataclass(frozen=True, slots=True)
class Entered:
    """An edition in force, and whether it is a new one."""

    id: int
    edition: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class InForce:
    """An edition that holds, and how widely: 0 is everywhere."""

    id: int
    key: str
    purpose: str
    narrowness: int


def lock_definitions(tx: Connection) -> None:
    """Wait until nobody else changes definitions. Approvals that open meanwhile do not wait."""
    first = select(func.min(TABLE.c.id)).scalar_subquery()
    tx.execute(select(TABLE.c.id).where(TABLE.c.id == first).with_for_update(key_share=True)).all()


def all_in_force(tx: Connection) -> list[InForce]:
    columns = TABLE.c.id, TABLE.c.key, TABLE.c.purpose, TABLE.c.narrowness
    return [InForce(*row) for row in tx.execute(select(*columns).where(IN_FORCE).order_by(TABLE.c.id))]


def enter_shipped(
    tx: Connection, definition: Definition, now: datetime, *, source: str | None = None
) -> None:
    """A definition that ships: new where nobody has entered one under its key, nor withdrawn it."""
    latest = _latest(tx, definition.key)
    if latest is None or (latest.entered_by is None and latest.superseded_at is None):
        enter(tx, definition, now, source=source)


def enter(
    tx: Connection, definition: Definition, now: datetime, *, source: str | None = None, by: int | None = None
) -> Entered:
    """Put a definition in force; one that says the same as the edition in force is that edition.

    NotReady names what its scope names and is not there.
    """
    lock_definitions(tx)
    latest = _latest(tx, definition.key)
    body = definition.model_dump(mode="json")
    sha256 = hashlib.sha256(canonical(body).encode()).hexdigest()
    if latest is not None and latest.sha256 == sha256 and latest.superseded_at is None:
        return Entered(latest.id, latest.edition, is_new=False)
    in_force = TABLE.c.key == definition.key, IN_FORCE
    tx.execute(update(TABLE).where(*in_force).values(superseded_at=now))
    edition = latest.edition + 1 if latest else 1
    values = {
        "key": definition.key, "edition": edition, "purpose": definition.purpose, "body": body, "sha256": sha256,
        "narrowness": definition.holds_for.narrowness, "source": source, "entered_at": now, "entered_by": by,
        "kind": definition.holds_for.kind, **_scope(tx, definition.holds_for),
    }  # fmt: skip
    made = int(tx.execute(insert(TABLE).values(values).returning(TABLE.c.id)).scalar_one())
    if by is not None:
        details = {"edition": edition, "purpose": definition.purpose, "body": body, "sha256": sha256}
        _record(tx, made, definition.key, "enter", by, now, details=details)
    return Entered(made, edition, is_new=True)


def supersede(tx: Connection, edition: InForce, reason: str, by: int, now: datetime) -> None:
    """Take an edition out of force without another in its place."""
    tx.execute(update(TABLE).where(TABLE.c.id == edition.id).values(superseded_at=now))
    _record(tx, edition.id, edition.key, "withdraw", by, now, reason=reason)


def _record(
    tx: Connection, edition_id: int, key: str, action: str, by: int, now: datetime,
    *, reason: str | None = None, details: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """One event in the chain of all editions under a key, which nobody else changes now."""
    columns = TABLE.c.id, TABLE.c.chain_seq, TABLE.c.chain_head
    root = tx.execute(select(*columns).where(TABLE.c.key == key).order_by(TABLE.c.id).limit(1)).one()
    chain = audit.Chain(KIND, root.id, root.chain_seq, root.chain_head)
    chain.record(
        {
            "subject_kind": KIND, "subject_id": edition_id, "action": action, "from_state": None, "to_state": None,
            "actor_id": by, "at": now, "request": request_id.get(), "reason": reason,
            "details": {"key": key, **(details or {})},
        }
    )  # fmt: skip
    audit.write(tx, chain)


def _latest(tx: Connection, key: str) -> Any:
    statement = select(TABLE).where(TABLE.c.key == key).order_by(TABLE.c.edition.desc()).limit(1)
    return tx.execute(statement).one_or_none()


def _scope(tx: Connection, scope: Scope) -> Mapping[str, int | None]:
    """The rows that a scope names, all of them."""
    found = Scoped.of(tx, scope)
    for name, value, row in found.against(scope):
        if value is not None and row is None:
            missing = Missing("scope_known", {"field": f"holds_for.{name}", "value": value})
            raise NotReady(kind=KIND, action="enter", missing=[missing])
    return {"plan_id": found.plan_id, "programme_id": found.programme_id, "task_id": found.task_id}
