"""Approvals: everybody's boxes with their counts, and lists of what the caller sees."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import Select, or_, select

from api.approval_rows import COLUMNS, row_of
from api.approval_views import ApprovalRow, BoxCount, BoxCounts
from api.callers import SignedIn
from api.errors import refusals
from api.paging import Number, Order, Page, Paging, fetch
from api.transactions import Look, Now
from models import Approval, Seat, Task, Unit
from models.states import ApprovalState, Purpose, SeatState
from workflow import visibility
from workflow.approvals.boxes import Box, Viewer, count_boxes, of_box, read_viewer
from workflow.civil import PlanDay
from workflow.reckoning import day_begins

router = APIRouter(tags=["approvals"])
ORDER = Order(
    Approval.id, {"round": Approval.round, "opened_at": Approval.opened_at, "task": Approval.task_id}
)


class ApprovalFilter(BaseModel):
    """Which approvals of those the caller sees."""

    box: Box | None = Field(
        default=None,
        description="待办 `to_sign`, 已办 `signed`, 我发起的 `opened`, 抄送我的 `copied` (mentions among them); "
        "委派 to the caller `delegated`, by the caller `delegated_by_me`.",
    )
    purpose: list[Purpose] = Field(default_factory=list, description="Any of these.")
    task: Number | None = None
    milestone: Number | None = None
    programme: Number | None = Field(default=None, description="Programme id.")
    unit: Number | None = Field(default=None, description="Submitted by that unit, or a department of it.")
    state: list[ApprovalState] = Field(default_factory=list, description="Any of these.")
    step: str | None = Field(
        default=None, max_length=40, description="Key of a step that waits for a signature."
    )
    overdue: bool | None = Field(
        default=None, description="Whether a limit has passed; in `to_sign`, of a seat of the caller's."
    )
    opened_from: PlanDay | None = Field(default=None, description="Opened on that civil day or later.")
    opened_to: PlanDay | None = Field(default=None, description="Opened on that civil day or earlier.")
    q: str | None = Field(default=None, max_length=100, description="Part of the task's name.")


def _of_task(*where: Any) -> Any:
    return Approval.task_id.in_(select(Task.id).where(*where))


def _named(text: str) -> Any:
    return or_(Task.name.contains(text, autoescape=True), Task.printed_name.contains(text, autoescape=True))


def _submitted_by(unit_id: int) -> Any:
    return Approval.opened_unit_id.in_(
        select(Unit.id).where(or_(Unit.id == unit_id, Unit.organ_id == unit_id))
    )


def _stands_at(key: str) -> Any:
    open_ones = select(Seat.approval_id).where(Seat.state == SeatState.OPEN, Seat.step_key == key)
    return Approval.id.in_(open_ones)


CONDITIONS: dict[str, Any] = {
    "purpose": lambda v: Approval.purpose.in_(v),
    "task": lambda v: Approval.task_id == v,
    "milestone": lambda v: Approval.milestone_id == v,
    "programme": lambda v: _of_task(Task.programme_id == v),
    "unit": _submitted_by,
    "state": lambda v: Approval.state.in_(v),
    "step": _stands_at,
    "opened_from": lambda v: Approval.opened_at >= day_begins(v),
    "opened_to": lambda v: Approval.opened_at < day_begins(v + timedelta(days=1)),
    "q": lambda v: _of_task(_named(v)),
}


def _wanted(wanted: ApprovalFilter, viewer: Viewer) -> Select[Any]:
    given = wanted.model_dump(exclude_defaults=True)
    box, overdue = given.pop("box", None), given.pop("overdue", None)
    conditions = [CONDITIONS[name](value) for name, value in given.items()]
    return of_box(viewer, box, COLUMNS, over=overdue).where(*conditions)


@router.get("/approvals", operation_id="list_approvals", responses=refusals(401, 422))
def list_approvals(
    caller: SignedIn, tx: Look, now: Now, page: Paging, wanted: Annotated[ApprovalFilter, Query()]
) -> Page[ApprovalRow]:
    """The approvals that the caller sees; `box=to_sign` is the inbox. Orders: id, round, opened_at, task."""
    viewer = read_viewer(tx, caller.person_id, now)
    bound = visibility.bound(caller.person_id, now)
    found = fetch(
        tx,
        _wanted(wanted, viewer),
        ORDER,
        page,
        bound,
        lambda row: row_of(row, viewer.calendar, viewer.today),
    )
    return Page[ApprovalRow].model_validate(found)


@router.get("/approvals/counts", operation_id="count_approvals", responses=refusals(401))
def count_approvals(caller: SignedIn, tx: Look, now: Now) -> BoxCounts:
    """How many approvals are in each of the caller's boxes, and in how many of them a limit has passed."""
    counts = count_boxes(tx, read_viewer(tx, caller.person_id, now), now)
    return BoxCounts(**{box: BoxCount(total=total, overdue=over) for box, (total, over) in counts.items()})
