"""The directory as it stands, in the shape of its sheets: what an import is held against, and what an export writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from models import Grant, GroupMember, Person, Unit
from models.states import PersonState
from workflow.words import say


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Rows by what they are known by: units by code, people by login, grants by login, role, unit's code, first day."""

    units: dict[str, Any]
    people: dict[str, Any]
    members: frozenset[tuple[str, str]]
    grants: dict[tuple[str, str, str | None], list[Any]]
    codes: dict[int, str]


def snapshot(tx: Connection) -> Snapshot:
    """Everything, ended units and departed people as well."""
    units = {row.code: row for row in tx.execute(select(Unit.__table__).order_by(Unit.code))}
    codes = {row.id: code for code, row in units.items()}
    people = {row.login: row for row in tx.execute(select(Person.__table__).order_by(Person.login))}
    logins = {row.id: login for login, row in people.items()}
    members = tx.execute(select(GroupMember.group_id, GroupMember.unit_id)).all()
    grants: dict[tuple[str, str, str | None], list[Any]] = {}
    for row in tx.execute(select(Grant.__table__).order_by(Grant.from_on, Grant.id)):
        unit = None if row.unit_id is None else codes[row.unit_id]
        grants.setdefault((logins[row.person_id], row.role, unit), []).append(row)
    pairs = frozenset((codes[row.group_id], codes[row.unit_id]) for row in members)
    return Snapshot(units, people, pairs, grants, codes)


Cells = Sequence[str | date | None]


def to_rows(tx: Connection, today: date, language: str) -> dict[str, list[Cells]]:
    """The rows of an export: present units, present people, grants that have not ended. What goes in again changes
    nothing."""
    there = snapshot(tx)
    present = {code for code, unit in there.units.items() if unit.ended_on is None or unit.ended_on > today}
    here = {login for login, person in there.people.items() if person.state != PersonState.DEPARTED}
    grants: list[Cells] = [
        (login, say(f"role.{role}", language), unit, grant.from_on, grant.to_on)
        for (login, role, unit), held in sorted(there.grants.items(), key=lambda item: str(item[0]))
        for grant in held
        if login in here
        and (grant.to_on is None or grant.to_on >= today)
        and (unit is None or unit in present)
    ]
    return {
        "units": [_unit(there.units[code], there, language) for code in sorted(present)],
        "groups": [pair for pair in sorted(there.members) if present.issuperset(pair)],
        "people": [_person(there.people[login], there) for login in sorted(here)],
        "grants": grants,
    }


def _unit(unit: Any, there: Snapshot, language: str) -> Cells:
    kind, yes = say(f"unit_kind.{unit.kind}", language), say("sheet.yes", language)
    parent = None if unit.parent_id is None else there.codes[unit.parent_id]
    marks = [yes if mark else None for mark in (unit.is_office, unit.is_district)]
    return (unit.code, unit.name, unit.printed_name, "、".join(unit.aliases) or None, kind, parent, *marks)


def _person(person: Any, there: Snapshot) -> Cells:
    unit = None if person.unit_id is None else there.codes[person.unit_id]
    return (person.login, person.name, unit, person.email, person.phone, person.language)
