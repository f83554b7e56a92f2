"""Problems to coordinate 协调事项: the office's list (`state=raised`), and one with its answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from api.actions import Id
from api.callers import SignedIn
from api.errors import refusals
from api.names import person, person_name, task, task_columns, unit, unit_name
from api.paging import Number, Order, Page, Paging, fetch
from api.transactions import Look, Now
from api.views import PersonName, TaskName, UnitName, Version
from models import Problem
from models.states import ProblemState
from workflow import visibility
from workflow.errors import NotFound

router = APIRouter(tags=["problems"])
OWN = ("id", "report_id", "text", "state", "raised_at", "answer", "answered_at", "version")
PEOPLE = (Problem.raised_by, Problem.answered_by)
COLUMNS = (
    *(getattr(Problem, name) for name in OWN), Problem.unit_id, *PEOPLE, *task_columns(Problem.task_id, Problem),
    unit_name(Problem.unit_id, Problem), *(person_name(who, Problem).label(f"{who.key}_name") for who in PEOPLE),
)  # fmt: skip
ORDER = Order(Problem.id, {"raised_at": Problem.raised_at})


class ProblemView(BaseModel):
    """What a unit cannot solve alone, and what the office answered."""

    id: int = Field(examples=[1])
    task: TaskName
    unit: UnitName
    report_id: int | None = Field(
        description="The report that raised it; null: raised by itself.", examples=[1]
    )
    text: str = Field(examples=["部分高校审计经费尚未落实，请协调市财政局。"])
    state: str = Field(examples=["answered"])
    raised_at: datetime = Field(examples=["2022-03-04T02:00:00Z"])
    raised_by: PersonName
    answer: str | None = Field(
        description="The latest; it stays in view when the problem is raised again.",
        examples=["已商市财政局，经费于7月底前下达。"],
    )
    answered_at: datetime | None = Field(examples=["2022-03-08T02:00:00Z"])
    answered_by: PersonName | None
    version: Version


class ProblemFilter(BaseModel):
    """Which problems of those the caller sees."""

    task: Number | None = Field(default=None, description="Task id.")
    unit: Number | None = Field(default=None, description="The unit that raised it.")
    state: list[ProblemState] = Field(
        default_factory=list, description="Any of these.", examples=[["raised"]]
    )


CONDITIONS: dict[str, Any] = {
    "task": lambda v: Problem.task_id == v,
    "unit": lambda v: Problem.unit_id == v,
    "state": lambda v: Problem.state.in_(v),
}


def _view(row: Any) -> ProblemView:
    return ProblemView(
        **{name: row._mapping[name] for name in OWN}, task=task(row), unit=unit(row.unit_id, row.unit_name),
        raised_by=person(row.raised_by, row.raised_by_name),
        answered_by=person(row.answered_by, row.answered_by_name),
    )  # fmt: skip


@router.get("/problems", operation_id="list_problems", responses=refusals(401, 422))
def list_problems(
    caller: SignedIn, tx: Look, now: Now, page: Paging, wanted: Annotated[ProblemFilter, Query()]
) -> Page[ProblemView]:
    """The caller's units' problems, and those on tasks that they lead or sign. Orders: id, raised_at."""
    given = wanted.model_dump(exclude_defaults=True)
    statement = visibility.problems(*COLUMNS)
    statement = statement.where(*(CONDITIONS[name](value) for name, value in given.items()))
    found = fetch(tx, statement, ORDER, page, visibility.bound(caller.person_id, now), _view)
    return Page[ProblemView].model_validate(found)


@router.get("/problems/{id}", operation_id="get_problem", responses=refusals(401, 404))
def get_problem(id: Id, caller: SignedIn, tx: Look, now: Now, response: Response) -> ProblemView:
    statement = visibility.problems(*COLUMNS).where(Problem.id == id)
    row = tx.execute(statement, visibility.bound(caller.person_id, now)).one_or_none()
    if row is None:
        raise NotFound(kind="problem")
    response.headers["ETag"] = f'"{row.version}"'
    return _view(row)
