"""Approvals: the inbox and other lists, and one with its route and what is signed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field
from sqlalchemy import Connection, bindparam, select

from api.actions import Id, approval_etag
from api.approval_views import ApprovalRow, ApprovalView, DecisionView, SeatView
from api.callers import SignedIn
from api.errors import refusals
from api.names import person, person_name, task, task_columns, unit
from api.paging import Number, Order, Page, Paging, fetch
from api.transactions import Look, Now
from models import Approval, Decision, Milestone, Person, Seat, Unit
from models.states import ApprovalState
from workflow import visibility
from workflow.errors import NotFound

router = APIRouter(tags=["approvals"])
ORDER = Order(Approval.id, {"round": Approval.round})
OWN = (
    "id", "milestone_id", "subject_kind", "subject_id", "purpose", "round", "state", "digest", "opened_at", "opened_by",
    "closed_at", "version",
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

HOLDER, DELEGATOR, ABSENT = (Person.__table__.alias(name) for name in ("holder", "delegator", "absent"))
DECIDED = (
    Decision.verdict, Decision.opinion, Decision.digest, Decision.decided_by, Decision.substitute_for,
    Decision.decided_at,
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
    statement = (
        select(Seat.__table__, Unit.name.label("unit_name"), HOLDER.c.name.label("holder"),
               DELEGATOR.c.name.label("delegator"), *DECIDED, Person.name.label("decider"),
               ABSENT.c.name.label("absent"))
        .outerjoin(Unit, Unit.id == Seat.unit_id)
        .outerjoin(HOLDER, HOLDER.c.id == Seat.person_id)
        .outerjoin(DELEGATOR, DELEGATOR.c.id == Seat.delegated_by)
        .outerjoin(Decision, Decision.seat_id == Seat.id)
        .outerjoin(Person, Person.id == Decision.decided_by)
        .outerjoin(ABSENT, ABSENT.c.id == Decision.substitute_for)
        .where(Seat.approval_id == approval_id)
        .order_by(Seat.step, Seat.turn, Seat.id)
    )  # fmt: skip
    return [_seat(row) for row in tx.execute(statement)]


def _seat(row: Any) -> SeatView:
    own = (
        "id",
        "step",
        "step_key",
        "mode",
        "turn",
        "quorum",
        "role",
        "added_to",
        "relation",
        "state",
        "opened_at",
    )
    return SeatView(
        **{name: row._mapping[name] for name in own},
        unit=unit(row.unit_id, row.unit_name) if row.unit_id else None,
        person=person(row.person_id, row.holder) if row.person_id else None,
        delegated_by=person(row.delegated_by, row.delegator) if row.delegated_by else None,
        decision=_decision(row) if row.verdict is not None else None,
    )


def _decision(row: Any) -> DecisionView:
    return DecisionView(
        verdict=row.verdict, opinion=row.opinion, digest=row.digest, decided_at=row.decided_at,
        decided_by=person(row.decided_by, row.decider) if row.decided_by else None,
        substitute_for=person(row.substitute_for, row.absent) if row.substitute_for else None,
    )  # fmt: skip
