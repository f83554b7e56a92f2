"""`duban plan read | diff | export`: what a document says, without a database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from workflow.adapters.calendars import read_calendar
from workflow.adapters.plan_documents import conventions_beside, load_text
from workflow.adapters.plan_sheets import to_xlsx, to_yaml
from workflow.errors import DubanError, Missing
from workflow.reading import Reading, read
from workflow.reading.difference import Change, compare
from workflow.reading.record import to_record
from workflow.reading.shape import Discrepancy, Passage, Task
from workflow.words import DEFAULT_LANGUAGE, LANGUAGES, say

app = typer.Typer(
    no_args_is_help=True, help="Read a published plan, compare two editions, export the reading."
)
Document = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The plan's document (.txt).")]
Language = Annotated[str, typer.Option("--language", help=f"One of {', '.join(LANGUAGES)}.")]
_UNREADABLE = 2


class Format(StrEnum):
    """What a reading can be exported to."""

    YAML = "yaml"
    XLSX = "xlsx"


@app.command("read")
def show(
    file: Document,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON.")] = False,
    language: Language = DEFAULT_LANGUAGE,
) -> None:
    """Print what was read from FILE: tasks, discrepancies, gaps. Exit 2 with the lines that cannot be read."""
    with _refusals(language):
        reading = _reading(file)
    if as_json:
        typer.echo(json.dumps(to_record(reading), ensure_ascii=False, indent=2))
        return
    console = _console()
    console.print(_summary(reading, language))
    for table in (_tasks(reading, language), _discrepancies(reading, language), _gaps(reading, language)):
        console.print(table)


@app.command()
def diff(file: Document, other: Document, language: Language = DEFAULT_LANGUAGE) -> None:
    """Print what OTHER, another edition, changes against FILE. Exit 0 also where something changed."""
    with _refusals(language):
        changes = compare(_reading(file), _reading(other))
    table = Table(title=say("reading.diff.title", language, count=len(changes)))
    for column in ("number", "what", "field", "before", "after"):
        table.add_column(say(f"reading.column.{column}", language), overflow="fold")
    for change in changes:
        table.add_row(*_change(change, language))
    _console().print(table)


@app.command()
def export(
    file: Document,
    out: Annotated[Path, typer.Option("--out", dir_okay=False, help="The file to write.")],
    to: Annotated[
        Format, typer.Option("--to", help="yaml keeps everything; xlsx is for the desk.")
    ] = Format.YAML,
    language: Language = DEFAULT_LANGUAGE,
) -> None:
    """Write the reading of FILE as YAML or XLSX."""
    with _refusals(language):
        reading = _reading(file)
    data = to_xlsx(reading, language) if to is Format.XLSX else to_yaml(reading).encode()
    try:
        out.write_bytes(data)
    except OSError as error:
        raise typer.BadParameter(f"{out}: {error.strerror}", param_hint="--out") from error
    typer.echo(str(out))


def _console() -> Console:
    """Brackets in a document are brackets, not markup."""
    return Console(markup=False, highlight=False)


def _reading(file: Path) -> Reading:
    return read(load_text(file), conventions_beside(file), read_calendar().is_working)


@contextmanager
def _refusals(language: str) -> Iterator[None]:
    """Say a refusal on stderr, a line for each problem, and end with exit code 2."""
    if language not in LANGUAGES:
        raise typer.BadParameter(", ".join(LANGUAGES), param_hint="--language")
    try:
        yield
    except DubanError as error:
        typer.echo(say(f"error.{error.code}", language, **error.facts), err=True)
        for problem in error.missing:
            typer.echo(_problem(problem, language), err=True)
        raise typer.Exit(_UNREADABLE) from error


def _problem(problem: Missing, language: str) -> str:
    sentence = say(f"need.{problem.code}", language, **problem.facts)
    line = problem.facts.get("line")
    return say("reading.line", language, line=line, problem=sentence) if line else sentence


def _summary(reading: Reading, language: str) -> str:
    return say(
        "reading.summary",
        language,
        title=reading.title,
        issuer=reading.issuer,
        issued_on=reading.issued_on,
        programmes=len(reading.programmes),
        tasks=len(reading.tasks),
        milestones=sum(len(task.milestones) for task in reading.tasks),
        goals=len(reading.goals),
    )


def _tasks(reading: Reading, language: str) -> Table:
    years = sorted({milestone.year for task in reading.tasks for milestone in task.milestones})
    table = Table(title=say("reading.sheet.tasks", language))
    for column in ("number", "name", "units"):
        table.add_column(say(f"reading.column.{column}", language), overflow="fold")
    for year in years:
        table.add_column(str(year), overflow="fold")
    for programme in reading.programmes:
        table.add_section()
        table.add_row("", Text(programme.name, style="bold"))
        for task in programme.tasks:
            table.add_row(*_task(task, years))
    return table


def _task(task: Task, years: list[int]) -> list[str]:
    units = "、".join(f"{unit.name}*" if unit.proposed_lead else unit.name for unit in task.units)
    cells = {milestone.year: f"{milestone.text}\n{milestone.due_on}" for milestone in task.milestones}
    return [str(task.number), task.name, units, *(cells.get(year, "") for year in years)]


def _discrepancies(reading: Reading, language: str) -> Table:
    table = Table(title=say("reading.sheet.discrepancies", language))
    for column in ("number", "field", "body", "appendix"):
        table.add_column(say(f"reading.column.{column}", language), overflow="fold")
    for found in reading.discrepancies:
        table.add_row(*_discrepancy(found, language))
    return table


def _discrepancy(found: Discrepancy, language: str) -> list[str]:
    field = say(f"reading.field.{found.field}", language)
    passages = [_passage(found.body, language), _passage(found.appendix, language)]
    return [str(found.task or ""), field, *passages]


def _passage(passage: Passage | None, language: str) -> str:
    if passage is None:
        return ""
    return say("reading.line", language, line=passage.line, problem=passage.text)


def _gaps(reading: Reading, language: str) -> Table:
    table = Table(title=say("reading.sheet.gaps", language))
    for column in ("number", "field", "kind", "text", "line"):
        table.add_column(say(f"reading.column.{column}", language), overflow="fold")
    for gap in reading.gaps:
        field, kind = (
            say(f"reading.gap_field.{gap.field}", language),
            say(f"reading.gap.{gap.kind}", language),
        )
        table.add_row(str(gap.task), field, kind, gap.text, str(gap.line))
    return table


def _change(change: Change, language: str) -> list[str]:
    number = str(change.task or change.other_task or "")
    what = say(f"reading.what.{change.what}", language)
    return [number, what, change.field, change.before or "", change.after or ""]
