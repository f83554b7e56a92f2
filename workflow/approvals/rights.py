"""Who may sign which seat, at this moment: pure answers from an approval's standing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from models.states import ApprovalState, Purpose, Role, SeatState, StepMode
from workflow.actors import Actor
from workflow.facts import ApprovalStanding, SeatFact

OFFICE_SIGNERS = (Role.SUPERVISOR, Role.LEADER)
"""Who sign in the office's seat."""
ADJUSTS_TOO = Role.SIGNATORY
"""An adjustment changes the plan, as what is issued does: who signs off (签发) for the office may sign it as well."""


@dataclass(frozen=True, slots=True)
class Right:
    """The seat that somebody may sign, and for whom they do (None: for themselves)."""

    seat: SeatFact
    substitute_for: int | None = None


def signs(standing: ApprovalStanding) -> bool:
    """Whoever has a seat, whether or not it is its turn: of two who sign at once, the second is told that it is too
    late, and who comes later that it is not yet their turn; neither that it was never theirs."""
    return any(True for _ in _rights(standing, standing.approval.seats))


def signs_by_vote(standing: ApprovalStanding) -> bool:
    """Whoever has a vote 票签: elsewhere one is against by returning."""
    return any(right.seat.mode == StepMode.VOTE for right in _rights(standing, standing.approval.seats))


def right_of(standing: ApprovalStanding, seat_id: int | None = None) -> Right | None:
    """The first open seat that the actor may sign (or that very one): in their own right before another's."""
    rights = _rights(standing, standing.open_seats)
    return next((right for right in rights if seat_id in (None, right.seat.id)), None)


def is_substitute(standing: ApprovalStanding, seat: SeatFact) -> bool:
    """Whether the actor may sign an open seat only in somebody's stead."""
    right = right_of(standing, seat.id)
    return right is not None and right.substitute_for is not None


def seats_of(standing: ApprovalStanding) -> list[SeatFact]:
    """All open seats that the actor may sign."""
    return [right.seat for right in _rights(standing, standing.open_seats)]


def accepts(standing: ApprovalStanding, seat_id: int | None = None) -> bool:
    """Whether the seat that is the actor's to sign is one of the last step: the accepter's."""
    right = right_of(standing, seat_id)
    return right is not None and right.seat.step == max(each.step for each in standing.approval.seats)


def _rights(standing: ApprovalStanding, seats: tuple[SeatFact, ...]) -> Iterator[Right]:
    for who in (standing.actor, *standing.stand_ins):
        for seat in seats:
            if may_sign(standing, who, seat):
                yield Right(seat, who.person_id if who is not standing.actor else None)


def may_sign(standing: ApprovalStanding, who: Actor, seat: SeatFact) -> bool:
    """Whether a seat is somebody's to sign, as rights are now. Nobody signs their own submission (回避), nor has it
    signed in their stead; what is delegated 委派 is signed when it has come back."""
    opener = standing.approval.opened_by
    if standing.actor.is_system or opener in (standing.actor.person_id, who.person_id):
        return False
    if seat.delegated_by is not None or seat.state == SeatState.REMOVED:
        return False
    return holds(standing, who, seat)


def holds(standing: ApprovalStanding, who: Actor, seat: SeatFact) -> bool:
    """Whether a seat is somebody's. One that was given to a person is theirs while they are of the seat's unit, and of
    the group in which they hold it."""
    if seat.person_id is None:
        return _by_role(standing, who, seat)
    return who.person_id == seat.person_id and seat.is_member and fits(standing, who, seat)


def signs_by_right(standing: ApprovalStanding, who: Actor, seat: SeatFact) -> bool:
    """Whether a seat is somebody's to sign without being given it: as its holder, or by the role that it asks for."""
    asked = replace(standing, actor=who)
    of_role = replace(seat, person_id=None, delegated_by=None)
    return may_sign(asked, who, seat) or may_sign(asked, who, of_role)


def fits(standing: ApprovalStanding, who: Actor, seat: SeatFact) -> bool:
    """Whether a seat could be somebody's: they serve in its unit; the accepter's only by who may accept."""
    if is_accepters(standing, seat):
        return _by_role(standing, who, seat)
    if seat.unit_id is None:
        return bool(who.grants)
    return who.belongs_to(seat.unit_id)


def is_accepters(standing: ApprovalStanding, seat: SeatFact) -> bool:
    return seat.role == Role.SUPERVISOR and seat.unit_id == standing.office_id is not None


def _by_role(standing: ApprovalStanding, who: Actor, seat: SeatFact) -> bool:
    """The supervisor is not the supervised: nobody who holds anything in the submitting department accepts, nor who
    signed an earlier step in somebody's stead.

    A leader of the office may accept in the supervisor's place. Where the office itself leads, its unit review is
    a unit review like any other.
    """
    if not is_accepters(standing, seat):
        return seat.role is not None and who.holds(seat.role, seat.unit_id)
    if (
        _is_supervised(standing, standing.actor)
        or _is_supervised(standing, who)
        or signed_for_another(standing)
    ):
        return False
    return who.in_office(*office_signers(standing.approval.purpose))


def office_signers(purpose: str) -> tuple[Role, ...]:
    """The roles that sign in the office's seat."""
    return (*OFFICE_SIGNERS, ADJUSTS_TOO) if purpose == Purpose.ADJUSTMENT else OFFICE_SIGNERS


def _is_supervised(standing: ApprovalStanding, who: Actor) -> bool:
    submitted_from = standing.approval.opened_unit_id
    return submitted_from is not None and any(g.unit_id == submitted_from for g in who.grants)


def signed_for_another(standing: ApprovalStanding) -> bool:
    """Whether the actor has signed a seat other than an accepter's in somebody's stead: two eyes, not four."""
    accepters = {seat.id for seat in standing.approval.seats if is_accepters(standing, seat)}
    return any(
        decision.substitute_for is not None and decision.seat_id not in accepters
        for decision in standing.decisions
        if decision.decided_by == standing.actor.person_id
    )


def is_open(standing: ApprovalStanding) -> bool:
    return standing.approval.state == ApprovalState.OPEN
