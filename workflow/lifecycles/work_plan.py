"""Work plan 实施方案: how the lead means to go about a task, decided by an approval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models import WorkPlan
from models.states import Purpose
from models.states import WorkPlanState as W
from workflow.acts import Act
from workflow.approvals.rounds import lapse_round, last_signer, open_over
from workflow.approvals.subjects import Decided, decided
from workflow.approvals.waiting import put_forward
from workflow.audiences import the_lead
from workflow.audit import canonical
from workflow.calendar_notices.dates import CalendarDate, reckoned_columns, record_reckoning, whose_date
from workflow.conduct_dates import NewDueDate, record_suspension
from workflow.facts import WorkPlanStanding
from workflow.law import Action, Lifecycle, Reason, system
from workflow.needs import task_under_way
from workflow.permissions import owner_of_lead, owning_department, supervisor
from workflow.standings import load_work_plans
from workflow.work_plans import WorkPlanSubmission, fit_milestones, record_checkpoints

WITH_THE_LEAD = (W.REQUIRED, W.RETURNED)
"""While its due date counts."""


def handed_in(act: Act[WorkPlanStanding]) -> Mapping[str, Any]:
    return {"text": act.details.text, "submitted_at": act.now, "submitted_by": act.actor.person_id}


def approved_columns(act: Act[WorkPlanStanding]) -> Mapping[str, Any]:
    """When, and by whose signature last."""
    return {"approved_at": act.now, "approved_by": last_signer(act)}


def open_approval(act: Act[WorkPlanStanding]) -> None:
    """Effect of handing in: a round over the words and checkpoints."""
    open_over(
        act,
        Purpose.WORK_PLAN,
        "work_plan",
        act.subject_id,
        unit_id=owning_department(act.standing),
    )


def signed_work_plan(standing: WorkPlanStanding) -> str:
    """The canonical text that is signed: the words, and each checkpoint in its order."""
    points = [[p.milestone_id, p.due_on, p.text, p.indicator_id, p.quantity] for p in standing.checkpoints]
    return canonical({"work_plan": standing.id, "text": standing.text, "checkpoints": points})


decided(
    Decided(
        Purpose.WORK_PLAN,
        signed_work_plan,
        granted="approve",
        refused="return",
        asks="to_sign_work_plan",
    )
)

WORK_PLAN = Lifecycle(
    "work_plan",
    table=WorkPlan,
    states=W,
    root=("task", "task_id"),
    load=load_work_plans,
    actions=[
        Action("submit", WITH_THE_LEAD, to=W.SUBMITTED, may=owner_of_lead, takes=WorkPlanSubmission,
               needs=[task_under_way], checks=[fit_milestones], sets=handed_in,
               then=[record_checkpoints, open_approval]),
        Action("approve", W.SUBMITTED, to=W.APPROVED, may=system, sets=approved_columns,
               tells=[the_lead("work_plan_approved")]),
        Action("return", W.SUBMITTED, to=W.RETURNED, may=system, reason=Reason.REQUIRED,
               tells=[the_lead("work_plan_returned")]),
        Action("put_forward", W.SUBMITTED, may=system,
               then=[put_forward(Purpose.WORK_PLAN, lambda standing: standing.submitted_by)]),
        Action("lapse", W.SUBMITTED, to=W.RETURNED, may=system, then=[lapse_round]),
        Action("reopen", W.APPROVED, to=W.RETURNED, may=supervisor, reason=Reason.REQUIRED,
               sets=lambda act: {"approved_at": None, "approved_by": None},
               tells=[the_lead("work_plan_reopened")]),
        Action("redate", WITH_THE_LEAD, may=system, takes=NewDueDate, sets=lambda act: act.details.model_dump(),
               then=[record_suspension]),
        Action("follow_calendar", WITH_THE_LEAD, may=system, takes=CalendarDate, reason=Reason.REQUIRED,
               sets=reckoned_columns, then=[record_reckoning],
               tells=[whose_date("reckoned_again")], own_route=True),
    ],
)  # fmt: skip
