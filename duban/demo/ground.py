"""The ground of the demo: a folder, a database and a clock of its own, made anew at every start."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import inspect

from workflow import foundations, offices
from workflow.adapters import shipped
from workflow.adapters.calendars import read_calendar
from workflow.adapters.clocks import DemoClock
from workflow.adapters.database import ROOT, Database
from workflow.bootstrap import Services, Settings, bootstrap
from workflow.errors import DubanError

MARK = ".duban-demo"
"""The file by which a folder is known to be a demo's own."""

VERSIONS = "alembic_version"
"""The table in which migrations note how far they came; it stays when all others are taken away."""


class FolderNotOurs(DubanError):
    """There is something in the folder that no demo has put there: it is not touched. Facts: `folder`."""

    code = "demo_folder"


class DatabaseNotOurs(DubanError):
    """The database holds something and is not marked demo: it is not touched. Facts: `database`."""

    code = "demo_database"


@dataclass(frozen=True, slots=True)
class Ground:
    """What a demo stands on."""

    folder: Path
    services: Services
    clock: DemoClock

    @property
    def mail(self) -> Path:
        return self.folder / "mail"

    @property
    def notices(self) -> Path:
        return self.folder / "notices"


def lay_ground(
    folder: Path, database: str | None, address: str, now: datetime, marked: dict[str, Any]
) -> Ground:
    """Clear folder and database, migrate, mark as demo, set the clock.

    Raises FolderNotOurs or DatabaseNotOurs where something in them is not a demo's.
    """
    clear_folder(folder)
    url = database or f"sqlite:///{folder / 'duban.db'}"
    opened = Database(url)
    try:
        clear_database(opened)
        opened.migrate()
    finally:
        opened.close()
    clock = DemoClock(folder / "clock")
    clock.set(now)
    settings = Settings(
        database=url, store=str(folder / "evidence"), mail=f"maildir:{folder / 'mail'}", address=address,
        mail_from="duban@example.org", clock=f"demo:{clock.path}",
    )  # fmt: skip
    mark_demo(settings, clock, marked)
    return Ground(folder, bootstrap(settings), clock)


def mark_demo(settings: Settings, clock: DemoClock, marked: dict[str, Any]) -> None:
    """Say in the database that it is a demo's, and lay the foundations: only then is the demo clock let in."""
    services = bootstrap(settings.model_copy(update={"clock": "system"}), clock=clock)
    with services.transaction() as tx:
        offices.settle(tx, "demo", marked)
        foundations.lay(tx, read_calendar(), shipped.rules(), shipped.definitions(), services.clock())
    services.close()


def clear_folder(folder: Path) -> None:
    """An empty folder with our mark in it. Raises FolderNotOurs for a link, or for what has no mark."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise FolderNotOurs(folder=folder)
    if folder.exists():
        if any(folder.iterdir()) and not (folder / MARK).is_file():
            raise FolderNotOurs(folder=folder)
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / MARK).write_text("made by `duban demo`, removed by the next one\n")


def clear_database(database: Database) -> None:
    """Take a demo's tables away; leave an empty database as it is. Raises DatabaseNotOurs for any other."""
    tables = set(inspect(database.engine).get_table_names())
    if tables <= {VERSIONS}:
        return
    with database.reading() as tx:
        if "setting" not in tables or not offices.is_demo(tx):
            raise DatabaseNotOurs(database=database.url.render_as_string())
    config = Config(str(ROOT / "alembic.ini"))
    with database.acting() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
