"""`duban migrate`: bring the database to this release, and enter what every database starts with."""

from __future__ import annotations

import typer

from workflow import foundations
from workflow.adapters import shipped
from workflow.adapters.calendars import read_calendar
from workflow.bootstrap import Services, bootstrap


def migrate() -> None:
    """Create or upgrade the tables; enter working days, rules and approval definitions that are not there yet."""
    prepare(bootstrap())
    typer.echo("database is up to date")


def prepare(services: Services) -> None:
    """Migrate and lay the foundations. Safe to call at every start."""
    services.database.migrate()
    with services.transaction() as tx:
        foundations.lay(tx, read_calendar(), shipped.rules(), shipped.definitions(), services.clock())
