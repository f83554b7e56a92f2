"""The benchmark compares like with like: every side leaves the same rows, and chains that hold. Nothing is timed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select
from typer.testing import CliRunner

from benchmarks import due_scan, lifecycle
from benchmarks.ground import Ground, Item, walk
from benchmarks.rounds import FLOOR, SIDES
from benchmarks.servers import fresh_database
from models import (
    Approval,
    AuditEvent,
    Decision,
    Evidence,
    Indicator,
    Milestone,
    OutboxRow,
    ProgressEntry,
    Seat,
    Task,
)
from workflow import audit

OWN = {
    "id", "subject_id", "approval_id", "seat_id", "evidence_id", "indicator_id", "task_id", "milestone_id", "root_id",
}  # fmt: skip
"""Ids differ from task to task; so does what is hashed over them."""
HASHED = {"hash", "digest", "chain_head", "signed_facts", "number", "task_number"}


def told(value: Any) -> Any:
    """A value without what is bound to its own ids."""
    if isinstance(value, dict):
        return {key: told(inner) for key, inner in value.items() if key not in OWN | HASHED}
    return [told(inner) for inner in value] if isinstance(value, list) else value


def rows(tx: Connection, item: Item) -> dict[str, list[Any]]:
    """All that one lifecycle left, table by table."""
    approval = tx.execute(select(Approval.id).where(Approval.task_id == item.task)).scalar_one()
    asked = {
        "task": (Task, Task.id == item.task),
        "milestone": (Milestone, Milestone.id == item.milestone),
        "indicator": (Indicator, Indicator.task_id == item.task),
        "entry": (ProgressEntry, ProgressEntry.task_id == item.task),
        "evidence": (Evidence, Evidence.task_id == item.task),
        "approval": (Approval, Approval.id == approval),
        "seat": (Seat, Seat.approval_id == approval),
        "decision": (Decision, Decision.approval_id == approval),
        "event": (AuditEvent, AuditEvent.root_id == item.task),
        "outbox": (OutboxRow, OutboxRow.root_id == item.task),
    }
    found = {}
    for name, (model, mine) in asked.items():
        table = model.__table__
        listed = tx.execute(select(table).where(mine).order_by(table.c.id)).mappings()
        found[name] = [told({**row, "text": _text(row)}) for row in listed]
    found["outbox"].sort(key=lambda row: (row["topic"], json.dumps(row["audience"], sort_keys=True)))
    return found


def _text(row: Any) -> Any:
    text = row.get("text")
    return json.loads(text) if text and text.startswith("{") else text


@pytest.mark.parametrize("side", [name for name in SIDES if name != "perform"])
def test_every_side_leaves_the_same_rows(side: str, tmp_path: Path) -> None:
    with fresh_database("sqlite", tmp_path) as url:
        ground = Ground(url)
        left = {}
        for name in ("perform", side):
            opened, items = SIDES[name](url, ground.people), ground.add(2)
            walk(opened, ground.people, items)
            opened.close()
            with ground.database.reading() as tx:
                left[name] = rows(tx, items[1])
                checked, broken = audit.verify(tx)
        ground.close()
    assert left[side] == left["perform"]
    assert (checked, broken) == (4 * len(left[side]["event"]), None)


def test_the_command_runs_and_tells_ratios(tmp_path: Path) -> None:
    asked = ["--quick", "--json", "--databases", "sqlite", "--clients", "1", "--folder", str(tmp_path)]
    done = CliRunner().invoke(lifecycle.app(), asked)
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)["databases"]["sqlite"]
    assert found["chains_hold"]
    told_sides = {side["side"]: side["ratio_to_hand_written"] for side in found["clients"]["1"]}
    assert told_sides.keys() == SIDES.keys()
    assert told_sides[FLOOR] == 1


def test_the_due_scan_and_its_floor_leave_the_same_rows(tmp_path: Path) -> None:
    with fresh_database("sqlite", tmp_path) as url:
        ground = Ground(url)
        due_scan.fill(ground, 20_000)
        outcome = due_scan.measure(url, ground, 1)
        ground.close()
    assert outcome.rows["scan"] == outcome.rows["hand-written"]
    assert len(outcome.rows["scan"]) > 1000


def test_the_command_of_the_due_scan_tells_its_ratio(tmp_path: Path) -> None:
    asked = ["--databases", "sqlite", "--milestones", "10000", "--rounds", "1", "--folder", str(tmp_path)]
    done = CliRunner().invoke(due_scan.app(), asked)
    assert done.exit_code == 0, done.output
    assert "10,000 milestones" in done.output
