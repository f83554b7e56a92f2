"""Units as they are read: all who sign in see them, their names are on the plan."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, or_, select

from models import GroupMember, Unit
from workflow.errors import NotFound


def units(tx: Connection, *, current: date | None = None) -> list[dict[str, Any]]:
    """Every unit with its members, by code; `current`: only those not ended on that day."""
    columns = (
        Unit.id, Unit.code, Unit.name, Unit.printed_name, Unit.aliases, Unit.kind, Unit.parent_id, Unit.organ_id,
        Unit.is_office, Unit.is_district, Unit.ended_on, Unit.version,
    )  # fmt: skip
    statement = select(*columns).order_by(Unit.code)
    if current is not None:
        statement = statement.where(or_(Unit.ended_on.is_(None), Unit.ended_on > current))
    members: dict[int, list[dict[str, Any]]] = {}
    order = select(GroupMember.group_id, GroupMember.unit_id, GroupMember.confirmed).order_by(GroupMember.id)
    for row in tx.execute(order):
        members.setdefault(row.group_id, []).append({"unit_id": row.unit_id, "confirmed": row.confirmed})
    return [{**row._mapping, "members": members.get(row.id, [])} for row in tx.execute(statement)]


def unit(tx: Connection, unit_id: int) -> dict[str, Any]:
    """One unit. NotFound."""
    found = next((row for row in units(tx) if row["id"] == unit_id), None)
    if found is None:
        raise NotFound(kind="unit")
    return found


def find_code(tx: Connection, code: str) -> int:
    """The id behind a unit's code. NotFound."""
    found = tx.execute(select(Unit.id).where(Unit.code == code)).scalar_one_or_none()
    if found is None:
        raise NotFound(kind="unit")
    return found
