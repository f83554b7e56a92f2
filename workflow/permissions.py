"""Who may: pure answers from a standing under a task. Rights are those held on the day of the act."""

from __future__ import annotations

from models.states import PartRole, Role
from workflow.facts import MilestoneStanding, UnderTask

ANSWERABLE = (Role.OWNER, Role.REVIEWER, Role.LEADER)
"""Who may answer for a unit: acknowledge, reply."""


def owner_of_lead(standing: UnderTask) -> bool:
    """An owner (经办人) in the task's lead unit."""
    return standing.actor.holds(Role.OWNER, standing.lead_id)


def owner_of_part(standing: UnderTask) -> bool:
    """An owner in any unit that works on the task."""
    working = (p.unit_id for p in standing.parts if p.role != PartRole.INFORMED)
    return any(standing.actor.holds(Role.OWNER, unit_id) for unit_id in working)


def owning_department(standing: UnderTask) -> int | None:
    """Where the actor owns for the lead unit: what they hand in comes from that department, and it may not accept."""
    own = (
        g.unit_id for g in standing.actor.grants if g.role == Role.OWNER and g.organ_id == standing.lead_id
    )
    return next(own, None)


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
