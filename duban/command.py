"""`duban`: the command that joins the doors and starts them."""

from __future__ import annotations

import sys

import typer

from duban import approval, calendar, checks, plan_acts, plan_read, schedule, user
from duban.demo.command import demo
from duban.doors import serve
from duban.migrate import migrate
from duban.office import office
from duban.refusals import asked_language, refusals

app = typer.Typer(
    no_args_is_help=True, pretty_exceptions_enable=False, help="Duban (督办): action plans that get done."
)
app.command()(migrate)
app.command()(serve)
app.command()(demo)
app.command()(office)
for command in (schedule.schedule, schedule.scan, schedule.deliver):
    app.command()(command)
plan_acts.add_to(plan_read.app)
app.add_typer(plan_read.app, name="plan")
app.add_typer(user.app, name="user")
app.add_typer(approval.app, name="approval")
app.add_typer(calendar.app, name="calendar")
app.add_typer(checks.audit_app, name="audit")
app.add_typer(checks.evidence_app, name="evidence")


def run() -> None:
    """The console script: a refusal is a sentence on stderr and exit code 2, never a traceback."""
    with refusals(asked_language(sys.argv[1:])):
        app()
