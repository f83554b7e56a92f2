"""Criteria 验收要点: drafted by the lead, approved by a supervisor, before the milestone is submitted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models import Criteria
from models.states import CriteriaState as C
from models.states import MilestoneState
from workflow.acts import Act
from workflow.audiences import the_owners, the_supervisors
from workflow.criteria import Points, distinct_points, replace_points
from workflow.errors import Missing
from workflow.facts import CriteriaStanding
from workflow.law import Action, Lifecycle, Reason
from workflow.needs import not_cancelled, task_under_way
from workflow.permissions import owner_of_lead, supervisor
from workflow.standings import load_criteria

SIGNED = (MilestoneState.SUBMITTED, MilestoneState.ACCEPTED)


def approves_criteria(standing: CriteriaStanding) -> bool:
    """A supervisor (督办人) of the office, other than who drafted them."""
    return supervisor(standing) and standing.actor.person_id != standing.criteria.drafted_by


def not_signed(standing: CriteriaStanding) -> Missing | None:
    """What lies with the signers, or was accepted, keeps the criteria it is judged by."""
    state = standing.milestone.state
    return Missing("not_signed", {"kind": "milestone", "state": state}) if state in SIGNED else None


def drafted_columns(act: Act[CriteriaStanding]) -> Mapping[str, Any]:
    return {"drafted_at": act.now, "drafted_by": act.actor.person_id}


CRITERIA = Lifecycle(
    "criteria",
    table=Criteria,
    states=C,
    root=("task", "task_id"),
    load=load_criteria,
    actions=[
        Action("redraft", [C.DRAFTED, C.RETURNED], to=C.DRAFTED, may=owner_of_lead, takes=Points,
               needs=[task_under_way], checks=[distinct_points], sets=drafted_columns, then=[replace_points],
               tells=[the_supervisors("criteria_drafted")]),
        Action("approve", C.DRAFTED, to=C.APPROVED, may=approves_criteria, needs=[not_cancelled],
               sets=lambda act: {"approved_at": act.now, "approved_by": act.actor.person_id},
               tells=[the_owners("criteria_approved")]),
        Action("return", C.DRAFTED, to=C.RETURNED, may=supervisor, reason=Reason.REQUIRED,
               tells=[the_owners("criteria_returned")]),
        Action("reopen", C.APPROVED, to=C.RETURNED, may=supervisor, needs=[not_signed, not_cancelled],
               reason=Reason.REQUIRED, sets=lambda act: {"approved_at": None, "approved_by": None},
               tells=[the_owners("criteria_returned")]),
    ],
)  # fmt: skip
