"""Extensions 延期 and waivers 豁免: what was asked of milestones (an act of theirs), and what became of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field
from sqlalchemy import select

from api.actions import Id
from api.callers import SignedIn
from api.errors import refusals
from api.names import person, person_name, task, task_columns
from api.paging import Number, Order, Page, Paging, fetch
from api.transactions import Look, Now
from api.views import PersonName, TaskName, Version
from models import Approval, Extension, Milestone, Task, Waiver
from models.states import RequestState
from workflow import visibility
from workflow.errors import NotFound

router = APIRouter(tags=["requests"])


class WaiverView(BaseModel):
    """That a milestone need not be reached, as it was asked."""

    id: int = Field(examples=[1])
    task: TaskName
    milestone_id: int = Field(examples=[7])
    year: int = Field(examples=[2022])
    state: RequestState = Field(examples=["requested"])
    reason: str = Field(examples=["部分单位搬迁，暂不具备审计条件。"])
    requested_at: datetime = Field(examples=["2022-12-20T02:00:00Z"])
    requested_by: PersonName
    decided_at: datetime | None = Field(
        description="When it was granted, refused, or taken back.", examples=[None]
    )
    approval_id: int | None = Field(description="The approval that decides.", examples=[12])
    version: Version


class ExtensionView(WaiverView):
    """A further due date, as it was asked for."""

    from_on: date = Field(description="The due date when it was asked for.", examples=["2022-12-30"])
    due_on: date = Field(description="The due date asked for.", examples=["2023-01-31"])
    progress: str = Field(description="What was done by then.", examples=["已完成270家，其余30家已进场。"])


class RequestFilter(BaseModel):
    """Which of those the caller sees."""

    task: Number | None = Field(default=None, description="Task id.")
    plan: Number | None = Field(default=None, description="Plan id.")
    milestone: Number | None = Field(default=None, description="Milestone id.")
    state: list[RequestState] = Field(default_factory=list, description="Any of these.")


def approval_of(model: Any, kind: str) -> Any:
    """The latest approval of each row of a table, as the column `approval_id`."""
    own = select(Approval.id).where(Approval.subject_kind == kind, Approval.subject_id == model.id)
    latest = own.order_by(Approval.round.desc()).limit(1)
    return latest.correlate(model).scalar_subquery().label("approval_id")


def _columns(model: Any, kind: str, *more: str) -> tuple[Any, ...]:
    year = select(Milestone.year).where(Milestone.id == model.milestone_id)
    own = ("id", "milestone_id", "state", "reason", "requested_at", "decided_at", "version", *more)
    return (
        *(getattr(model, name) for name in own), model.requested_by, person_name(model.requested_by, model),
        year.correlate(model).scalar_subquery().label("year"), approval_of(model, kind),
        *task_columns(model.task_id, model),
    )  # fmt: skip


EXTENSION = _columns(Extension, "extension", "from_on", "due_on", "progress")
WAIVER = _columns(Waiver, "waiver")


def _wanted(model: Any, wanted: RequestFilter) -> list[Any]:
    conditions: dict[str, Any] = {
        "task": lambda v: model.task_id == v,
        "plan": lambda v: model.task_id.in_(select(Task.id).where(Task.plan_id == v)),
        "milestone": lambda v: model.milestone_id == v,
        "state": lambda v: model.state.in_(v),
    }
    return [conditions[name](value) for name, value in wanted.model_dump(exclude_defaults=True).items()]


def _view(row: Any) -> dict[str, Any]:
    told = {**row._mapping, "task": task(row), "requested_by": person(row.requested_by, row.person_name)}
    return {name: value for name, value in told.items() if name in ExtensionView.model_fields}


@router.get("/extensions", operation_id="list_extensions", responses=refusals(401, 422))
def list_extensions(
    caller: SignedIn, tx: Look, now: Now, page: Paging, wanted: Annotated[RequestFilter, Query()]
) -> Page[ExtensionView]:
    """Extensions of milestones whose units' work the caller sees. Orders: id, due_on."""
    statement = visibility.requests(Extension, *EXTENSION).where(*_wanted(Extension, wanted))
    order = Order(Extension.id, {"due_on": Extension.due_on})
    found = fetch(tx, statement, order, page, visibility.bound(caller.person_id, now), _view)
    return Page[ExtensionView].model_validate(found)


@router.get("/extensions/{id}", operation_id="get_extension", responses=refusals(401, 404))
def get_extension(id: Id, caller: SignedIn, tx: Look, now: Now, response: Response) -> ExtensionView:
    statement = visibility.requests(Extension, *EXTENSION).where(Extension.id == id)
    row = tx.execute(statement, visibility.bound(caller.person_id, now)).one_or_none()
    if row is None:
        raise NotFound(kind="extension")
    response.headers["ETag"] = f'"{row.version}"'
    return ExtensionView(**_view(row))


@router.get("/waivers", operation_id="list_waivers", responses=refusals(401, 422))
def list_waivers(
    caller: SignedIn, tx: Look, now: Now, page: Paging, wanted: Annotated[RequestFilter, Query()]
) -> Page[WaiverView]:
    """Waivers of milestones whose units' work the caller sees. Orders: id."""
    statement = visibility.requests(Waiver, *WAIVER).where(*_wanted(Waiver, wanted))
    found = fetch(tx, statement, Order(Waiver.id, {}), page, visibility.bound(caller.person_id, now), _view)
    return Page[WaiverView].model_validate(found)


@router.get("/waivers/{id}", operation_id="get_waiver", responses=refusals(401, 404))
def get_waiver(id: Id, caller: SignedIn, tx: Look, now: Now, response: Response) -> WaiverView:
    statement = visibility.requests(Waiver, *WAIVER).where(Waiver.id == id)
    row = tx.execute(statement, visibility.bound(caller.person_id, now)).one_or_none()
    if row is None:
        raise NotFound(kind="waiver")
    response.headers["ETag"] = f'"{row.version}"'
    return WaiverView(**_view(row))
