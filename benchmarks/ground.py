"""The ground that every side works on: four people in three units, and tasks of one milestone each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any, Protocol

from sqlalchemy import Connection, func, insert, select, text, update

from models import Grant, Indicator, Milestone, Part, Person, Plan, Task, Unit
from models.states import (
    Basis,
    Comparator,
    DueBasis,
    IndicatorKind,
    MilestoneState,
    PartRole,
    PartState,
    PersonState,
    PlanState,
    Role,
    TaskState,
    UnitKind,
)
from workflow import foundations
from workflow.adapters import shipped
from workflow.adapters.calendars import read_calendar
from workflow.adapters.database import Database

NOW = datetime(2022, 6, 30, 1, 0, tzinfo=UTC)
"""The moment of every act: 9 o'clock in Shanghai on a working day before the due date."""
TARGET = Decimal(300)
NOTE = "已完成300家能源审计。"
SUBMISSION = "2022年度目标已完成，佐证材料附后。"
OPINION = "材料齐全，同意。"
FILE = {
    "file_name": "能源审计报告.pdf",
    "media_type": "application/pdf",
    "size": 183_204,
    "sha256": "5d" * 32,
    "store_key": "5d/5d/" + "5d" * 32,
}
"""The evidence record: its bytes would be in the store before the act begins, and are no part of it."""


@dataclass(frozen=True, slots=True)
class Item:
    """One task with its one milestone: what one lifecycle uses up."""

    task: int
    milestone: int
    indicator: int


@dataclass(frozen=True, slots=True)
class People:
    """Who owns, reviews for the lead, signs for the joint unit and supervises in the office."""

    owner: int
    reviewer: int
    signer: int
    supervisor: int


class Side(Protocol):
    """One way to write the lifecycle. Each call is one durable commit, except the look-up `open_approvals`."""

    def start(self, item: Item) -> None: ...
    def report(self, item: Item) -> None: ...
    def submit(self, item: Item) -> None:
        """One evidence record and the submission, in one commit."""
        ...

    def open_approvals(self, items: Sequence[Item]) -> dict[int, int]:
        """The open approval of each milestone: what a signer's inbox shows."""
        ...

    def approve(self, approval: int, person: int) -> None:
        """Review, countersign or accept: whichever seat is this person's."""
        ...

    def close(self) -> None: ...


def walk(side: Side, people: People, items: Sequence[Item]) -> None:
    """Take every item through its six steps, step by step; the inbox is looked up once for all of them."""
    for item in items:
        side.start(item)
        side.report(item)
        side.submit(item)
    approvals = side.open_approvals(items)
    for item in items:
        for person in (people.reviewer, people.signer, people.supervisor):
            side.approve(approvals[item.milestone], person)


class Ground:
    """A migrated database with the cast in it, to which tasks are added as they are used up."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        self.database.migrate()
        with self.database.acting() as tx:
            foundations.lay(tx, read_calendar(), shipped.rules(), shipped.definitions(), NOW)
            self.office = _unit(tx, "office", is_office=True)
            self.lead, self.joint = _unit(tx, "lead"), _unit(tx, "joint")
            self.people = People(
                owner=_person(tx, "owner", Role.OWNER, self.lead),
                reviewer=_person(tx, "reviewer", Role.REVIEWER, self.lead),
                signer=_person(tx, "signer", Role.REVIEWER, self.joint),
                supervisor=_person(tx, "supervisor", Role.SUPERVISOR, self.office),
            )
            self.plan = _add(tx, Plan, [_plan()])[0]
        self._numbers = count(1)

    def add(self, how_many: int) -> list[Item]:
        """New tasks, acknowledged by their lead, each with one milestone of 300 audits and a joint unit."""
        with self.database.acting() as tx:
            tasks = _add(tx, Task, [_task(self.plan, next(self._numbers)) for _ in range(how_many)])
            parts = ((self.lead, PartRole.LEAD), (self.joint, PartRole.JOINT))
            _add(tx, Part, [_part(task, *p, n) for task in tasks for n, p in enumerate(parts, 1)])
            milestones = _add(tx, Milestone, [_milestone(task) for task in tasks])
            pairs = list(zip(tasks, milestones, strict=True))
            indicators = _add(tx, Indicator, [_indicator(*pair) for pair in pairs])
        return [Item(*pair, indicator) for pair, indicator in zip(pairs, indicators, strict=True)]

    def settle(self) -> None:
        """Let the planner know what is in the tables, as autovacuum would after a while."""
        with self.database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))

    def counts(self) -> dict[str, int]:
        """How many rows each table holds."""
        with self.database.reading() as tx:
            return {
                table.name: tx.execute(select(func.count()).select_from(table)).scalar_one()
                for table in Task.metadata.sorted_tables
            }

    def close(self) -> None:
        self.database.close()


def _add(tx: Connection, model: Any, rows: list[dict[str, Any]]) -> list[int]:
    statement = insert(model).returning(model.id, sort_by_parameter_order=True)
    return list(tx.execute(statement, rows).scalars())


def _unit(tx: Connection, name: str, **more: Any) -> int:
    unit = _add(tx, Unit, [{"code": name, "name": name, "kind": UnitKind.ORGAN, "aliases": [], **more}])[0]
    tx.execute(update(Unit).where(Unit.id == unit).values(organ_id=unit))
    return unit


def _person(tx: Connection, login: str, role: Role, unit: int) -> int:
    row = {"login": login, "name": login, "state": PersonState.ACTIVE, "language": "zh-Hans", "unit_id": unit}
    person = _add(tx, Person, [row])[0]
    _add(tx, Grant, [{"person_id": person, "role": role, "unit_id": unit, "from_on": date(2022, 1, 14)}])
    return person


def _plan() -> dict[str, Any]:
    return {
        "code": "benchmark", "title": "节能行动方案", "printed_title": "節能行動方案", "issuer": "-",
        "issued_on": date(2022, 1, 14), "state": PlanState.ACTIVE, "document": "", "document_sha256": "",
        "reading": {}, "imported_at": NOW,
    }  # fmt: skip


def _task(plan: int, number: int) -> dict[str, Any]:
    return {
        "plan_id": plan, "number": number, "name": "推进公共机构开展能源审计及后评估",
        "printed_name": "推進公共機構開展能源審計及後評估", "goal": "推动300家公共机构开展能源审计。",
        "printed_goal": "-", "state": TaskState.ACKNOWLEDGED, "assigned_at": NOW,
    }  # fmt: skip


def _part(task: int, unit: int, role: PartRole, ordinal: int) -> dict[str, Any]:
    return {
        "task_id": task,
        "unit_id": unit,
        "role": role,
        "ordinal": ordinal,
        "state": PartState.ACKNOWLEDGED,
    }


def _milestone(task: int) -> dict[str, Any]:
    return {
        "task_id": task, "year": 2022, "text": "300家能源审计", "printed_text": "300家能源審計",
        "state": MilestoneState.PLANNED, "due_on": date(2022, 12, 30), "due_basis": DueBasis.YEAR_END,
        "due_rule": "preceding",
    }  # fmt: skip


def _indicator(task: int, milestone: int) -> dict[str, Any]:
    return {
        "task_id": task, "milestone_id": milestone, "ordinal": 1, "metric": "能源审计", "quantity": TARGET,
        "unit": "家", "comparator": Comparator.AT_LEAST, "basis": Basis.ANNUAL_INCREMENT,
        "kind": IndicatorKind.COUNT, "year": 2022,
    }  # fmt: skip
