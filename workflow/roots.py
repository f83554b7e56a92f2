"""New roots: a row that will hold a lock and a chain of its own begins with its first event."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert

from workflow import audit
from workflow.acts import request_id


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
