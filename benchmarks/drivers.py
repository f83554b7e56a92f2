"""psycopg and sqlite3 as they are, behind the five words that the hand-written side needs."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Protocol

import psycopg
from sqlalchemy import make_url

from models.base import instant_text
from workflow.adapters.database import SQLITE_PRAGMAS


class Driver(Protocol):
    """A connection with plain statements (`%s` for a value), and how its database spells values."""

    @contextmanager
    def transaction(self) -> Iterator[None]: ...
    def one(self, statement: str, values: Sequence[Any]) -> tuple[Any, ...]: ...
    def many(self, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]: ...
    def run(self, statement: str, values: Sequence[Any]) -> int: ...
    def run_each(self, statement: str, rows: Sequence[Sequence[Any]]) -> None: ...
    def instant(self, value: datetime) -> Any: ...
    def day(self, value: date) -> Any: ...
    def quantity(self, value: Decimal) -> Any: ...
    def json(self, value: Any) -> Any: ...
    def close(self) -> None: ...


class Psycopg:
    """PostgreSQL; psycopg prepares a statement once it has run five times, for every side alike."""

    def __init__(self, url: str) -> None:
        address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self.connection = psycopg.connect(address, options="-c timezone=UTC")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        try:
            yield
            self.connection.commit()
        except BaseException:
            self.connection.rollback()
            raise

    def one(self, statement: str, values: Sequence[Any]) -> tuple[Any, ...]:
        row = self._execute(statement, values).fetchone()
        if row is None:
            raise LookupError(statement)
        return row

    def many(self, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        return self._execute(statement, values).fetchall()

    def run(self, statement: str, values: Sequence[Any]) -> int:
        return self._execute(statement, values).rowcount

    def _execute(self, statement: str, values: Sequence[Any]) -> psycopg.Cursor[tuple[Any, ...]]:
        return self.connection.execute(statement.encode(), values)

    def run_each(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        if len(rows) == 1:
            self.run(statement, rows[0])
        else:
            self.connection.cursor().executemany(statement.encode(), rows)

    def instant(self, value: datetime) -> Any:
        return value

    def day(self, value: date) -> Any:
        return value

    def quantity(self, value: Decimal) -> Any:
        return value

    def json(self, value: Any) -> Any:
        return json.dumps(value, ensure_ascii=False)

    def close(self) -> None:
        self.connection.close()


class Sqlite:
    """SQLite, opened with the same pragmas as ours."""

    def __init__(self, url: str) -> None:
        path = make_url(url).database
        self.connection = sqlite3.connect(str(path), isolation_level=None)
        for pragma in SQLITE_PRAGMAS:
            self.connection.execute(f"PRAGMA {pragma}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.connection.execute("COMMIT")
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise

    def one(self, statement: str, values: Sequence[Any]) -> tuple[Any, ...]:
        row = self.connection.execute(_for_sqlite(statement), values).fetchone()
        if row is None:
            raise LookupError(statement)
        return tuple(row)

    def many(self, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        return self.connection.execute(_for_sqlite(statement), values).fetchall()

    def run(self, statement: str, values: Sequence[Any]) -> int:
        return self.connection.execute(_for_sqlite(statement), values).rowcount

    def run_each(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        self.connection.executemany(_for_sqlite(statement), rows)

    def instant(self, value: datetime) -> Any:
        return instant_text(value)

    def day(self, value: date) -> Any:
        return value.isoformat()

    def quantity(self, value: Decimal) -> Any:
        return format(value, "f")

    def json(self, value: Any) -> Any:
        return json.dumps(value, ensure_ascii=False)

    def close(self) -> None:
        self.connection.close()


@cache
def _for_sqlite(statement: str) -> str:
    return statement.replace("%s", "?").replace(" FOR UPDATE", "")


def open_driver(url: str) -> Driver:
    return Sqlite(url) if make_url(url).get_backend_name() == "sqlite" else Psycopg(url)
