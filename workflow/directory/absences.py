"""Absences: days on which somebody else may sign in a person's stead 代理, and who must be told of them.

One level deep: a substitute's substitute is refused, so that no right travels twice and no circle closes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, or_, select, update

from models import Absence, Person
from models.states import PersonState, Role
from workflow.actors import Actor
from workflow.acts import Act
from workflow.civil import day_of
from workflow.directory.orders import AbsenceAnnouncement, AbsenceEnd, HandOver
from workflow.directory.standing import (
    AbsenceFact,
    OtherFact,
    PersonStanding,
    administers_person,
    oneself,
)
from workflow.errors import Missing
from workflow.law import Simplify, Telling

A = Act[PersonStanding]
TABLE: Any = Absence.__table__
COLUMNS = (Absence.id, Absence.person_id, Absence.substitute_id, Absence.from_on, Absence.to_on)


def arranges_for_person(standing: PersonStanding) -> bool:
    """The person; who keeps their account; a supervisor of the joint-meeting office."""
    supervises = standing.actor.in_office(Role.SUPERVISOR)
    return oneself(standing) or supervises or administers_person(standing)


def ends_absence(standing: PersonStanding) -> bool:
    """Whoever may announce one, and a substitute who can do it no longer."""
    return arranges_for_person(standing) or standing.is_stood_in_for


# What is asked


def read_other(
    tx: Connection,
    standing: PersonStanding,
    details: AbsenceAnnouncement | HandOver,
    simplify: Simplify,
    now: datetime,
) -> PersonStanding:
    """The other person whom the act names, and the absences around both.

    Their row is locked as well, so that of two announcements that name each other one sees the other. It is not waited
    for: whoever holds it may be waiting for this one.
    """
    _, other_id = details.other
    rows = select(Person.id, Person.state).where(Person.id == other_id)
    row = tx.execute(rows.with_for_update(skip_locked=True, key_share=True)).one_or_none()
    if row is None:
        known = tx.execute(select(Person.id).where(Person.id == other_id)).first() is not None
        return replace(standing, other=OtherFact(is_there=known, is_free=False))
    around = select(*COLUMNS).where(
        Absence.ended_at.is_(None),
        or_(Absence.person_id == row.id, Absence.substitute_id == standing.id),
    )
    found = tuple(AbsenceFact(*each) for each in tx.execute(around))
    return replace(standing, other=OtherFact(row.state != PersonState.DEPARTED, is_free=True), around=found)


def somebody_else_there(
    standing: PersonStanding, details: AbsenceAnnouncement | HandOver, now: datetime
) -> Iterable[Missing]:
    """Another person than oneself, who is there."""
    name, other_id = details.other
    about_them = {"field": name, "person_id": other_id}
    if other_id == standing.id:
        yield Missing("somebody_else", about_them)
    elif standing.other is None or not standing.other.is_there:
        yield Missing("known_person", about_them)
    elif not standing.other.is_free:
        yield Missing("person_free", about_them)


def arranged_for_others(
    standing: PersonStanding, details: AbsenceAnnouncement, now: datetime
) -> Iterable[Missing]:
    """Who arranges it for somebody else does not give the right to themselves."""
    if not oneself(standing) and details.substitute_id == standing.actor.person_id:
        yield Missing("substitute_not_arranger", {"field": "substitute_id"})


def absence_days(standing: PersonStanding, details: AbsenceAnnouncement, now: datetime) -> Iterable[Missing]:
    """From today on, in order, and not twice for the same day: of two substitutes nobody knew who answers."""
    if details.from_on < day_of(now):
        yield Missing("not_in_past", {"field": "from_on", "today": day_of(now).isoformat()})
    if details.to_on < details.from_on:
        yield Missing("absence_in_order", {"field": "to_on"})
    if taken := _overlapping(standing.absences, details):
        yield Missing("absent_already", {"field": "from_on", **_days(taken)})


def one_level_deep(
    standing: PersonStanding, details: AbsenceAnnouncement, now: datetime
) -> Iterable[Missing]:
    """Neither is the substitute absent in those days, nor the absent somebody's substitute."""
    if taken := _overlapping([a for a in standing.around if a.person_id == details.substitute_id], details):
        yield Missing("substitute_absent", {"field": "substitute_id", **_days(taken)})
    if taken := _overlapping([a for a in standing.around if a.substitute_id == standing.id], details):
        yield Missing("stands_in_then", {"field": "from_on", "person_id": taken.person_id, **_days(taken)})


def _overlapping(absences: Sequence[AbsenceFact], details: AbsenceAnnouncement) -> AbsenceFact | None:
    return next((a for a in absences if a.from_on <= details.to_on and details.from_on <= a.to_on), None)


def _days(absence: AbsenceFact) -> dict[str, str]:
    return {"from_on": absence.from_on.isoformat(), "to_on": absence.to_on.isoformat()}


def open_absence(standing: PersonStanding, details: AbsenceEnd, now: datetime) -> Iterable[Missing]:
    """One that is not over yet, and that the actor may end: a substitute their own."""
    found = _found(standing, details.absence_id)
    mine = found is not None and standing.actor.person_id == found.substitute_id
    if found is None or found.to_on < day_of(now) or not (mine or arranges_for_person(standing)):
        yield Missing("open_absence", {"field": "absence_id", "absence_id": details.absence_id})


def _found(standing: PersonStanding, absence_id: int) -> AbsenceFact | None:
    return next((absence for absence in standing.absences if absence.id == absence_id), None)


# What follows


def announce(act: A) -> None:
    """Effect: from the first day to the last the substitute may sign what the person may."""
    details: AbsenceAnnouncement = act.details
    own = {"person_id": act.subject_id, **details.model_dump()}
    absence_id = act.make(Absence, **own, reason=act.reason)
    act.created("absence", absence_id, "announce", None, own)
    days = (details.from_on, details.to_on)
    _tell(act, "substitute_named", AbsenceFact(absence_id, act.subject_id, details.substitute_id, *days))


def end_one(act: A) -> None:
    """Effect: at once; what was signed before stands."""
    for absence in act.standing.absences:
        if absence.id == act.details.absence_id:
            _end(act, absence)


def end_all(act: A) -> None:
    """Effect of departing: nobody signs in the stead of who is not there any more."""
    for absence in act.standing.absences:
        if absence.to_on >= act.today:
            _end(act, absence)


def _end(act: A, absence: AbsenceFact) -> None:
    act.tx.execute(update(TABLE).where(TABLE.c.id == absence.id).values(ended_at=act.now))
    _tell(act, "substitute_released", absence)


def _tell(act: A, topic: str, absence: AbsenceFact) -> None:
    """The substitute, and the absent while they are there: each unless they did it themselves."""
    name = act.tx.execute(select(Person.name).where(Person.id == absence.person_id)).scalar_one()
    days = {"from_on": absence.from_on.isoformat(), "upto_on": absence.to_on.isoformat()}
    absent = () if act.action.to == PersonState.DEPARTED else (absence.person_id,)
    for person in (absence.substitute_id, *absent):
        if person != act.actor.person_id:
            act.tell(Telling(topic, {"person_id": person}, {"absence_id": absence.id, "item": name, **days}))


# Who reads them


def seen_absences(standing: PersonStanding) -> ColumnElement[bool]:
    """Of a person's absences: all for themselves, who arranges them and auditors; of their own for a substitute."""
    own: ColumnElement[bool] = Absence.person_id == standing.id
    if arranges_for_person(standing) or standing.actor.everywhere(Role.AUDITOR):
        return own
    return and_(own, Absence.substitute_id == (standing.actor.person_id or -1))


def stood_in_for(who: Actor) -> Any:
    """The people whose substitute somebody is or was: they know of them. The same as `is_stood_in_for`, over rows."""
    return select(Absence.person_id).where(
        Absence.substitute_id == (who.person_id or -1), Absence.ended_at.is_(None)
    )


def to_end(tx: Connection, substitute_id: int, today: date) -> Iterator[tuple[int, int]]:
    """Absences that are not over in which somebody is the substitute: (absence, person)."""
    mine = and_(Absence.substitute_id == substitute_id, Absence.ended_at.is_(None), Absence.to_on >= today)
    for row in tx.execute(select(Absence.id, Absence.person_id).where(mine).order_by(Absence.id)):
        yield row.id, row.person_id
