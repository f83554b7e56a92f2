"""The directory by sheets: all or nothing, every bad row reported, and the same file again changes nothing.

An import adds and corrects; it never takes away. Units end, people depart and grants end by acts of their own, or by
a last day in the sheet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from models import Grant, GroupMember, Person, Unit
from models.states import PersonState, Role, UnitKind
from workflow import audit
from workflow.civil import day_of
from workflow.directory.changes import lock_unit
from workflow.directory.judgement import Judge
from workflow.directory.sheets import read_sheet
from workflow.directory.snapshot import Snapshot, snapshot
from workflow.errors import Missing, NotPermitted
from workflow.roots import record
from workflow.sheets import Entry, ImportRefused, Report, Sheet
from workflow.standings import actor

SHEET_NAMES = ("units", "groups", "people", "grants")


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did. `counts`: sheet → added, changed, unchanged; `invited`: ids of people who are new."""

    sha256: str
    counts: Mapping[str, Mapping[str, int]]
    invited: tuple[int, ...]


def permit_sheets(tx: Connection, actor_id: int | None, now: datetime) -> None:
    """Raises NotPermitted for all but admins of the plan (and the system, at a command line)."""
    who = actor(tx, actor_id, now)
    if not who.is_system and not who.everywhere(Role.ADMIN):
        raise NotPermitted(kind="unit", action="import")


def import_directory(
    tx: Connection, sheets: Sequence[Sheet], sha256: str, actor_id: int | None, now: datetime
) -> Imported:
    """Take in all rows or none. One audit event on the office, with the file's SHA-256 and what was counted.

    Raises NotPermitted, or ImportRefused with every cell that is wrong.
    """
    permit_sheets(tx, actor_id, now)
    office = select(Unit.id).where(Unit.is_office, Unit.kind == UnitKind.ORGAN)
    office_id = tx.execute(office).scalar_one_or_none()
    chain = lock_unit(tx, office_id) if office_id is not None else None
    report = Report()
    entries: dict[str, list[Entry]] = {name: [] for name in SHEET_NAMES}
    entries |= {sheet.key: read_sheet(sheet, report) for sheet in sheets}
    there = snapshot(tx)
    Judge(entries, there, day_of(now), report).judge()
    if office_id is None and not any(entries.values()):
        report.faults.append(Missing("row_nothing", {"field": "body"}))
    if report.faults:
        raise ImportRefused(missing=report.faults)
    writing = _Writing(tx, there, entries)
    imported = Imported(sha256, writing.write(), tuple(writing.invited))
    chain = chain or lock_unit(tx, tx.execute(office).scalar_one())
    details = {"sha256": sha256, "counts": imported.counts}
    record(chain, "import", actor_id, now, details)
    audit.write(tx, chain)
    return imported


@dataclass(slots=True)
class _Writing:
    """Writes rows that were judged whole."""

    tx: Connection
    there: Snapshot
    entries: Mapping[str, list[Entry]]
    invited: list[int] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)

    def write(self) -> dict[str, dict[str, int]]:
        self.counts = {name: {"added": 0, "changed": 0, "unchanged": 0} for name in SHEET_NAMES}
        self.ids = {code: unit.id for code, unit in self.there.units.items()}
        self.people = {login: person.id for login, person in self.there.people.items()}
        for entry in self._parents_first():
            self._write_unit(entry.row)
        for entry in self.entries["groups"]:
            self._write_member(entry.row)
        for entry in self.entries["people"]:
            self._write_person(entry.row)
        for entry in self.entries["grants"]:
            self._write_grant(entry.row)
        return self.counts

    def _parents_first(self) -> list[Entry]:
        """Rows so that a parent is there before its children (there is no circle: it was judged)."""
        waiting, placed, order = list(self.entries["units"]), set(self.ids), []
        while waiting:
            ready = [e for e in waiting if e.row.parent is None or e.row.parent in placed]
            order += ready
            placed |= {e.row.code for e in ready}
            waiting = [e for e in waiting if e.row.code not in placed]
        return order

    def _write_unit(self, row: Any) -> None:
        organ = row.parent if row.kind == UnitKind.DEPARTMENT else row.code
        values = {
            "name": row.name, "printed_name": row.printed_name, "aliases": list(row.aliases),
            "parent_id": self.ids.get(row.parent) if row.parent else None, "is_district": row.is_district,
        }  # fmt: skip
        known = self.there.units.get(row.code)
        if known is not None:
            self._change("units", Unit, known, values)
            return
        is_office = self._is_office(row.parent) if row.kind == UnitKind.DEPARTMENT else row.is_office
        self.ids[row.code] = self._add(
            "units", Unit, {**values, "code": row.code, "kind": row.kind, "is_office": is_office}
        )
        if row.kind != UnitKind.GROUP:
            table = Unit.__table__
            mine = table.c.id == self.ids[row.code]
            self.tx.execute(update(table).where(mine).values(organ_id=self.ids[organ]))  # type: ignore[arg-type]

    def _is_office(self, code: str) -> bool:
        return bool(self.tx.execute(select(Unit.is_office).where(Unit.code == code)).scalar_one())

    def _write_member(self, row: Any) -> None:
        if (row.group, row.member) in self.there.members:
            self.counts["groups"]["unchanged"] += 1
            return
        values = {"group_id": self.ids[row.group], "unit_id": self.ids[row.member], "confirmed": True}
        self._add("groups", GroupMember, values)

    def _write_person(self, row: Any) -> None:
        values = {
            "name": row.name, "unit_id": self.ids[row.unit] if row.unit else None, "email": row.email,
            "phone": row.phone, "language": row.language,
        }  # fmt: skip
        known = self.there.people.get(row.login)
        if known is not None:
            self._change("people", Person, known, values)
            return
        person_id = self._add("people", Person, {**values, "login": row.login, "state": PersonState.INVITED})
        self.people[row.login] = person_id
        self.invited.append(person_id)

    def _write_grant(self, row: Any) -> None:
        held = self.there.grants.get((row.login, row.role, row.unit), [])
        known = next((grant for grant in held if grant.from_on == row.from_on), None)
        if known is not None:
            self._change("grants", Grant, known, {"to_on": row.to_on})
            return
        values = {
            "person_id": self.people[row.login], "role": row.role, "unit_id": self.ids[row.unit] if row.unit else None,
            "from_on": row.from_on, "to_on": row.to_on,
        }  # fmt: skip
        self._add("grants", Grant, values)

    def _add(self, sheet: str, model: Any, values: Mapping[str, Any]) -> int:
        self.counts[sheet]["added"] += 1
        statement = insert(model.__table__).values(dict(values)).returning(model.__table__.c.id)
        return int(self.tx.execute(statement).scalar_one())

    def _change(self, sheet: str, model: Any, known: Any, values: Mapping[str, Any]) -> None:
        changed = {name: value for name, value in values.items() if getattr(known, name) != value}
        self.counts[sheet]["changed" if changed else "unchanged"] += 1
        if not changed:
            return
        table = model.__table__
        if "version" in table.c:
            changed["version"] = table.c.version + 1
        self.tx.execute(update(table).where(table.c.id == known.id).values(changed))
