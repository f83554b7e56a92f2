"""`duban migrate`: bring the database to this release, and enter what every database starts with."""

from __future__ import annotations

import typer

import workflow.lifecycles  # noqa: F401  (declares every lifecycle)
from workflow import foundations
from workflow.acts import perform
from workflow.adapters import shipped
from workflow.adapters.calendars import read_calendar
from workflow.approvals.waiting import unasked
from workflow.bootstrap import Services, bootstrap
from workflow.law import LAWS


def migrate() -> None:
    """Create or upgrade the tables; enter working days, rules and approval definitions that are not there yet."""
    prepare(bootstrap())
    typer.echo("database is up to date")


def prepare(services: Services) -> None:
    """Migrate and lay the foundations. Safe to call at every start."""
    services.database.migrate()
    with services.transaction() as tx:
        foundations.lay(tx, read_calendar(), shipped.rules(), shipped.definitions(), services.clock())
    _put_forward(services)


def _put_forward(services: Services) -> None:
    """What an earlier release left waiting is asked of those who sign for it now, each by itself."""
    with services.reading() as tx:
        waiting = unasked(tx)
    for kind, subject_id in waiting:
        with services.transaction() as tx:
            perform(tx, LAWS[kind], subject_id, "put_forward", None, services.clock())
