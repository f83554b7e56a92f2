"""Urging 催办: whoever has yet to sign is asked again, at most once a working day, and it is recorded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, update

from models import Seat
from workflow.acts import Act
from workflow.approvals.letters import audience_of
from workflow.approvals.signatures import AtSeat
from workflow.calendar import working_calendar
from workflow.civil import day_of
from workflow.errors import Missing
from workflow.facts import ApprovalStanding, SeatFact
from workflow.law import Simplify, Telling
from workflow.signing import about

A = Act[ApprovalStanding]
SEATS: Any = Seat.__table__


def last_working_day(
    tx: Connection, standing: ApprovalStanding, details: Any, simplify: Simplify, now: datetime
) -> ApprovalStanding:
    """Today, or the working day before it: the day that urging is counted by."""
    calendar, today = working_calendar(tx), day_of(now)
    while not calendar.is_working(today):
        today -= timedelta(days=1)
    return replace(standing, working_day=today)


def not_urged_today(standing: ApprovalStanding, details: AtSeat, now: datetime) -> Iterable[Missing]:
    """A signer is urged at most once a working day."""
    if details and details.seat_id is not None and not _to_urge(standing, details, again=True):
        yield Missing("own_seat", {"field": "seat_id", "seat_id": details.seat_id})
    elif not _to_urge(standing, details):
        yield Missing("urged_today", {"day": str(standing.working_day)})


def _to_urge(standing: ApprovalStanding, details: AtSeat | None, *, again: bool = False) -> list[SeatFact]:
    named = details.seat_id if details else None
    since = str(standing.working_day)
    return [
        seat
        for seat in standing.open_seats
        if named in (None, seat.id) and (again or seat.urged_on is None or seat.urged_on < since)
    ]


def urge_signers(act: A) -> None:
    """Effect 催办: whoever may sign is asked again."""
    seats = _to_urge(act.standing, act.details)
    table = SEATS
    urged = update(table).where(table.c.id.in_([seat.id for seat in seats])).values(urged_on=act.today)
    act.tx.execute(urged)
    for seat in seats:
        act.tell(
            Telling(
                "urged",
                audience_of(seat),
                {**about(act), "approval_id": act.subject_id, "reason": act.reason},
            )
        )
