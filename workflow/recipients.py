"""Who a telling is for: found when it is sent, by who holds the right on that day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from models import Absence, Grant, Person, Unit
from models.states import PersonState, Role, UnitKind
from workflow.civil import day_of
from workflow.directory.superiors import superior_of

SUPERVISORS = {"role": Role.SUPERVISOR, "office": True}
ADMINS = {"role": Role.ADMIN, "everywhere": True}


def audience(tx: Connection, wanted: dict[str, Any], now: datetime) -> list[int]:
    """The people that an outbox row is for: one person (their superior, once they have departed), or the holders of a
    role today.

    Where there is nobody, the office's supervisors: what must be told never falls between chairs.
    """
    found = _person(tx, int(wanted["person_id"]), now) if "person_id" in wanted else _holders(tx, wanted, now)
    return found or _holders(tx, SUPERVISORS, now)


def _person(tx: Connection, person_id: int, now: datetime) -> list[int]:
    here = select(Person.id).where(Person.id == person_id, Person.state != PersonState.DEPARTED)
    if tx.execute(here).first():
        return [person_id]
    superior = superior_of(tx, person_id, day_of(now))
    return [] if superior is None else [superior]


def _holders(tx: Connection, wanted: Mapping[str, Any], now: datetime) -> list[int]:
    """Those who hold the role in the unit: of a department in that very one, else anywhere in its organ.

    `everywhere`: those who hold it for the whole plan.
    """
    today, unit_id = day_of(now), wanted.get("unit_id")
    in_organ = (
        Unit.organ_id == select(Unit.organ_id).where(Unit.id == unit_id).correlate(None).scalar_subquery()
    )
    very = and_(Unit.id == unit_id, Unit.kind == UnitKind.DEPARTMENT)
    statement = (
        select(Grant.person_id, very.label("very"))
        .join(Person, Person.id == Grant.person_id)
        .outerjoin(Unit, Unit.id == Grant.unit_id)
        .where(
            Grant.role == wanted["role"],
            Person.state != PersonState.DEPARTED,
            Grant.from_on <= today,
            or_(Grant.to_on.is_(None), Grant.to_on >= today),
            _where_held(wanted, in_organ),
        )
        .order_by(Grant.person_id)
    )
    found = tx.execute(statement).all()
    nearest = [row for row in found if row.very] or found
    return list(dict.fromkeys(row.person_id for row in nearest))


def _where_held(wanted: Mapping[str, Any], in_organ: ColumnElement[bool]) -> ColumnElement[bool]:
    if wanted.get("everywhere"):
        return Grant.unit_id.is_(None)
    return Unit.is_office.is_(True) if wanted.get("office") else in_organ


def substitutes(tx: Connection, people: Sequence[int], now: datetime) -> Sequence[int]:
    """Who stands in for any of them today."""
    today = day_of(now)
    statement = (
        select(Absence.substitute_id)
        .join(Person, Person.id == Absence.substitute_id)
        .where(
            Absence.person_id.in_(people), Absence.ended_at.is_(None), Absence.from_on <= today,
            Absence.to_on >= today, Person.state != PersonState.DEPARTED,
        )
        .order_by(Absence.id)
    )  # fmt: skip
    return tx.execute(statement).scalars().all()
