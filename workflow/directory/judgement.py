"""Whether the rows of an import fit together and fit what is there. Every misfit is reported, none repaired."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from models.states import PersonState, Role, UnitKind
from workflow.directory.sheets import GrantLine, UnitLine
from workflow.directory.snapshot import Snapshot
from workflow.lifecycles.person import IN_OFFICE_ONLY, PLAN_WIDE
from workflow.sheets import Entry, Report

Entries = Mapping[str, list[Entry]]


@dataclass(frozen=True, slots=True)
class Place:
    """A unit as it will be after the import."""

    kind: str
    is_office: bool


@dataclass(slots=True)
class Judge:
    """Holds rows against each other and against the directory of `today`."""

    entries: Entries
    there: Snapshot
    today: date
    report: Report

    def judge(self) -> None:
        """Fill the report."""
        places = self._places()
        self._judge_names()
        self._judge_office(places)
        for entry in self.entries["units"]:
            self._judge_unit(entry, places)
        for entry in self.entries["groups"]:
            self._judge_member(entry, places)
        logins = {entry.row.login for entry in self.entries["people"]} | set(self.there.people)
        for entry in self.entries["people"]:
            self._judge_person(entry, places)
        for entry in self.entries["grants"]:
            self._judge_grant(entry, places, logins)

    def _places(self) -> dict[str, Place]:
        present = {
            code: Place(unit.kind, unit.is_office)
            for code, unit in self.there.units.items()
            if unit.ended_on is None or unit.ended_on > self.today
        }
        coming = {e.row.code: Place(e.row.kind, e.row.is_office) for e in self.entries["units"]}
        places = {**present, **coming}
        for entry in self.entries["units"]:  # a department of the office is of the office
            parent = places.get(entry.row.parent or "")
            if entry.row.kind == UnitKind.DEPARTMENT and parent is not None:
                places[entry.row.code] = Place(entry.row.kind, parent.is_office)
        return places

    def _blame(self, entry: Entry, column: str, code: str, **facts: Any) -> None:
        self.report.blame(entry.sheet, entry.line, column, code, **facts)

    def _judge_names(self) -> None:
        """A name or other name stands for one unit only."""
        coming = {entry.row.code for entry in self.entries["units"]}
        taken: dict[str, str] = {}
        for code, unit in self.there.units.items():
            if code not in coming:
                taken.update(dict.fromkeys((unit.name, *unit.aliases), code))
        for entry in self.entries["units"]:
            for column, names in (("name", (entry.row.name,)), ("aliases", entry.row.aliases)):
                for name in names:
                    if taken.setdefault(name, entry.row.code) != entry.row.code:
                        self._blame(entry, column, "row_name_taken", value=name, unit=taken[name])

    def _judge_office(self, places: Mapping[str, Place]) -> None:
        offices = {c for c, place in places.items() if place.is_office and place.kind == UnitKind.ORGAN}
        if len(offices) == 1:
            return
        blamed = [e for e in self.entries["units"] if e.row.code in offices] or self.entries["units"][:1]
        for entry in blamed or [entry for rows in self.entries.values() for entry in rows][:1]:
            self._blame(entry, "is_office", "row_office")

    def _judge_unit(self, entry: Entry, places: Mapping[str, Place]) -> None:
        row: UnitLine = entry.row
        if row.parent is not None and row.parent not in places:
            self._blame(entry, "parent", "row_unknown")
        elif not _fits(row, places) or self._circles(row):
            self._blame(entry, "parent", "row_parent")
        known = self.there.units.get(row.code)
        if known is None:
            return
        if known.ended_on is not None or known.kind != row.kind:
            self._blame(entry, "kind", "row_fixed")
        if row.kind == UnitKind.ORGAN and known.is_office != row.is_office:
            self._blame(entry, "is_office", "row_fixed")
        if row.kind == UnitKind.DEPARTMENT and self.there.codes.get(known.parent_id) != row.parent:
            self._blame(entry, "parent", "row_fixed")

    def _circles(self, row: UnitLine) -> bool:
        """Whether the parents of a unit lead back to it."""
        above = {code: self.there.codes.get(unit.parent_id) for code, unit in self.there.units.items()}
        above |= {entry.row.code: entry.row.parent for entry in self.entries["units"]}
        seen, code = {row.code}, row.parent
        while code is not None and code not in seen:
            seen.add(code)
            code = above.get(code)
        return code is not None

    def _judge_member(self, entry: Entry, places: Mapping[str, Place]) -> None:
        for column, code, kind in (
            ("group", entry.row.group, UnitKind.GROUP),
            ("member", entry.row.member, UnitKind.ORGAN),
        ):
            if code not in places:
                self._blame(entry, column, "row_unknown")
            elif places[code].kind != kind:
                self._blame(entry, column, "row_member")

    def _judge_person(self, entry: Entry, places: Mapping[str, Place]) -> None:
        known = self.there.people.get(entry.row.login)
        if known is not None and known.state == PersonState.DEPARTED:
            self._blame(entry, "login", "row_departed")
        if entry.row.unit is not None and entry.row.unit not in places:
            self._blame(entry, "unit", "row_unknown")
        elif entry.row.unit is not None and places[entry.row.unit].kind == UnitKind.GROUP:
            self._blame(entry, "unit", "row_place")

    def _judge_grant(self, entry: Entry, places: Mapping[str, Place], logins: set[str]) -> None:
        row: GrantLine = entry.row
        known = self.there.people.get(row.login)
        if row.login not in logins:
            self._blame(entry, "login", "row_unknown")
        elif known is not None and known.state == PersonState.DEPARTED:
            self._blame(entry, "login", "row_departed")
        if row.unit is not None and row.unit not in places:
            self._blame(entry, "unit", "row_unknown")
        elif not may_be_held(row.role, places.get(row.unit) if row.unit is not None else None):
            self._blame(entry, "unit", "row_place")
        self._judge_days(entry)

    def _judge_days(self, entry: Entry) -> None:
        """The last day follows the first; what has ended stays; the same role is not held twice at once."""
        row: GrantLine = entry.row
        yesterday = self.today - timedelta(days=1)
        held = self.there.grants.get((row.login, row.role, row.unit), [])
        same = next((grant for grant in held if grant.from_on == row.from_on), None)
        ended = same is not None and same.to_on is not None and same.to_on < yesterday
        moved = same is not None and same.to_on != row.to_on
        too_early = row.to_on is not None and row.to_on < (
            max(row.from_on, yesterday) if moved else row.from_on
        )
        if too_early or (ended and moved):
            self._blame(entry, "to_on", "row_days")
        others = [(g.from_on, g.to_on) for g in held if g is not same]
        others += [
            (e.row.from_on, e.row.to_on)
            for e in self.entries["grants"]
            if e is not entry and (e.row.login, e.row.role, e.row.unit) == (row.login, row.role, row.unit)
            and all(e.row.from_on != g.from_on for g in held)
        ]  # fmt: skip
        if any(_overlap((row.from_on, row.to_on), other) for other in others):
            self._blame(entry, "from_on", "row_overlap")


def _fits(row: UnitLine, places: Mapping[str, Place]) -> bool:
    """A department lies in an organ, an organ under an organ or none, a group under none."""
    parent = places[row.parent].kind if row.parent is not None else None
    allowed = {
        UnitKind.DEPARTMENT: (UnitKind.ORGAN,),
        UnitKind.ORGAN: (UnitKind.ORGAN, None),
        UnitKind.GROUP: (None,),
    }
    return parent in allowed[row.kind] and row.parent != row.code


def may_be_held(role: Role, place: Place | None) -> bool:
    """Where a role may be held: the same rule as for a single grant."""
    if place is None:
        return role in PLAN_WIDE
    if place.kind == UnitKind.GROUP:
        return False
    return place.is_office or role not in IN_OFFICE_ONLY


def _overlap(one: tuple[date, date | None], other: tuple[date, date | None]) -> bool:
    return (other[1] is None or one[0] <= other[1]) and (one[1] is None or other[0] <= one[1])
