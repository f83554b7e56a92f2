"""Approvals: the inbox and other lists, and one with its route and what is signed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field
from sqlalchemy import Connection, bindparam, select

from api.actions import Id, approval_etag
from api.callers import SignedIn
from api.errors import refusals
from api.names import person, person_name, task, task_columns, unit
from api.paging import Number, Order, Page, Paging, fetch
from api.transactions import Look, Now
from api.views import ApprovalRow, ApprovalView, DecisionView, SeatView
from models import Approval, Decision, Milestone, Person, Seat, Unit
from models.states import ApprovalState
from workflow import visibility
from workflow.errors import NotFound

router = APIRouter(tags=["approvals"])
ORDER = Order(Approval.id, {"round": Approval.round})
OWN = (
    "id", "milestone_id", "purpose", "round", "state", "digest", "opened_at", "opened_by", "closed_at", "version",
)  # fmt: skip
YEAR = (
    select(Milestone.year)
    .where(Milestone.id == Approval.milestone_id)
    .correlate(Approval)
    .scalar_subquery()
    .label("year")
)
COLUMNS = (
    *(getattr(Approval, name) for name in OWN), YEAR, *task_columns(Approval.task_id, Approval),
    person_name(Approval.opened_by, Approval),
)  # fmt: skip


class ApprovalFilter(BaseModel):
    """Which approvals of those the caller sees."""

    box: Literal["to_sign", "signed", "opened"] | None = Field(
        default=None, description="待办 `to_sign`, 已办 `signed`, 我发起 `opened`."
    )
    task: Number | None = None
    milestone: Number | None = None
    state: list[ApprovalState] = Field(default_factory=list, description="Any of these.")


CONDITIONS: dict[str, Any] = {
    "task": lambda v: Approval.task_id == v,
    "milestone": lambda v: Approval.milestone_id == v,
    "state": lambda v: Approval.state.in_(v),
    "box": lambda v: BOXES[v],
}
BOXES: dict[str, Any] = {
    "to_sign": visibility.signable(),
    "signed": visibility.decided(),
    "opened": Approval.opened_by == bindparam("actor"),
}


def _row(row: Any) -> dict[str, Any]:
    own = {name: row._mapping[name] for name in OWN if name != "opened_by"}
    return {**own, "year": row.year, "task": task(row), "opened_by": person(row.opened_by, row.person_name)}


@router.get("/approvals", operation_id="list_approvals", responses=refusals(401, 422))
def list_approvals(
    caller: SignedIn, tx: Look, now: Now, page: Paging, wanted: Annotated[ApprovalFilter, Query()]
) -> Page[ApprovalRow]:
    """The approvals that the caller sees; `box=to_sign` is the inbox. Orders: id, round."""
    given = wanted.model_dump(exclude_defaults=True)
    statement = visibility.approvals(*COLUMNS).where(
        *(CONDITIONS[name](value) for name, value in given.items())
    )
    found = fetch(tx, statement, ORDER, page, visibility.bound(caller.person_id, now), _row)
    return Page[ApprovalRow].model_validate(found)


@router.get("/approvals/{id}", operation_id="get_approval", responses=refusals(401, 404))
def get_approval(id: Id, caller: SignedIn, tx: Look, now: Now, response: Response) -> ApprovalView:
    """One approval: its seats in order, who decided what, and the text under the digest."""
    found = read_approval(tx, visibility.bound(caller.person_id, now), Approval.id == id)
    if found is None:
        raise NotFound(kind="approval")
    response.headers["ETag"] = approval_etag(found)
    return found


def read_approval(tx: Connection, bound: Mapping[str, Any], where: Any) -> ApprovalView | None:
    """The one approval that meets `where`, if there is one and the person sees it."""
    row = tx.execute(visibility.approvals(*COLUMNS, Approval.signed_facts).where(where), bound).one_or_none()
    if row is None:
        return None
    return ApprovalView(**_row(row), signed_facts=row.signed_facts, seats=_seats(tx, row.id))


def _seats(tx: Connection, approval_id: int) -> list[SeatView]:
    decided = (Decision.verdict, Decision.opinion, Decision.digest, Decision.decided_by, Decision.decided_at)
    statement = (
        select(Seat.__table__, Unit.name.label("unit_name"), *decided, Person.name.label("person_name"))
        .join(Unit, Unit.id == Seat.unit_id)
        .outerjoin(Decision, Decision.seat_id == Seat.id)
        .outerjoin(Person, Person.id == Decision.decided_by)
        .where(Seat.approval_id == approval_id)
        .order_by(Seat.step, Seat.id)
    )
    return [_seat(row) for row in tx.execute(statement)]


def _seat(row: Any) -> SeatView:
    decision = None
    if row.verdict is not None:
        decision = DecisionView(
            verdict=row.verdict, opinion=row.opinion, digest=row.digest, decided_at=row.decided_at,
            decided_by=person(row.decided_by, row.person_name),
        )  # fmt: skip
    return SeatView(
        id=row.id, step=row.step, step_key=row.step_key, role=row.role, mode=row.mode, state=row.state,
        unit=unit(row.unit_id, row.unit_name), decision=decision,
    )  # fmt: skip
