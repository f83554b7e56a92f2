"""Groups of signers: people who sign as a group, by its code in definitions. Begun, renamed, ended; never deleted.

Seats are made from the members that a group has when an approval is opened; who has left it by then, or later, signs
no seat of its.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import Field
from sqlalchemy import Connection, Select, Text, bindparam, cast, delete, insert, or_, select

from models import Approval, ApprovalDefinition, Person, Seat, SignerGroup, SignerGroupMember
from models.states import ApprovalState, PersonState, Role
from workflow import visibility
from workflow.approvals.choosing import read_definition
from workflow.approvals.definitions import Key
from workflow.approvals.editions import lock_definitions
from workflow.approvals.route import UNDECIDED
from workflow.audit import Chain
from workflow.civil import day_of
from workflow.errors import Malformed, Missing, NotFound, NotPermitted, NotReady
from workflow.law import Details, RowId
from workflow.roots import enter_root, lock_root, record, write_root
from workflow.standings import actor

KIND = "signer_group"
MOST_MEMBERS = 50
MEMBER: Any = SignerGroupMember.__table__
Members = Field(
    min_length=1, max_length=MOST_MEMBERS, description="Ids of people; in a sequence they sign in this order.",
    examples=[[7, 8]],
)  # fmt: skip


class NewGroup(Details):
    """A group with its members."""

    code: Key = Field(examples=["finance_board"])
    name: str = Field(min_length=1, max_length=200, examples=["财务会审组"])
    members: list[RowId] = Members


class GroupName(Details):
    name: str = Field(min_length=1, max_length=200, examples=["财务会审小组"])


class GroupMembers(Details):
    """All members, in order."""

    members: list[RowId] = Members


@dataclass(frozen=True, slots=True)
class LeftSeat:
    """An undecided seat whose holder has left its group: nobody may sign it until it is handed on or removed."""

    id: int
    approval_id: int
    person_id: int


def groups(*columns: Any) -> Select[Any]:
    """Groups that the person bound sees: all of them for who sees or administers the whole plan, else their own."""
    own = select(MEMBER.c.group_id).where(MEMBER.c.person_id == bindparam("actor"))
    seen = or_(visibility.SEES_ALL, visibility.KEEPS_ALL, SignerGroup.id.in_(own))
    return select(*columns).select_from(SignerGroup).where(seen)


def create_group(tx: Connection, given: NewGroup, actor_id: int | None, now: datetime) -> int:
    """A new group: its id. Raises NotPermitted, or Malformed with everything that is wrong."""
    _permit(tx, actor_id, now, "create")
    lacks = list(_members(tx, given.members))
    if tx.execute(select(SignerGroup.id).where(SignerGroup.code == given.code)).first():
        lacks.append(Missing("group_code_taken", {"field": "code", "code": given.code}))
    if lacks:
        raise Malformed(missing=lacks)
    values, details = {"code": given.code, "name": given.name}, given.model_dump(mode="json")
    group_id = enter_root(tx, KIND, values, "create", actor_id, now, details=details)
    _enlist(tx, group_id, given.members)
    return group_id


def rename_group(
    tx: Connection, group_id: int, given: GroupName, actor_id: int | None, now: datetime, *, seen: int | None = None
) -> None:  # fmt: skip
    """Another name; the code that definitions name stays. Raises NotFound, Stale, NotPermitted, NotReady."""
    chain = _lock(tx, group_id, actor_id, now, "rename", seen)
    was = _standing(tx, group_id, "rename").name
    record(chain, "rename", actor_id, now, {"name": given.name, "was": was})
    write_root(tx, chain, {"name": given.name})


def set_members(
    tx: Connection, group_id: int, given: GroupMembers, actor_id: int | None, now: datetime,
    *, seen: int | None = None,
) -> None:  # fmt: skip
    """Say who signs, in order. Raises NotFound, Stale, NotPermitted, NotReady, Malformed."""
    chain = _lock(tx, group_id, actor_id, now, "set_members", seen)
    _standing(tx, group_id, "set_members")
    if lacks := list(_members(tx, given.members)):
        raise Malformed(missing=lacks)
    was = select(MEMBER.c.person_id).where(MEMBER.c.group_id == group_id).order_by(MEMBER.c.ordinal)
    record(
        chain, "set_members", actor_id, now,
        {**given.model_dump(mode="json"), "was": list(tx.execute(was).scalars())},
    )  # fmt: skip
    tx.execute(delete(MEMBER).where(MEMBER.c.group_id == group_id))
    _enlist(tx, group_id, given.members)
    write_root(tx, chain, {})


def end_group(
    tx: Connection,
    group_id: int,
    actor_id: int | None,
    now: datetime,
    *,
    reason: str,
    seen: int | None = None,
) -> None:
    """No definition may name it from now on; seats that were made from it stay its members'.

    NotReady names the definitions in force that name it.
    """
    chain = _lock(tx, group_id, actor_id, now, "end", seen)
    code = _standing(tx, group_id, "end").code
    lock_definitions(tx)
    if keys := sorted(set(_named_by(tx, code))):
        missing = [Missing("group_in_force", {"definitions": ", ".join(keys)})]
        raise NotReady(kind=KIND, action="end", missing=missing)
    record(chain, "end", actor_id, now, {}, reason=reason)
    write_root(tx, chain, {"ended_on": day_of(now)})


def left_seats(tx: Connection, group_id: int) -> Sequence[LeftSeat]:
    """Open work of those who have left a group: to be transferred, or taken off, by a supervisor."""
    member = select(MEMBER.c.person_id).where(MEMBER.c.group_id == group_id)
    statement = (
        select(Seat.id, Seat.approval_id, Seat.person_id)
        .join(Approval, Approval.id == Seat.approval_id)
        .where(
            Seat.group_id == group_id, Seat.delegated_by.is_(None), Seat.state.in_(UNDECIDED),
            Approval.state == ApprovalState.OPEN, Seat.person_id.not_in(member),
        )
        .order_by(Seat.id)
    )  # fmt: skip
    return [LeftSeat(row.id, row.approval_id, int(row.person_id)) for row in tx.execute(statement)]


def _lock(
    tx: Connection, group_id: int, actor_id: int | None, now: datetime, action: str, seen: int | None
) -> Chain:
    """The group's chain. NotFound where the actor sees no such group, then NotPermitted, then Stale."""
    found = groups(SignerGroup.id).where(SignerGroup.id == group_id)
    if tx.execute(found, visibility.bound(actor_id, now)).first() is None:
        raise NotFound(kind=KIND)
    _permit(tx, actor_id, now, action)
    return lock_root(tx, KIND, group_id, seen)


def _permit(tx: Connection, actor_id: int | None, now: datetime, action: str) -> None:
    """Supervisors of the joint-meeting office, who say how things are approved."""
    if not actor(tx, actor_id, now).in_office(Role.SUPERVISOR):
        raise NotPermitted(kind=KIND, action=action)


def _standing(tx: Connection, group_id: int, action: str) -> Any:
    """The group, while it has not ended."""
    columns = (SignerGroup.code, SignerGroup.name, SignerGroup.ended_on)
    row = tx.execute(select(*columns).where(SignerGroup.id == group_id)).one()
    if row.ended_on is not None:
        missing = [Missing("standing_group", {"ended_on": row.ended_on.isoformat()})]
        raise NotReady(kind=KIND, action=action, missing=missing)
    return row


def _members(tx: Connection, members: Sequence[int]) -> Iterator[Missing]:
    """Each is there, and named once."""
    here = select(Person.id).where(Person.id.in_(members), Person.state != PersonState.DEPARTED)
    known = set(tx.execute(here).scalars())
    for place, person in enumerate(members):
        if person not in known or person in members[:place]:
            yield Missing("known_person", {"field": f"members.{place}", "person_id": person})


def _enlist(tx: Connection, group_id: int, members: Sequence[int]) -> None:
    rows = [{"group_id": group_id, "person_id": p, "ordinal": n} for n, p in enumerate(members)]
    tx.execute(insert(MEMBER), rows)


def _named_by(tx: Connection, code: str) -> Iterator[str]:
    """Keys of the definitions in force that name a group."""
    body = cast(ApprovalDefinition.body, Text)
    for text in tx.execute(select(body).where(ApprovalDefinition.superseded_at.is_(None))).scalars():
        definition = read_definition(text)
        if any(step.group == code for step in definition.steps):
            yield definition.key
