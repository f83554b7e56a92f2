"""Approvals as rows of lists, and one with its seats: how they are read and told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select

from api.actions import approval_etag
from api.approval_views import ApprovalView, DecisionView, SeatView
from api.names import person, person_name, task, task_columns, unit, unit_name
from models import Approval, Decision, Milestone, Person, Seat, Task, Unit
from models.states import SeatState
from workflow import visibility
from workflow.approvals.days import Limit, limit_of
from workflow.calendar import working_calendar
from workflow.deadlines import WorkingCalendar
from workflow.gathering import gather

OWN = (
    "id", "milestone_id", "subject_kind", "subject_id", "purpose", "round", "state", "digest", "opened_at", "opened_by",
    "closed_at", "version",
)  # fmt: skip


def _of_own(column: Any, *where: Any) -> Any:
    return select(column).where(*where).correlate(Approval).scalar_subquery()


COLUMNS = (
    *(getattr(Approval, name) for name in OWN),
    Approval.opened_unit_id,
    _of_own(Milestone.year, Milestone.id == Approval.milestone_id).label("year"),
    _of_own(Task.suspended_on, Task.id == Approval.task_id).label("suspended_on"),
    gather(
        Seat.step, Seat.step_key, Seat.opened_at, Seat.limit_days + Seat.days_lost, of=Approval,
        where=(Seat.approval_id == Approval.id) & (Seat.state == SeatState.OPEN),
    ).label("open_seats"),
    *task_columns(Approval.task_id, Approval),
    person_name(Approval.opened_by, Approval),
    unit_name(Approval.opened_unit_id, Approval),
)  # fmt: skip


def row_of(row: Any, calendar: WorkingCalendar, today: date) -> dict[str, Any]:
    """A row read with `COLUMNS`, as `ApprovalRow` takes it."""
    own = {name: row._mapping[name] for name in OWN if name != "opened_by"}
    seats = sorted(json.loads(row.open_seats or "[]"), key=lambda seat: int(seat[0]))
    limits = [
        limit_of(calendar, datetime.fromisoformat(opened_at), days, row.suspended_on, today)
        for _, _, opened_at, days in seats
        if days is not None
    ]
    first = min(limits, key=lambda limit: limit.on, default=None)
    return {
        **own, **limit_columns(first), "year": row.year, "task": task(row), "etag": approval_etag(row),
        "opened_by": person(row.opened_by, row.person_name), "suspended": row.suspended_on is not None,
        "unit": unit(row.opened_unit_id, row.unit_name) if row.opened_unit_id else None,
        "standing_at": list(dict.fromkeys(key for _, key, *_ in seats)),
    }  # fmt: skip


def limit_columns(limit: Limit | None) -> dict[str, Any]:
    return {
        "limit_on": limit.on if limit else None,
        "limit_provisional": bool(limit and limit.provisional),
        "overdue": bool(limit and limit.over),
    }


HOLDER, DELEGATOR, ADDER, ABSENT = (
    Person.__table__.alias(name) for name in ("holder", "delegator", "adder", "absent")
)
DECIDED = (
    Decision.verdict, Decision.opinion, Decision.digest, Decision.decided_by, Decision.substitute_for,
    Decision.decided_at,
)  # fmt: skip
SEATS = (
    select(Seat.__table__, Unit.name.label("unit_name"), HOLDER.c.name.label("holder"),
           DELEGATOR.c.name.label("delegator"), ADDER.c.name.label("adder"), *DECIDED, Person.name.label("decider"),
           ABSENT.c.name.label("absent"))
    .outerjoin(Unit, Unit.id == Seat.unit_id)
    .outerjoin(HOLDER, HOLDER.c.id == Seat.person_id)
    .outerjoin(DELEGATOR, DELEGATOR.c.id == Seat.delegated_by)
    .outerjoin(ADDER, ADDER.c.id == Seat.added_by)
    .outerjoin(Decision, Decision.seat_id == Seat.id)
    .outerjoin(Person, Person.id == Decision.decided_by)
    .outerjoin(ABSENT, ABSENT.c.id == Decision.substitute_for)
    .order_by(Seat.step, Seat.turn, Seat.id)
)  # fmt: skip
OF_SEAT = (
    "id", "step", "step_key", "mode", "turn", "quorum", "role", "added_to", "relation", "state", "opened_at",
    "limit_days", "at_limit", "urged_on",
)  # fmt: skip


def read_approval(tx: Connection, bound: Mapping[str, Any], where: Any) -> ApprovalView | None:
    """The one approval that meets `where`, if there is one and the person sees it."""
    row = tx.execute(visibility.approvals(*COLUMNS, Approval.signed_facts).where(where), bound).one_or_none()
    if row is None:
        return None
    calendar, today = working_calendar(tx), bound["today"]
    seats = [
        seat_of(seat, row.suspended_on, calendar, today)
        for seat in tx.execute(SEATS.where(Seat.approval_id == row.id))
    ]
    return ApprovalView(**row_of(row, calendar, today), signed_facts=row.signed_facts, seats=seats)


def seat_of(row: Any, suspended_on: date | None, calendar: WorkingCalendar, today: date) -> SeatView:
    """A seat read with `SEATS`."""
    limit = None
    if row.limit_days is not None and row.opened_at is not None:
        still = suspended_on if row.state == SeatState.OPEN else None
        limit = limit_of(calendar, row.opened_at, row.limit_days + row.days_lost, still, today)
    told = limit_columns(limit)
    return SeatView(
        **{name: row._mapping[name] for name in OF_SEAT},
        **{**told, "overdue": told["overdue"] and row.state == SeatState.OPEN},
        unit=unit(row.unit_id, row.unit_name) if row.unit_id else None,
        person=person(row.person_id, row.holder),
        delegated_by=person(row.delegated_by, row.delegator),
        added_by=person(row.added_by, row.adder),
        decision=_decision(row) if row.verdict is not None else None,
    )


def _decision(row: Any) -> DecisionView:
    return DecisionView(
        verdict=row.verdict, opinion=row.opinion, digest=row.digest, decided_at=row.decided_at,
        decided_by=person(row.decided_by, row.decider),
        substitute_for=person(row.substitute_for, row.absent),
    )  # fmt: skip
