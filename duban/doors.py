"""`duban serve`: open the doors. With the embedded database the jobs run in the same process."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer
from sqlalchemy import Connection

from duban.serve import log_as_json, server
from schedules.runner import start_in_background
from workflow.bootstrap import bootstrap
from workflow.civil import day_of
from workflow.directory import people
from workflow.sign_in import refuse_demo_accounts
from workflow.words import DEFAULT_LANGUAGE, say


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8000,
    jobs: Annotated[
        bool | None,
        typer.Option("--jobs/--no-jobs", help="Run the jobs here too; by default only over SQLite."),
    ] = None,
) -> None:
    """Serve the API and the board until told to end. Refuses demo accounts outside a demo's database."""
    services = bootstrap()
    with services.reading() as tx:
        refuse_demo_accounts(tx)
        _hint(tx, services.clock())
    log_as_json()
    embedded = services.database.is_sqlite if jobs is None else jobs
    alarm = start_in_background(services) if embedded else None
    try:
        server(services, host, port).run()
    finally:
        if alarm is not None:
            alarm.shutdown()
        services.close()


def _hint(tx: Connection, now: datetime) -> None:
    """An empty Duban has nobody who could sign in: say what to do about it."""
    if not people.admins(tx, day_of(now)):
        typer.echo(say("first_admin.wanted", DEFAULT_LANGUAGE), err=True)
