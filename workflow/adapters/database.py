"""The database: SQLite (WAL) with nothing to start, or PostgreSQL by URL; opened alike, migrated alike."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url

ROOT = Path(__file__).parent.parent.parent
ACT = {"duban_begin": "IMMEDIATE"}
"""An act takes SQLite's write lock when it begins; reading then writing later would fail as `locked`."""
LOOK = {"isolation_level": "REPEATABLE READ"}
"""PostgreSQL otherwise shows each statement its own moment: a chain would seem to have outgrown its head."""
SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "foreign_keys=ON",
    "busy_timeout=20000",
    "recursive_triggers=ON",  # else INSERT OR REPLACE walks past the append-only triggers
)


class Database:
    """One engine and the two ways to use it: `acting` (writes, one at a time) and `reading`."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url = make_url(url)
        self.engine = _sqlite(self.url, pool_size) if self.is_sqlite else _postgresql(self.url, pool_size)
        self._for_acts = self.engine.execution_options(**ACT)
        self._for_looks = self.engine if self.is_sqlite else self.engine.execution_options(**LOOK)

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def acting(self) -> Iterator[Connection]:
        """A transaction that writes. Whoever opens it commits; any error rolls all of it back."""
        with self._for_acts.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads, all of it as of its first statement, and never waits for writers."""
        with self._for_looks.connect() as connection, connection.begin() as transaction:
            yield connection
            transaction.rollback()

    def migrate(self, revision: str = "head") -> None:
        """Bring the tables to `revision`. Safe to call at every start."""
        config = Config(str(ROOT / "alembic.ini"))
        with self.engine.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            connection.commit()

    def close(self) -> None:
        self.engine.dispose()


def to_json(value: Any) -> str:
    return SPELL(value)


def _plain(value: Any) -> str:
    return format(value, "f") if isinstance(value, Decimal) else str(value)


SPELL = json.JSONEncoder(ensure_ascii=False, default=_plain).encode


def _postgresql(url: URL, pool_size: int) -> Engine:
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        max_overflow=pool_size,
        json_serializer=to_json,
        connect_args={"options": "-c timezone=UTC"},
    )


def _sqlite(url: URL, pool_size: int) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        json_serializer=to_json,
        connect_args={"check_same_thread": False, "isolation_level": None},
    )
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _configure_sqlite(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    for pragma in SQLITE_PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    mode = connection.get_execution_options().get("duban_begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")
