"""Roots by themselves: one begins with its first event; one that has dates and no states is changed here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from workflow import audit
from workflow.acts import request_id
from workflow.errors import NotFound, Stale


def enter_root(
    tx: Connection, kind: str, values: Mapping[str, Any], action: str, actor_id: int | None, now: datetime,
    *, details: Mapping[str, Any] | None = None,
) -> int:  # fmt: skip
    """Insert a root row of `kind` and record how it came to be, as the first event of its chain: its id."""
    table = audit.ROOTS[kind].__table__
    root_id = int(tx.execute(insert(table).returning(table.c.id), dict(values)).scalar_one())
    chain = audit.Chain(kind, root_id, 0, "")
    chain.record(
        {
            "subject_kind": kind, "subject_id": root_id, "action": action, "from_state": None,
            "to_state": values.get("state"), "actor_id": actor_id, "at": now, "request": request_id.get(),
            "details": dict(details or {}),
        }
    )  # fmt: skip
    audit.write(tx, chain)
    return root_id


def lock_root(tx: Connection, kind: str, root_id: int, seen: int | None = None) -> audit.Chain:
    """Lock a root: its chain. Raises NotFound, and Stale where `seen` is another version than the stored one."""
    table = audit.ROOTS[kind].__table__
    columns = (table.c.id, table.c.chain_seq, table.c.chain_head, table.c.version)
    row = tx.execute(select(*columns).where(table.c.id == root_id).with_for_update()).one_or_none()
    if row is None:
        raise NotFound(kind=kind)
    if seen is not None and seen != row.version:
        raise Stale(kind=kind, seen=seen, version=row.version)
    return audit.Chain(kind, row.id, row.chain_seq, row.chain_head)


def record(
    chain: audit.Chain,
    action: str,
    actor_id: int | None,
    now: datetime,
    details: Mapping[str, Any],
    *,
    reason: str | None = None,
) -> None:
    """One event of the root itself."""
    chain.record(
        {
            "subject_kind": chain.root_kind, "subject_id": chain.root_id, "action": action, "from_state": None,
            "to_state": None, "actor_id": actor_id, "at": now, "request": request_id.get(), "reason": reason,
            "details": dict(details),
        }
    )  # fmt: skip


def write_root(tx: Connection, chain: audit.Chain, values: Mapping[str, Any]) -> None:
    """Change columns of a locked root and write its events."""
    table = audit.ROOTS[chain.root_kind].__table__
    changed = {**values, "version": table.c.version + 1}
    tx.execute(update(table).where(table.c.id == chain.root_id).values(changed))
    audit.write(tx, chain)
