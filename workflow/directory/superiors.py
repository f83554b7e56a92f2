"""Who is above whom: found by the leader grants of a day, never stored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sqlalchemy import Connection, or_, select

from models import Grant, Person, Unit
from models.states import PersonState, Role

HIGHEST = 10
"""Levels of units that are climbed: a circle of parents ends here."""


def superior_of(tx: Connection, person_id: int, on: date) -> int | None:
    """The superior on a day: the leader of the department, else of the unit, else of the parent unit, else of the
    joint-meeting office. Nobody is their own superior; None where no leader is left."""
    unit_id = tx.execute(select(Person.unit_id).where(Person.id == person_id)).scalar_one_or_none()
    for place in _places(tx, unit_id):
        for leader in leaders(tx, place, on):
            if leader != person_id:
                return leader
    return None


def leaders(tx: Connection, unit_id: int, on: date) -> list[int]:
    """Who holds the leader grant of exactly this unit or department on a day, the earliest grant first."""
    statement = (
        select(Grant.person_id)
        .join(Person, Person.id == Grant.person_id)
        .where(
            Grant.role == Role.LEADER,
            Grant.unit_id == unit_id,
            Grant.from_on <= on,
            or_(Grant.to_on.is_(None), Grant.to_on >= on),
            Person.state != PersonState.DEPARTED,
        )
        .order_by(Grant.from_on, Grant.id)
    )
    return list(tx.execute(statement).scalars())


def _places(tx: Connection, unit_id: int | None) -> Iterator[int]:
    """From the person's own department or unit upwards, the office last."""
    for _ in range(HIGHEST):
        if unit_id is None:
            break
        yield unit_id
        unit_id = tx.execute(select(Unit.parent_id).where(Unit.id == unit_id)).scalar_one_or_none()
    yield from tx.execute(select(Unit.id).where(Unit.is_office, Unit.id == Unit.organ_id)).scalars()
