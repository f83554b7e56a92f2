"""People: read by who may see them, begun by invitation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from pydantic import Field, ValidationError
from sqlalchemy import ColumnElement, Connection, Select, and_, or_, select

from models import Credential, Grant, Person, Unit
from models.states import PersonState, Role
from workflow.actors import Actor
from workflow.acts import lacks
from workflow.civil import day_of
from workflow.directory.absences import stood_in_for
from workflow.directory.orders import Language
from workflow.directory.standing import administers, load_units
from workflow.directory.superiors import superior_of
from workflow.errors import Malformed, Missing, NotFound, NotPermitted
from workflow.law import Details
from workflow.roots import enter_root
from workflow.standings import actor

LOGIN = r"^[\w.@+-]{2,80}$"
IN_THE_UNIT = Unit.__table__.alias("own_unit")


class Invitation(Details):
    """A new person. What the audit chain keeps of it is the unit alone."""

    login: str = Field(min_length=2, max_length=80, pattern=LOGIN, examples=["olga"], exclude=True)
    name: str = Field(min_length=1, max_length=80, examples=["欧文洁"], exclude=True)
    unit_id: int | None = Field(default=None, examples=[3])
    email: str | None = Field(default=None, max_length=200, pattern=r"^[^@\s]+@[^@\s]+$", exclude=True)
    phone: str | None = Field(default=None, max_length=40, exclude=True)
    language: Language = Field(default="zh-Hans", exclude=True)


def invite(
    tx: Connection, given: Invitation, actor_id: int | None, now: datetime, *, demo: bool = False
) -> int:
    """A new person without a password; the activation slip is issued apart. The id.

    Raises NotPermitted where the actor does not keep the accounts of that unit, Malformed where the login is taken.
    """
    who = actor(tx, actor_id, now)
    unit = load_units(tx).get(given.unit_id) if given.unit_id is not None else None
    if not administers(who, given.unit_id, unit.organ_id if unit else None):
        raise NotPermitted(kind="person", action="invite")
    login = given.login.strip().lower()
    if wrong := _faults(tx, login, given, unit):
        raise Malformed(missing=wrong)
    values = {
        **{name: getattr(given, name) for name in Invitation.model_fields}, "login": login, "demo": demo,
        "state": PersonState.INVITED,
    }  # fmt: skip
    return enter_root(tx, "person", values, "invite", actor_id, now, details=given.model_dump(mode="json"))


def _faults(tx: Connection, login: str, given: Invitation, unit: Any) -> list[Missing]:
    faults = []
    if tx.execute(select(Person.id).where(Person.login == login)).first():
        faults.append(Missing("login_taken", {"field": "login", "login": login}))
    if given.unit_id is not None and (unit is None or unit.organ_id is None):
        faults.append(Missing("standing_unit", {"field": "unit_id", "unit_id": given.unit_id}))
    return faults


def seen_by(who: Actor) -> ColumnElement[bool]:
    """Which people an actor may know of: the same rule as `PersonStanding.seen`, for lists."""
    if who.is_system or who.sees_all or who.everywhere(Role.ADMIN):
        return Person.id.is_not(None)
    colleagues = select(Unit.id).where(Unit.organ_id.in_(who.organs))
    return or_(Person.id == who.person_id, Person.unit_id.in_(colleagues), Person.id.in_(stood_in_for(who)))


def _columns() -> Select[Any]:
    return select(
        Person.id, Person.login, Person.name, Person.state, Person.email, Person.phone, Person.language,
        Person.unit_id, IN_THE_UNIT.c.name.label("unit"), Person.locked_until, Person.version,
    ).select_from(Person.__table__.outerjoin(IN_THE_UNIT, IN_THE_UNIT.c.id == Person.unit_id))  # fmt: skip


def search(who: Actor, *, unit_id: int | None = None, name: str | None = None) -> Select[Any]:
    """The people that an actor may know of: in a unit with its departments, by part of a name or login."""
    statement = _columns().where(seen_by(who))
    if unit_id is not None:
        below = select(Unit.id).where(or_(Unit.id == unit_id, Unit.organ_id == unit_id))
        statement = statement.where(Person.unit_id.in_(below))
    if name:
        part = name.strip().lower()
        found = (Person.name.contains(part, autoescape=True), Person.login.contains(part, autoescape=True))
        statement = statement.where(or_(*found))
    return statement


def one(tx: Connection, who: Actor, person_id: int, now: datetime) -> dict[str, Any]:
    """A person with all grants, past ones as well. NotFound where the actor may not know of them."""
    row = tx.execute(_columns().where(seen_by(who), Person.id == person_id)).one_or_none()
    if row is None:
        raise NotFound(kind="person")
    return {
        **row._mapping,
        "superior_id": superior_of(tx, person_id, day_of(now)),
        "grants": grants(tx, person_id),
    }


def profile(tx: Connection, person_id: int, now: datetime) -> dict[str, Any]:
    """A person as they see themselves, with the grants in force today."""
    row = tx.execute(_columns().where(Person.id == person_id)).one()
    own = {
        key: row._mapping[key]
        for key in ("id", "login", "name", "language", "email", "phone", "unit_id", "unit")
    }
    today = day_of(now)
    in_force = and_(Grant.from_on <= today, or_(Grant.to_on.is_(None), Grant.to_on >= today))
    return {
        **own,
        "superior_id": superior_of(tx, person_id, today),
        "grants": grants(tx, person_id, in_force),
    }


def grants(tx: Connection, person_id: int, *where: ColumnElement[bool]) -> list[dict[str, Any]]:
    """A person's grants with the names of their units, the earliest first."""
    statement = (
        select(Grant.id, Grant.role, Grant.unit_id, Unit.name.label("unit"), Grant.from_on, Grant.to_on)
        .outerjoin(Unit, Unit.id == Grant.unit_id)
        .where(Grant.person_id == person_id, *where)
        .order_by(Grant.from_on, Grant.id)
    )
    return [dict(row._mapping) for row in tx.execute(statement)]


def tokens(tx: Connection, person_id: int, now: datetime) -> list[dict[str, Any]]:
    """A person's tokens that still open something, newest first. Never a secret."""
    alive = and_(Credential.kind == "token", Credential.revoked_at.is_(None), Credential.expires_at > now)
    columns = (
        Credential.id, Credential.label, Credential.scopes, Credential.created_at, Credential.seen_at,
        Credential.expires_at,
    )  # fmt: skip
    statement = (
        select(*columns).where(Credential.person_id == person_id, alive).order_by(Credential.id.desc())
    )
    return [dict(row._mapping) for row in tx.execute(statement)]


def login_of(tx: Connection, person_id: int) -> str:
    """The login of somebody who is signed in."""
    return tx.execute(select(Person.login).where(Person.id == person_id)).scalar_one()


def find_login(tx: Connection, login: str) -> int:
    """The id behind a login, whatever its case. NotFound."""
    statement = select(Person.id).where(Person.login == login.strip().lower())
    found = tx.execute(statement).scalar_one_or_none()
    if found is None:
        raise NotFound(kind="person")
    return found


def names(tx: Connection, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Login, name and unit of people, by id: what stands on a slip."""
    statement = _columns().where(Person.id.in_(ids))
    return {row.id: {"login": row.login, "name": row.name, "unit": row.unit} for row in tx.execute(statement)}


def admins(tx: Connection, today: date) -> dict[str, str]:
    """Who holds the admin role for the whole plan, today or from a later day on: login → state of the person."""
    statement = (
        select(Person.login, Person.state)
        .join(Grant, Grant.person_id == Person.id)
        .where(Grant.role == Role.ADMIN, Grant.unit_id.is_(None), Person.state != PersonState.DEPARTED)
        .where(or_(Grant.to_on.is_(None), Grant.to_on >= today))
    )
    return {row.login: row.state for row in tx.execute(statement)}


def read_invitation(given: Mapping[str, Any]) -> Invitation:
    """An invitation as somebody typed it. Malformed names each field that is off."""
    try:
        return Invitation.model_validate(given)
    except ValidationError as error:
        raise Malformed(missing=lacks(error)) from None
