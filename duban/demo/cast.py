"""Who plays: the units of the plan, their departments, and an invented person for every role."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import yaml
from sqlalchemy import Connection, insert, update

from models import Grant, GroupMember, Person, Unit
from models.states import PersonState, Role, UnitKind
from workflow.adapters.directories import ShippedUnit, read_units
from workflow.adapters.shipped import PLANS
from workflow.offices import Office, settle

FOLDER = PLANS / "shanghai-2022"
PER_UNIT = (Role.OWNER, Role.REVIEWER, Role.LEADER)
"""The people of a unit, in the order of their logins."""


@dataclass(frozen=True, slots=True)
class Department:
    """A department (处室) of an organ; `tasks` are the numbers of those it owns."""

    code: str
    name: str
    organ: str
    owners: int = 1
    tasks: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """One of the cast: a person with one role in one unit (by code), or in the whole plan."""

    login: str
    name: str
    role: Role
    unit: str | None


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody, and where they sit."""

    office_code: str
    office_name: str
    office: Office
    departments: tuple[Department, ...]
    units: tuple[ShippedUnit, ...]
    members: tuple[Member, ...]

    def owner(self, unit: str, task: int) -> str:
        """The login of who owns a task in a unit (by name)."""
        desks = [d for d in self.departments if d.organ == unit]
        desk = next((d for d in desks if task in d.tasks), desks[0] if desks else None)
        code = desk.code if desk else self._code(unit)
        owners = [m.login for m in self.members if m.unit == code and m.role == Role.OWNER]
        return owners[task % len(owners)]

    def one(self, role: Role, unit: str) -> str:
        """The login of who holds a role in a unit (by name)."""
        code = self._code(unit)
        return next(m.login for m in self.members if m.unit == code and m.role == role)

    def of_the_office(self, role: Role, turn: int = 0) -> str:
        """The login of a role in the joint-meeting office; where several hold it, in turn."""
        inside = {self.office_code, *(d.code for d in self.departments if d.organ == self.office_name)}
        held = [m.login for m in self.members if m.role == role and m.unit in inside]
        return held[turn % len(held)]

    def _code(self, unit: str) -> str:
        return next(u.code for u in self.units if u.name == unit)


def assemble(seed: int, folder: Path = FOLDER) -> Cast:
    """The cast of a seed: written names stay, all others are drawn. Pure but for reading the two files."""
    told = yaml.safe_load((folder / "cast.yaml").read_text(encoding="utf-8"))
    units = tuple(read_units(folder / "units.yaml"))
    office = told["office"]
    departments = (
        *(Department(d["code"], d["name"], office["name"]) for d in office["departments"]),
        *(
            Department(d["code"], d["name"], organ, d["owners"], tuple(d.get("tasks", ())))
            for organ, listed in told["departments"].items()
            for d in listed
        ),
    )
    written = [
        Member(p["login"], p["name"], Role(p["role"]), p.get("unit"))
        for p in (*office["people"], *told["plan_wide"])
    ]
    names = _names(told, Random(f"{seed}:names"), {member.name for member in written})  # noqa: S311
    drawn = [member for unit in units if not unit.group for member in _staff(unit, departments, told, names)]
    settings = Office.model_validate(office["settings"])
    return Cast(office["code"], office["name"], settings, departments, units, (*written, *drawn))


def _names(told: Mapping[str, Any], chance: Random, taken: set[str]) -> Iterator[str]:
    """Names that nobody in the cast has yet: a surname and one or two given signs."""
    while True:
        name = chance.choice(told["surnames"]) + "".join(
            chance.sample(told["given"], chance.choice((1, 2, 2)))
        )
        if name not in taken:
            taken.add(name)
            yield name


def _staff(
    unit: ShippedUnit, departments: tuple[Department, ...], told: Mapping[str, Any], names: Iterator[str]
) -> Iterator[Member]:
    """Owners where the work lies, a reviewer and a leader for the unit."""
    prefix = _prefix(unit.name, told)
    desks = [d for d in departments if d.organ == unit.name]
    places = [desk.code for desk in desks for _ in range(desk.owners)] or [unit.code]
    for n, place in enumerate(places, 1):
        login = f"{prefix}.owner" if n == 1 else f"{prefix}.owner{n}"
        yield Member(login, next(names), Role.OWNER, place)
    for role in (Role.REVIEWER, Role.LEADER):
        yield Member(f"{prefix}.{role}", next(names), role, unit.code)


def _prefix(unit: str, told: Mapping[str, Any]) -> str:
    if unit in told["logins"]:
        return str(told["logins"][unit])
    district = next(name for name in told["districts"] if unit.startswith(name))
    return f"{told['districts'][district]}-{told['bureaus'][unit.removeprefix(district)]}"


def seat(tx: Connection, cast: Cast, password_hash: str, since: date) -> None:
    """Write the cast into an empty directory: units, groups, departments, people with their grants."""
    ids = {cast.office_code: _add_unit(tx, cast.office_code, cast.office_name, is_office=True)}
    printed = {}
    for unit in cast.units:
        kind = UnitKind.GROUP if unit.group else UnitKind.ORGAN
        ids[unit.code] = printed[unit.printed_name] = _add_unit(
            tx, unit.code, unit.name, kind=kind, printed_name=unit.printed_name, aliases=list(unit.aliases),
            is_district=unit.district,
        )  # fmt: skip
        for member in unit.members:
            values = {"group_id": ids[unit.code], "unit_id": printed[member], "confirmed": unit.confirmed}
            tx.execute(insert(GroupMember).values(**values))
    organs = {cast.office_name: ids[cast.office_code], **{u.name: ids[u.code] for u in cast.units}}
    for desk in cast.departments:
        ids[desk.code] = _add_unit(
            tx, desk.code, desk.name, kind=UnitKind.DEPARTMENT, parent_id=organs[desk.organ],
            organ_id=organs[desk.organ], is_office=desk.organ == cast.office_name,
        )  # fmt: skip
    for person in cast.members:
        _add_person(tx, person, ids.get(person.unit or ""), password_hash, since)
    settle(tx, "office", cast.office.model_dump())


def _add_unit(tx: Connection, code: str, name: str, **more: Any) -> int:
    values = {"code": code, "name": name, "kind": UnitKind.ORGAN, "aliases": [], **more}
    unit_id = int(tx.execute(insert(Unit).values(**values).returning(Unit.id)).scalar_one())
    if values["kind"] == UnitKind.ORGAN:
        tx.execute(update(Unit).where(Unit.id == unit_id).values(organ_id=unit_id))
    return unit_id


def _add_person(tx: Connection, person: Member, unit_id: int | None, password_hash: str, since: date) -> None:
    values = {
        "login": person.login, "name": person.name, "email": f"{person.login}@example.org", "unit_id": unit_id,
        "state": PersonState.ACTIVE, "password_hash": password_hash, "demo": True, "language": "zh-Hans",
    }  # fmt: skip
    person_id = tx.execute(insert(Person).values(**values).returning(Person.id)).scalar_one()
    grant = {"person_id": person_id, "role": person.role, "unit_id": unit_id, "from_on": since}
    tx.execute(insert(Grant).values(**grant))
