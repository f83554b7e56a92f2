"""A draft plan with its rulings applied: what confirming it would assign."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from models import Finding, Plan
from models.states import FindingState
from workflow.drafting import Ruled, TaskDraft, draft


@dataclass(frozen=True, slots=True)
class Drafted:
    """What was read, in both scripts, and the tasks it makes as ruled."""

    printed: Mapping[str, Any]
    simplified: Mapping[str, Any]
    tasks: list[TaskDraft]


def drafted(tx: Connection, plan_id: int) -> Drafted:
    """The tasks of a plan's reading, as its rulings have them now."""
    reading = tx.execute(select(Plan.reading).where(Plan.id == plan_id)).scalar_one()
    printed, simplified = reading["printed"], reading["simplified"]
    return Drafted(printed, simplified, draft(printed, simplified, _rulings(tx, plan_id, simplified)))


def indicator_keys(tasks: list[TaskDraft]) -> Iterator[tuple[int, int | None, str]]:
    """(task, year, metric) of every indicator; a goal has no year."""
    for task in tasks:
        yield from ((task.number, None, goal["metric"]) for goal in task.goals)
        for milestone in task.milestones:
            for indicator in milestone.indicators:
                yield task.number, milestone.values["year"], indicator.values["metric"]


def _rulings(tx: Connection, plan_id: int, simplified: Any) -> list[Ruled]:
    statement = select(Finding.__table__).where(
        Finding.plan_id == plan_id, Finding.sort == "discrepancy", Finding.state == FindingState.RULED
    )
    return [_ruled(row, simplified["discrepancies"][row.ordinal - 1]) for row in tx.execute(statement)]


def _ruled(row: Any, shown: Any) -> Ruled:
    ruling = row.ruling
    return Ruled(
        task_number=row.task_number, field=row.field, take=ruling["take"],
        body_text=shown["body"] and shown["body"]["text"], text=ruling["text"],
        quantity=Decimal(ruling["quantity"]) if ruling["quantity"] is not None else None, unit=ruling["unit"],
        due_on=date.fromisoformat(ruling["due_on"]) if ruling["due_on"] else None, year=ruling["year"],
        units=tuple(ruling["units"]),
    )  # fmt: skip
