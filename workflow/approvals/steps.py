"""Steps of an approval as they went and are still to come: where each stands, and the working days it took."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from models.states import ApprovalState, SeatState, Verdict
from workflow.approvals.days import Span, worked
from workflow.approvals.route import OUT, Tree
from workflow.civil import day_of
from workflow.deadlines import WorkingCalendar
from workflow.facts import ApprovalFact, SeatFact


class StepState(StrEnum):
    CARRIED = "carried"
    CURRENT = "current"
    TO_COME = "to_come"
    LOST = "lost"
    """A vote that could not be won any more."""
    ENDED = "ended"
    """The round ended while it was signed."""
    NOT_REACHED = "not_reached"


@dataclass(frozen=True, slots=True)
class Signed:
    """A seat's moments: asked since, decided at, and how."""

    seat_id: int
    opened_at: datetime | None
    decided_at: datetime | None
    verdict: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """`working_days`: on which its signers were asked, without suspensions; None before it began. `provisional`: a
    holiday notice may still change that count."""

    number: int
    key: str
    mode: str
    quorum: int | None
    state: StepState
    opened_at: datetime | None
    ended_at: datetime | None
    working_days: int | None
    provisional: bool


@dataclass(frozen=True, slots=True)
class Clock:
    """What steps are measured by: the working days, when the task was suspended, when a signer was taken off or the
    round ended, and now."""

    calendar: WorkingCalendar
    stops: Sequence[Span]
    removed_at: Mapping[int, datetime]
    closed_at: datetime | None
    now: datetime


def steps_of(approval: ApprovalFact, moments: Mapping[int, Signed], clock: Clock) -> Iterator[Step]:
    """Every step in order. Of a step that was signed anew, the seats set aside count towards its time."""
    for number in sorted({seat.step for seat in approval.seats}):
        seats = [seat for seat in approval.seats if seat.step == number]
        live = [seat for seat in seats if seat.state not in OUT] or seats
        periods = [period for seat in seats if (period := _period(seat, approval, moments, clock))]
        state = _state(approval, live, began=bool(periods))
        yield Step(
            number, live[0].step_key, live[0].mode, live[0].quorum, state,
            min((begun for begun, _ in periods), default=None),
            max((ended for _, ended in periods), default=None) if state != StepState.CURRENT else None,
            *_counted(periods, clock),
        )  # fmt: skip


def _state(approval: ApprovalFact, live: Sequence[SeatFact], *, began: bool) -> StepState:
    tree = Tree(live)
    if tree.is_carried:
        return StepState.CARRIED
    if approval.state == ApprovalState.OPEN:
        asked = any(seat.state == SeatState.OPEN for seat in live)
        return StepState.CURRENT if asked else StepState.TO_COME
    if not began:
        return StepState.NOT_REACHED
    return StepState.LOST if tree.is_lost else StepState.ENDED


def _counted(periods: Sequence[tuple[datetime, datetime]], clock: Clock) -> tuple[int | None, bool]:
    if not periods:
        return None, False
    spans = [Span(day_of(begun), day_of(ended)) for begun, ended in periods]
    ends: set[date] = {day for span in spans for day in (span.from_on, span.to_on)}
    return worked(clock.calendar, spans, clock.stops), any(map(clock.calendar.provisional, ends))


def _period(
    seat: SeatFact, approval: ApprovalFact, moments: Mapping[int, Signed], clock: Clock
) -> tuple[datetime, datetime] | None:
    """Since when a seat was asked, and until when; None for one that never was."""
    own = moments[seat.id]
    if own.opened_at is None:
        return None
    return own.opened_at, _end(seat, own, approval, moments, clock)


def _end(
    seat: SeatFact, own: Signed, approval: ApprovalFact, moments: Mapping[int, Signed], clock: Clock
) -> datetime:
    """When it was decided; or nobody's any more: taken off, carried by others, or set aside by who returned."""
    last = clock.closed_at or clock.now
    if own.decided_at is not None:
        return own.decided_at
    if seat.state in (SeatState.OPEN, SeatState.WAITING):
        return last
    if seat.state == SeatState.REMOVED:
        return clock.removed_at.get(seat.id, last)
    later = [m for m in moments.values() if m.decided_at and own.opened_at and m.decided_at >= own.opened_at]
    if seat.state == SeatState.SET_ASIDE:
        returned = [m.decided_at for m in later if m.verdict == Verdict.RETURN and m.decided_at]
        return min(returned, default=last)
    peers = {each.id for each in approval.seats if each.step == seat.step}
    return max((m.decided_at for m in later if m.seat_id in peers and m.decided_at), default=last)
