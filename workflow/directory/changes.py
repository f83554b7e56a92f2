"""Changes of a unit: it has dates and no states, so what is done to it is recorded here, one event an act."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from models import Unit
from workflow import audit
from workflow.acts import request_id
from workflow.errors import NotFound, Stale


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


def lock_unit(tx: Connection, unit_id: int, seen: int | None = None) -> audit.Chain:
    """Lock a unit: its chain. Raises NotFound, and Stale where `seen` is another version than the stored one."""
    columns = (Unit.id, Unit.chain_seq, Unit.chain_head, Unit.version)
    row = tx.execute(select(*columns).where(Unit.id == unit_id).with_for_update()).one_or_none()
    if row is None:
        raise NotFound(kind="unit")
    if seen is not None and seen != row.version:
        raise Stale(kind="unit", seen=seen, version=row.version)
    return audit.Chain("unit", row.id, row.chain_seq, row.chain_head)


def write_unit(tx: Connection, chain: audit.Chain, values: Mapping[str, Any]) -> None:
    """Change columns of a locked unit and write its events."""
    table = Unit.__table__
    changed = {**values, "version": table.c.version + 1}
    tx.execute(update(table).where(table.c.id == chain.root_id).values(changed))  # type: ignore[arg-type]
    audit.write(tx, chain)
