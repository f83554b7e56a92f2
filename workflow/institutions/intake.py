"""The register by a sheet: all rows or none, every bad cell reported, and the same file again changes nothing.

An import adds and corrects; it never takes away: an empty cell leaves what is there. A row is known by its code, else
by its name and district.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, or_, select, update

from models import Institution, Unit
from models.states import Role
from workflow import audit
from workflow.actors import Actor
from workflow.directory.standing import UnitFact, load_units
from workflow.errors import Missing, NotPermitted, NotReady, Stale
from workflow.institutions.names import fold
from workflow.institutions.register import answers, keeps, shown
from workflow.institutions.sheets import InstitutionLine, read_institutions
from workflow.law import Simplify, as_typed
from workflow.roots import lock_root, record
from workflow.sheets import Entry, ImportRefused, Report, Sheet
from workflow.standings import actor

TABLE: Any = Institution.__table__
OFFICE = select(Unit.id).where(Unit.is_office, Unit.parent_id.is_(None)).order_by(Unit.id).limit(1)


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did. `counts`: added, changed, unchanged."""

    sha256: str
    counts: Mapping[str, int]


def permit_import(tx: Connection, actor_id: int | None, now: datetime) -> Actor:
    """Who may import at all: who keeps the register, or owns in some unit. Raises NotPermitted."""
    who = actor(tx, actor_id, now)
    if not keeps(who, None) and all(grant.role != Role.OWNER for grant in who.grants):
        raise NotPermitted(kind="institution", action="import")
    return who


def import_institutions(
    tx: Connection, sheet: Sheet, sha256: str, actor_id: int | None, now: datetime, simplify: Simplify = as_typed
) -> Imported:  # fmt: skip
    """Take in all rows or none: one event on the office's chain, with the file's SHA-256 and what was counted.

    Raises NotPermitted, NotReady without an office, ImportRefused with every cell that is wrong.
    """
    who = permit_import(tx, actor_id, now)
    office_id = tx.execute(OFFICE).scalar_one_or_none()
    if office_id is None:
        raise NotReady(kind="institution", action="import", missing=[Missing("office_first")])
    chain = lock_root(tx, "unit", office_id)
    report = Report()
    entries = read_institutions(sheet, report, simplify)
    if not sheet.lines:
        report.faults.append(Missing("row_no_rows", {"field": sheet.title, "sheet": sheet.title}))
    judge = _Judge(who, _register(tx, entries), _units(tx, simplify), load_units(tx), simplify, report)
    rows = [judge.judge(entry) for entry in entries]
    if report.faults:
        raise ImportRefused(missing=report.faults)
    imported = Imported(sha256, _write(tx, rows))
    record(chain, "import_institutions", actor_id, now, {"sha256": sha256, "counts": imported.counts})
    audit.write(tx, chain)
    return imported


@dataclass(frozen=True, slots=True)
class _Register:
    """The entries that rows may mean."""

    by_code: Mapping[str, Any]
    by_name: Mapping[tuple[str, str], Any]


def _register(tx: Connection, entries: Sequence[Entry]) -> _Register:
    codes = {entry.row.code for entry in entries if entry.row.code is not None}
    names = {entry.row.folded_name for entry in entries}
    found = tx.execute(
        select(TABLE).where(or_(TABLE.c.code.in_(codes), TABLE.c.folded_name.in_(names)))
    ).all()
    return _Register(
        {row.code: row for row in found if row.code is not None},
        {(row.folded_name, row.district): row for row in found},
    )


def _units(tx: Connection, simplify: Simplify) -> dict[str, int]:
    """Every way to write a unit → its id: name, other names, printed name and code."""
    columns = (Unit.id, Unit.name, Unit.code, Unit.printed_name, Unit.aliases)
    spelled: dict[str, int] = {}
    for row in tx.execute(select(*columns).order_by(Unit.id)):
        for word in (row.code, row.printed_name or "", *row.aliases, row.name):
            spelled[fold(word, simplify)] = row.id
    return spelled


@dataclass(slots=True)
class _Judge:
    """Holds each row against the register; fills the report."""

    who: Actor
    there: _Register
    spelled: Mapping[str, int]
    units: Mapping[int, UnitFact]
    simplify: Simplify
    report: Report
    met: dict[int, int] = field(default_factory=dict)
    """Entries that an earlier row meant already: id → the row's number."""

    def judge(self, entry: Entry) -> tuple[Any, dict[str, Any]]:
        """The entry of the register that a row means (None: a new one), and the columns it is to have."""
        row: InstitutionLine = entry.row
        known = self._known(entry)
        unit_id = self._unit(entry)
        if known is not None:
            self._judge_known(entry, known)
            unit_id = unit_id if row.unit else known.unit_id
        places = {unit_id} if known is None else {unit_id, known.unit_id}
        if not all(keeps(self.who, self.units.get(place or 0)) for place in places):
            self._blame(entry, "unit", "row_not_yours")
        given = {"code": row.code, "sort": row.sort, "floor_area": row.floor_area, "users": row.users}
        said = {name: value for name, value in given.items() if value is not None}
        named = {"name": row.name, "folded_name": row.folded_name, "district": row.district}
        return known, {**said, **named, "unit_id": unit_id}

    def _known(self, entry: Entry) -> Any:
        """By code, else by name and district; where the two say different entries, or codes differ, it is blamed."""
        row: InstitutionLine = entry.row
        by_code = self.there.by_code.get(row.code) if row.code is not None else None
        by_name = self.there.by_name.get((row.folded_name, row.district))
        if by_code is not None and by_name is not None and by_code.id != by_name.id:
            self._blame(entry, "name", "row_institution_taken", **shown(by_name))
        if by_code is None and by_name is not None and row.code and by_name.code:
            self._blame(entry, "code", "row_institution_taken", **shown(by_name))
        return by_code if by_code is not None else by_name

    def _judge_known(self, entry: Entry, known: Any) -> None:
        if known.ended_on is not None:
            self._blame(entry, "name", "row_institution_ended", ended_on=known.ended_on.isoformat())
        if known.id in self.met:
            self._blame(entry, "name", "row_twice", first=self.met[known.id])
        self.met.setdefault(known.id, entry.line.number)

    def _unit(self, entry: Entry) -> int | None:
        if entry.row.unit is None:
            return None
        unit_id = self.spelled.get(fold(entry.row.unit, self.simplify))
        if unit_id is None or not answers(self.units.get(unit_id)):
            self._blame(entry, "unit", "row_unknown")
        return unit_id

    def _blame(self, entry: Entry, column: str, code: str, **facts: Any) -> None:
        self.report.blame(entry.sheet, entry.line, column, code, **facts)


def _write(tx: Connection, rows: Sequence[tuple[Any, dict[str, Any]]]) -> dict[str, int]:
    new = [values for known, values in rows if known is None]
    changed = [(known, values) for known, values in rows if known is not None and _differs(known, values)]
    if new:
        columns = {name: None for values in new for name in values}
        tx.execute(insert(TABLE), [{**columns, **values} for values in new])
    for known, values in changed:
        same = (TABLE.c.id == known.id, TABLE.c.version == known.version)
        if tx.execute(update(TABLE).where(*same).values(**values, version=known.version + 1)).rowcount != 1:
            raise Stale(kind="institution", seen=known.version, version=None)
    return {"added": len(new), "changed": len(changed), "unchanged": len(rows) - len(new) - len(changed)}


def _differs(known: Any, values: Mapping[str, Any]) -> bool:
    return any(known._mapping[name] != value for name, value in values.items())
