"""Handing over: what waits for somebody who leaves goes to another, seat by seat; who orders it is judged by the
person's own law, and each approval records it as a move of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, or_, select, update

from models import Approval, Person, Seat
from models.states import ApprovalState, PersonState
from workflow.acts import Act
from workflow.approvals.letters import enter_parties
from workflow.approvals.moves import ToPerson, receives, undecided
from workflow.approvals.route import UNDECIDED
from workflow.errors import Missing, NotReady
from workflow.facts import ApprovalStanding, SeatFact
from workflow.law import RowId, Simplify, Telling
from workflow.signing import about
from workflow.standings.columns import actor

A = Act[ApprovalStanding]
SEATS: Any = Seat.__table__


class HandedSeat(ToPerson):
    """A seat of `from_id`, for `person_id`, on the word of `by_id`."""

    seat_id: RowId
    from_id: RowId
    by_id: RowId | None = None


@dataclass(frozen=True, slots=True)
class HeldSeat:
    """A seat that waits for one person alone."""

    id: int
    approval_id: int


def held_seats(tx: Connection, person_id: int) -> Sequence[HeldSeat]:
    """Undecided seats of open approvals that are a person's own, or come back to them 委派."""
    theirs = or_(Seat.person_id == person_id, Seat.delegated_by == person_id)
    statement = (
        select(Seat.id, Seat.approval_id)
        .join(Approval, Approval.id == Seat.approval_id)
        .where(theirs, Seat.state.in_(UNDECIDED), Approval.state == ApprovalState.OPEN)
        .order_by(Seat.id)
    )
    return [HeldSeat(*row) for row in tx.execute(statement)]


def read_receiver(
    tx: Connection, standing: ApprovalStanding, details: HandedSeat, simplify: Simplify, now: datetime
) -> ApprovalStanding:
    """Who receives, with what they hold today; nobody, where they are not there."""
    here = select(Person.id).where(Person.id == details.person_id, Person.state != PersonState.DEPARTED)
    there = tx.execute(here).scalar_one_or_none()
    return replace(standing, others=(actor(tx, there, now),) if there is not None else ())


def handed(standing: ApprovalStanding, details: HandedSeat, now: datetime) -> Iterable[Missing]:
    """The seat is still theirs who leaves, and could be the receiver's."""
    seat = _seat(standing, details)
    if seat is None:
        yield Missing("own_seat", {"field": "seat_id", "seat_id": details.seat_id})
    elif not standing.others:
        yield Missing("known_person", {"field": "person_id", "person_id": details.person_id})
    elif details.person_id not in (seat.person_id, seat.delegated_by):
        yield from receives(standing, seat, standing.others[0], details.by_id)


def _seat(standing: ApprovalStanding, details: HandedSeat) -> SeatFact | None:
    theirs = (s for s in undecided(standing) if details.from_id in (s.person_id, s.delegated_by))
    return next((seat for seat in theirs if seat.id == details.seat_id), None)


def hand_seat_over(act: A) -> None:
    """Effect: the seat is the receiver's; one that was delegated stays with the delegate, and comes back to them."""
    details: HandedSeat = act.details
    seat = _seat(act.standing, details)
    if seat is None:
        raise NotReady(kind="approval", action=act.action.name, missing=[Missing("seat_open")])
    holder, back = _after(seat, details)
    group = seat.group_id if back is not None and back == seat.delegated_by else None
    values = {"person_id": holder, "delegated_by": back, "group_id": group}
    act.tx.execute(update(SEATS).where(SEATS.c.id == seat.id).values(values))
    enter_parties(act, act.subject_id, [details.person_id, details.from_id], "named")
    facts = {**about(act), "approval_id": act.subject_id, "reason": act.reason}
    act.tell(Telling("seat_transferred", {"person_id": details.person_id}, facts))


def _after(seat: SeatFact, details: HandedSeat) -> tuple[int, int | None]:
    """Who holds the seat then, and to whom it comes back: nobody delegates to themselves."""
    holder, back = seat.person_id, seat.delegated_by
    holder = details.person_id if holder == details.from_id else holder
    back = details.person_id if back == details.from_id else back
    return int(holder or 0), None if back == holder else back
