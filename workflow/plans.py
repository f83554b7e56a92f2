"""Importing a plan: what was read becomes a draft with its discrepancies, gaps and proposed places of units."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from models import Appointment, Finding, GroupMember, Plan, Unit
from models.states import FindingState, PartRole, PlanState, Role, UnitKind
from workflow.errors import DubanError, Missing, NotPermitted
from workflow.reading import Reading
from workflow.reading.conventions import MUNICIPAL, Conventions
from workflow.reading.record import to_record
from workflow.reading.shape import NamedUnit
from workflow.roots import enter_root
from workflow.standings import actor


class PlanExists(DubanError):
    """A plan of that code was imported before; another edition is compared, never written over it."""

    code = "plan_exists"


class UnknownUnits(DubanError):
    """The document names units that the directory does not have; `missing` names each."""

    code = "unknown_units"


@dataclass(frozen=True, slots=True)
class _Named:
    """A unit of the directory under every name it goes by."""

    id: int
    group: bool


def import_plan(
    tx: Connection,
    code: str,
    reading: Reading,
    text: str,
    simplify: Callable[[str], str],
    actor_id: int,
    now: datetime,
) -> int:
    """Enter a reading as a draft plan: its id.

    `text` is the document as published, `simplify` gives the Simplified wording beside the printed one. Raises
    NotPermitted, PlanExists, or UnknownUnits naming every unit that is not in the directory.
    """
    if not actor(tx, actor_id, now).in_office(Role.SUPERVISOR):
        raise NotPermitted(kind="plan", action="import")
    if tx.execute(select(Plan.id).where(Plan.code == code)).first():
        raise PlanExists(plan=code)
    units = directory_names(tx)
    _expect_known(reading, units)
    record = to_record(reading)
    values = {
        "code": code, "title": simplify(reading.title), "printed_title": reading.title, "state": PlanState.DRAFT,
        "issuer": simplify(reading.issuer), "issued_on": reading.issued_on, "document": text, "imported_at": now,
        "document_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "reading": {"printed": record, "simplified": simplified(record, simplify)},
    }  # fmt: skip
    details = {"sha256": values["document_sha256"], "tasks": len(reading.tasks),
               "milestones": sum(len(task.milestones) for task in reading.tasks)}  # fmt: skip
    plan_id = enter_root(tx, "plan", values, "import", actor_id, now, details=details)
    tx.execute(insert(Finding), list(_findings(reading, plan_id)))
    tx.execute(insert(Appointment), list(_appointments(tx, reading, plan_id, units)))
    return plan_id


def simplified(record: Any, simplify: Callable[[str], str]) -> Any:
    """The same record with every text in Simplified."""
    if isinstance(record, str):
        return simplify(record)
    if isinstance(record, Mapping):
        return {key: simplified(value, simplify) for key, value in record.items()}
    return [simplified(value, simplify) for value in record] if isinstance(record, list) else record


def directory_names(tx: Connection) -> dict[str, _Named]:
    """Every unit that has not ended, by each of its names: as written, as printed, and its aliases."""
    names: dict[str, _Named] = {}
    rows = tx.execute(
        select(Unit.id, Unit.name, Unit.printed_name, Unit.aliases, Unit.kind).where(Unit.ended_on.is_(None))
    )
    for row in rows:
        for name in (row.name, row.printed_name, *row.aliases):
            if name:
                names.setdefault(name, _Named(row.id, row.kind == UnitKind.GROUP))
    return names


def _expect_known(reading: Reading, units: Mapping[str, _Named]) -> None:
    unknown = [
        Missing("unknown_unit", {"task": task.number, "unit": unit.name, "line": task.source.line})
        for task in reading.tasks
        for unit in task.units
        if unit.name not in units
    ]
    if unknown:
        raise UnknownUnits(count=len(unknown), missing=unknown)


def _findings(reading: Reading, plan_id: int) -> Iterator[dict[str, Any]]:
    ordinal = 0
    for found in reading.discrepancies:
        ordinal += 1
        yield {
            "plan_id": plan_id, "ordinal": ordinal, "sort": "discrepancy", "task_number": found.task,
            "field": found.field.value, "kind": "equivalent" if found.equivalent else None,
            "body_text": found.body and found.body.text, "body_line": found.body and found.body.line,
            "appendix_text": found.appendix and found.appendix.text,
            "appendix_line": found.appendix and found.appendix.line, "state": FindingState.OPEN,
        }  # fmt: skip
    for gap in reading.gaps:
        ordinal += 1
        yield {
            "plan_id": plan_id, "ordinal": ordinal, "sort": "gap", "task_number": gap.task, "field": gap.field,
            "kind": gap.kind.value, "body_text": None, "body_line": None, "appendix_text": gap.text,
            "appendix_line": gap.line, "state": FindingState.OPEN,
        }  # fmt: skip


def _appointments(
    tx: Connection, reading: Reading, plan_id: int, units: Mapping[str, _Named]
) -> Iterator[dict[str, Any]]:
    """Named units lead or sign; a group's members contribute. A unit has one place in a task, its first."""
    members: dict[int, list[tuple[int, bool]]] = {}
    for group, member, sure in tx.execute(
        select(GroupMember.group_id, GroupMember.unit_id, GroupMember.confirmed).order_by(GroupMember.id)
    ):
        members.setdefault(group, []).append((member, sure))
    for task in reading.tasks:
        taken = {units[unit.name].id for unit in task.units if not units[unit.name].group}
        ordinal = 0
        for unit in task.units:
            for organ, group_id, role, confirmed in _places(unit, units[unit.name], members):
                if group_id is not None and organ in taken:
                    continue
                taken.add(organ)
                ordinal += 1
                yield {
                    "plan_id": plan_id, "task_number": task.number, "ordinal": ordinal, "unit_id": organ,
                    "group_id": group_id, "role": role, "confirmed": confirmed,
                }  # fmt: skip


def _places(
    unit: NamedUnit, named: _Named, members: Mapping[int, list[tuple[int, bool]]]
) -> list[tuple[int, int | None, PartRole, bool]]:
    if named.group:
        return [(member, named.id, PartRole.CONTRIBUTOR, sure) for member, sure in members.get(named.id, [])]
    return [(named.id, None, PartRole.LEAD if unit.proposed_lead else PartRole.JOINT, False)]


def directory_conventions(tx: Connection) -> Conventions:
    """What the directory teaches the reader: aliases of units, and the confirmed members of groups."""
    aliases: dict[str, str] = {}
    printed: dict[int, str] = {}
    for row in tx.execute(select(Unit.id, Unit.name, Unit.printed_name, Unit.aliases)):
        printed[row.id] = row.printed_name or row.name
        aliases |= dict.fromkeys(row.aliases, printed[row.id])
    members: dict[str, tuple[str, ...]] = {}
    confirmed = (
        select(GroupMember.group_id, GroupMember.unit_id)
        .where(GroupMember.confirmed)
        .order_by(GroupMember.id)
    )
    for group, member in tx.execute(confirmed):
        members[printed[group]] = (*members.get(printed[group], ()), printed[member])
    return Conventions(aliases={**MUNICIPAL.aliases, **aliases}, members=members)
