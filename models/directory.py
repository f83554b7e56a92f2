"""Who there is: units with departments and groups, people, their grants, and how they sign in."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Rooted, Row, Versioned, one_of
from models.states import PersonState, Role, UnitKind


class Unit(Row, Rooted, Versioned):
    """An organ (市教委), one of its departments (处室), or a group that stands for its members."""

    __tablename__ = "unit"
    __table_args__ = (
        CheckConstraint("kind <> 'department' OR parent_id IS NOT NULL", name="department_has_organ"),
        Index("ix_unit_organ_id", "organ_id"),
    )
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    """As the office writes it (Simplified)."""
    printed_name: Mapped[str | None] = mapped_column(String(200))
    """As the plan's document prints it."""
    aliases: Mapped[list[Any]] = mapped_column(default=list)
    kind: Mapped[UnitKind] = mapped_column(one_of(UnitKind))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    organ_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    """The organ a department belongs to; an organ's own id; null for groups."""
    is_office: Mapped[bool] = mapped_column(default=False)
    """The joint-meeting office: accepts evidence, raises cards, issues notices."""
    is_district: Mapped[bool] = mapped_column(default=False)
    ended_on: Mapped[date | None]


class GroupMember(Row):
    __tablename__ = "group_member"
    __table_args__ = (UniqueConstraint("group_id", "unit_id"), Index("ix_group_member_unit_id", "unit_id"))
    group_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    confirmed: Mapped[bool] = mapped_column(default=True)
    """False: proposed, to be confirmed by the office."""


class Person(Row, Rooted, Versioned):
    __tablename__ = "person"
    login: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str | None] = mapped_column(String(200))
    phone: Mapped[str | None] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(10), default="zh-Hans")
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    state: Mapped[PersonState] = mapped_column(one_of(PersonState), default=PersonState.INVITED)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    failed_sign_ins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    demo: Mapped[bool] = mapped_column(default=False)


class Grant(Row):
    """A role in a unit or department from one day to another; without a unit, in the whole plan."""

    __tablename__ = "role_grant"
    __table_args__ = (
        Index("ix_role_grant_person_id", "person_id"),
        Index("ix_role_grant_unit_id_role", "unit_id", "role"),
        CheckConstraint("to_on IS NULL OR to_on >= from_on", name="ends_after_it_begins"),
    )
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[Role] = mapped_column(one_of(Role))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    """The last day it holds; null while open."""


class ActivationSlip(Row):
    """A one-time code on paper with which a person sets the first password. Stored hashed."""

    __tablename__ = "activation_slip"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Credential(Row):
    """A session cookie or a bearer token. Only its SHA-256 is stored."""

    __tablename__ = "credential"
    __table_args__ = (CheckConstraint("kind IN ('session', 'token')", name="kind"),)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    csrf: Mapped[str | None] = mapped_column(String(64))
    label: Mapped[str | None] = mapped_column(String(80))
    scopes: Mapped[list[Any]] = mapped_column(default=list)
    """`read` and `act`; a session has both."""
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class CalendarFeed(Row):
    """The address under which a person's calendar reads what is due. Only the SHA-256 of its secret is stored."""

    __tablename__ = "calendar_feed"
    __table_args__ = (Index("ix_calendar_feed_person_id", "person_id"),)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
