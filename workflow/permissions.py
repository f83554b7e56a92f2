"""Who may: pure answers from a standing under a task. Rights are those held on the day of the act."""

from __future__ import annotations

from models.states import ApprovalState, PartRole, Role
from workflow.facts import ApprovalStanding, MilestoneStanding, SeatFact, UnderTask

ANSWERABLE = (Role.OWNER, Role.REVIEWER, Role.LEADER)
"""Who may answer for a unit: acknowledge, reply."""
OFFICE_SIGNERS = (Role.SUPERVISOR, Role.LEADER)


def owner_of_lead(standing: UnderTask) -> bool:
    """An owner (经办人) in the task's lead unit."""
    return standing.actor.holds(Role.OWNER, standing.lead_id)


def owner_of_part(standing: UnderTask) -> bool:
    """An owner in any unit that works on the task."""
    working = (p.unit_id for p in standing.parts if p.role != PartRole.INFORMED)
    return any(standing.actor.holds(Role.OWNER, unit_id) for unit_id in working)


def answers_for(standing: UnderTask, unit_id: int) -> bool:
    """Whether the actor may answer for a unit or department."""
    return any(standing.actor.holds_in(role, unit_id) for role in ANSWERABLE)


def answers_for_lead(standing: UnderTask) -> bool:
    return standing.actor.holds_any(ANSWERABLE, standing.lead_id)


def supervisor(standing: UnderTask) -> bool:
    """A supervisor (督办人) of the joint-meeting office."""
    return standing.actor.in_office(Role.SUPERVISOR)


def supervisor_or_system(standing: UnderTask) -> bool:
    """A supervisor; or the system, where what was reached no longer is."""
    return supervisor(standing) or standing.actor.is_system


def finds_violations(standing: UnderTask) -> bool:
    """The lead's owner, a supervisor, or an inspector (督查员) of the office."""
    return owner_of_lead(standing) or standing.actor.in_office(Role.SUPERVISOR, Role.INSPECTOR)


def signatory(standing: UnderTask) -> bool:
    """Who signs off (签发) for the office: a signatory or its leader."""
    return standing.actor.in_office(Role.SIGNATORY, Role.LEADER)


def the_submitter(standing: MilestoneStanding) -> bool:
    return standing.submitted_by is not None and standing.submitted_by == standing.actor.person_id


def signs(standing: ApprovalStanding) -> bool:
    """Whoever may sign one of the open seats. Once the round is over, whoever had a seat: of two who sign at once,
    the second is told that it is too late, not that it was never theirs."""
    if standing.approval.state == ApprovalState.OPEN:
        return seat_of(standing) is not None
    return any(_may_take(standing, seat) for seat in standing.approval.seats)


def seat_of(standing: ApprovalStanding) -> SeatFact | None:
    """The first open seat that the actor may sign."""
    return next((seat for seat in standing.open_seats if _may_take(standing, seat)), None)


def accepts(standing: ApprovalStanding) -> bool:
    """Whether the seat that is the actor's to sign is one of the last step: the accepter's."""
    seat = seat_of(standing)
    return seat is not None and seat.step == max(each.step for each in standing.approval.seats)


def _may_take(standing: ApprovalStanding, seat: SeatFact) -> bool:
    """Nobody signs their own submission (回避)."""
    actor = standing.actor
    if actor.is_system or actor.person_id == standing.approval.opened_by:
        return False
    return _holds(standing, seat)


def _holds(standing: ApprovalStanding, seat: SeatFact) -> bool:
    """The supervisor is not the supervised: nobody who holds anything in the submitter's department accepts.

    A leader of the office may accept in the supervisor's place. Where the office itself leads, its unit review is
    a unit review like any other.
    """
    if seat.unit_id != standing.office_id or seat.role != Role.SUPERVISOR:
        return standing.actor.holds(seat.role, seat.unit_id)
    if any(g.unit_id == standing.milestone.submitted_unit_id for g in standing.actor.grants):
        return False
    return standing.actor.in_office(*OFFICE_SIGNERS)
