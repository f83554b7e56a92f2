"""Alembic's entry: over a connection handed in (`duban migrate`, the tests), or over DUBAN_DATABASE."""

from __future__ import annotations

import os
from typing import Any

from alembic import context
from sqlalchemy import Connection, create_engine

import models
import models.base

LOCK_TIMEOUT = "SET LOCAL lock_timeout = '10s'"


def render_item(kind: str, item: Any, _: Any) -> str | bool:
    """Our types are written into migrations as plain ones, so that migrations import nothing of ours."""
    if kind != "type":
        return False
    if isinstance(item, models.base.Instant):
        return "sa.DateTime(timezone=True).with_variant(sa.String(27), 'sqlite')"
    if isinstance(item, models.base.Quantity):
        return "sa.Numeric().with_variant(sa.String(40), 'sqlite')"
    return False


def let_rebuild(connection: Connection) -> None:
    """SQLite: let a table be made anew while others point at it. Said before the transaction, it cannot be later.

    The connection never goes back into its pool: elsewhere references are always checked.
    """
    if connection.dialect.name == "sqlite" and not connection.in_transaction():
        connection.detach()
        raw = connection.connection.dbapi_connection
        if raw is not None:
            raw.execute("PRAGMA foreign_keys=OFF")  # type: ignore[attr-defined]


def migrate(connection: Connection) -> None:
    let_rebuild(connection)
    context.configure(
        connection=connection,
        target_metadata=models.Base.metadata,
        render_item=render_item,
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(LOCK_TIMEOUT)
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    with create_engine(os.environ.get("DUBAN_DATABASE", "sqlite:///var/duban.db")).connect() as opened:
        migrate(opened)
