"""The milestone's lifecycle through `perform`, beside hand-written SQL and a naive ORM, as ratios.

    python -m benchmarks.lifecycle --seconds 20 --databases sqlite,postgresql --clients 1,8 [--json] [--quick]

Six durable commits: start, report, submit with one evidence record, review, countersign, accept (which completes the
task). What each side includes is told in docs/benchmarks.md.
"""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.ground import Ground
from benchmarks.rounds import FILLED, Outcome, as_facts, fill, measure
from benchmarks.servers import describe, fresh_database
from workflow import audit

FOLDER = Path(__file__).parent.parent / "var" / "benchmarks"
ROUNDS = 15
HEADINGS = ("clients", "side", "per second", "ratio", "quartiles", "CPU ms", "timed")
"""Lifecycles per second; their ratio to the hand-written ones; client CPU per lifecycle; how many were timed."""


def run(
    kind: str, crews: list[int], *, seconds: float, rounds: int, filled: int, folder: Path
) -> dict[str, Any]:
    """All crews on one database: what it is, the outcomes by number of clients, and whether all chains hold."""
    with fresh_database(kind, folder) as url:
        ground = Ground(url)
        fill(ground, url, filled)
        outcomes = {crew: measure(ground, url, crew, seconds=seconds, rounds=rounds) for crew in crews}
        with ground.database.reading() as tx:
            events, broken = audit.verify(tx)
        ground.close()
        facts = describe(url)
    return {"database": facts, "outcomes": outcomes, "audit_events": events, "broken": broken}


def show(console: Console, kind: str, found: dict[str, Any]) -> None:
    """The outcomes of one database as a table."""
    facts = ", ".join(f"{name} {value}" for name, value in found["database"].items() if name != "database")
    table = Table(
        title=found["database"]["database"], caption=facts, title_justify="left", caption_justify="left"
    )
    for heading in HEADINGS:
        table.add_column(heading, justify="left" if heading == "side" else "right", no_wrap=True)
    for crew, outcomes in found["outcomes"].items():
        for outcome in outcomes:
            table.add_row(str(crew), *_cells(outcome))
        table.add_section()
    console.print(table)
    chain = "every chain holds" if found["broken"] is None else f"BROKEN: {found['broken']}"
    console.print(f"{kind}: {found['audit_events']} audit events, {chain}\n")


def _cells(outcome: Outcome) -> tuple[str, ...]:
    low, high = outcome.spread
    return (
        outcome.side, f"{outcome.rate:.1f}", f"{outcome.ratio:.2f}", f"{low:.2f}–{high:.2f}", f"{outcome.cpu:.2f}",
        str(outcome.lifecycles),
    )  # fmt: skip


def as_record(found: dict[str, Any]) -> dict[str, Any]:
    """One database's outcome for `--json`."""
    outcomes = {str(crew): [as_facts(each) for each in own] for crew, own in found["outcomes"].items()}
    holds = found["broken"] is None
    return {
        **found["database"], "clients": outcomes, "audit_events": found["audit_events"], "chains_hold": holds,
    }  # fmt: skip


def main(
    seconds: Annotated[
        float, typer.Option(help="Time for each side, per database and number of clients.")
    ] = 15.0,
    databases: Annotated[str, typer.Option(help="Which, in order.")] = "sqlite,postgresql",
    clients: Annotated[str, typer.Option(help="Numbers of client processes.")] = "1,8",
    rounds: Annotated[int, typer.Option(min=1, help="Each side takes one turn a round.")] = ROUNDS,
    quick: Annotated[bool, typer.Option(help="One short round: shows that it runs, not how fast.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Figures for a program instead of tables.")] = False,
    folder: Annotated[
        Path, typer.Option(help="Where the databases are made; its disk is what is measured.")
    ] = FOLDER,
) -> None:
    """Measure the lifecycle and print figures with their ratios to the hand-written floor."""
    crews = [int(number) for number in clients.split(",")]
    seconds, rounds, filled = (0.0, 1, 2) if quick else (seconds, rounds, FILLED)
    console, records = Console(stderr=as_json), {}
    for kind in databases.split(","):
        found = run(kind, crews, seconds=seconds, rounds=rounds, filled=filled, folder=folder)
        records[kind] = as_record(found)
        if not as_json:
            show(console, kind, found)
    if as_json:
        print(json.dumps({"machine": machine(), "databases": records}, indent=2))
    if not all(record["chains_hold"] for record in records.values()):
        raise typer.Exit(1)


def machine() -> dict[str, Any]:
    """What it ran on."""
    return {"processors": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()}


def app() -> typer.Typer:
    """The command."""
    made = typer.Typer(add_completion=False)
    made.command()(main)
    return made


if __name__ == "__main__":
    app()()
