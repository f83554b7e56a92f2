"""`duban plan import | findings | rule | define | confirm`: a document becomes a draft, its findings are ruled on,
definition cards are entered, tasks are assigned."""

from __future__ import annotations

from contextlib import closing
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import select

from duban.people import As, person_id
from models import Finding, Plan
from workflow.acts import perform
from workflow.adapters.definition_files import naming_entries, read_definitions
from workflow.adapters.editions import read_edition, to_simplified
from workflow.bootstrap import bootstrap
from workflow.calendar import working_calendar
from workflow.errors import Malformed, NotFound, NotReady
from workflow.lifecycles import FINDING, PLAN
from workflow.plans import directory_conventions, import_plan

Code = Annotated[str, typer.Argument(help="The plan's code, e.g. shanghai-2022.")]


def add_to(app: typer.Typer) -> None:
    """Give `duban plan` the commands that need a database."""
    app.command("import")(enter)
    app.command()(findings)
    app.command()(rule)
    app.command()(define)
    app.command()(confirm)


def enter(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    code: Annotated[str, typer.Option("--code", help="A short name for the plan.")],
    login: As,
) -> None:
    """Import a document as a draft. A document that cannot be read is answered by line, and nothing enters."""
    with closing(bootstrap()) as services, services.transaction() as tx:
        text, reading = read_edition(
            file.read_bytes(), directory_conventions(tx), working_calendar(tx).is_working
        )
        who = person_id(tx, login)
        plan_id = import_plan(tx, code, reading, text, to_simplified, who, services.clock())
    typer.echo(f"{code} (#{plan_id}): {len(reading.tasks)} tasks, {len(reading.discrepancies)} discrepancies")


def findings(
    code: Code,
    every: Annotated[
        bool, typer.Option("--all", help="Also ruled ones, gaps, and other names for the same.")
    ] = False,
) -> None:
    """List what the document contradicts or leaves open."""
    table = Table()
    for column in ("#", "sort", "task", "field", "body", "appendix", "state"):
        table.add_column(column, overflow="fold")
    with closing(bootstrap()) as services, services.reading() as tx:
        rows = tx.execute(
            select(Finding.__table__).where(Finding.plan_id == _plan(tx, code)).order_by(Finding.ordinal)
        )
        for row in rows:
            if every or (row.sort == "discrepancy" and row.state == "open" and row.kind != "equivalent"):
                table.add_row(
                    str(row.ordinal), row.sort, str(row.task_number or "–"), row.field, _read(row, "body"),
                    _read(row, "appendix"), row.state,
                )  # fmt: skip
    Console(markup=False).print(table)


def rule(
    code: Code,
    ordinal: Annotated[int, typer.Argument(help="The finding's number in `duban plan findings`.")],
    take: Annotated[str, typer.Option("--take", help="body, appendix, both, note or add.")],
    reason: Annotated[str, typer.Option("--reason")],
    login: As,
    quantity: Annotated[str | None, typer.Option("--quantity", help="The figure that is to stand.")] = None,
    unit: Annotated[str | None, typer.Option("--unit")] = None,
    due_on: Annotated[str | None, typer.Option("--due-on", help="The date that is to stand.")] = None,
) -> None:
    """Rule on a finding of a draft."""
    details: dict[str, Any] = {"take": take, "quantity": _decimal(quantity), "unit": unit, "due_on": due_on}
    with closing(bootstrap()) as services, services.transaction() as tx:
        found = tx.execute(
            select(Finding.id).where(Finding.plan_id == _plan(tx, code), Finding.ordinal == ordinal)
        ).scalar_one_or_none()
        if found is None:
            raise NotFound(kind="finding")
        perform(
            tx, FINDING, found, "rule", person_id(tx, login), services.clock(), details=details, reason=reason
        )
    typer.echo(f"{code}: finding {ordinal} ruled")


def define(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Definition cards (YAML).")],
    login: As,
    code: Annotated[
        str | None, typer.Option("--code", help="The plan, where FILE names none or another.")
    ] = None,
) -> None:
    """Enter definition cards for a draft. One that is off is named by its place in FILE, and nothing enters."""
    named, entries = read_definitions(file)
    plan, details = code or named or "", {"definitions": entries}
    try:
        with closing(bootstrap()) as services, services.transaction() as tx:
            who = person_id(tx, login)
            perform(tx, PLAN, _plan(tx, plan), "define", who, services.clock(), details=details)
    except (Malformed, NotReady) as refusal:
        raise naming_entries(refusal, entries) from refusal
    typer.echo(f"{plan}: {len(entries)} definition cards entered")


def confirm(code: Code, login: As) -> None:
    """Confirm a draft: its tasks are assigned and every unit is told."""
    with closing(bootstrap()) as services, services.transaction() as tx:
        perform(tx, PLAN, _plan(tx, code), "confirm", person_id(tx, login), services.clock())
    typer.echo(f"{code}: confirmed, tasks assigned")


def _plan(tx: Any, code: str) -> int:
    found = tx.execute(select(Plan.id).where(Plan.code == code)).scalar_one_or_none()
    if found is None:
        raise NotFound(kind="plan")
    return int(found)


def _read(row: Any, place: str) -> str:
    text, line = row._mapping[f"{place}_text"], row._mapping[f"{place}_line"]
    return f"{line}: {text}" if text else ""


def _decimal(text: str | None) -> Decimal | None:
    try:
        return Decimal(text) if text is not None else None
    except InvalidOperation:
        raise typer.BadParameter(f"not a number: {text}", param_hint="--quantity") from None
