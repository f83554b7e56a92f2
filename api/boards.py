"""The board: all tasks of a plan in short form, for everybody signed in; and the plans there are."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field
from sqlalchemy import select

from api.actions import Id
from api.callers import SignedIn
from api.errors import refusals
from api.paging import Number, Order, Page, Paging, fetch
from api.plans import PLAN_COLUMNS, PlanView
from api.tasks import LIGHTS, ORDER, SHORT, lead_of
from api.transactions import Look, Now
from api.views import BoardTask
from models import Plan, Task
from models.states import PlanState
from workflow import visibility
from workflow.errors import NotFound

router = APIRouter()


class BoardFilter(BaseModel):
    plan: Number | None = Field(
        default=None, description="Plan id; every active plan by default.", examples=[1]
    )
    programme: Number | None = Field(default=None, description="Programme id.")


def _board_task(row: Any) -> BoardTask:
    return BoardTask(
        id=row.id, number=row.number, name=row.name, programme=row.programme, lead=lead_of(row),
        light=LIGHTS[row.light], seen=bool(row.seen),
    )  # fmt: skip


@router.get("/board", operation_id="get_board", tags=["board"], responses=refusals(401, 422))
def get_board(
    caller: SignedIn, tx: Look, now: Now, page: Paging, wanted: Annotated[BoardFilter, Query()]
) -> Page[BoardTask]:
    """All tasks by name, light and lead. Orders: id, number, name, next_due_on, light."""
    own = visibility.tasks(Task.id)
    active = Task.plan_id.in_(select(Plan.id).where(Plan.state == PlanState.ACTIVE))
    plan = active if wanted.plan is None else Task.plan_id == wanted.plan
    statement = select(*SHORT, Task.id.in_(own.correlate(None)).label("seen")).where(plan)
    if wanted.programme is not None:
        statement = statement.where(Task.programme_id == wanted.programme)
    found = fetch(tx, statement, ORDER, page, visibility.bound(caller.person_id, now), _board_task)
    return Page[BoardTask].model_validate(found)


@router.get("/plans", operation_id="list_plans", tags=["plans"], responses=refusals(401, 422))
def list_plans(
    caller: SignedIn, tx: Look, now: Now, page: Paging, state: Annotated[PlanState | None, Query()] = None
) -> Page[PlanView]:
    """The plans there are. Orders: id, code."""
    statement = visibility.plans(*PLAN_COLUMNS)
    if state is not None:
        statement = statement.where(Plan.state == state)
    bound = visibility.bound(caller.person_id, now)
    order = Order(Plan.id, {"code": Plan.code})
    found = fetch(tx, statement, order, page, bound, lambda row: PlanView(**_own(row)))
    return Page[PlanView].model_validate(found)


@router.get("/plans/{id}", operation_id="get_plan", tags=["plans"], responses=refusals(401, 404))
def get_plan(id: Id, caller: SignedIn, tx: Look, now: Now, response: Response) -> PlanView:
    statement = visibility.plans(*PLAN_COLUMNS).where(Plan.id == id)
    row = tx.execute(statement, visibility.bound(caller.person_id, now)).one_or_none()
    if row is None:
        raise NotFound(kind="plan")
    response.headers["ETag"] = f'"{row.version}"'
    return PlanView(**_own(row))


def _own(row: Any) -> dict[str, Any]:
    return {name: row._mapping[name] for name in PlanView.model_fields}
