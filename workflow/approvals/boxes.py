"""Boxes of approvals: 待办 to sign, 已办 signed, 我发起的 opened, 抄送我的 copied, and 委派 delegated.

Which approvals are in whose box, as conditions over rows. 待办 is the rule of `workflow.approvals.rights`, and a test
holds the two together. What the person and the absent in whose stead they sign hold is read first, by one statement:
so the conditions name roles, units and people, and the database finds the few open seats by them, however many there
are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    distinct,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)

from models import Approval, ApprovalParty, Decision, Seat, SignerGroupMember, Task
from models.states import ApprovalState, Purpose, Role, SeatState, TaskState
from workflow import visibility
from workflow.actors import Actor
from workflow.approvals.days import over_since
from workflow.approvals.rights import ADJUSTS_TOO, OFFICE_SIGNERS
from workflow.calendar import working_calendar
from workflow.civil import day_of
from workflow.deadlines import WorkingCalendar
from workflow.gathering import children, rows_of
from workflow.reckoning import day_begins
from workflow.standings import who
from workflow.standings.approvals import stand_ins_from, stand_ins_of
from workflow.standings.columns import OFFICE, actor_from, grants_of

Condition = ColumnElement[bool]
APPROVAL: Any = Approval.__table__
SEAT: Any = Seat.__table__


class Box(StrEnum):
    """Whose move it is, as one person sees it."""

    TO_SIGN = "to_sign"
    SIGNED = "signed"
    OPENED = "opened"
    COPIED = "copied"
    DELEGATED = "delegated"
    DELEGATED_BY_ME = "delegated_by_me"


COPIES = ("copied", "mentioned")
"""Why one is a party to what one neither signs nor opened."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whose boxes they are: what they and those they stand in for hold today, and how long limits run."""

    person: Actor
    absent: tuple[Actor, ...]
    office_id: int | None
    limits: tuple[tuple[int, int], ...]
    """The limits that any open seat has: its working days, and those lost by suspensions."""
    calendar: WorkingCalendar
    today: date

    @property
    def signers(self) -> tuple[Actor, ...]:
        """In whose right they sign."""
        return (self.person, *self.absent)


_LIMITS = (
    select(SEAT.c.limit_days, SEAT.c.days_lost)
    .where(SEAT.c.state == SeatState.OPEN, SEAT.c.limit_days.is_not(None))
    .distinct()
    .subquery()
)
_VIEWER = select(
    grants_of().label("grants"), stand_ins_of().label("stand_ins"), OFFICE,
    select(rows_of(_LIMITS.c.limit_days, _LIMITS.c.days_lost)).scalar_subquery().label("limits"),
)  # fmt: skip


def read_viewer(tx: Connection, person_id: int, now: datetime) -> Viewer:
    """What the boxes of a person are judged by: three statements, whatever there is to sign."""
    row = tx.execute(_VIEWER, who(person_id, now)).one()
    return Viewer(
        actor_from(person_id, row.grants), stand_ins_from(row.stand_ins), row.office_id,
        tuple(sorted(children(row.limits, lambda days, lost: (days, lost)))), working_calendar(tx), day_of(now),
    )  # fmt: skip


def in_box(viewer: Viewer, box: str, *, over: bool | None = None) -> Condition:
    """Which approvals are in a box. `over`: only those in which a limit has passed (of a seat that is the box's
    affair, where it is one of seats), or only the others."""
    found = and_(*_BOXES[box](viewer), *_with_seat(viewer, box))
    if over is None:
        return found
    if over and box in _SEATS:
        return and_(*_BOXES[box](viewer), is_over(viewer, box))
    return and_(found, is_over(viewer, box) if over else ~is_over(viewer, box))


def is_over(viewer: Viewer, box: str | None = None) -> Condition:
    """Whether the limit of an open seat has passed: in a box of seats, of one of those."""
    seats = _SEATS[box](viewer) if box in _SEATS else ()
    return _some_seat(*_late(viewer), *seats)


def of_box(
    viewer: Viewer, box: str | None, columns: Sequence[Any], *, over: bool | None = None
) -> Select[Any]:
    """The approvals that a person sees, or those in one of their boxes, as a Select. Whoever may sign, has signed or
    has a copy sees an approval (a test holds it), so that is not asked again; what one opened, while it is seen."""
    if box is None or box == Box.OPENED:
        statement = visibility.approvals(*columns)
    else:
        statement = select(*columns).select_from(APPROVAL)
    if box is not None:
        return statement.where(in_box(viewer, box, over=over))
    return statement if over is None else statement.where(is_over(viewer) if over else ~is_over(viewer))


def count_boxes(tx: Connection, viewer: Viewer, now: datetime) -> Mapping[str, tuple[int, int]]:
    """How many approvals are in each box, and in how many of them a limit has passed: one statement."""
    past = and_(*_late(viewer))
    late = select(SEAT.c.approval_id).where(past).cte("late")
    counts = union_all(
        *(_count_seats(viewer, box, past) for box in _SEATS),
        _count(Box.SIGNED, Decision.approval_id, late, _signed_by(viewer)),
        _count(Box.COPIED, ApprovalParty.approval_id, late, *_copied_to(viewer)),
        _count(
            Box.OPENED, APPROVAL.c.id, late, APPROVAL.c.id.in_(of_box(viewer, Box.OPENED, [APPROVAL.c.id]))
        ),
    )
    bound = visibility.bound(int(viewer.person.person_id or 0), now)
    return {row.box: (int(row.total), int(row.late)) for row in tx.execute(counts, bound)}


def _count_seats(viewer: Viewer, box: Box, past: Condition) -> Any:
    late = case((past, SEAT.c.approval_id))
    where = SEAT.c.state == SeatState.OPEN, *_BOXES[box](viewer), *_SEATS[box](viewer)
    return select(*_counted(box, SEAT.c.approval_id, late)).select_from(SEAT).join(APPROVAL).where(*where)


def _count(box: Box, approval_id: Any, late: Any, *where: Condition) -> Any:
    joined = late.c.approval_id == approval_id
    return select(*_counted(box, approval_id, late.c.approval_id)).outerjoin(late, joined).where(*where)


def _counted(box: Box, approval_id: Any, late: Any) -> tuple[Any, ...]:
    return (
        literal(box).label("box"), func.count(distinct(approval_id)).label("total"),
        func.count(distinct(late)).label("late"),
    )  # fmt: skip


# What is to be signed


def _to_sign(viewer: Viewer) -> tuple[Condition, ...]:
    return APPROVAL.c.state == ApprovalState.OPEN, APPROVAL.c.opened_by != viewer.person.person_id


def signable(viewer: Viewer) -> tuple[Condition, ...]:
    """Which open seats of an approval are the person's to sign, in their own right or in another's."""
    rights = [right for who in viewer.signers for right in _rights(viewer, who)]
    return SEAT.c.delegated_by.is_(None), or_(false(), *rights)


def _rights(viewer: Viewer, who: Actor) -> Iterator[Condition]:
    """In whose right: of roles in units, of seats that are their own, and of the accepter's. Never of what they
    submitted themselves."""
    not_theirs = APPROVAL.c.opened_by != who.person_id
    accepters = _accepters(viewer)
    if by_role := list(_by_role(viewer, who)):
        yield and_(not_theirs, SEAT.c.person_id.is_(None), or_(*by_role))
    if who.grants:
        yield and_(not_theirs, _their_own(who), ~accepters, _of_their_unit(who))
    for signs in _signs_for_the_office(who):
        anyone = or_(SEAT.c.person_id.is_(None), _their_own(who))
        yield and_(
            not_theirs, anyone, accepters, signs, _not_supervised(viewer, who), _not_for_another(viewer)
        )


def _their_own(who: Actor) -> Condition:
    """A seat that is somebody's own; one held in a group while they are of it."""
    groups = select(SignerGroupMember.group_id).where(SignerGroupMember.person_id == who.person_id)
    in_group = or_(SEAT.c.group_id.is_(None), SEAT.c.group_id.in_(groups))
    return and_(SEAT.c.person_id == who.person_id, in_group)


def _signs_for_the_office(who: Actor) -> Iterator[Condition]:
    if who.in_office(*OFFICE_SIGNERS):
        yield true()
    elif who.in_office(ADJUSTS_TOO):
        yield APPROVAL.c.purpose == Purpose.ADJUSTMENT


def _not_for_another(viewer: Viewer) -> Condition:
    """The person has signed no other seat in somebody's stead."""
    others = _signed.c.role.is_(None) | _signed.c.unit_id.is_(None)
    others |= (_signed.c.role != Role.SUPERVISOR) | (_signed.c.unit_id != viewer.office_id)
    signed = (
        select(Decision.approval_id)
        .join(_signed, _signed.c.id == Decision.seat_id)
        .where(_signed_by(viewer), Decision.substitute_for.is_not(None), others)
    )
    free: Condition = APPROVAL.c.id.not_in(signed)
    return free


_signed: Any = SEAT.alias("signed")


def _by_role(viewer: Viewer, who: Actor) -> Iterator[Condition]:
    for role in sorted({held.role for held in who.grants}):
        organs = sorted(
            held.organ_id
            for held in set(who.grants)
            if held.role == role
            and held.organ_id is not None
            and (role, held.organ_id) != (Role.SUPERVISOR, viewer.office_id)
        )
        if organs:
            yield and_(SEAT.c.role == role, SEAT.c.unit_id.in_(organs))


def _of_their_unit(who: Actor) -> Condition:
    places = {place for held in who.grants for place in (held.unit_id, held.organ_id) if place is not None}
    return or_(SEAT.c.unit_id.is_(None), SEAT.c.unit_id.in_(sorted(places)))


def _accepters(viewer: Viewer) -> Condition:
    """Written out for a person's seat, which has neither: what is not known is not false."""
    if viewer.office_id is None:
        return false()
    return and_(
        SEAT.c.role.is_not(None), SEAT.c.role == Role.SUPERVISOR,
        SEAT.c.unit_id.is_not(None), SEAT.c.unit_id == viewer.office_id,
    )  # fmt: skip


def _not_supervised(viewer: Viewer, who: Actor) -> Condition:
    """Neither of them holds anything where the submission came from."""
    places = {
        held.unit_id for each in (viewer.person, who) for held in each.grants if held.unit_id is not None
    }
    return or_(APPROVAL.c.opened_unit_id.is_(None), APPROVAL.c.opened_unit_id.not_in(sorted(places)))


def _some_seat(*where: Condition) -> Condition:
    seat = select(SEAT.c.id).where(
        SEAT.c.approval_id == APPROVAL.c.id, SEAT.c.state == SeatState.OPEN, *where
    )
    return exists(seat.correlate(APPROVAL))


# The other boxes


def _has_signed(viewer: Viewer) -> tuple[Condition, ...]:
    return (APPROVAL.c.id.in_(select(Decision.approval_id).where(_signed_by(viewer))),)


def _signed_by(viewer: Viewer) -> Condition:
    mine: Condition = Decision.decided_by == viewer.person.person_id
    return mine


def _opened(viewer: Viewer) -> tuple[Condition, ...]:
    return (APPROVAL.c.opened_by == viewer.person.person_id,)


def _copied(viewer: Viewer) -> tuple[Condition, ...]:
    return (APPROVAL.c.id.in_(select(ApprovalParty.approval_id).where(*_copied_to(viewer))),)


def _copied_to(viewer: Viewer) -> tuple[Condition, ...]:
    return ApprovalParty.person_id == viewer.person.person_id, ApprovalParty.because.in_(COPIES)


def _given_to(viewer: Viewer) -> tuple[Condition, ...]:
    return SEAT.c.person_id == viewer.person.person_id, SEAT.c.delegated_by.is_not(None)


def _given_by(viewer: Viewer) -> tuple[Condition, ...]:
    return (SEAT.c.delegated_by == viewer.person.person_id,)


def _is_open(viewer: Viewer) -> tuple[Condition, ...]:
    return (APPROVAL.c.state == ApprovalState.OPEN,)


_BOXES: Mapping[str, Callable[[Viewer], tuple[Condition, ...]]] = {
    Box.TO_SIGN: _to_sign, Box.SIGNED: _has_signed, Box.OPENED: _opened, Box.COPIED: _copied,
    Box.DELEGATED: _is_open, Box.DELEGATED_BY_ME: _is_open,
}  # fmt: skip
_SEATS: Mapping[Any, Callable[[Viewer], tuple[Condition, ...]]] = {
    Box.TO_SIGN: signable, Box.DELEGATED: _given_to, Box.DELEGATED_BY_ME: _given_by,
}  # fmt: skip
"""Boxes of seats: which open ones."""


def _with_seat(viewer: Viewer, box: str) -> tuple[Condition, ...]:
    return (_some_seat(*_SEATS[box](viewer)),) if box in _SEATS else ()


# Limits


def _late(viewer: Viewer) -> tuple[Condition, ...]:
    """Which seats' limit has passed. For each length of a limit there is one day, and what was opened before it is
    over: found by `ix_seat_open_limit`. While a task is suspended no limit runs."""
    past = (
        and_(
            SEAT.c.limit_days == days,
            SEAT.c.days_lost == lost,
            SEAT.c.opened_at < day_begins(over_since(viewer.calendar, days + lost, viewer.today)),
        )
        for days, lost in viewer.limits
    )
    resting = select(Task.id).where(Task.state == TaskState.SUSPENDED)
    suspended = select(_STILL.c.id).where(_STILL.c.task_id.in_(resting))
    return SEAT.c.state == SeatState.OPEN, or_(false(), *past), SEAT.c.approval_id.not_in(suspended)


_STILL: Any = APPROVAL.alias("still")
