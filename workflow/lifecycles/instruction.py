"""Instruction 批示: issued by a leader about a task, acknowledged and replied to by the unit, closed by who asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from pydantic import Field

from models import Instruction
from models.states import InstructionState as I
from models.states import Role
from workflow.acts import Act
from workflow.civil import PlanDay, day_of
from workflow.errors import Missing
from workflow.instructing import ADDRESSED, leader_over_all
from workflow.law import Action, Details, Lifecycle, Reason, Telling
from workflow.permissions import ANSWERABLE, supervisor
from workflow.standings.direction import InstructionStanding, load_instructions


class InstructionReply(Details):
    """The unit's answer to an instruction."""

    text: str = Field(min_length=1, max_length=5000, examples=["推进计划已报送，7月底前完成首批改造。"])


class FurtherRequest(Details):
    """By when the unit replies again; the limit stays where nothing is said."""

    due_on: PlanDay | None = Field(default=None, examples=["2022-07-22"])


def answers_for_addressee(standing: InstructionStanding) -> bool:
    """An owner, reviewer or leader of the unit addressed."""
    return standing.actor.holds_any(ANSWERABLE, standing.unit_id)


def replies_for_addressee(standing: InstructionStanding) -> bool:
    """An owner or leader of the unit addressed."""
    return standing.actor.holds_any(ADDRESSED, standing.unit_id)


def who_instructed(standing: InstructionStanding) -> bool:
    return standing.issued_by == standing.actor.person_id


def closes_instruction(standing: InstructionStanding) -> bool:
    """Who issued it, or a supervisor."""
    return who_instructed(standing) or supervisor(standing)


def limit_ahead(standing: InstructionStanding, details: FurtherRequest, now: datetime) -> Iterable[Missing]:
    if details.due_on and details.due_on < day_of(now):
        yield Missing("not_in_past", {"field": "due_on", "today": day_of(now).isoformat()})


def reply_columns(act: Act[InstructionStanding]) -> Mapping[str, Any]:
    return {"reply": act.details.text, "replied_at": act.now, "replied_by": act.actor.person_id}


def new_limit(act: Act[InstructionStanding]) -> Mapping[str, Any]:
    return {"due_on": act.details.due_on or act.standing.due_on}


def about_instruction(act: Act[InstructionStanding]) -> dict[str, object]:
    task = act.standing.task
    return {
        "task_id": task.id, "task_number": task.number, "task_name": task.name, "instruction_id": act.subject_id,
        "text": act.standing.text, "reason": act.reason,
    }  # fmt: skip


def who_asked(topic: str) -> Callable[[Act[InstructionStanding]], Iterator[Telling]]:
    """The leader who issued it, and the office's supervisors."""

    def tell(act: Act[InstructionStanding]) -> Iterator[Telling]:
        for audience in ({"person_id": act.standing.issued_by}, {"role": Role.SUPERVISOR, "office": True}):
            yield Telling(topic, audience, about_instruction(act))

    return tell


def the_addressee(topic: str) -> Callable[[Act[InstructionStanding]], Iterator[Telling]]:
    """Owners and leaders of the unit; by when it replies where that is still to come."""

    def tell(act: Act[InstructionStanding]) -> Iterator[Telling]:
        facts = about_instruction(act)
        if act.action.to == I.ACKNOWLEDGED:
            facts["due_on"] = new_limit(act)["due_on"].isoformat()
        for role in ADDRESSED:
            yield Telling(topic, {"role": role, "unit_id": act.standing.unit_id}, facts)

    return tell


INSTRUCTION = Lifecycle(
    "instruction",
    table=Instruction,
    states=I,
    root=("task", "task_id"),
    load=load_instructions,
    actions=[
        Action("acknowledge", I.ISSUED, to=I.ACKNOWLEDGED, may=answers_for_addressee),
        Action("reply", [I.ISSUED, I.ACKNOWLEDGED], to=I.REPLIED, may=replies_for_addressee, takes=InstructionReply,
               sets=reply_columns, tells=[who_asked("instruction_replied")]),
        Action("ask_again", I.REPLIED, to=I.ACKNOWLEDGED, may=leader_over_all, takes=FurtherRequest,
               checks=[limit_ahead], reason=Reason.REQUIRED, sets=new_limit,
               tells=[the_addressee("instruction_asked_again")]),
        Action("close", I.REPLIED, to=I.CLOSED, may=closes_instruction,
               tells=[the_addressee("instruction_closed")]),
        Action("withdraw", [I.ISSUED, I.ACKNOWLEDGED], to=I.CLOSED, may=who_instructed, reason=Reason.REQUIRED,
               tells=[the_addressee("instruction_withdrawn")]),
    ],
)  # fmt: skip
