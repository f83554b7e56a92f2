"""Leaders' instructions 批示: a list, and one of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field
from sqlalchemy import bindparam, or_, select

from api.actions import Id
from api.callers import SignedIn
from api.errors import refusals
from api.names import person, person_name, task, task_columns, unit, unit_name
from api.paging import Number, Order, Page, Paging, fetch
from api.transactions import Look, Now
from api.views import PersonName, TaskName, UnitName, Version
from models import Instruction, Task
from models.states import InstructionState
from workflow import visibility
from workflow.errors import NotFound

router = APIRouter(prefix="/instructions", tags=["instructions"])


class InstructionView(BaseModel):
    """批示: what a leader asks of a unit about a task, and the unit's last reply."""

    id: int = Field(examples=[1])
    task: TaskName
    unit: UnitName
    text: str = Field(examples=["请牵头单位一周内报送推进计划。"])
    due_on: date = Field(examples=["2022-07-08"])
    state: str = Field(examples=["issued"])
    issued_at: datetime = Field(examples=["2022-07-01T02:00:00Z"])
    issued_by: PersonName
    reply: str | None = Field(examples=[None])
    replied_at: datetime | None = Field(examples=[None])
    replied_by: PersonName | None
    version: Version


class InstructionFilter(BaseModel):
    """Which instructions of those the caller sees."""

    task: Number | None = None
    plan: Number | None = Field(default=None, description="Plan id.")
    unit: Number | None = Field(default=None, description="The unit addressed.")
    state: list[InstructionState] = Field(default_factory=list, description="Any of these.")
    mine: bool = Field(default=False, description="Issued by the caller, or addressed to a unit of theirs.")


OWN = ("id", "text", "due_on", "state", "issued_at", "reply", "replied_at", "version")
COLUMNS = (
    *(getattr(Instruction, name) for name in OWN), Instruction.unit_id, Instruction.issued_by, Instruction.replied_by,
    *task_columns(Instruction.task_id, Instruction), unit_name(Instruction.unit_id, Instruction),
    person_name(Instruction.issued_by, Instruction).label("issuer"),
    person_name(Instruction.replied_by, Instruction).label("replier"),
)  # fmt: skip
CONDITIONS: dict[str, Any] = {
    "task": lambda v: Instruction.task_id == v,
    "plan": lambda v: Instruction.task_id.in_(select(Task.id).where(Task.plan_id == v)),
    "unit": lambda v: Instruction.unit_id == v,
    "state": lambda v: Instruction.state.in_(v),
    "mine": lambda _: or_(Instruction.issued_by == bindparam("actor"), visibility.mine(Instruction.unit_id)),
}


def _view(row: Any) -> InstructionView:
    return InstructionView(
        **{name: row._mapping[name] for name in OWN}, task=task(row), unit=unit(row.unit_id, row.unit_name),
        issued_by=person(row.issued_by, row.issuer), replied_by=person(row.replied_by, row.replier),
    )  # fmt: skip


@router.get("", operation_id="list_instructions", responses=refusals(401, 422))
def list_instructions(
    caller: SignedIn, tx: Look, now: Now, page: Paging, wanted: Annotated[InstructionFilter, Query()]
) -> Page[InstructionView]:
    """The instructions that the caller sees. Orders: id, due_on."""
    given = wanted.model_dump(exclude_defaults=True)
    statement = visibility.instructions(*COLUMNS).where(*(CONDITIONS[name](v) for name, v in given.items()))
    order = Order(Instruction.id, {"due_on": Instruction.due_on})
    found = fetch(tx, statement, order, page, visibility.bound(caller.person_id, now), _view)
    return Page[InstructionView].model_validate(found)


@router.get("/{id}", operation_id="get_instruction", responses=refusals(401, 404))
def get_instruction(id: Id, caller: SignedIn, tx: Look, now: Now, response: Response) -> InstructionView:
    statement = visibility.instructions(*COLUMNS).where(Instruction.id == id)
    row = tx.execute(statement, visibility.bound(caller.person_id, now)).one_or_none()
    if row is None:
        raise NotFound(kind="instruction")
    response.headers["ETag"] = f'"{row.version}"'
    return _view(row)
