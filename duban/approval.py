"""`duban approval lint | list | enter`: definitions of approvals, checked before they are put in force."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, select

from duban.people import As, person_id
from models import ApprovalDefinition
from workflow.adapters.approval_files import read_yaml
from workflow.approvals.definitions import Scope
from workflow.approvals.entering import Judged, enter_stated, judge, judge_here
from workflow.approvals.remarks import DefinitionInvalid, Stated
from workflow.approvals.scopes import spoken
from workflow.bootstrap import bootstrap
from workflow.errors import Missing
from workflow.sentences import lack_sentence
from workflow.words import DEFAULT_LANGUAGE, LANGUAGES, say

app = typer.Typer(no_args_is_help=True, help="Definitions of approvals.")
Language = Annotated[str, typer.Option("--language", help=f"One of {', '.join(LANGUAGES)}.")]
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A definition (YAML).")]
FAULTY = 1


@dataclass(frozen=True, slots=True)
class Base:
    """The database at the moment of the command."""

    tx: Connection
    now: datetime


@app.command()
def lint(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="Definitions (YAML).")],
    names: Annotated[
        bool, typer.Option("--names", help="Also look up plans, people and groups in the database.")
    ] = False,
    language: Language = DEFAULT_LANGUAGE,
) -> None:
    """Check definitions: each fault and warning as FILE:LINE:COLUMN. Exit 1 where there is a fault."""
    with _base(names) as base:
        sound = [_lint(file, base, language) for file in files]
    if not all(sound):
        raise typer.Exit(FAULTY)


@contextmanager
def _base(wanted: bool) -> Iterator[Base | None]:
    if not wanted:
        yield None
        return
    with closing(bootstrap()) as services, services.reading() as tx:
        yield Base(tx, services.clock())


def _lint(file: Path, base: Base | None, language: str) -> bool:
    """Whether a file has no fault; all that is to be said of it is printed."""
    try:
        stated = read_yaml(file.read_bytes())
    except DefinitionInvalid as refusal:
        _show(file, refusal.missing, "definition.fault", language)
        return False
    found = judge(stated) if base is None else judge_here(base.tx, stated, base.now)
    _show_found(file, stated, found, language)
    return not found.faults


def _show_found(file: Path, stated: Stated, found: Judged, language: str) -> None:
    _show(file, stated.tell(found.faults), "definition.fault", language)
    _show(file, stated.tell(found.warnings), "definition.warning", language)
    if found.definition is not None and not found.faults:
        steps = " → ".join(step.key for step in found.definition.steps)
        typer.echo(say("definition.sound", language, file=file, key=found.definition.key, steps=steps))


def _show(file: Path, told: Sequence[Missing], sort: str, language: str) -> None:
    for missing in told:
        facts = dict(missing.facts)
        line, column = facts.pop("at_line", 1), facts.pop("at_column", 1)
        sentence = lack_sentence(Missing(missing.code, facts), language)
        typer.echo(f"{file}:{line}:{column}: {say(sort, language)}: {sentence}")


@app.command("list")
def list_definitions(
    every: Annotated[bool, typer.Option("--all", help="Also editions that are in force no more.")] = False,
    language: Language = DEFAULT_LANGUAGE,
) -> None:
    """List the definitions in force, the widest of each purpose first."""
    own = ApprovalDefinition
    statement = select(own.id, own.key, own.edition, own.purpose, own.body, own.superseded_at).order_by(
        own.purpose, own.narrowness, own.key, own.edition
    )
    if not every:
        statement = statement.where(own.superseded_at.is_(None))
    columns = ("key", "edition", "purpose", "scope", "steps", "until")
    table = Table("#")
    for name in columns:
        table.add_column(say(f"definition.column.{name}", language), overflow="fold")
    with closing(bootstrap()) as services, services.reading() as tx:
        for row in tx.execute(statement):
            table.add_row(*_shown(row, language))
    Console(markup=False).print(table)


def _shown(row: Any, language: str) -> Iterator[str]:
    yield from (str(row.id), row.key, str(row.edition), say(f"purpose.{row.purpose}", language))
    yield spoken(Scope.model_validate(row.body["holds_for"]), language)
    yield " → ".join(step["key"] for step in row.body["steps"])
    yield f"{row.superseded_at:%Y-%m-%d}" if row.superseded_at else ""


@app.command()
def enter(file: File, login: As, language: Language = DEFAULT_LANGUAGE) -> None:
    """Put a definition in force as a new edition. One with a fault is named by its lines, and nothing enters."""
    stated = read_yaml(file.read_bytes())
    with closing(bootstrap()) as services, services.transaction() as tx:
        entered, warnings = enter_stated(tx, stated, person_id(tx, login), services.clock())
    _show(file, stated.tell(warnings), "definition.warning", language)
    said = "definition.entered" if entered.is_new else "definition.entered_before"
    typer.echo(say(said, language, key=stated.body["key"], edition=entered.edition))
