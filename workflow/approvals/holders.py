"""Who could sign a seat today, by name: asked of everybody who may have a right to it, by the rule of
`workflow.approvals.rights` itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, false, or_, select

from models import Absence, Grant, Person, Unit
from models.states import PersonState
from workflow.actors import Actor, Held
from workflow.approvals.rights import is_accepters, may_sign, office_signers
from workflow.approvals.route import UNDECIDED
from workflow.civil import day_of
from workflow.facts import ApprovalStanding, SeatFact


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who could sign, and in whose stead (None: in their own right)."""

    person_id: int
    name: str
    substitute_for: int | None = None
    absent_name: str | None = None


@dataclass(frozen=True, slots=True)
class _Around:
    """Everybody who may come into question, with what they hold, and who stands in for whom."""

    actors: Mapping[int, Actor]
    names: Mapping[int, str]
    stands_in_for: Mapping[int, tuple[int, ...]]


def holders_of(tx: Connection, standing: ApprovalStanding, now: datetime) -> Mapping[int, tuple[Holder, ...]]:
    """By seat, who could sign it if it were its turn today: three statements, whatever the number of seats."""
    seats = [seat for seat in standing.approval.seats if seat.state in UNDECIDED]
    around = _around(tx, standing, seats, day_of(now))
    return {seat.id: tuple(_holders(standing, seat, around)) for seat in seats}


def _holders(standing: ApprovalStanding, seat: SeatFact, around: _Around) -> Iterator[Holder]:
    for person_id, actor in around.actors.items():
        asked = replace(standing, actor=actor, stand_ins=())
        if may_sign(asked, actor, seat):
            yield Holder(person_id, around.names[person_id])
            continue
        for absent in around.stands_in_for.get(person_id, ()):
            if may_sign(asked, around.actors[absent], seat):
                yield Holder(person_id, around.names[person_id], absent, around.names[absent])


def _around(tx: Connection, standing: ApprovalStanding, seats: list[SeatFact], on: date) -> _Around:
    holding = tx.execute(
        _in_force(select(Grant.person_id), on).where(_asked(standing, seats)).distinct()
    ).scalars()
    own = set(holding) | {seat.person_id for seat in seats if seat.person_id is not None}
    absences = tx.execute(_away(on).where(Absence.person_id.in_(sorted(own)))).all()
    stands_in_for: defaultdict[int, list[int]] = defaultdict(list)
    for row in absences:
        stands_in_for[row.substitute_id].append(row.person_id)
    actors, names = read_people(tx, own | set(stands_in_for), on)
    theirs = {
        who: tuple(absent for absent in away if absent in actors) for who, away in stands_in_for.items()
    }
    return _Around(actors, names, theirs)


def _asked(standing: ApprovalStanding, seats: Iterable[SeatFact]) -> Any:
    """Grants of the role and unit of a seat; of the accepter's, the office's."""
    wanted = {
        and_(Unit.is_office, Grant.role.in_(office_signers(standing.approval.purpose)))
        if is_accepters(standing, seat)
        else and_(Grant.role == seat.role, Unit.organ_id == seat.unit_id)
        for seat in seats
        if seat.role is not None
    }
    return or_(false(), *wanted)


def _in_force(columns: Any, on: date) -> Any:
    held = columns.join(Unit, Unit.id == Grant.unit_id).join(Person, Person.id == Grant.person_id)
    return held.where(
        Grant.from_on <= on,
        or_(Grant.to_on.is_(None), Grant.to_on >= on),
        Person.state != PersonState.DEPARTED,
    )


def _away(on: date) -> Any:
    return select(Absence.person_id, Absence.substitute_id).where(
        Absence.ended_at.is_(None), Absence.from_on <= on, Absence.to_on >= on
    ).order_by(Absence.id)  # fmt: skip


def read_people(tx: Connection, ids: set[int], on: date) -> tuple[dict[int, Actor], dict[int, str]]:
    """Those who are still there, with all that they hold on the day."""
    in_force = and_(
        Grant.person_id == Person.id, Grant.from_on <= on, or_(Grant.to_on.is_(None), Grant.to_on >= on)
    )
    statement = (
        select(Person.id, Person.name, Grant.role, Grant.unit_id, Unit.organ_id, Unit.is_office)
        .outerjoin(Grant, in_force)
        .outerjoin(Unit, Unit.id == Grant.unit_id)
        .where(Person.id.in_(sorted(ids)), Person.state != PersonState.DEPARTED)
        .order_by(Person.id, Grant.id)
    )
    held: defaultdict[int, list[Held]] = defaultdict(list)
    names: dict[int, str] = {}
    for row in tx.execute(statement):
        names[row.id] = row.name
        if row.role is not None:
            held[row.id].append(Held(row.role, row.unit_id, row.organ_id, bool(row.is_office)))
    return {id_: Actor(id_, tuple(held[id_])) for id_ in names}, names
