"""INSERT that knows what to do with a row that is there already: the same words on both databases."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite


def inserting(tx: Connection, model: Any) -> Any:
    """An INSERT into the model's table that takes `on_conflict_do_nothing` and `on_conflict_do_update`."""
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    return insert(model.__table__)
