"""`duban calendar show | preview | enter`: a year's State Council notice, from the form in which years ship."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import select

import workflow.lifecycles  # noqa: F401  (declares every lifecycle)
from duban.people import As, person_id
from models import CalendarEdition
from models.states import CalendarYearState
from workflow.acts import perform
from workflow.adapters.calendars import read_year
from workflow.bootstrap import bootstrap
from workflow.calendar import state_of
from workflow.calendar_notices.entering import CalendarNotice
from workflow.calendar_notices.previewing import preview
from workflow.deadlines import CalendarInvalid, CalendarYear
from workflow.law import LAWS
from workflow.words import DEFAULT_LANGUAGE, LANGUAGES, say

app = typer.Typer(no_args_is_help=True, help="Working days: the State Council's notice of each year.")
Language = Annotated[str, typer.Option("--language", help=f"One of {', '.join(LANGUAGES)}.")]
File = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, help="A year (YAML), as plans/calendar/2023.yaml.")
]


@app.command()
def show(year: int) -> None:
    """Show every edition of a year's notice, the latest first."""
    own = CalendarEdition
    statement = select(own.__table__).where(own.year == year).order_by(own.edition.desc())
    table = Table()
    for column in ("edition", "notice", "source", "verified", "off", "worked", "reason"):
        table.add_column(column, overflow="fold")
    with closing(bootstrap()) as services, services.reading() as tx:
        for row in tx.execute(statement):
            table.add_row(
                str(row.edition), row.notice, row.source or "", "yes" if row.verified else "no",
                " ".join(row.days_off), " ".join(row.days_worked), row.reason or "",
            )  # fmt: skip
    Console(markup=False).print(table)


@app.command("preview")
def show_moves(file: File, login: As) -> None:
    """Show what a notice would move, without entering it."""
    year = read_year(file)
    table = Table()
    for column in ("kind", "#", "task #", "from", "to"):
        table.add_column(column)
    with closing(bootstrap()) as services, services.reading() as tx:
        person = person_id(tx, login)
        found = preview(tx, year.year, notice_of(year), person, services.clock(), most=10_000)
    for root, moved in found.moves:
        table.add_row(moved.kind, str(moved.id), str(root.id), str(moved.from_on), str(moved.to_on))
    Console(markup=False).print(table)


@app.command()
def enter(
    file: File,
    login: As,
    reason: Annotated[
        str | None, typer.Option("--reason", help="Why a year that has a notice is corrected.")
    ] = None,
    language: Language = DEFAULT_LANGUAGE,
) -> None:
    """Enter a year's notice, or correct it with a reason. The jobs then move every due date that it moves."""
    year = read_year(file)
    with closing(bootstrap()) as services, services.transaction() as tx:
        waits = state_of(tx, year.year) == CalendarYearState.PROVISIONAL
        perform(
            tx, LAWS["calendar_year"], year.year, "enter" if waits else "correct", person_id(tx, login),
            services.clock(), reason=reason, details=notice_of(year),
        )  # fmt: skip
    typer.echo(say("calendar_year.entered", language, year=year.year))


def notice_of(year: CalendarYear) -> CalendarNotice:
    """A year's file as what the act takes. What the file does not call verified comes without its source."""
    if year.notice is None:
        raise CalendarInvalid(problem="wrong_notice", file=f"{year.year}.yaml")
    source = year.notice.source if year.notice.verified else None
    return CalendarNotice(
        notice=year.notice.number, source=source, days_off=sorted(year.off), days_worked=sorted(year.work)
    )
