"""Work plans 实施方案: a list, and one with its checkpoints, each beside what has been reached."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field
from sqlalchemy import Connection, select

from api.actions import Id
from api.callers import SignedIn
from api.errors import refusals
from api.names import person, person_name, task, task_columns
from api.paging import Number, Order, Page, Paging, fetch
from api.requests import approval_of
from api.transactions import Look, Now
from api.views import PersonName, TaskName, Version
from models import Checkpoint, Part, WorkPlan
from models.states import PartRole, WorkPlanState
from workflow import visibility
from workflow.civil import day_of
from workflow.errors import NotFound
from workflow.facts import IndicatorFact
from workflow.figures import counted, plain, shown, value
from workflow.pace import Expected, pace
from workflow.standings import load_tasks

router = APIRouter(tags=["work-plans"])
OWN = ("id", "state", "due_on", "version")
MORE = ("text", "submitted_at", "approved_at")
TASK = task_columns(WorkPlan.task_id, WorkPlan)
ORDER = Order(WorkPlan.id, {"due_on": WorkPlan.due_on})


class WorkPlanRow(BaseModel):
    """A work plan in a list."""

    id: int = Field(examples=[1])
    task: TaskName
    state: str = Field(examples=["submitted"])
    due_on: date = Field(examples=["2022-02-11"])
    version: Version


class CheckpointView(BaseModel):
    """What should be so by a day, and how it stands."""

    id: int = Field(examples=[1])
    milestone_id: int = Field(examples=[7])
    due_on: date = Field(examples=["2022-06-30"])
    text: str = Field(examples=["完成150家能源审计。"])
    indicator_id: int | None = Field(examples=[11])
    metric: str | None = Field(examples=["能源审计"])
    unit: str | None = Field(examples=["家"])
    expected: str | None = Field(examples=["150"])
    reached: str | None = Field(
        description="By now; null: nothing reported yet, or no figure.", examples=["120"]
    )
    passed: bool = Field(description="Whether its day is over.", examples=[True])
    behind: str | None = Field(
        description="Percentage points of the target; null: not passed yet, or not judged by its figure.",
        examples=["10"],
    )


class WorkPlanView(WorkPlanRow):
    """A work plan with all that its page shows."""

    text: str | None = Field(examples=["分两批推进：上半年完成150家，下半年完成150家。"])
    submitted_at: datetime | None = Field(examples=["2022-02-09T02:00:00Z"])
    submitted_by: PersonName | None
    approved_at: datetime | None = Field(examples=["2022-02-14T02:00:00Z"])
    approved_by: PersonName | None
    approval_id: int | None = Field(description="The latest approval that decides on it.", examples=[12])
    checkpoints: list[CheckpointView]


class WorkPlanFilter(BaseModel):
    """Which work plans of those the caller sees."""

    task: Number | None = Field(default=None, description="Task id.")
    unit: Number | None = Field(default=None, description="Of tasks that the unit leads.")
    state: list[WorkPlanState] = Field(default_factory=list, description="Any of these.")


LED = select(Part.task_id).where(Part.role == PartRole.LEAD)
CONDITIONS: dict[str, Any] = {
    "task": lambda v: WorkPlan.task_id == v,
    "unit": lambda v: WorkPlan.task_id.in_(LED.where(Part.unit_id == v)),
    "state": lambda v: WorkPlan.state.in_(v),
}


def _row(row: Any) -> dict[str, Any]:
    return {"task": task(row), **{name: row._mapping[name] for name in OWN}}


@router.get("/work-plans", operation_id="list_work_plans", responses=refusals(401, 422))
def list_work_plans(
    caller: SignedIn, tx: Look, now: Now, page: Paging, wanted: Annotated[WorkPlanFilter, Query()]
) -> Page[WorkPlanRow]:
    """The work plans of tasks that the caller sees. Orders: id, due_on."""
    given = wanted.model_dump(exclude_defaults=True)
    statement = visibility.work_plans(*(getattr(WorkPlan, name) for name in OWN), *TASK)
    statement = statement.where(*(CONDITIONS[name](value) for name, value in given.items()))
    found = fetch(tx, statement, ORDER, page, visibility.bound(caller.person_id, now), _row)
    return Page[WorkPlanRow].model_validate(found)


@router.get("/work-plans/{id}", operation_id="get_work_plan", responses=refusals(401, 404))
def get_work_plan(id: Id, caller: SignedIn, tx: Look, now: Now, response: Response) -> WorkPlanView:
    """One work plan; each checkpoint beside what has been reached by now, and how far that is behind it."""
    people = (WorkPlan.submitted_by, WorkPlan.approved_by)
    statement = visibility.work_plans(
        *(getattr(WorkPlan, name) for name in (*OWN, *MORE)), *people, *TASK, approval_of(WorkPlan, "work_plan"),
        *(person_name(who, WorkPlan).label(f"{who.key}_name") for who in people),
    )  # fmt: skip
    row = tx.execute(
        statement.where(WorkPlan.id == id), visibility.bound(caller.person_id, now)
    ).one_or_none()
    if row is None:
        raise NotFound(kind="work_plan")
    response.headers["ETag"] = f'"{row.version}"'
    return WorkPlanView(
        **_row(row), **{name: row._mapping[name] for name in MORE},
        submitted_by=person(row.submitted_by, row.submitted_by_name),
        approved_by=person(row.approved_by, row.approved_by_name), approval_id=row.approval_id,
        checkpoints=_checkpoints(tx, id, row.task_id, now),
    )  # fmt: skip


def _checkpoints(tx: Connection, id: int, task_id: int, now: datetime) -> list[CheckpointView]:
    indicators = {i.id: i for i in load_tasks(tx, [task_id], None, now)[task_id].indicators}
    statement = select(Checkpoint.__table__).where(Checkpoint.work_plan_id == id).order_by(Checkpoint.ordinal)
    return [_checkpoint(row, indicators.get(row.indicator_id), day_of(now)) for row in tx.execute(statement)]


def _checkpoint(row: Any, indicator: IndicatorFact | None, today: date) -> CheckpointView:
    own = ("id", "milestone_id", "due_on", "text", "indicator_id")
    view = {name: row._mapping[name] for name in own} | {"passed": row.due_on < today}
    if indicator is None:
        return CheckpointView(**view, metric=None, unit=None, expected=None, reached=None, behind=None)
    reached = value(indicator.card, counted(indicator))
    behind = pace(indicator, [Expected(row.due_on, row.quantity)], reached, today).behind
    return CheckpointView(
        **view, metric=indicator.metric, unit=indicator.unit, expected=plain(row.quantity),
        reached=None if reached is None else plain(shown(reached, indicator.card.digits)),
        behind=None if behind is None else plain(shown(behind)),
    )  # fmt: skip
