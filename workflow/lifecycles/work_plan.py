"""Work plan 实施方案: how the lead means to go about a task, approved by the office."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models import WorkPlan
from models.states import WorkPlanState as W
from workflow.acts import Act
from workflow.audiences import the_lead, the_office
from workflow.conduct_dates import NewDueDate
from workflow.facts import WorkPlanStanding
from workflow.law import Action, Lifecycle, Reason, system
from workflow.needs import task_under_way
from workflow.permissions import owner_of_lead, supervisor
from workflow.standings import load_work_plans
from workflow.work_plans import WorkPlanSubmission, fit_milestones, record_checkpoints

WITH_THE_LEAD = (W.REQUIRED, W.RETURNED)
"""While its due date counts."""


def approves_work_plan(standing: WorkPlanStanding) -> bool:
    """A supervisor of the office, other than who handed it in."""
    own = standing.submitted_by is not None and standing.submitted_by == standing.actor.person_id
    return supervisor(standing) and not own


def handed_in(act: Act[WorkPlanStanding]) -> Mapping[str, Any]:
    return {"text": act.details.text, "submitted_at": act.now, "submitted_by": act.actor.person_id}


WORK_PLAN = Lifecycle(
    "work_plan",
    table=WorkPlan,
    states=W,
    root=("task", "task_id"),
    load=load_work_plans,
    actions=[
        Action("submit", WITH_THE_LEAD, to=W.SUBMITTED, may=owner_of_lead, takes=WorkPlanSubmission,
               needs=[task_under_way], checks=[fit_milestones], sets=handed_in, then=[record_checkpoints],
               tells=[the_office("work_plan_submitted")]),
        Action("approve", W.SUBMITTED, to=W.APPROVED, may=approves_work_plan,
               sets=lambda act: {"approved_at": act.now, "approved_by": act.actor.person_id},
               tells=[the_lead("work_plan_approved")]),
        Action("return", W.SUBMITTED, to=W.RETURNED, may=supervisor, reason=Reason.REQUIRED,
               tells=[the_lead("work_plan_returned")]),
        Action("reopen", W.APPROVED, to=W.RETURNED, may=supervisor, reason=Reason.REQUIRED,
               sets=lambda act: {"approved_at": None, "approved_by": None},
               tells=[the_lead("work_plan_reopened")]),
        Action("redate", WITH_THE_LEAD, may=system, takes=NewDueDate, sets=lambda act: act.details.model_dump()),
    ],
)  # fmt: skip
