"""Changes of a unit: it has dates and no states, so what is done to it is recorded, one event an act."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from workflow import audit
from workflow.roots import lock_root, write_root


def lock_unit(tx: Connection, unit_id: int, seen: int | None = None) -> audit.Chain:
    """Lock a unit: its chain. Raises NotFound, and Stale where `seen` is another version than the stored one."""
    return lock_root(tx, "unit", unit_id, seen)


def write_unit(tx: Connection, chain: audit.Chain, values: Mapping[str, Any]) -> None:
    """Change columns of a locked unit and write its events."""
    write_root(tx, chain, values)
