"""Instructions and named events: what acts on them are judged by, and their loaders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select

from models import Instruction, NamedEvent
from workflow.actors import Actor
from workflow.facts import UnderTask
from workflow.standings.columns import actor
from workflow.standings.tasks import load_tasks


@dataclass(frozen=True, slots=True)
class InstructionStanding(UnderTask):
    """A leader's instruction 批示 and the task it is about."""

    id: int
    state: str
    version: int
    unit_id: int
    text: str
    due_on: date
    issued_by: int

    @property
    def seen(self) -> bool:
        """The unit addressed, the lead, and who sees the whole plan."""
        who = self.actor
        return who.is_system or who.sees_all or not who.organs.isdisjoint((self.unit_id, self.lead_id))


@dataclass(frozen=True, slots=True)
class EventStanding:
    """A named event in one year of a plan."""

    id: int
    state: str
    version: int
    actor: Actor
    plan_id: int
    name: str
    year: int

    @property
    def seen(self) -> bool:
        """When an event is held is no secret of the plan."""
        return True


def load_instructions(
    tx: Connection, ids: Sequence[int], actor_id: int | None, now: datetime
) -> Mapping[int, InstructionStanding]:
    """Standings of instructions by id."""
    rows = tx.execute(select(Instruction.__table__).where(Instruction.id.in_(ids))).all()
    tasks = load_tasks(tx, sorted({row.task_id for row in rows}), actor_id, now)
    return {row.id: _instruction(row, tasks[row.task_id]) for row in rows}


def _instruction(row: Any, task: UnderTask) -> InstructionStanding:
    return InstructionStanding(
        task.task, task.parts, task.actor, task.office_id, row.id, row.state, row.version, row.unit_id, row.text,
        row.due_on, row.issued_by,
    )  # fmt: skip


def load_events(
    tx: Connection, ids: Sequence[int], actor_id: int | None, now: datetime
) -> Mapping[int, EventStanding]:
    """Standings of named events by id."""
    who = actor(tx, actor_id, now)
    table = NamedEvent.__table__.c
    columns = (table.id, table.state, table.version, table.plan_id, table.name, table.year)
    return {
        id_: EventStanding(id_, state, version, who, *rest)
        for id_, state, version, *rest in tx.execute(select(*columns).where(table.id.in_(ids)))
    }
