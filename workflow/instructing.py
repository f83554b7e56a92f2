"""Instructing 批示: a leader asks something of one unit about a task, by a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pydantic import Field

from models import Instruction
from models.states import InstructionState, Role
from workflow.acts import Act
from workflow.civil import PlanDay, day_of
from workflow.errors import Missing
from workflow.facts import TaskStanding, UnderTask
from workflow.law import Details, Telling

ADDRESSED = (Role.OWNER, Role.LEADER)
"""Who in a unit is told of an instruction, and may reply to it."""


class Instructing(Details):
    """What is asked of which unit, and by when."""

    unit_id: int = Field(examples=[2])
    text: str = Field(min_length=1, max_length=2000, examples=["请牵头单位一周内报送推进计划。"])
    due_on: PlanDay = Field(examples=["2022-07-08"])


def leader_over_all(standing: UnderTask) -> bool:
    """A leader or signatory who sees the whole plan: of the office, or by a further right."""
    actor = standing.actor
    return actor.sees_all and any(g.role in (Role.LEADER, Role.SIGNATORY) for g in actor.grants)


def unit_within(standing: TaskStanding, details: Instructing, now: datetime) -> Iterable[Missing]:
    if details.unit_id not in {part.unit_id for part in standing.parts}:
        yield Missing("own_unit", {"field": "unit_id", "unit_id": details.unit_id})
    if details.due_on < day_of(now):
        yield Missing("not_in_past", {"field": "due_on", "today": day_of(now).isoformat()})


def instructions_settled(standing: TaskStanding) -> Missing | None:
    """No instruction waits for its reply."""
    units = [waiting.unit_name for waiting in standing.unanswered]
    return (
        Missing("instructions_settled", {"count": len(units), "units": "、".join(units)}) if units else None
    )


def issue_instruction(act: Act[TaskStanding]) -> None:
    """Effect: the instruction is there, and its unit is told."""
    details: Instructing = act.details
    instruction_id = act.make(
        Instruction, task_id=act.subject_id, state=InstructionState.ISSUED, issued_at=act.now,
        issued_by=act.actor.person_id, **details.model_dump(),
    )  # fmt: skip
    act.created(
        "instruction", instruction_id, "issue", InstructionState.ISSUED, details.model_dump(mode="json")
    )
    task = act.standing.task
    facts = {
        "task_id": task.id, "task_number": task.number, "task_name": task.name, "instruction_id": instruction_id,
        "text": details.text, "due_on": details.due_on.isoformat(),
    }  # fmt: skip
    for role in ADDRESSED:
        act.tell(Telling("instructed", {"role": role, "unit_id": details.unit_id}, facts))
