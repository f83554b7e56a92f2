"""The outbox: what must be told is a row written with the act; here it is addressed and sent.

At least once, with a Message-ID that stays the same: a crash between sending and marking sends again under
the same name, and a maildir then holds it once. No transaction stays open while mail goes out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, insert, or_, select, update

from models import Absence, Delivery, Grant, OutboxRow, Person, Unit
from models.states import PersonState, Role, UnitKind
from workflow.civil import day_of
from workflow.directory.superiors import superior_of

LEASE = timedelta(minutes=10)
BATCH = 20
"""Deliveries leased at once: so few that even a slow mail server takes them all within the lease."""
FIRST_WAIT = timedelta(minutes=1)
MAX_ATTEMPTS = 8
SUPERVISORS = {"role": Role.SUPERVISOR, "office": True}
ADDRESSED_AT_ONCE = 500
ASKS = frozenset(
    {
        "to_sign", "to_sign_extension", "to_sign_waiver", "to_sign_adjustment", "to_sign_work_plan", "urged",
        "sent_back", "seat_transferred", "seat_given_back", "seat_escalated",
    }
)  # fmt: skip
"""Letters that ask for a signature: in an absence they go to the substitute as well."""


@dataclass(frozen=True, slots=True)
class Addressed:
    """Outbox rows that were looked at, and the deliveries made from them."""

    rows: int
    deliveries: int


def address(tx: Connection, now: datetime) -> Addressed:
    """Turn untold rows, so many at once, into one delivery per person who holds the right now."""
    table = OutboxRow.__table__
    statement = (
        select(table).where(table.c.addressed_at.is_(None)).order_by(table.c.id).limit(ADDRESSED_AT_ONCE)
    )
    rows = tx.execute(statement.with_for_update(skip_locked=True)).all()
    if not rows:
        return Addressed(0, 0)
    people = {key: _people(tx, key, now) for key in {_key(row) for row in rows}}
    deliveries = [
        {"outbox_id": row.id, "person_id": person, "channel": "mail", "message_id": message_id(row, person),
         "state": "waiting", "attempts": 0, "next_at": now}
        for row in rows
        for person in people[_key(row)]
    ]  # fmt: skip
    if deliveries:
        tx.execute(insert(Delivery.__table__), deliveries)  # type: ignore[arg-type]
    tx.execute(update(table).where(table.c.id.in_([row.id for row in rows])).values(addressed_at=now))  # type: ignore[arg-type]
    return Addressed(len(rows), len(deliveries))


def _key(row: Any) -> tuple[str, bool]:
    """Who is meant, and whether they are asked for their signature: rows of the same people are addressed once."""
    return json.dumps(row.audience, sort_keys=True), row.topic in ASKS


def _people(tx: Connection, key: tuple[str, bool], now: datetime) -> list[int]:
    wanted, asks = key
    people = audience(tx, json.loads(wanted), now)
    return list(dict.fromkeys([*people, *_substitutes(tx, people, now)])) if asks else people


def _substitutes(tx: Connection, people: Sequence[int], now: datetime) -> Sequence[int]:
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


def message_id(row: Any, person_id: int) -> str:
    """Stable for a row and a person, whoever sends it and however often."""
    return f"{row.root_kind}.{row.root_id}.{row.id}.{person_id}@duban"


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
    """Those who hold the role in the unit: of a department in that very one, else anywhere in its organ."""
    today, unit_id = day_of(now), wanted.get("unit_id")
    in_organ = (
        Unit.organ_id == select(Unit.organ_id).where(Unit.id == unit_id).correlate(None).scalar_subquery()
    )
    very = and_(Unit.id == unit_id, Unit.kind == UnitKind.DEPARTMENT)
    statement = (
        select(Grant.person_id, very.label("very"))
        .join(Person, Person.id == Grant.person_id)
        .join(Unit, Unit.id == Grant.unit_id)
        .where(
            Grant.role == wanted["role"],
            Person.state != PersonState.DEPARTED,
            Grant.from_on <= today,
            or_(Grant.to_on.is_(None), Grant.to_on >= today),
            Unit.is_office if wanted.get("office") else in_organ,
        )
        .order_by(Grant.person_id)
    )
    found = tx.execute(statement).all()
    nearest = [row for row in found if row.very] or found
    return list(dict.fromkeys(row.person_id for row in nearest))


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery under lease, with all that a letter needs."""

    id: int
    message_id: str
    attempts: int
    topic: str
    facts: dict[str, Any]
    written_at: datetime
    name: str
    email: str | None
    language: str


def claim(tx: Connection, now: datetime, *, limit: int = BATCH) -> Sequence[Claimed]:
    """Lease waiting deliveries. Several relays at once never claim the same one; a lease that ran out is open."""
    table = Delivery.__table__
    free = or_(table.c.leased_until.is_(None), table.c.leased_until < now)
    ids = list(
        tx.execute(
            select(table.c.id)
            .where(table.c.state == "waiting", table.c.next_at <= now, free)
            .order_by(table.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).scalars()
    )
    if not ids:
        return ()
    tx.execute(update(table).where(table.c.id.in_(ids)).values(leased_until=now + LEASE))  # type: ignore[arg-type]
    statement = (
        select(
            Delivery.id, Delivery.message_id, Delivery.attempts, OutboxRow.topic, OutboxRow.facts,
            OutboxRow.written_at, Person.name, Person.email, Person.language,
        )
        .join(OutboxRow, OutboxRow.id == Delivery.outbox_id)
        .join(Person, Person.id == Delivery.person_id)
        .where(Delivery.id.in_(ids))
        .order_by(Delivery.id)
    )  # fmt: skip
    return [Claimed(*row) for row in tx.execute(statement)]


def sent(tx: Connection, ids: Iterable[int], now: datetime) -> None:
    """Mark deliveries as gone."""
    table = Delivery.__table__
    tx.execute(
        update(table)  # type: ignore[arg-type]
        .where(table.c.id.in_(list(ids)))
        .values(state="sent", sent_at=now, leased_until=None, error=None, attempts=table.c.attempts + 1)
    )


def failed(tx: Connection, delivery: Claimed, now: datetime, error: str, *, for_good: bool = False) -> bool:
    """Try again later, each time after twice as long; parked in view after MAX_ATTEMPTS or a refusal for good.

    Whether it was parked.
    """
    attempts = delivery.attempts + 1
    parked = for_good or attempts >= MAX_ATTEMPTS
    table = Delivery.__table__
    tx.execute(
        update(table)  # type: ignore[arg-type]
        .where(and_(table.c.id == bindparam("b_id")))
        .values(
            state="parked" if parked else "waiting", attempts=attempts, leased_until=None, error=error[:500],
            next_at=now + FIRST_WAIT * 2 ** (attempts - 1),
        ),
        {"b_id": delivery.id},
    )  # fmt: skip
    return parked


def release(tx: Connection, ids: Iterable[int]) -> None:
    """Give leased deliveries back untried."""
    table = Delivery.__table__
    tx.execute(update(table).where(table.c.id.in_(list(ids))).values(leased_until=None))  # type: ignore[arg-type]


def retry(tx: Connection, delivery_id: int, now: datetime) -> bool:
    """Take a parked delivery up again: whether there was one."""
    table = Delivery.__table__
    parked = and_(table.c.id == delivery_id, table.c.state == "parked")
    values = {"state": "waiting", "next_at": now, "attempts": 0}
    return tx.execute(update(table).where(parked).values(**values)).rowcount == 1  # type: ignore[arg-type]
