"""Tasks and the units' parts in them: lists, and one task with all its page shows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field
from sqlalchemy import Connection, Select, and_, case, func, literal, or_, select
from sqlalchemy import Date as SqlDate

from api.actions import Id
from api.callers import SignedIn
from api.errors import refusals
from api.paging import Number, Order, Page, Paging, fetch
from api.target_moves import read_target_moves
from api.transactions import Look, Now
from api.views import Measure, PartView, TaskMilestone, TaskRow, TaskView, UnitName
from models import Indicator, Milestone, Part, Programme, TargetMove, Task, Unit
from models.states import MilestoneState, Origin, PartRole, TaskState
from workflow import visibility
from workflow.errors import NotFound
from workflow.facts import IndicatorFact, TaskStanding
from workflow.figures import counted, goal_value, is_met, is_not_applicable, plain, shown, value
from workflow.named_events import awaited_event
from workflow.needs import is_goal_reached
from workflow.standings import load_tasks
from workflow.target_moves import originals

router = APIRouter(tags=["tasks"])
LIGHTS = ("green", "blue", "yellow", "red")
OPEN = (MilestoneState.PLANNED, MilestoneState.IN_PROGRESS, MilestoneState.SUBMITTED, MilestoneState.RETURNED)
DONE = (MilestoneState.ACCEPTED, MilestoneState.WAIVED)
NEVER = date(9999, 12, 31)
NEVER_MOVED: Mapping[int, Decimal | None] = {}


def _of_milestones(column: Any, *where: Any) -> Any:
    """A figure over the milestones of the row's task."""
    return select(column).where(Milestone.task_id == Task.id, *where).correlate(Task).scalar_subquery()


SEVERITY = case(*((Milestone.light == light, rank) for rank, light in enumerate(LIGHTS)), else_=0)
LIGHT = func.coalesce(_of_milestones(func.max(SEVERITY), Milestone.state.in_(OPEN)), 0)
"""A task is as red as its worst open milestone."""
NEXT_DUE = _of_milestones(func.min(Milestone.due_on), Milestone.state.in_(OPEN))
LEAD = Part.__table__.alias("lead_part")
LEAD_UNIT = Unit.__table__.alias("lead_unit")


def _lead(column: Any) -> Any:
    joined = LEAD.join(LEAD_UNIT, LEAD_UNIT.c.id == LEAD.c.unit_id)
    mine = and_(LEAD.c.task_id == Task.id, LEAD.c.role == PartRole.LEAD)
    return select(column).select_from(joined).where(mine).correlate(Task).scalar_subquery()


PROGRAMME = select(Programme.name).where(Programme.id == Task.programme_id).correlate(Task).scalar_subquery()
SHORT = (
    Task.id, Task.number, Task.name, PROGRAMME.label("programme"), _lead(LEAD_UNIT.c.id).label("lead_id"),
    _lead(LEAD_UNIT.c.name).label("lead_name"), LIGHT.label("light"),
)  # fmt: skip
ROW = (
    *SHORT, Task.plan_id, Task.state, Task.version, NEXT_DUE.label("next_due_on"),
    _of_milestones(func.count(Milestone.id)).label("total"),
    _of_milestones(func.count(Milestone.id), Milestone.state.in_(DONE)).label("done"),
)  # fmt: skip
ORDER = Order(
    Task.id,
    {
        "number": Task.number,
        "name": Task.name,
        "next_due_on": func.coalesce(NEXT_DUE, literal(NEVER, SqlDate), type_=SqlDate),
        "light": LIGHT,
    },
)


def lead_of(row: Any) -> UnitName | None:
    return None if row.lead_id is None else UnitName(id=row.lead_id, name=row.lead_name)


def _row(row: Any) -> dict[str, Any]:
    return {
        "id": row.id, "plan_id": row.plan_id, "number": row.number, "name": row.name, "programme": row.programme,
        "state": row.state, "lead": lead_of(row), "light": LIGHTS[row.light], "milestones_done": row.done,
        "milestones_total": row.total, "next_due_on": row.next_due_on, "version": row.version,
    }  # fmt: skip


class TaskFilter(BaseModel):
    """Which tasks of those the caller sees."""

    plan: Number | None = Field(default=None, description="Plan id.", examples=[1])
    programme: Number | None = Field(default=None, description="Programme id.")
    state: list[TaskState] = Field(default_factory=list, description="Any of these.")
    light: list[Literal["green", "blue", "yellow", "red"]] = Field(
        default_factory=list, description="Any of these.", examples=[["red"]]
    )
    year: Number | None = Field(default=None, description="With a milestone in that year.", examples=[2022])
    unit: Number | None = Field(default=None, description="With a part of that unit.")
    lead: Number | None = Field(default=None, description="Led by that unit.")
    origin: list[Origin] = Field(default_factory=list, description="Any of these: where it comes from.")
    q: str | None = Field(
        default=None, max_length=100, description="Part of the name, as kept or as printed."
    )


OWN_PART = select(Part.task_id)
CONDITIONS: dict[str, Any] = {
    "plan": lambda v: Task.plan_id == v,
    "programme": lambda v: Task.programme_id == v,
    "state": lambda v: Task.state.in_(v),
    "light": lambda v: LIGHT.in_([LIGHTS.index(light) for light in v]),
    "year": lambda v: Task.id.in_(select(Milestone.task_id).where(Milestone.year == v)),
    "unit": lambda v: Task.id.in_(OWN_PART.where(Part.unit_id == v)),
    "lead": lambda v: Task.id.in_(OWN_PART.where(Part.unit_id == v, Part.role == PartRole.LEAD)),
    "origin": lambda v: Task.origin.in_(v),
    "q": lambda v: or_(
        Task.name.contains(v, autoescape=True), Task.printed_name.contains(v, autoescape=True)
    ),
}


def _narrow(statement: Select[Any], wanted: TaskFilter) -> Select[Any]:
    given = wanted.model_dump(exclude_defaults=True)
    return statement.where(*(CONDITIONS[name](value) for name, value in given.items()))


@router.get("/tasks", operation_id="list_tasks", responses=refusals(401, 422))
def list_tasks(
    caller: SignedIn, tx: Look, now: Now, page: Paging, wanted: Annotated[TaskFilter, Query()]
) -> Page[TaskRow]:
    """The tasks that the caller sees. Orders: id, number, name, next_due_on, light."""
    statement = _narrow(visibility.tasks(*ROW), wanted)
    return Page[TaskRow].model_validate(
        fetch(tx, statement, ORDER, page, visibility.bound(caller.person_id, now), _row)
    )


@router.get("/tasks/{id}", operation_id="get_task", responses=refusals(401, 404))
def get_task(id: Id, caller: SignedIn, tx: Look, now: Now, response: Response) -> TaskView:
    """One task with parts, milestones, and what has been reached."""
    columns = (Task.printed_name, Task.goal, Task.printed_goal, Task.origin, Task.origin_details, Task.source_line,
               Task.assigned_at, Task.suspended_on, Task.suspended_until_on, Task.reporting)  # fmt: skip
    statement = visibility.tasks(*ROW, *columns).where(Task.id == id)
    row = tx.execute(statement, visibility.bound(caller.person_id, now)).one_or_none()
    if row is None:
        raise NotFound(kind="task")
    response.headers["ETag"] = f'"{row.version}"'
    standing, first = load_tasks(tx, [id], None, now)[id], originals(tx, id)
    return TaskView(
        **_row(row), **{column.key: getattr(row, column.key) for column in columns},
        parts=read_parts(tx, Part.task_id == id), milestones=_milestones(tx, standing, first),
        goals=[measure_goal(goal, standing, first) for goal in standing.goals],
        target_moves=read_target_moves(tx, TargetMove.task_id == id, Indicator.milestone_id.is_(None)),
    )  # fmt: skip


def read_parts(tx: Connection, *where: Any) -> list[PartView]:
    statement = (
        select(Part.__table__, Unit.name.label("unit_name"))
        .join(Unit, Unit.id == Part.unit_id)
        .where(*where)
        .order_by(Part.task_id, Part.ordinal, Part.id)
    )
    return [part_view(row) for row in tx.execute(statement)]


def part_view(row: Any) -> PartView:
    return PartView(
        id=row.id, task_id=row.task_id, unit=UnitName(id=row.unit_id, name=row.unit_name), role=row.role,
        state=row.state, acknowledged_at=row.acknowledged_at, version=row.version,
    )  # fmt: skip


def measure(indicator: IndicatorFact, originals: Mapping[int, Decimal | None] = NEVER_MOVED) -> Measure:
    """An indicator beside what has been counted towards it, and what its target was first."""
    found = counted(indicator)
    return Measure(
        **_measured(indicator, value(indicator.card, found), originals), met=is_met(indicator, found),
        numerator=plain(found.quantity) if found and found.base is not None else None,
        denominator=plain(found.base) if found and found.base is not None else None,
        not_applicable=is_not_applicable(indicator.card, found),
    )  # fmt: skip


def measure_goal(
    goal: IndicatorFact, standing: TaskStanding, originals: Mapping[int, Decimal | None] = NEVER_MOVED
) -> Measure:
    """A task's goal beside what its years have come to."""
    found = goal_value(goal, standing.indicators)
    return Measure(**_measured(goal, found, originals), met=is_goal_reached(goal, found))


def _measured(
    indicator: IndicatorFact, found: Fraction | None, originals: Mapping[int, Decimal | None]
) -> dict[str, Any]:
    first = originals.get(indicator.id)
    return {
        "original": None if first is None else plain(first),
        "id": indicator.id, "metric": indicator.metric, "unit": indicator.unit, "comparator": indicator.comparator,
        "basis": indicator.basis, "kind": indicator.kind,
        "target": None if indicator.quantity is None else plain(indicator.quantity),
        "reached": None if found is None else plain(shown(found, indicator.card.digits)),
        "definition_open": len(indicator.card.gaps),
    }  # fmt: skip


def _milestones(
    tx: Connection, standing: TaskStanding, first: Mapping[int, Decimal | None]
) -> list[TaskMilestone]:
    statement = (
        select(Milestone.__table__, awaited_event())
        .where(Milestone.task_id == standing.task.id)
        .order_by(Milestone.year, Milestone.id)
    )
    return [
        TaskMilestone(
            **{name: row._mapping[name] for name in TaskMilestone.model_fields if name != "indicators"},
            indicators=[measure(i, first) for i in standing.indicators if i.milestone_id == row.id],
        )
        for row in tx.execute(statement)
    ]


class PartFilter(BaseModel):
    task: Number | None = None
    unit: Number | None = None
    state: str | None = Field(default=None, max_length=20, examples=["assigned"])


@router.get("/parts", operation_id="list_parts", tags=["parts"], responses=refusals(401, 422))
def list_parts(
    caller: SignedIn, tx: Look, now: Now, page: Paging, wanted: Annotated[PartFilter, Query()]
) -> Page[PartView]:
    """Units' places in the tasks that the caller sees. Orders: id, task_id."""
    columns = {"task": Part.task_id, "unit": Part.unit_id, "state": Part.state}
    given = wanted.model_dump(exclude_none=True)
    name = select(Unit.name).where(Unit.id == Part.unit_id).correlate(Part).scalar_subquery()
    statement = visibility.parts(*Part.__table__.c, name.label("unit_name"))
    statement = statement.where(*(columns[key] == value for key, value in given.items()))
    bound = visibility.bound(caller.person_id, now)
    found = fetch(tx, statement, Order(Part.id, {"task_id": Part.task_id}), page, bound, part_view)
    return Page[PartView].model_validate(found)


@router.get("/parts/{id}", operation_id="get_part", tags=["parts"], responses=refusals(401, 404))
def get_part(id: Id, caller: SignedIn, tx: Look, now: Now, response: Response) -> PartView:
    bound = visibility.bound(caller.person_id, now)
    if tx.execute(visibility.parts(Part.id).where(Part.id == id), bound).first() is None:
        raise NotFound(kind="part")
    part = read_parts(tx, Part.id == id)[0]
    response.headers["ETag"] = f'"{part.version}"'
    return part
