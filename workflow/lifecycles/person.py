"""Person: invited with a slip on paper, active with a password of their own, departed. Grants hang on them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, update

from models import ActivationSlip, CalendarFeed, Credential, Grant, Person
from models.states import PersonState as P
from models.states import Role, UnitKind
from workflow import visibility
from workflow.acts import Act
from workflow.civil import day_of
from workflow.directory.absences import (
    absence_days,
    announce,
    arranged_for_others,
    arranges_for_person,
    end_all,
    end_one,
    ends_absence,
    one_level_deep,
    open_absence,
    read_other,
    somebody_else_there,
)
from workflow.directory.orders import (
    AbsenceAnnouncement,
    AbsenceEnd,
    Activation,
    Amendment,
    Contact,
    FeedIssue,
    GrantEnd,
    GrantIssue,
    HandOver,
    JobOrder,
    Lockout,
    PasswordChange,
    SlipIssue,
    TokenIssue,
    TokenRevocation,
)
from workflow.directory.standing import (
    GrantFact,
    PersonStanding,
    administers,
    administers_person,
    load_people,
    oneself,
)
from workflow.errors import Missing
from workflow.law import Action, Lifecycle, Reason, system

IN_OFFICE_ONLY = (Role.SUPERVISOR, Role.SIGNATORY)
PLAN_WIDE = (Role.AUDITOR, Role.ADMIN)
"""Roles that may be granted without a unit; every other belongs to one."""
LONGEST_TOKEN = timedelta(days=366)


def oneself_or_admin(standing: PersonStanding) -> bool:
    return oneself(standing) or administers_person(standing)


def runs_jobs(standing: PersonStanding) -> bool:
    """An admin of the office or of the whole; the order stands in their own record."""
    return oneself(standing) and visibility.runs_jobs(standing.actor)


def slip_still_open(standing: PersonStanding, details: Activation, now: datetime) -> Iterable[Missing]:
    if details.slip_id not in standing.slips:
        yield Missing("open_slip", {"field": "code"})


def token_is_bounded(standing: PersonStanding, details: TokenIssue, now: datetime) -> Iterable[Missing]:
    if not now < details.expires_at <= now + LONGEST_TOKEN:
        yield Missing("token_days", {"field": "days", "most": LONGEST_TOKEN.days})


def own_token(standing: PersonStanding, details: TokenRevocation, now: datetime) -> Iterable[Missing]:
    if (details.credential_id, "token") not in standing.credentials:
        yield Missing("own_token", {"field": "credential_id", "credential_id": details.credential_id})


def grant_place(standing: PersonStanding, details: GrantIssue, now: datetime) -> Iterable[Missing]:
    """Where a role may be held, and whether the actor keeps the accounts there."""
    if details.unit_id is None:
        if details.role not in PLAN_WIDE:
            yield Missing("grant_unit", {"field": "unit_id"})
        elif not administers(standing.actor, None, None):
            yield Missing("grant_yours", {"field": "unit_id"})
        return
    unit = standing.units.get(details.unit_id)
    if unit is None or unit.kind == UnitKind.GROUP or _over(unit.ended_on, details.from_on):
        yield Missing("standing_unit", {"field": "unit_id", "unit_id": details.unit_id})
        return
    if details.role in IN_OFFICE_ONLY and not unit.is_office:
        yield Missing("office_unit", {"field": "unit_id"})
    if not administers(standing.actor, unit.id, unit.organ_id):
        yield Missing("grant_yours", {"field": "unit_id"})


def _over(ended_on: date | None, on: date) -> bool:
    return ended_on is not None and ended_on <= on


def grant_days(standing: PersonStanding, details: GrantIssue, now: datetime) -> Iterable[Missing]:
    """Rights are never backdated, and the same role is not held twice at once."""
    if details.from_on < day_of(now):
        yield Missing("not_in_past", {"field": "from_on", "today": day_of(now).isoformat()})
    if details.to_on is not None and details.to_on < details.from_on:
        yield Missing("ends_after_it_begins", {"field": "to_on"})
    held = [g for g in standing.grants if (g.role, g.unit_id) == (details.role, details.unit_id)]
    if any(_overlaps(grant, details) for grant in held):
        yield Missing("held_already", {"field": "role"})


def _overlaps(grant: GrantFact, details: GrantIssue) -> bool:
    begins_before_end = details.to_on is None or grant.from_on <= details.to_on
    return begins_before_end and (grant.to_on is None or details.from_on <= grant.to_on)


def open_grant(standing: PersonStanding, details: GrantEnd, now: datetime) -> Iterable[Missing]:
    """A grant may end at once (yesterday is its last day), never earlier: what was done under it stays rightful."""
    grant = next((g for g in standing.grants if g.id == details.grant_id), None)
    if grant is None:
        yield Missing("open_grant", {"field": "grant_id", "grant_id": details.grant_id})
    elif details.to_on < max(grant.from_on, day_of(now) - timedelta(days=1)):
        yield Missing("ends_after_it_begins", {"field": "to_on"})


def new_unit(standing: PersonStanding, details: Amendment, now: datetime) -> Iterable[Missing]:
    if "unit_id" not in details.model_fields_set or details.unit_id is None:
        return
    unit = standing.units.get(details.unit_id)
    if unit is None or unit.kind == UnitKind.GROUP or _over(unit.ended_on, day_of(now)):
        yield Missing("standing_unit", {"field": "unit_id", "unit_id": details.unit_id})
    elif not administers(standing.actor, unit.id, unit.organ_id):
        yield Missing("grant_yours", {"field": "unit_id"})


def nothing_waits(standing: PersonStanding) -> Missing | None:
    """No seat is theirs alone, and they stand in for nobody: what waits for who is not there falls between chairs."""
    waits, stands_in = standing.waits_for, standing.substitute_for
    if not waits and not stands_in:
        return None
    named = {
        "tasks": ", ".join(sorted(set(waits))) or "—",
        "people": ", ".join(sorted(set(stands_in))) or "—",
    }
    return Missing("nothing_waits", {"count": len(waits) + len(stands_in), **named})


def own_password(act: Act[PersonStanding]) -> dict[str, Any]:
    return {"password_hash": act.details.password_hash, "failed_sign_ins": 0, "locked_until": None}


def given_fields(act: Act[PersonStanding]) -> dict[str, Any]:
    """Only what was given; a name or language cannot be emptied."""
    given = {name: getattr(act.details, name) for name in act.details.model_fields_set}
    return {
        name: value
        for name, value in given.items()
        if value is not None or name in ("email", "phone", "unit_id")
    }


def hand_over_slip(act: Act[PersonStanding]) -> None:
    spoil_slips(act)
    act.make(ActivationSlip, person_id=act.subject_id, code_hash=act.details.code_hash,
             expires_at=act.details.expires_at)  # fmt: skip


def spoil_slips(act: Act[PersonStanding]) -> None:
    """Slips handed out before open nothing any more."""
    table = ActivationSlip.__table__
    unused = and_(table.c.person_id == act.subject_id, table.c.used_at.is_(None))
    act.tx.execute(update(table).where(unused).values(used_at=act.now))  # type: ignore[arg-type]


def shut_doors(act: Act[PersonStanding]) -> None:
    """Every session and token of the person ends."""
    _revoke(act, Credential.person_id == act.subject_id)
    shut_feeds(act)


def shut_other_sessions(act: Act[PersonStanding]) -> None:
    """Every session but the one the password was changed from. Tokens are revoked one by one."""
    others = Credential.id != (act.details.kept if act.details.kept is not None else -1)
    _revoke(act, and_(Credential.person_id == act.subject_id, Credential.kind == "session", others))


def shut_token(act: Act[PersonStanding]) -> None:
    _revoke(act, Credential.id == act.details.credential_id)


def _revoke(act: Act[PersonStanding], which: Any) -> None:
    alive = and_(which, Credential.revoked_at.is_(None))
    act.tx.execute(update(Credential.__table__).where(alive).values(revoked_at=act.now))  # type: ignore[arg-type]


def shut_feeds(act: Act[PersonStanding]) -> None:
    """The address of the person's calendar opens nothing any more."""
    table = CalendarFeed.__table__
    open_ones = and_(table.c.person_id == act.subject_id, table.c.revoked_at.is_(None))
    act.tx.execute(update(table).where(open_ones).values(revoked_at=act.now))  # type: ignore[arg-type]


def make_feed(act: Act[PersonStanding]) -> None:
    """One address at a time: a new one replaces the old."""
    shut_feeds(act)
    act.make(CalendarFeed, person_id=act.subject_id, secret_hash=act.details.secret_hash, made_at=act.now)


def make_token(act: Act[PersonStanding]) -> None:
    given: TokenIssue = act.details
    act.make(Credential, person_id=act.subject_id, kind="token", secret_hash=given.secret_hash, label=given.label,
             scopes=sorted(set(given.scopes)), created_at=act.now, seen_at=act.now,
             expires_at=given.expires_at)  # fmt: skip


def make_grant(act: Act[PersonStanding]) -> None:
    grant_id = act.make(Grant, person_id=act.subject_id, **act.details.model_dump())
    act.created("grant", grant_id, "issue", "open", act.details.model_dump())


def end_one_grant(act: Act[PersonStanding]) -> None:
    table = Grant.__table__
    act.tx.execute(update(table).where(table.c.id == act.details.grant_id).values(to_on=act.details.to_on))  # type: ignore[arg-type]


def end_all_grants(act: Act[PersonStanding]) -> None:
    """Grants end yesterday, so that none opens anything from now on; those still to come end where they begin.

    A grant of today or later keeps its first day as its last; being departed, its holder cannot use it.
    """
    yesterday = act.today - timedelta(days=1)
    table = Grant.__table__
    theirs = and_(
        table.c.person_id == act.subject_id, or_(table.c.to_on.is_(None), table.c.to_on > yesterday)
    )
    begun = and_(theirs, table.c.from_on <= yesterday)
    act.tx.execute(update(table).where(begun).values(to_on=yesterday))  # type: ignore[arg-type]
    act.tx.execute(update(table).where(theirs).values(to_on=table.c.from_on))  # type: ignore[arg-type]


PRESENT = [P.INVITED, P.ACTIVE]

PERSON = Lifecycle(
    "person",
    table=Person,
    states=P,
    root=("person", "id"),
    load=load_people,
    actions=[
        Action("issue_slip", PRESENT, may=administers_person, takes=SlipIssue,
               then=[hand_over_slip], own_route=True),
        Action("activate", PRESENT, to=P.ACTIVE, may=oneself, takes=Activation, checks=[slip_still_open],
               sets=own_password, then=[spoil_slips, shut_doors], own_route=True),
        Action("set_password", P.ACTIVE, may=oneself, takes=PasswordChange, sets=own_password,
               then=[spoil_slips, shut_other_sessions], own_route=True),
        Action("lock", P.ACTIVE, may=system, takes=Lockout,
               sets=lambda act: {"locked_until": act.details.until, "failed_sign_ins": 0}),
        Action("unlock", P.ACTIVE, may=administers_person,
               sets=lambda act: {"locked_until": None, "failed_sign_ins": 0}),
        Action("issue_token", P.ACTIVE, may=oneself, takes=TokenIssue, checks=[token_is_bounded],
               then=[make_token], own_route=True),
        Action("revoke_token", P.ACTIVE, may=oneself_or_admin, takes=TokenRevocation,
               checks=[own_token], then=[shut_token]),
        Action("make_feed", P.ACTIVE, may=oneself, takes=FeedIssue, then=[make_feed], own_route=True),
        Action("revoke_feed", P.ACTIVE, may=oneself_or_admin, then=[shut_feeds]),
        Action("run_job", P.ACTIVE, may=runs_jobs, takes=JobOrder, own_route=True),
        Action("amend_contact", PRESENT, may=oneself, takes=Contact, sets=given_fields),
        Action("amend", PRESENT, may=administers_person, takes=Amendment, checks=[new_unit], sets=given_fields),
        Action("grant", PRESENT, may=administers_person, takes=GrantIssue, checks=[grant_place, grant_days],
               then=[make_grant]),
        Action("end_grant", PRESENT, may=administers_person, takes=GrantEnd, checks=[open_grant],
               then=[end_one_grant]),
        Action("announce_absence", PRESENT, may=arranges_for_person, takes=AbsenceAnnouncement, reads=read_other,
               checks=[absence_days, somebody_else_there, arranged_for_others, one_level_deep], then=[announce]),
        Action("end_absence", list(P), may=ends_absence, takes=AbsenceEnd, checks=[open_absence], then=[end_one]),
        Action("hand_over", list(P), may=arranges_for_person, takes=HandOver, reads=read_other,
               checks=[somebody_else_there], reason=Reason.REQUIRED, own_route=True),
        Action("depart", PRESENT, to=P.DEPARTED, may=administers_person, needs=[nothing_waits], reason=Reason.REQUIRED,
               sets=lambda act: {"password_hash": None, "failed_sign_ins": 0, "locked_until": None},
               then=[end_all, end_all_grants, spoil_slips, shut_doors]),
        Action("reinstate", P.DEPARTED, to=P.INVITED, may=administers_person, reason=Reason.REQUIRED),
    ],
)  # fmt: skip
