"""Changes of a unit: it has dates and no states, so what is done to it is recorded, one event an act."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from models import Unit
from workflow import audit
from workflow.errors import Missing, NotReady
from workflow.roots import lock_root, record, write_root

OFFICE = select(Unit.id).where(Unit.is_office, Unit.parent_id.is_(None)).order_by(Unit.id).limit(1)


def lock_unit(tx: Connection, unit_id: int, seen: int | None = None) -> audit.Chain:
    """Lock a unit: its chain. Raises NotFound, and Stale where `seen` is another version than the stored one."""
    return lock_root(tx, "unit", unit_id, seen)


def write_unit(tx: Connection, chain: audit.Chain, values: Mapping[str, Any]) -> None:
    """Change columns of a locked unit and write its events."""
    write_root(tx, chain, values)


def record_for_office(
    tx: Connection, action: str, details: Mapping[str, Any], actor_id: int | None, now: datetime
) -> None:
    """One event on the chain of the office's unit. NotReady while the directory has no office."""
    unit_id = tx.execute(OFFICE).scalar_one_or_none()
    if unit_id is None:
        raise NotReady(kind="unit", action=action, missing=[Missing("office_unit")])
    chain = lock_unit(tx, unit_id)
    record(chain, action, actor_id, now, details)
    audit.write(tx, chain)
