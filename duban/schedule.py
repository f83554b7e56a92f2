"""`duban schedule | scan | deliver`: the jobs, for ever or once."""

from __future__ import annotations

import logging
import signal
from collections.abc import Mapping
from datetime import datetime
from types import FrameType
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from schedules.press import print_notices
from schedules.relay import relay
from schedules.runner import run_for_ever, run_once
from schedules.watch import light, raise_cards, remind
from workflow.bootstrap import bootstrap
from workflow.civil import ZONE
from workflow.jobs import Ran
from workflow.words import DEFAULT_LANGUAGE, LANGUAGES, say

app = typer.Typer(help="Run the jobs: on their timetable, or those that are due now.")
Language = Annotated[str, typer.Option("--language", help=f"One of {', '.join(LANGUAGES)}.")]
_BROKE_OFF = 1


@app.command()
def schedule(
    once: Annotated[bool, typer.Option("--once", help="Run what is due now, then end.")] = False,
    language: Language = DEFAULT_LANGUAGE,
) -> None:
    """Run every job on its timetable until told to end; any number of processes may."""
    logging.basicConfig(level=logging.INFO)
    services = bootstrap()
    try:
        if once:
            show(run_once(services), language)
            return
        signal.signal(signal.SIGTERM, _end)
        typer.echo(say("schedule.running", language))
        run_for_ever(services)
    except KeyboardInterrupt:
        typer.echo("", err=True)
    finally:
        services.close()


@app.command()
def scan(language: Language = DEFAULT_LANGUAGE) -> None:
    """Bring reminders, lights and cards to this moment, whatever the timetable says."""
    _run_now({"light": light, "raise_cards": raise_cards, "remind": remind}, language)


@app.command()
def deliver(language: Language = DEFAULT_LANGUAGE) -> None:
    """Print what waits for its paper and send what waits in the outbox, whatever the timetable says."""
    _run_now({"print_notices": print_notices, "relay": relay}, language)


def _run_now(jobs: Mapping[str, Any], language: str) -> None:
    services = bootstrap()
    try:
        now = services.clock()
        show([Ran(name, now, run(services, now)) for name, run in jobs.items()], language)
    finally:
        services.close()


def show(runs: list[Ran], language: str) -> None:
    """Print what ran, one row a job; exit 1 where one broke off."""
    if not runs:
        typer.echo(say("schedule.nothing_due", language))
        return
    table = Table(*(say(f"schedule.column.{name}", language) for name in ("job", "due", "outcome")))
    for ran in runs:
        table.add_row(say(f"job.{ran.job}", language), _moment(ran.due_at), _outcome(ran, language))
    Console(markup=False, highlight=False).print(table)
    if any(ran.error for ran in runs):
        raise typer.Exit(_BROKE_OFF)


def _moment(at: datetime) -> str:
    return f"{at.astimezone(ZONE):%Y-%m-%d %H:%M}"


def _outcome(ran: Ran, language: str) -> str:
    if ran.outcome is None:
        return say("schedule.broke_off", language, error=ran.error)
    return " ".join(f"{name}={value}" for name, value in ran.outcome.items() if value not in ([], None))


def _end(number: int, frame: FrameType | None) -> None:
    """A supervisor's polite end (SIGTERM) is the same as Ctrl+C: a running job is finished first."""
    raise KeyboardInterrupt
