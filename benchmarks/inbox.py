"""10,000 open approvals: one person's inbox page and the counts of all their boxes, p95 at the server.

    python -m benchmarks.inbox --databases sqlite,postgresql --requests 100 [--approvals 10000]

Requests go through the whole app (routing, sign-in, rules, answer) without a network. Each person is asked for: the
supervisor whom a third of all wait for, a reviewer whose unit has a part of them, their substitute, and a person of
another unit who was named in a few. Beside them the floor: one hand-written SELECT of the supervisor's first page. The
bar is a p95 under 50 ms on PostgreSQL.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, insert, select, text
from starlette.testclient import TestClient

from api.app import create_app
from benchmarks.ground import NOW
from benchmarks.lifecycle import FOLDER
from benchmarks.many_hands import one_row, p95, rows_of, statements
from benchmarks.servers import describe, fresh_database
from models import (
    Absence,
    Approval,
    ApprovalDefinition,
    ApprovalParty,
    Credential,
    Decision,
    Grant,
    Milestone,
    Part,
    Person,
    Plan,
    Seat,
    Task,
    Unit,
)
from models.states import (
    ApprovalState,
    AtLimit,
    DueBasis,
    MilestoneState,
    PartRole,
    PartState,
    PersonState,
    PlanState,
    Purpose,
    Role,
    SeatState,
    StepMode,
    TaskState,
    UnitKind,
    Verdict,
)
from workflow import foundations
from workflow.adapters import shipped
from workflow.adapters.calendars import read_calendar
from workflow.adapters.database import Database
from workflow.bootstrap import Services, Settings
from workflow.sign_in import fingerprint

BAR_MS = 50.0
PER_TASK = 10
UNITS = 20
CLOSED_BESIDE = 2
"""Closed approvals for each open one."""
NAMED = 40
PATHS = {"inbox page": "/api/v1/approvals?box=to_sign&limit=50", "counts": "/api/v1/approvals/counts"}
FURTHER = {
    "overdue, by unit": "/api/v1/approvals?box=to_sign&overdue=true&unit=2&limit=50",
    "signed": "/api/v1/approvals?box=signed&limit=50",
    "search": "/api/v1/approvals?box=to_sign&q=77&sort=-opened_at&limit=50",
}
FLOOR = (
    "SELECT a.id, a.round, a.opened_at, t.name, s.step_key FROM seat s JOIN approval a ON a.id = s.approval_id"
    " JOIN task t ON t.id = a.task_id"
    " WHERE s.state = 'open' AND s.unit_id = :unit AND s.role = 'supervisor' AND a.state = 'open'"
    " ORDER BY a.id LIMIT 51"
)


def lay(tx: Connection, approvals: int) -> dict[str, int]:
    """Units with an owner and a reviewer each, tasks of ten milestones, and a round for each milestone: a third waits
    for its unit's review, a third for the joint units, a third for the office. The people asked for, by name."""
    foundations.lay(tx, read_calendar(), shipped.rules(), shipped.definitions(), NOW)
    units = rows_of(tx, Unit, [_unit(n) for n in range(UNITS + 1)])
    tx.execute(text("UPDATE unit SET organ_id = id"))
    people = {f"{role}{n}": _person(tx, role, n, unit) for n, unit in enumerate(units) for role in _roles(n)}
    stranger = one_row(tx, Person, login="petra", name="裴特", state=PersonState.ACTIVE, language="zh-Hans")
    one_row(tx, Grant, person_id=stranger, role=Role.OWNER, unit_id=units[-1], from_on=NOW.date())
    one_row(
        tx, Absence, person_id=people["reviewer1"], substitute_id=people["owner2"],
        from_on=NOW.date(), to_on=NOW.date(),
    )  # fmt: skip
    _work(tx, units[:-1], people, stranger, approvals)
    asked = {"supervisor": people["supervisor0"], "reviewer": people["reviewer1"], "substitute": people["owner2"],
             "owner": people["owner1"], "named": stranger}  # fmt: skip
    for name, person in asked.items():
        one_row(
            tx, Credential, person_id=person, kind="token", secret_hash=fingerprint(name), scopes=["read"],
            created_at=NOW, seen_at=NOW, expires_at=NOW + timedelta(days=30),
        )  # fmt: skip
    return asked


def _unit(n: int) -> dict[str, Any]:
    return {"code": f"U{n}", "name": f"单位{n}", "aliases": [], "kind": UnitKind.ORGAN, "is_office": n == 0}


def _roles(n: int) -> tuple[Role, ...]:
    return (Role.OWNER, Role.REVIEWER) if n else (Role.SUPERVISOR,)


def _person(tx: Connection, role: Role, n: int, unit: int) -> int:
    named = {"login": f"{role}{n}", "name": f"人员{n}", "state": PersonState.ACTIVE, "language": "zh-Hans"}
    person = one_row(tx, Person, **named)
    one_row(tx, Grant, person_id=person, role=role, unit_id=unit, from_on=NOW.date())
    return person


def _work(tx: Connection, units: list[int], people: dict[str, int], stranger: int, approvals: int) -> None:
    """Led by one unit each, in turn, signed by the next; `CLOSED_BESIDE` earlier rounds of each milestone."""
    plan = one_row(
        tx, Plan, code="inbox", title="方案", printed_title="方案", issuer="办公室", state=PlanState.ACTIVE,
        document="", document_sha256="", reading={"printed": {"issuer": "办公室"}}, imported_at=NOW,
    )  # fmt: skip
    tasks = rows_of(tx, Task, [_task(plan, n) for n in range(1, -(-approvals // PER_TASK) + 1)])
    pairs = [(units[1 + n % (UNITS - 1)], units[1 + (n + 1) % (UNITS - 1)]) for n in range(len(tasks))]
    tx.execute(insert(Part), [
        {"task_id": task, "unit_id": unit, "role": role, "ordinal": ordinal, "state": PartState.ACKNOWLEDGED}
        for task, pair in zip(tasks, pairs, strict=True)
        for ordinal, (unit, role) in enumerate(zip(pair, (PartRole.LEAD, PartRole.JOINT), strict=True), 1)
    ])  # fmt: skip
    definition = tx.execute(select(ApprovalDefinition.id).limit(1)).scalar_one()
    milestones = rows_of(tx, Milestone, [_milestone(tasks[n // PER_TASK], n) for n in range(approvals)])
    rounds = range(1, CLOSED_BESIDE + 2)
    rows = [
        _approval(tasks[n // PER_TASK], milestone, n, pairs[n // PER_TASK][0], people, definition, each)
        for n, milestone in enumerate(milestones)
        for each in rounds
    ]
    ids = rows_of(tx, Approval, rows)
    _sign(tx, ids, rows, units[0], pairs, people)
    named = [
        {"approval_id": id_, "person_id": stranger, "because": "named", "since_at": NOW}
        for id_ in ids[:NAMED]
    ]
    tx.execute(insert(ApprovalParty), named)


def _task(plan: int, number: int) -> dict[str, Any]:
    return {"plan_id": plan, "number": number, "name": f"任务{number}", "printed_name": "-", "goal": "-",
            "printed_goal": "-", "state": TaskState.IN_PROGRESS, "assigned_at": NOW}  # fmt: skip


def _milestone(task: int, n: int) -> dict[str, Any]:
    return {"task_id": task, "year": 2022 + n % PER_TASK, "text": "300家能源审计", "printed_text": "-",
            "due_on": NOW.date(), "state": MilestoneState.SUBMITTED, "due_basis": DueBasis.YEAR_END,
            "due_rule": "preceding"}  # fmt: skip


def _approval(
    task: int, milestone: int, n: int, unit: int, people: dict[str, int], definition: int, round_: int
) -> dict[str, Any]:
    is_open = round_ == CLOSED_BESIDE + 1
    opened_at = NOW - timedelta(days=n % 30 + 60 * (not is_open))
    return {
        "task_id": task, "milestone_id": milestone, "subject_kind": "milestone", "subject_id": milestone,
        "purpose": Purpose.ACCEPTANCE, "round": round_, "definition_id": definition, "digest": "5d" * 32,
        "state": ApprovalState.OPEN if is_open else ApprovalState.RETURNED, "signed_facts": '{"evidence":[]}',
        "opened_at": opened_at, "opened_by": people[f"owner{(n // PER_TASK) % (UNITS - 1) + 1}"],
        "opened_unit_id": unit, "closed_at": None if is_open else opened_at + timedelta(days=20),
    }  # fmt: skip


def _sign(
    tx: Connection, ids: list[int], rows: list[dict[str, Any]], office: int, pairs: list[tuple[int, int]],
    people: dict[str, int],
) -> None:  # fmt: skip
    """Three seats an approval; of an open one those before its step are signed, of a closed one the last returned."""
    seats = []
    for place, (id_, row) in enumerate(zip(ids, rows, strict=True)):
        n = place // (CLOSED_BESIDE + 1)
        lead, joint = pairs[n // PER_TASK]
        whose = ((Role.REVIEWER, lead), (Role.REVIEWER, joint), (Role.SUPERVISOR, office))
        for step, (role, unit) in enumerate(whose, 1):
            state = _state(step, n % 3 + 1) if row["state"] == ApprovalState.OPEN else _state(step, 4)
            seats.append(_seat(id_, step, role, unit, state, row["opened_at"]))
    seat_ids = rows_of(tx, Seat, seats)
    signed = [
        (id_, seat) for id_, seat in zip(seat_ids, seats, strict=True) if seat["state"] == SeatState.SIGNED
    ]
    signers = {
        unit: people[f"{_roles(n)[-1]}{n}"] for n, unit in enumerate(dict.fromkeys((office, *_all(pairs))))
    }
    tx.execute(insert(Decision), [
        {"approval_id": seat["approval_id"], "seat_id": id_, "verdict": Verdict.APPROVE, "digest": "5d" * 32,
         "decided_by": signers[seat["unit_id"]], "decided_at": NOW, "opinion": None}
        for id_, seat in signed
    ])  # fmt: skip


def _all(pairs: list[tuple[int, int]]) -> list[int]:
    return sorted({unit for pair in pairs for unit in pair})


def _state(step: int, at: int) -> SeatState:
    if step == at:
        return SeatState.OPEN
    return SeatState.SIGNED if step < at else SeatState.WAITING


def _seat(approval: int, step: int, role: Role, unit: int, state: SeatState, at: Any) -> dict[str, Any]:
    return {
        "approval_id": approval, "step": step, "step_key": ("unit_review", "countersign", "accept")[step - 1],
        "mode": StepMode.ALL, "turn": 0, "role": role, "unit_id": unit, "state": state,
        "opened_at": None if state == SeatState.WAITING else at, "limit_days": 7 if step == 2 else 15,
        "at_limit": AtLimit.URGE, "days_lost": 0,
    }  # fmt: skip


def run(kind: str, folder: Path, approvals: int, requests: int, *, further: bool = True) -> dict[str, Any]:
    """Every page and answer on one database: (median, p95, statements) by person and page."""
    with fresh_database(kind, folder) as url:
        database = Database(url)
        database.migrate()
        with database.acting() as tx:
            people = lay(tx, approvals)
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as plain:
            plain.exec_driver_sql("ANALYZE" if kind == "sqlite" else "VACUUM ANALYZE")  # as autovacuum does
        services = Services(Settings(database=url), database, lambda: NOW)
        found = {}
        with TestClient(create_app(services)) as client:
            paths = PATHS | (FURTHER if further else {})
            for person, (what, path) in ((p, each) for p in people for each in paths.items()):
                asked = partial(_ask, client, path, {"Authorization": f"Bearer {person}"})
                with statements(services) as seen:
                    told = asked()
                found[f"{person}: {what}"] = (*p95(asked, requests), len(seen), told)
        found["floor"] = (*p95(lambda: _floor(database), requests), 1, "")
        database.close()
        return {"database": describe(url)["database"], "found": found}


def _ask(client: TestClient, path: str, headers: dict[str, str]) -> str:
    """What came back, in short."""
    answer = client.get(path, headers=headers)
    if answer.status_code != 200:
        raise RuntimeError(f"{path}: {answer.status_code} {answer.text[:200]}")
    told = answer.json()
    if "items" in told:
        return f"{len(told['items'])} rows"
    return ", ".join(
        f"{box} {count['total']} ({count['overdue']})" for box, count in told.items() if count["total"]
    )


def _floor(database: Database) -> None:
    with database.reading() as tx:
        tx.execute(text(FLOOR), {"unit": 1}).all()


def main(
    databases: Annotated[str, typer.Option(help="Which, in order.")] = "sqlite,postgresql",
    approvals: Annotated[int, typer.Option(min=60, help="Open ones.")] = 10_000,
    requests: Annotated[int, typer.Option(min=20, help="Timed requests of each kind.")] = 100,
    folder: Annotated[Path, typer.Option(help="Where the databases are made.")] = FOLDER,
) -> None:
    """Measure and print; exits with 1 where an inbox page or the counts are over the bar on PostgreSQL."""
    console, over = Console(), False
    for kind in databases.split(","):
        told = run(kind, folder, approvals, requests)
        table = Table("who and what", "median ms", "p95 ms", "statements", "answer", title=told["database"])
        for name, (middle, high, count, answer) in told["found"].items():
            table.add_row(name, f"{middle:.1f}", f"{high:.1f}", str(count), answer)
            over |= kind == "postgresql" and name.endswith(tuple(PATHS)) and high > BAR_MS
        console.print(table)
    raise typer.Exit(int(over))


if __name__ == "__main__":
    typer.run(main)
