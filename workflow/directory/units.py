"""Units: organs with departments, groups that stand for their members. Begun, amended, ended; never deleted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from pydantic import Field
from sqlalchemy import Connection, and_, delete, func, insert, or_, select, update

from models import Grant, GroupMember, Part, Person, Task, Unit
from models.states import PersonState, TaskState, UnitKind
from workflow.actors import Actor
from workflow.civil import day_of
from workflow.directory.changes import lock_unit, write_unit
from workflow.directory.standing import UnitFact, administers, load_units
from workflow.errors import Malformed, Missing, NotPermitted, NotReady
from workflow.law import Details
from workflow.roots import enter_root, record
from workflow.standings import actor

CODE = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$"


class NewUnit(Details):
    """An organ, a department of one (`parent_id`), or a group with its members."""

    code: str = Field(pattern=CODE, examples=["JGJ-JN"])
    name: str = Field(min_length=1, max_length=200, examples=["市机管局节能处"])
    kind: UnitKind = Field(default=UnitKind.ORGAN, examples=["department"])
    parent_id: int | None = Field(default=None, examples=[2])
    printed_name: str | None = Field(default=None, max_length=200)
    aliases: tuple[str, ...] = ()
    is_office: bool = False
    is_district: bool = False
    members: tuple[int, ...] = Field(default=(), description="Of a group: ids of organs.")


class UnitChange(Details):
    """What is given changes; a former name stays as another name, so that old papers are still understood."""

    name: str | None = Field(default=None, min_length=1, max_length=200, examples=["市机关事务管理局"])
    printed_name: str | None = Field(default=None, max_length=200)
    aliases: tuple[str, ...] | None = None
    is_district: bool | None = None


class Members(Details):
    """All members of a group, confirmed by the office with this."""

    members: tuple[int, ...] = Field(examples=[[4, 5]])


class UnitEnd(Details):
    """The first day on which the unit is no more."""

    ended_on: date = Field(examples=["2023-01-01"])


def create(tx: Connection, given: NewUnit, actor_id: int | None, now: datetime) -> int:
    """A new unit: its id. Raises NotPermitted, or Malformed with everything that is wrong."""
    units, who = load_units(tx), actor(tx, actor_id, now)
    parent = units.get(given.parent_id) if given.parent_id is not None else None
    _permit(who, parent if given.kind == UnitKind.DEPARTMENT else None, "create")
    if lacks := [
        *_placed(given, parent, units),
        *_spelled(tx, (given.name, *given.aliases)),
        *_coded(tx, given.code),
    ]:
        raise Malformed(missing=lacks)
    unit_id = enter_root(
        tx, "unit", columns_of(given, parent), "create", actor_id, now, details=given.model_dump(mode="json")
    )
    if given.kind == UnitKind.ORGAN:
        table = Unit.__table__
        tx.execute(update(table).where(table.c.id == unit_id).values(organ_id=unit_id))  # type: ignore[arg-type]
    _enlist(tx, unit_id, given.members)
    return unit_id


def columns_of(given: NewUnit, parent: UnitFact | None) -> dict[str, Any]:
    """The row of a new unit: a department belongs to its organ, and to the office where that is the office."""
    inside = parent is not None and given.kind == UnitKind.DEPARTMENT
    values = given.model_dump(exclude={"members"})
    return {
        **values, "aliases": list(given.aliases), "organ_id": parent.organ_id if parent and inside else None,
        "is_office": bool(parent and parent.is_office) if inside else given.is_office,
    }  # fmt: skip


def amend(
    tx: Connection,
    unit_id: int,
    given: UnitChange,
    actor_id: int | None,
    now: datetime,
    *,
    seen: int | None = None,
) -> None:
    """Rename a unit or correct its other names. Raises NotFound, Stale, NotPermitted, Malformed."""
    chain = lock_unit(tx, unit_id, seen)
    _permit(actor(tx, actor_id, now), load_units(tx)[unit_id], "amend")
    before = tx.execute(select(Unit.name, Unit.aliases).where(Unit.id == unit_id)).one()
    values = {name: getattr(given, name) for name in given.model_fields_set}
    values = {name: value for name, value in values.items() if value is not None or name == "printed_name"}
    names = _other_names(before, values)
    if lacks := list(_spelled(tx, (values.get("name", before.name), *names), but=unit_id)):
        raise Malformed(missing=lacks)
    record(
        chain,
        "amend",
        actor_id,
        now,
        {**given.model_dump(mode="json", exclude_unset=True), "was": before.name},
    )
    write_unit(tx, chain, {**values, "aliases": names})


def _other_names(before: Any, values: Mapping[str, Any]) -> list[str]:
    name = values.get("name", before.name)
    former = [before.name] if name != before.name else []
    return [
        other for other in dict.fromkeys([*values.get("aliases", before.aliases), *former]) if other != name
    ]


def set_members(
    tx: Connection,
    group_id: int,
    given: Members,
    actor_id: int | None,
    now: datetime,
    *,
    seen: int | None = None,
) -> None:
    """Say which organs a group stands for. Plans that are already confirmed keep the members they had."""
    chain = lock_unit(tx, group_id, seen)
    _permit(actor(tx, actor_id, now), None, "set_members")
    units = load_units(tx)
    if units[group_id].kind != UnitKind.GROUP:
        raise NotReady(kind="unit", action="set_members", missing=[Missing("is_group", {"field": "members"})])
    if lacks := list(_members(given.members, units)):
        raise Malformed(missing=lacks)
    tx.execute(delete(GroupMember).where(GroupMember.group_id == group_id))
    _enlist(tx, group_id, given.members)
    record(chain, "set_members", actor_id, now, given.model_dump(mode="json"))
    write_unit(tx, chain, {})


def end(
    tx: Connection, unit_id: int, given: UnitEnd, actor_id: int | None, now: datetime, *, reason: str | None = None,
    seen: int | None = None,
) -> None:  # fmt: skip
    """End a unit from a date. NotReady names everything that still hangs on it."""
    chain = lock_unit(tx, unit_id, seen)
    unit = load_units(tx)[unit_id]
    _permit(actor(tx, actor_id, now), unit if unit.kind == UnitKind.DEPARTMENT else None, "end")
    if lacks := list(_hanging(tx, unit, given.ended_on, now)):
        raise NotReady(kind="unit", action="end", missing=lacks)
    record(chain, "end", actor_id, now, given.model_dump(mode="json"), reason=reason)
    write_unit(tx, chain, {"ended_on": given.ended_on})


def _permit(who: Actor, unit: UnitFact | None, action: str) -> None:
    """Organs and groups are the plan's admins' to change; a department also its organ's."""
    if not administers(who, unit.id if unit else None, unit.organ_id if unit else None):
        raise NotPermitted(kind="unit", action=action)


def _placed(given: NewUnit, parent: UnitFact | None, units: Mapping[int, UnitFact]) -> Iterator[Missing]:
    if given.parent_id is not None and (parent is None or parent.kind == UnitKind.GROUP or parent.ended_on):
        yield Missing("standing_unit", {"field": "parent_id", "unit_id": given.parent_id})
    if given.kind == UnitKind.DEPARTMENT and given.parent_id is None:
        yield Missing("department_parent", {"field": "parent_id"})
    if given.kind == UnitKind.ORGAN and given.is_office and any(u.is_office for u in units.values()):
        yield Missing("one_office", {"field": "is_office"})
    if given.members and given.kind != UnitKind.GROUP:
        yield Missing("is_group", {"field": "members"})
    yield from _members(given.members, units)


def _members(members: Sequence[int], units: Mapping[int, UnitFact]) -> Iterator[Missing]:
    for member in members:
        unit = units.get(member)
        if unit is None or unit.kind != UnitKind.ORGAN or unit.ended_on:
            yield Missing("standing_organ", {"field": "members", "unit_id": member})


def _spelled(tx: Connection, names: Sequence[str], *, but: int = 0) -> Iterator[Missing]:
    """A name or other name stands for one unit only: the plan's document is read by them."""
    taken = {}
    for row in tx.execute(select(Unit.name, Unit.aliases).where(Unit.id != but)):
        taken.update(dict.fromkeys((row.name, *row.aliases), row.name))
    for name in names:
        if name in taken:
            yield Missing("name_taken", {"field": "name", "name": name, "unit": taken[name]})


def _coded(tx: Connection, code: str) -> Iterator[Missing]:
    if tx.execute(select(Unit.id).where(Unit.code == code)).first():
        yield Missing("code_taken", {"field": "code", "code": code})


def _enlist(tx: Connection, group_id: int, members: Sequence[int]) -> None:
    if rows := [
        {"group_id": group_id, "unit_id": member, "confirmed": True} for member in dict.fromkeys(members)
    ]:
        tx.execute(insert(GroupMember), rows)


def _hanging(tx: Connection, unit: UnitFact, ended_on: date, now: datetime) -> Iterator[Missing]:
    """What a unit still holds: departments, grants, people, tasks; and the office is needed itself."""
    if unit.is_office and unit.kind == UnitKind.ORGAN:
        yield Missing("office_stays", {})
    if ended_on < day_of(now):
        yield Missing("not_in_past", {"field": "ended_on", "today": day_of(now).isoformat()})
    below = (Unit.organ_id == unit.id, Unit.id != unit.id)
    held = and_(Grant.unit_id == unit.id, or_(Grant.to_on.is_(None), Grant.to_on >= ended_on))
    over = (TaskState.CLOSED, TaskState.CANCELLED)
    working = (Part.task_id == Task.id, Part.unit_id == unit.id, Task.state.not_in(over))
    for code, statement in (
        ("departments_ended", select(func.count(Unit.id)).where(*below, Unit.ended_on.is_(None))),
        ("grants_ended", select(func.count(Grant.id)).where(held)),
        ("people_moved", select(func.count(Person.id)).where(Person.unit_id == unit.id,
                                                            Person.state != PersonState.DEPARTED)),
        ("tasks_over", select(func.count(Part.id)).where(*working)),
    ):  # fmt: skip
        if count := tx.execute(statement).scalar_one():
            yield Missing(code, {"count": count})
