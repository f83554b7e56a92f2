"""Groups of signers: who signs where a definition names a group."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field
from sqlalchemy import Connection, select

from api.actions import PREFIX, Id, IfMatch, seen_version
from api.callers import Caller, SignedIn
from api.errors import refusals
from api.idempotency import Acting, ActRoute
from api.names import person
from api.paging import Order, Page, Paging, fetch
from api.transactions import Look, Now, Tx
from api.views import PersonName, Version
from models import Person, SignerGroup, SignerGroupMember
from workflow import visibility
from workflow.approvals.groups import (
    GroupMembers,
    GroupName,
    NewGroup,
    create_group,
    end_group,
    groups,
    left_seats,
    rename_group,
    set_members,
)
from workflow.errors import NotFound

router = APIRouter(prefix="/signer-groups", tags=["approvals"], route_class=ActRoute)
COLUMNS = (SignerGroup.id, SignerGroup.code, SignerGroup.name, SignerGroup.ended_on, SignerGroup.version)


class GroupRow(BaseModel):
    """A group, by whose code definitions name it."""

    id: int = Field(examples=[1])
    code: str = Field(examples=["finance_board"])
    name: str = Field(examples=["财务会审组"])
    ended_on: date | None = Field(description="From then on no definition may name it.", examples=[None])
    version: Version
    members: list[PersonName] = Field(description="In the order in which they sign.")


class LeftSeatView(BaseModel):
    """A seat that nobody may sign until a supervisor transfers it or takes it off."""

    approval_id: int = Field(examples=[2])
    seat_id: int = Field(examples=[41])
    person_id: int = Field(examples=[7])


class GroupView(GroupRow):
    """A group, and what waits for those who have left it."""

    left: list[LeftSeatView]


class GroupEnd(BaseModel):
    reason: str = Field(min_length=1, max_length=2000, examples=["会审职责并入市财政局。"])


@router.get("", operation_id="list_signer_groups", responses=refusals(401, 422))
def list_groups(
    caller: SignedIn, tx: Look, now: Now, page: Paging,
    ended: Annotated[bool, Query(description="Groups that have ended as well.")] = False,
) -> Page[GroupRow]:  # fmt: skip
    """The groups that the caller sees: all, for those who see the whole plan; else those they are in."""
    statement = groups(*COLUMNS)
    if not ended:
        statement = statement.where(SignerGroup.ended_on.is_(None))
    order = Order(SignerGroup.id, {"code": SignerGroup.code})
    found = fetch(tx, statement, order, page, visibility.bound(caller.person_id, now), lambda row: row)
    members = _members(tx, [row.id for row in found["items"]])
    rows = [_row(row, members) for row in found["items"]]
    return Page[GroupRow].model_validate({**found, "items": rows})


@router.get("/{id}", operation_id="get_signer_group", responses=refusals(401, 404))
def get_group(id: Id, caller: SignedIn, tx: Look, now: Now, response: Response) -> GroupView:
    return _shown(tx, id, caller, now, response)


@router.post("", operation_id="create_signer_group", status_code=201, responses=refusals(401, 403, 422, 503))
def create(given: NewGroup, caller: SignedIn, tx: Acting, now: Now, response: Response) -> GroupView:
    """A new group. For supervisors of the office."""
    group_id = create_group(tx, given, caller.person_id, now)
    response.headers["Location"] = f"{PREFIX}/signer-groups/{group_id}"
    return _shown(tx, group_id, caller, now, response)


@router.patch("/{id}", operation_id="rename_signer_group", responses=refusals(401, 403, 404, 409, 412, 422))
def rename(
    id: Id, given: GroupName, caller: SignedIn, tx: Tx, now: Now, response: Response, if_match: IfMatch = None
) -> GroupView:  # fmt: skip
    """Another name; its code stays."""
    rename_group(tx, id, given, caller.person_id, now, seen=seen_version(if_match))
    return _shown(tx, id, caller, now, response)


@router.put("/{id}/members", operation_id="set_signers", responses=refusals(401, 403, 404, 409, 412, 422))
def put_members(
    id: Id, given: GroupMembers, caller: SignedIn, tx: Tx, now: Now, response: Response, if_match: IfMatch = None
) -> GroupView:  # fmt: skip
    """Who signs, in order. Whoever leaves signs nothing more for the group; `left` names what waits for them."""
    set_members(tx, id, given, caller.person_id, now, seen=seen_version(if_match))
    return _shown(tx, id, caller, now, response)


@router.post(
    "/{id}/end", operation_id="end_signer_group", responses=refusals(401, 403, 404, 409, 412, 422, 503)
)
def end(
    id: Id, given: GroupEnd, caller: SignedIn, tx: Acting, now: Now, response: Response, if_match: IfMatch = None
) -> GroupView:  # fmt: skip
    """End a group that no definition in force names."""
    end_group(tx, id, caller.person_id, now, reason=given.reason, seen=seen_version(if_match))
    return _shown(tx, id, caller, now, response)


def _shown(tx: Connection, id: int, caller: Caller, now: datetime, response: Response) -> GroupView:
    bound = visibility.bound(caller.person_id, now)
    row = tx.execute(groups(*COLUMNS).where(SignerGroup.id == id), bound).one_or_none()
    if row is None:
        raise NotFound(kind="signer_group")
    response.headers["ETag"] = f'"{row.version}"'
    left = [
        LeftSeatView(approval_id=seat.approval_id, seat_id=seat.id, person_id=seat.person_id)
        for seat in left_seats(tx, id)
    ]
    return GroupView(**_row(row, _members(tx, [id])), left=left)


def _row(row: Any, members: dict[int, list[PersonName]]) -> dict[str, Any]:
    return {**row._mapping, "members": members.get(row.id, [])}


def _members(tx: Connection, ids: Sequence[int]) -> dict[int, list[PersonName]]:
    """The members of groups, by the group's id."""
    statement = (
        select(SignerGroupMember.group_id, Person.id, Person.name)
        .join(Person, Person.id == SignerGroupMember.person_id)
        .where(SignerGroupMember.group_id.in_(ids))
        .order_by(SignerGroupMember.ordinal, SignerGroupMember.id)
    )
    found: dict[int, list[PersonName]] = {}
    for row in tx.execute(statement):
        found.setdefault(row.group_id, []).append(person(row.id, row.name))
    return found
