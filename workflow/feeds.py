"""A person's calendar of due dates: its secret address, and what stands in it.

In it is what lies with the units in which the person holds owner, reviewer or leader today: the same declarations
that the due scan reads (`workflow.dated`).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from models import CalendarFeed, DueMove, Grant, Part, Person, Share, Unit
from models.states import PersonState
from workflow.acts import perform
from workflow.calendar import working_calendar
from workflow.civil import day_of
from workflow.dated import DATED, Dated
from workflow.directory.orders import FeedIssue
from workflow.errors import NotFound
from workflow.lifecycles.person import PERSON
from workflow.permissions import ANSWERABLE
from workflow.sign_in import SECRET_BYTES, fingerprint

UNITS: Mapping[str, Any] = {"milestone": Part.unit_id, "work_plan": Part.unit_id, "share": Share.unit_id}
"""Whose unit is to do it, by kind: of others the unit that their row names. An event is the office's, and nobody's."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose calendar it is."""

    person_id: int
    language: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One due date. `moves`: how often it moved, which only rises; `changed_at`: when it last did."""

    kind: str
    id: int
    due_on: date
    provisional: bool
    item: str
    task_id: int
    moves: int
    changed_at: datetime | None


def make(tx: Connection, person_id: int, now: datetime) -> str:
    """A new secret for the person's calendar; the one before opens nothing any more. The only time it is known."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    perform(
        tx, PERSON, person_id, "make_feed", person_id, now, details=FeedIssue(secret_hash=fingerprint(secret))
    )
    return secret


def revoke(tx: Connection, person_id: int, now: datetime) -> None:
    """End the person's calendar. Raises NotFound where there is none."""
    if made_at(tx, person_id) is None:
        raise NotFound(kind="calendar_feed")
    perform(tx, PERSON, person_id, "revoke_feed", person_id, now)


def made_at(tx: Connection, person_id: int) -> datetime | None:
    """Since when the person's calendar has its address; None where it has none."""
    alive = (CalendarFeed.person_id == person_id, CalendarFeed.revoked_at.is_(None))
    return tx.execute(select(CalendarFeed.made_at).where(*alive)).scalar_one_or_none()


def reader_of(tx: Connection, secret: str) -> Reader:
    """Whose calendar a secret opens. Raises NotFound where it opens none, or its person does not work here now."""
    statement = (
        select(CalendarFeed.person_id, Person.language, CalendarFeed.made_at)
        .join(Person, Person.id == CalendarFeed.person_id)
        .where(
            CalendarFeed.secret_hash == fingerprint(secret), CalendarFeed.revoked_at.is_(None),
            Person.state == PersonState.ACTIVE,
        )
    )  # fmt: skip
    row = tx.execute(statement).one_or_none()
    if row is None:
        raise NotFound(kind="calendar_feed")
    return Reader(*row)


def entries(tx: Connection, person_id: int, now: datetime) -> list[Entry]:
    """What the person's units are to do, by date: one statement for each kind that has due dates."""
    units = _units(tx, person_id, day_of(now))
    if not units:
        return []
    calendar = working_calendar(tx)
    found = [
        Entry(**{**own, "provisional": own["provisional"] or calendar.provisional(own["due_on"])})
        for dated in DATED
        if (unit := UNITS.get(dated.kind, getattr(dated.table, "unit_id", None))) is not None
        for own in _of(tx, dated, unit.in_(units))
    ]
    return sorted(found, key=lambda entry: (entry.due_on, entry.kind, entry.id))


def _units(tx: Connection, person_id: int, today: date) -> Sequence[int]:
    """The units and departments in which the person answers today, and the organs of these departments."""
    statement = (
        select(Grant.unit_id, Unit.organ_id)
        .join(Unit, Unit.id == Grant.unit_id)
        .where(
            Grant.person_id == person_id, Grant.role.in_(ANSWERABLE), Grant.from_on <= today,
            or_(Grant.to_on.is_(None), Grant.to_on >= today),
        )
    )  # fmt: skip
    return sorted({unit for row in tx.execute(statement) for unit in row if unit is not None})


def _of(tx: Connection, dated: Dated, theirs: ColumnElement[bool]) -> Iterator[dict[str, Any]]:
    def of_moves(column: Any) -> Any:
        found = select(column).select_from(DueMove).where(_moves_of(dated))
        return found.correlate_except(DueMove).scalar_subquery()

    # By itself: joined with its task, the condition of `runs` would take the task's row for its own.
    running = select(dated.table.id).where(dated.open, dated.reminded, dated.runs).correlate(None)
    moved = {"moves": of_moves(func.count()), "changed_at": of_moves(func.max(DueMove.moved_at))}
    columns = {"id": dated.table.id, "due_on": dated.due_on, **dated.facts, **moved}
    statement = select(*(column.label(name) for name, column in columns.items())).select_from(dated.table)
    for table, condition in dated.tells_of:
        statement = statement.join(table, condition)
    for row in tx.execute(statement.where(dated.table.id.in_(running), theirs)).mappings():
        task = f"{row['task_number']} {row['task_name']}"
        yield {
            "kind": dated.kind, "id": row["id"], "due_on": row["due_on"], "task_id": row["task_id"],
            "provisional": bool(row.get("provisional")), "moves": row["moves"], "changed_at": row["changed_at"],
            "item": row.get("milestone") or row.get("text") or task,
        }  # fmt: skip


def _moves_of(dated: Dated) -> ColumnElement[bool]:
    """The moves of one thing's date, of whatever date it had."""
    if dated.kind == "milestone":
        return and_(DueMove.milestone_id == dated.table.id, DueMove.share_id.is_(None))
    if dated.kind == "share":
        return and_(DueMove.share_id == dated.table.id)
    return and_(DueMove.subject_kind == dated.kind, DueMove.subject_id == dated.table.id)
