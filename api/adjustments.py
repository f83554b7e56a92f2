"""Adjustments 调整: a list, one of them, and what a meeting decided about many tasks by one request."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, func, select

from api.actions import Id
from api.bulk import MOST_ITEMS, Bulk, BulkAnswer
from api.callers import Caller, SignedIn
from api.errors import refusals
from api.idempotency import Key
from api.names import person, person_name, task, task_columns
from api.paging import Number, Order, Page, Paging, fetch
from api.requests import approval_of
from api.target_moves import meeting_of
from api.transactions import Look, Now, ServicesHere
from api.views import MeetingName, PersonName, TaskName, Version
from models import Adjustment, Meeting, Person, Task
from models.states import AdjustmentKind, AdjustmentState
from workflow import visibility
from workflow.acts import perform
from workflow.bootstrap import Services
from workflow.errors import NotFound
from workflow.law import Lifecycle
from workflow.lifecycles import APPROVAL, TASK

router = APIRouter(tags=["adjustments"])


class AdjustmentView(BaseModel):
    """One change of one task, and the decision that it rests on."""

    id: int = Field(examples=[1])
    task: TaskName
    kind: AdjustmentKind = Field(examples=["retarget"])
    milestone_id: int | None = Field(examples=[7])
    indicator_id: int | None = Field(examples=[11])
    change: dict[str, Any] = Field(description="What is to be instead.", examples=[{"quantity": "280"}])
    meeting: MeetingName
    decision: int | None = Field(description="Which of the meeting's decisions, from 1.", examples=[1])
    reason: str = Field(examples=["部分单位搬迁，暂不具备审计条件。"])
    state: AdjustmentState = Field(examples=["proposed"])
    proposed_at: datetime = Field(examples=["2022-06-02T02:00:00Z"])
    proposed_by: PersonName
    decided_at: datetime | None = Field(examples=[None])
    decided_by: PersonName | None = Field(description="Who took the last decision.")
    approval_id: int | None = Field(description="The approval that decides.", examples=[12])
    version: Version


OWN = (
    "id", "kind", "milestone_id", "indicator_id", "change", "decision", "reason", "state", "proposed_at", "decided_at",
    "version",
)  # fmt: skip


def _of_meeting(column: Any, name: str) -> Any:
    found = select(column).where(Meeting.id == Adjustment.meeting_id)
    return found.correlate(Adjustment).scalar_subquery().label(name)


def _decider() -> Any:
    name = select(Person.name).where(Person.id == Adjustment.decided_by)
    return name.correlate(Adjustment).scalar_subquery().label("decider_name")


COLUMNS = (
    *(getattr(Adjustment, name) for name in OWN), Adjustment.proposed_by, Adjustment.decided_by,
    person_name(Adjustment.proposed_by, Adjustment), _decider(), *task_columns(Adjustment.task_id, Adjustment),
    Adjustment.meeting_id, _of_meeting(Meeting.name, "meeting_name"), _of_meeting(Meeting.number, "meeting_number"),
    _of_meeting(Meeting.held_on, "meeting_held_on"), approval_of(Adjustment, "adjustment"),
)  # fmt: skip


def _view(row: Any) -> AdjustmentView:
    return AdjustmentView(
        **{name: row._mapping[name] for name in OWN}, task=task(row), meeting=meeting_of(row),
        proposed_by=person(row.proposed_by, row.person_name), decided_by=person(row.decided_by, row.decider_name),
        approval_id=row.approval_id,
    )  # fmt: skip


class AdjustmentFilter(BaseModel):
    """Which adjustments of those the caller sees."""

    task: Number | None = Field(default=None, description="Task id.")
    plan: Number | None = Field(default=None, description="Plan id.")
    meeting: Number | None = Field(default=None, description="Meeting id.")
    state: list[AdjustmentState] = Field(default_factory=list, description="Any of these.")
    kind: list[AdjustmentKind] = Field(default_factory=list, description="Any of these.")


CONDITIONS: dict[str, Any] = {
    "task": lambda v: Adjustment.task_id == v,
    "plan": lambda v: Adjustment.task_id.in_(select(Task.id).where(Task.plan_id == v)),
    "meeting": lambda v: Adjustment.meeting_id == v,
    "state": lambda v: Adjustment.state.in_(v),
    "kind": lambda v: Adjustment.kind.in_(v),
}


@router.get("/adjustments", operation_id="list_adjustments", responses=refusals(401, 422))
def list_adjustments(
    caller: SignedIn, tx: Look, now: Now, page: Paging, wanted: Annotated[AdjustmentFilter, Query()]
) -> Page[AdjustmentView]:
    """The adjustments of tasks that the caller sees. Orders: id."""
    given = wanted.model_dump(exclude_defaults=True)
    statement = visibility.adjustments(*COLUMNS).where(*(CONDITIONS[n](value) for n, value in given.items()))
    found = fetch(
        tx, statement, Order(Adjustment.id, {}), page, visibility.bound(caller.person_id, now), _view
    )
    return Page[AdjustmentView].model_validate(found)


@router.get("/adjustments/{id}", operation_id="get_adjustment", responses=refusals(401, 404))
def get_adjustment(id: Id, caller: SignedIn, tx: Look, now: Now, response: Response) -> AdjustmentView:
    statement = visibility.adjustments(*COLUMNS).where(Adjustment.id == id)
    row = tx.execute(statement, visibility.bound(caller.person_id, now)).one_or_none()
    if row is None:
        raise NotFound(kind="adjustment")
    response.headers["ETag"] = f'"{row.version}"'
    return _view(row)


# Many by one request


class ProposedItem(BaseModel):
    """One proposal; its fields are judged one by one, so that a bad one refuses no other."""

    model_config = ConfigDict(extra="forbid")
    task_id: Number = Field(examples=[4])
    kind: str = Field(max_length=40, examples=["retarget"])
    decision: int | None = Field(default=None, examples=[1])
    milestone_id: int | None = Field(default=None, examples=[None])
    indicator_id: int | None = Field(default=None, examples=[11])
    change: dict[str, Any] = Field(examples=[{"quantity": "280"}])
    reason: str | None = Field(default=None, max_length=2000, examples=["部分单位搬迁，暂不具备审计条件。"])


class Proposals(BaseModel):
    """What one meeting decided about many tasks."""

    model_config = ConfigDict(extra="forbid")
    items: list[ProposedItem] = Field(min_length=1, max_length=MOST_ITEMS)


class Suspensions(BaseModel):
    """Tasks that rest until a day, on which they take themselves up again."""

    model_config = ConfigDict(extra="forbid")
    task_ids: list[Number] = Field(min_length=1, max_length=MOST_ITEMS, examples=[[4, 10]])
    until_on: date = Field(examples=["2022-09-01"])
    from_on: date | None = Field(default=None, examples=[None])
    decision: int | None = Field(default=None, examples=[2])
    reason: str = Field(min_length=1, max_length=2000, examples=["受疫情影响，暂缓两个月。"])


class Decisions(BaseModel):
    """Several proposals decided alike: each by the caller's seat in its approval."""

    model_config = ConfigDict(extra="forbid")
    ids: list[Number] = Field(min_length=1, max_length=MOST_ITEMS, examples=[[1, 2]])
    action: Literal["approve", "refuse"] = Field(examples=["approve"])
    reason: str | None = Field(default=None, max_length=2000, examples=["同意。"])


BULK = refusals(401, 404, 422, 503)


@router.post("/meetings/{id}/adjustments", operation_id="propose_adjustments", responses=BULK)
def propose_many(
    id: Id,
    body: Proposals,
    request: Request,
    caller: SignedIn,
    services: ServicesHere,
    now: Now,
    key: Key = None,
) -> BulkAnswer:
    """Propose what the meeting decided, each by itself: what is refused says why, the others stand."""
    _expect_meeting(services, id, caller, now)

    def propose(tx: Connection, item: ProposedItem) -> tuple[int, str]:
        details = {**item.model_dump(exclude={"task_id", "reason"}), "meeting_id": id}
        perform(
            tx, TASK, item.task_id, "propose_adjustment", caller.person_id, now, reason=item.reason, details=details
        )  # fmt: skip
        newest = select(func.max(Adjustment.id)).where(Adjustment.task_id == item.task_id)
        return int(tx.execute(newest).scalar_one()), AdjustmentState.PROPOSED

    return Bulk(services, request, caller, now, key, body.model_dump_json(), propose).answer(body.items)


@router.post("/meetings/{id}/suspensions", operation_id="suspend_tasks", responses=BULK)
def suspend_many(
    id: Id, body: Suspensions, request: Request, caller: SignedIn, services: ServicesHere, now: Now, key: Key = None
) -> BulkAnswer:  # fmt: skip
    """Suspend many tasks on the meeting's word, each by itself. They resume by themselves on the day."""
    _expect_meeting(services, id, caller, now)
    details = {**body.model_dump(include={"until_on", "from_on", "decision"}), "meeting_id": id}

    def suspend(tx: Connection, task_id: int) -> tuple[int, str]:
        return _do(tx, TASK, task_id, "suspend", caller, now, reason=body.reason, details=details)

    return Bulk(services, request, caller, now, key, body.model_dump_json(), suspend).answer(body.task_ids)


@router.post("/adjustments/decisions", operation_id="decide_adjustments", responses=refusals(401, 422, 503))
def decide_many(
    body: Decisions, request: Request, caller: SignedIn, services: ServicesHere, now: Now, key: Key = None
) -> BulkAnswer:
    """Sign several proposals or return them, which refuses them, each by itself."""

    def decide(tx: Connection, adjustment_id: int) -> tuple[int, str]:
        _do(
            tx, APPROVAL, _approval_of(tx, adjustment_id), MOVES[body.action], caller, now, reason=body.reason
        )
        state = select(Adjustment.state).where(Adjustment.id == adjustment_id)
        return adjustment_id, tx.execute(state).scalar_one()

    return Bulk(services, request, caller, now, key, body.model_dump_json(), decide).answer(body.ids)


MOVES = {"approve": "approve", "refuse": "return"}
"""What is done in a seat to decide so."""


def _approval_of(tx: Connection, adjustment_id: int) -> int:
    """The approval that decides; whether the caller may know of it, its own law says."""
    own = select(approval_of(Adjustment, "adjustment")).where(Adjustment.id == adjustment_id)
    found: int | None = tx.execute(own).scalar_one_or_none()
    if found is None:
        raise NotFound(kind="adjustment")
    return found


def _do(
    tx: Connection, law: Lifecycle[Any], id: int, action: str, caller: Caller, now: datetime, **more: Any
) -> tuple[int, str]:
    event = perform(tx, law, id, action, caller.person_id, now, **more)
    return id, event.to_state or ""


def _expect_meeting(services: Services, id: int, caller: Caller, now: datetime) -> None:
    with services.reading() as tx:
        statement = visibility.meetings(Meeting.id).where(Meeting.id == id)
        if tx.execute(statement, visibility.bound(caller.person_id, now)).first() is None:
            raise NotFound(kind="meeting")
