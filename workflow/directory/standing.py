"""The facts that acts on a person are judged by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, or_, select

from models import Absence, ActivationSlip, Approval, Credential, Grant, Person, Seat, Task, Unit
from models.states import ApprovalState, Role, SeatState
from workflow.actors import Actor
from workflow.civil import day_of
from workflow.gathering import children, day, gather, is_one_of
from workflow.standings import actor


@dataclass(frozen=True, slots=True)
class GrantFact:
    """A grant that is in force or still to come. `organ_id`: the organ of its unit, None for the whole plan."""

    id: int
    role: str
    unit_id: int | None
    organ_id: int | None
    from_on: date
    to_on: date | None


@dataclass(frozen=True, slots=True)
class UnitFact:
    """What a grant may rest on."""

    id: int
    organ_id: int | None
    kind: str
    is_office: bool
    ended_on: date | None


@dataclass(frozen=True, slots=True)
class AbsenceFact:
    """Days on which a substitute signs in a person's stead; not ended early."""

    id: int
    person_id: int
    substitute_id: int
    from_on: date
    to_on: date


@dataclass(frozen=True, slots=True)
class OtherFact:
    """Another person whom an act names. `is_free`: nobody else is changing them at this moment."""

    is_there: bool
    is_free: bool


@dataclass(frozen=True, slots=True)
class PersonStanding:
    """A person, what they hold, and who asks."""

    id: int
    login: str
    state: str
    version: int
    unit_id: int | None
    organ_id: int | None
    password_set: bool
    locked_until: datetime | None
    grants: tuple[GrantFact, ...]
    slips: tuple[int, ...]
    """Activation slips that still open the account."""
    credentials: tuple[tuple[int, str], ...]
    """Sessions and tokens that still open something: (id, kind)."""
    absences: tuple[AbsenceFact, ...]
    """Announced and not ended early; those that are over as well."""
    waits_for: tuple[str, ...]
    """Names of tasks in whose open approvals a seat is theirs alone, or comes back to them: once for each seat."""
    substitute_for: tuple[str, ...]
    """Names of people whose substitute they are, today or later."""
    units: Mapping[int, UnitFact]
    actor: Actor
    other: OtherFact | None = None
    around: tuple[AbsenceFact, ...] = ()
    """Of an act that names another: that one's absences, and those in which the person is the substitute."""

    @property
    def seen(self) -> bool:
        """Oneself, colleagues of one's organs, whose substitute one is or was, and everybody for those who see or
        administer the whole plan."""
        who = self.actor
        if who.is_system or who.person_id == self.id or who.sees_all or who.everywhere(Role.ADMIN):
            return True
        if self.is_stood_in_for:
            return True
        return self.organ_id is not None and self.organ_id in who.organs

    @property
    def is_stood_in_for(self) -> bool:
        """Whether the actor is, or was, their substitute."""
        return any(absence.substitute_id == self.actor.person_id for absence in self.absences)


def administers(who: Actor, unit_id: int | None, organ_id: int | None) -> bool:
    """Whether the actor keeps the accounts of a unit: an admin of the plan, its organ, or the unit itself.

    The system does at a command line, to make the first admin.
    """
    if who.is_system or who.everywhere(Role.ADMIN):
        return True
    kept = {g.unit_id for g in who.grants if g.role == Role.ADMIN}
    return not kept.isdisjoint({unit_id, organ_id} - {None})


def administers_person(standing: PersonStanding) -> bool:
    """An admin of a unit keeps its people, except who holds anything beyond it: a slip would hand that over."""
    places = [(standing.unit_id, standing.organ_id), *((g.unit_id, g.organ_id) for g in standing.grants)]
    return all(administers(standing.actor, *place) for place in places)


def oneself(standing: PersonStanding) -> bool:
    return standing.actor.person_id == standing.id


ABSENT = Person.__table__.alias("absent")
APPROVED = Seat.__table__.join(Approval.__table__, Approval.id == Seat.approval_id).join(
    Task.__table__, Task.id == Approval.task_id
)
UNDECIDED = and_(
    Approval.state == ApprovalState.OPEN, is_one_of(Seat.state, (SeatState.WAITING, SeatState.OPEN))
)


@cache
def _people_statement() -> Select[Any]:
    alive = or_(Grant.to_on.is_(None), Grant.to_on >= bindparam("today"))
    return (
        select(
            Person.id, Person.login, Person.state, Person.version, Person.unit_id, Unit.organ_id,
            Person.password_hash.is_not(None).label("password_set"), Person.locked_until,
        )
        .add_columns(
            gather(Grant.id, Grant.role, Grant.unit_id, select(Unit.organ_id).where(Unit.id == Grant.unit_id)
                   .correlate(Grant).scalar_subquery(), Grant.from_on, Grant.to_on,
                   where=and_(Grant.person_id == Person.id, alive), of=Person).label("grants"),
            gather(ActivationSlip.id,
                   where=and_(ActivationSlip.person_id == Person.id, ActivationSlip.used_at.is_(None),
                              ActivationSlip.expires_at > bindparam("now")), of=Person).label("slips"),
            gather(Credential.id, Credential.kind,
                   where=and_(Credential.person_id == Person.id, Credential.revoked_at.is_(None),
                              Credential.expires_at > bindparam("now")), of=Person).label("credentials"),
            gather(Absence.id, Absence.person_id, Absence.substitute_id, Absence.from_on, Absence.to_on,
                   where=and_(Absence.person_id == Person.id, Absence.ended_at.is_(None)),
                   of=Person).label("absences"),
            gather(Task.name, where=and_(or_(Seat.person_id == Person.id, Seat.delegated_by == Person.id), UNDECIDED),
                   of=Person, joining=APPROVED).label("waits_for"),
            gather(ABSENT.c.name, where=and_(Absence.substitute_id == Person.id, Absence.ended_at.is_(None),
                                             Absence.to_on >= bindparam("today")), of=Person,
                   joining=Absence.__table__.join(ABSENT, ABSENT.c.id == Absence.person_id)).label("substitute_for"),
        )
        .select_from(Person.__table__.outerjoin(Unit.__table__, Unit.id == Person.unit_id))
        .where(Person.id.in_(bindparam("ids", expanding=True)))
    )  # fmt: skip


def load_people(
    tx: Connection, ids: Sequence[int], actor_id: int | None, now: datetime
) -> Mapping[int, PersonStanding]:
    """Standings of people by id."""
    who, units = actor(tx, actor_id, now), load_units(tx)
    bound = {"ids": list(ids), "today": day_of(now), "now": now}
    return {row.id: _person(row, units, who) for row in tx.execute(_people_statement(), bound)}


def load_units(tx: Connection) -> Mapping[int, UnitFact]:
    """Every unit, by id: a directory has hundreds, never more."""
    columns = (Unit.id, Unit.organ_id, Unit.kind, Unit.is_office, Unit.ended_on)
    return {row.id: UnitFact(*row) for row in tx.execute(select(*columns))}


def _person(row: Any, units: Mapping[int, UnitFact], who: Actor) -> PersonStanding:
    return PersonStanding(
        row.id, row.login, row.state, row.version, row.unit_id, row.organ_id, row.password_set, row.locked_until,
        children(row.grants, lambda i, role, unit, organ, since, until: GrantFact(
            i, role, unit, organ, date.fromisoformat(since), day(until))),
        children(row.slips, int), children(row.credentials, lambda i, kind: (i, kind)),
        children(row.absences, _absence), children(row.waits_for, str), children(row.substitute_for, str), units, who,
    )  # fmt: skip


def _absence(id_: int, person: int, substitute: int, since: str, until: str) -> AbsenceFact:
    return AbsenceFact(id_, person, substitute, date.fromisoformat(since), date.fromisoformat(until))
