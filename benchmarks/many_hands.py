"""100 milestones broken down into 300 shares each: the board and the milestone's page and answer, p95 at the server.

    python -m benchmarks.many_hands --databases sqlite,postgresql --requests 60 [--milestones 100 --shares 300]

Beside each, in the same run, the floor: one hand-written SELECT that fetches the same shares. Requests go through the
whole app (routing, sign-in, visibility, template) without a network. The bar (SPEC 12) is a p95 under 100 ms.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, event, insert, text
from starlette.testclient import TestClient

from api.app import create_app
from benchmarks.ground import NOW
from benchmarks.lifecycle import FOLDER
from benchmarks.servers import describe, fresh_database
from models import (
    Credential,
    Evidence,
    Grant,
    Indicator,
    Milestone,
    Part,
    Person,
    Plan,
    ProgressEntry,
    Share,
    ShareTarget,
    Task,
    Unit,
)
from models.states import (
    Basis,
    Comparator,
    DueBasis,
    EvidenceState,
    IndicatorKind,
    MilestoneState,
    PartRole,
    PartState,
    PersonState,
    PlanState,
    Role,
    ShareState,
    TaskState,
    UnitKind,
)
from workflow import foundations
from workflow.adapters import shipped
from workflow.adapters.calendars import read_calendar
from workflow.adapters.database import Database
from workflow.bootstrap import Services, Settings
from workflow.sign_in import fingerprint

SECRET = "many-hands"
DUE = NOW.date() + timedelta(days=180)
BAR_MS = 100.0
FLOOR = (
    "SELECT s.id, s.unit_id, u.name, s.state, s.due_on, t.quantity, t.reached FROM share s"
    " JOIN unit u ON u.id = s.unit_id"
    " JOIN share_target t ON t.share_id = s.id WHERE s.milestone_id = :id"
)


def rows_of(tx: Connection, model: Any, rows: list[dict[str, Any]]) -> list[int]:
    """Insert many rows: their ids."""
    table = model.__table__
    return [
        row.id for row in tx.execute(insert(table).returning(table.c.id, sort_by_parameter_order=True), rows)
    ]


def one_row(tx: Connection, model: Any, **values: Any) -> int:
    return rows_of(tx, model, [values])[0]


def lay(tx: Connection, milestones: int, shares: int) -> list[int]:
    """Units, people, tasks with one milestone each, and its shares, half of them accepted: the milestones' ids."""
    foundations.lay(tx, read_calendar(), shipped.rules(), shipped.definitions(), NOW)
    units = rows_of(tx, Unit, [_unit(n) for n in range(shares + 2)])
    tx.execute(text("UPDATE unit SET organ_id = id"))
    supervisor = one_row(tx, Person, login="amira", name="安敏", state=PersonState.ACTIVE, language="zh-Hans")
    one_row(tx, Grant, person_id=supervisor, role=Role.SUPERVISOR, unit_id=units[0], from_on=NOW.date())
    one_row(
        tx, Credential, person_id=supervisor, kind="token", secret_hash=fingerprint(SECRET), scopes=["read", "act"],
        created_at=NOW, seen_at=NOW, expires_at=NOW + timedelta(days=30),
    )  # fmt: skip
    plan = one_row(
        tx, Plan, code="many", title="方案", printed_title="方案", issuer="办公室", state=PlanState.ACTIVE, document="",
        document_sha256="", reading={"printed": {"issuer": "办公室"}}, imported_at=NOW,
    )  # fmt: skip
    return [_task(tx, plan, number, units, supervisor) for number in range(1, milestones + 1)]


def _unit(n: int) -> dict[str, Any]:
    return {"code": f"U{n}", "name": f"单位{n}", "aliases": [], "kind": UnitKind.ORGAN, "is_office": n == 0}


def _task(tx: Connection, plan: int, number: int, units: list[int], person: int) -> int:
    """A task led by the second unit; every further unit contributes a share."""
    task = one_row(
        tx, Task, plan_id=plan, number=number, name=f"任务{number}", printed_name="-", goal="-", printed_goal="-",
        state=TaskState.IN_PROGRESS, assigned_at=NOW,
    )  # fmt: skip
    tx.execute(insert(Part), [_part(task, unit, n) for n, unit in enumerate(units[1:])])
    milestone = one_row(
        tx, Milestone, task_id=task, year=NOW.year, text="300家能源审计", printed_text="-", due_on=DUE,
        state=MilestoneState.IN_PROGRESS, due_basis=DueBasis.YEAR_END, due_rule="preceding",
    )  # fmt: skip
    half = (len(units) - 2) // 2
    indicator = one_row(
        tx, Indicator, task_id=task, milestone_id=milestone, ordinal=1, metric="能源审计", quantity=Decimal(300),
        unit="家", comparator=Comparator.AT_LEAST, basis=Basis.ANNUAL_INCREMENT, kind=IndicatorKind.COUNT,
        year=NOW.year, reached=Decimal(half),
    )  # fmt: skip
    _break_down(tx, task, milestone, indicator, units[2:], half, person)
    return milestone


def _break_down(
    tx: Connection, task: int, milestone: int, indicator: int, units: list[int], half: int, person: int
) -> None:
    """A share a unit, each with a figure and a file; the first half of them accepted."""
    of = {"task_id": task, "milestone_id": milestone}
    shares = rows_of(tx, Share, [_share(of, unit, n < half) for n, unit in enumerate(units)])
    tx.execute(insert(ShareTarget), [
        {"share_id": share, "indicator_id": indicator, "quantity": Decimal(1), "reached": Decimal(1)}
        for share in shares
    ])  # fmt: skip
    told = {**of, "quantity": Decimal(1), "as_of_on": NOW.date(), "reported_at": NOW, "reported_by": person}
    tx.execute(insert(ProgressEntry), [
        {**told, "indicator_id": indicator, "share_id": share, "unit_id": unit}
        for share, unit in zip(shares, units, strict=True)
    ])  # fmt: skip
    file = {**of, "file_name": "审计报告.pdf", "media_type": "application/pdf", "size": 3, "sha256": "5d" * 32,
            "store_key": "5d", "true_on": NOW.date(), "state": EvidenceState.ATTACHED, "attached_at": NOW,
            "attached_by": person}  # fmt: skip
    tx.execute(insert(Evidence), [
        {**file, "share_id": share, "unit_id": unit} for share, unit in zip(shares, units, strict=True)
    ])  # fmt: skip


def _part(task: int, unit: int, n: int) -> dict[str, Any]:
    role = PartRole.CONTRIBUTOR if n else PartRole.LEAD
    return {"task_id": task, "unit_id": unit, "role": role, "ordinal": n + 1, "state": PartState.ACKNOWLEDGED}


def _share(of: dict[str, int], unit: int, accepted: bool) -> dict[str, Any]:
    state = ShareState.ACCEPTED if accepted else ShareState.IN_PROGRESS
    return {**of, "unit_id": unit, "text": "1家能源审计", "due_on": DUE, "state": state, "issued_at": NOW}


@contextmanager
def statements(services: Services) -> Iterator[list[str]]:
    """The SELECTs that the block sends."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(("SELECT", "WITH")):
            seen.append(statement)

    event.listen(services.database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(services.database.engine, "before_cursor_execute", note)


def p95(what: Callable[[], object], times: int) -> tuple[float, float]:
    """(median, 95th percentile) of a call, ms; three calls before warm it up."""
    took = []
    for place in range(times + 3):
        begun = time.perf_counter()
        what()
        if place >= 3:
            took.append((time.perf_counter() - begun) * 1000)
    return statistics.median(took), statistics.quantiles(took, n=20)[-1]


def run(kind: str, folder: Path, milestones: int, shares: int, requests: int) -> dict[str, Any]:
    """Every page and answer on one database."""
    with fresh_database(kind, folder) as url:
        database = Database(url)
        database.migrate()
        with database.acting() as tx:
            ids = lay(tx, milestones, shares)
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as plain:
            plain.exec_driver_sql("ANALYZE")
        services = Services(Settings(database=url), database, lambda: NOW)
        signed = {"Authorization": f"Bearer {SECRET}"}
        with TestClient(create_app(services)) as client:
            found = {}
            for name, path in _paths(ids[len(ids) // 2]).items():
                asked = partial(_ask, client, path, signed)
                with statements(services) as seen:
                    asked()
                found[name] = (*p95(asked, requests), len(seen))
        found["floor"] = (*p95(lambda: _floor(database, ids[len(ids) // 2]), requests), 1)
        database.close()
        return {"database": describe(url)["database"], "found": found}


def _paths(milestone: int) -> dict[str, str]:
    return {
        "board": "/",
        "milestone page": f"/milestones/{milestone}",
        "milestone answer": f"/api/v1/milestones/{milestone}",
        "tasks, a page of 50": "/api/v1/tasks?limit=50",
    }


def _ask(client: TestClient, path: str, headers: dict[str, str]) -> None:
    answer = client.get(path, headers=headers)
    if answer.status_code != 200:
        raise RuntimeError(f"{path}: {answer.status_code} {answer.text[:200]}")


def _floor(database: Database, milestone: int) -> None:
    with database.reading() as tx:
        tx.execute(text(FLOOR), {"id": milestone}).all()


def main(
    databases: Annotated[str, typer.Option(help="Which, in order.")] = "sqlite,postgresql",
    milestones: Annotated[int, typer.Option(min=1)] = 100,
    shares: Annotated[int, typer.Option(min=1)] = 300,
    requests: Annotated[int, typer.Option(min=20, help="Timed requests of each kind.")] = 60,
    folder: Annotated[Path, typer.Option(help="Where the databases are made.")] = FOLDER,
) -> None:
    """Measure and print; exits with 1 where a p95 is over the bar."""
    console, over = Console(), False
    for kind in databases.split(","):
        told = run(kind, folder, milestones, shares, requests)
        table = Table("what", "median ms", "p95 ms", "statements", "median / floor", title=told["database"])
        floor = told["found"]["floor"][0]
        for name, (middle, high, count) in told["found"].items():
            table.add_row(name, f"{middle:.1f}", f"{high:.1f}", str(count), f"{middle / floor:.1f}")
            over |= high > BAR_MS
        console.print(table)
    raise typer.Exit(int(over))


if __name__ == "__main__":
    typer.run(main)
