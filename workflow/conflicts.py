"""Rows that are there already: an INSERT that knows what to do, and the error of one that does not. Both databases."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

UNIQUE_VIOLATION = "23505"
"""PostgreSQL's code (SQLSTATE, appendix A of its manual)."""
SQLITE_UNIQUE = ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY")


def inserting(tx: Connection, model: Any) -> Any:
    """An INSERT into the model's table that takes `on_conflict_do_nothing` and `on_conflict_do_update`."""
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    return insert(model.__table__)


def is_collision(error: IntegrityError) -> bool:
    """Whether a unique index refused the row; any other broken rule is a fault of ours."""
    broken = error.orig
    return (
        getattr(broken, "sqlstate", None) == UNIQUE_VIOLATION
        or getattr(broken, "sqlite_errorname", None) in SQLITE_UNIQUE
    )
