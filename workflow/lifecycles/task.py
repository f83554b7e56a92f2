"""Task 任务: one row of the plan's appendix (or an item opened by hand), from assigned to closed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pydantic import Field
from sqlalchemy import and_, update

from models import Notice, Part, Task
from models.states import MilestoneState as M
from models.states import NoticeKind, NoticeState, PartState, Role
from models.states import TaskState as T
from workflow.acts import Act, mark
from workflow.approvals.rounds import lapse_all
from workflow.audiences import about_task, the_lead, the_office
from workflow.civil import PlanDay, day_of
from workflow.conduct_dates import move_conduct_dates
from workflow.errors import Missing
from workflow.facts import TaskStanding
from workflow.instructing import (
    Instructing,
    instructions_settled,
    issue_instruction,
    leader_over_all,
    unit_within,
)
from workflow.law import Action, Details, Lifecycle, Reason, Telling, system
from workflow.needs import (
    approvals_settled,
    cards_settled,
    milestones_done,
    notices_settled,
    ruled_goals_reached,
)
from workflow.permissions import (
    answers_for_lead,
    owner_of_lead,
    owner_of_part,
    supervisor,
    supervisor_or_system,
)
from workflow.problems import RaisedProblem, for_own_unit, raise_problem
from workflow.proposing import Proposal, names_subject, propose_adjustment, proposes_adjustment
from workflow.redefining import (
    Redefinition,
    card_before,
    read_reported,
    redefinable,
    redefine,
    the_lead_of_it,
)
from workflow.reporting import CalledReport, ReportingInterval, open_report, reporting_columns
from workflow.standings import load_tasks
from workflow.suspending import (
    Suspension,
    cite_meeting,
    ends_later,
    move_due_dates,
    read_worked_since,
    suspended_columns,
)
from workflow.work_plans import require_work_plan

NOT_SUSPENDED = {"suspended_on": None, "suspended_until_on": None}


class NoticeDraft(Details):
    """A supervision notice (督办通知) that an office draws up by hand."""

    unit_id: int = Field(examples=[3])
    milestone_id: int = Field(examples=[1])
    requirement: str = Field(
        min_length=1, max_length=2000, examples=["请于5个工作日内报送进展情况及下一步措施。"]
    )
    reply_on: PlanDay = Field(examples=["2022-07-08"])


def addressee(standing: TaskStanding, details: NoticeDraft, now: datetime) -> Iterable[Missing]:
    if details.unit_id not in {p.unit_id for p in standing.parts}:
        yield Missing("own_unit", {"field": "unit_id", "unit_id": details.unit_id})
    if details.milestone_id not in {m.id for m in standing.milestones}:
        yield Missing("own_milestone", {"field": "milestone_id", "milestone_id": details.milestone_id})
    if details.reply_on < day_of(now):
        yield Missing("not_in_past", {"field": "reply_on", "today": day_of(now).isoformat()})


def owner_of_lead_or_system(standing: TaskStanding) -> bool:
    """An owner in the lead unit; or the system, when the first milestone is started."""
    return owner_of_lead(standing) or system(standing)


def acknowledge_part(act: Act[TaskStanding]) -> None:
    """The lead unit's 签收 is its part's as well."""
    lead = and_(Part.task_id == act.subject_id, Part.unit_id == act.standing.lead_id)
    mark(act, Part, PartState.ACKNOWLEDGED, lead)
    act.tx.execute(
        update(Part.__table__)  # type: ignore[arg-type]
        .where(lead)
        .values(acknowledged_at=act.now, acknowledged_by=act.actor.person_id)
    )


def taken_up_again(act: Act[TaskStanding]) -> Mapping[str, Any]:
    """No report is called for a period that ended while nobody worked on it: the next one covers it."""
    return {"reporting_from_on": act.today}


def recall_submissions(act: Act[TaskStanding]) -> None:
    """Nobody is asked to sign for a task that will not be carried out."""
    for milestone in act.standing.milestones:
        if milestone.state == M.SUBMITTED:
            act.follow("milestone", milestone.id, "recall", reason=act.reason)


def record_draft(act: Act[TaskStanding]) -> None:
    details: NoticeDraft = act.details
    notice_id = act.make(
        Notice, task_id=act.subject_id, kind=NoticeKind.SUPERVISION, state=NoticeState.DRAFTED, drafted_at=act.now,
        **details.model_dump(),
    )  # fmt: skip
    act.created("notice", notice_id, "draft", NoticeState.DRAFTED, details.model_dump())
    act.tell(
        Telling(
            "to_sign_off",
            {"role": Role.SIGNATORY, "office": True},
            {**about_task(act), "notice_id": notice_id},
        )
    )


ALIVE = [T.ASSIGNED, T.ACKNOWLEDGED, T.IN_PROGRESS]

TASK = Lifecycle(
    "task",
    table=Task,
    states=T,
    root=("task", "id"),
    load=load_tasks,
    actions=[
        Action("acknowledge", T.ASSIGNED, to=T.ACKNOWLEDGED, may=answers_for_lead,
               then=[acknowledge_part, require_work_plan],
               tells=[the_office("task_acknowledged")]),
        Action("start", T.ACKNOWLEDGED, to=T.IN_PROGRESS, may=owner_of_lead_or_system),
        Action("suspend", [T.ACKNOWLEDGED, T.IN_PROGRESS], to=T.SUSPENDED, may=supervisor_or_system, takes=Suspension,
               reads=read_worked_since, checks=[ends_later], reason=Reason.REQUIRED, sets=suspended_columns,
               then=[cite_meeting], tells=[the_lead("task_suspended")]),
        Action("resume", T.SUSPENDED, to=T.IN_PROGRESS, may=supervisor_or_system, reason=Reason.REQUIRED,
               sets=lambda act: {**NOT_SUSPENDED, **taken_up_again(act)}, then=[move_due_dates, move_conduct_dates],
               tells=[the_lead("task_resumed")]),
        Action("complete", [*ALIVE, T.SUSPENDED], to=T.COMPLETED, may=system, needs=[milestones_done],
               sets=lambda act: NOT_SUSPENDED, tells=[the_office("completed")]),
        Action("close_out", T.COMPLETED, to=T.CLOSED, may=supervisor,
               needs=[milestones_done, ruled_goals_reached, cards_settled, notices_settled, instructions_settled,
                      approvals_settled],
               tells=[the_lead("task_closed")]),
        Action("reopen", [T.COMPLETED, T.CLOSED], to=T.IN_PROGRESS, may=supervisor, reason=Reason.REQUIRED,
               sets=taken_up_again, tells=[the_lead("task_reopened")]),
        Action("resume_work", [T.COMPLETED, T.CLOSED], to=T.IN_PROGRESS, may=system, reason=Reason.REQUIRED,
               sets=taken_up_again),
        Action("cancel", [*ALIVE, T.SUSPENDED], to=T.CANCELLED, may=supervisor_or_system, reason=Reason.REQUIRED,
               then=[recall_submissions, lapse_all], tells=[the_lead("task_cancelled")]),
        Action("propose_adjustment", [*ALIVE, T.SUSPENDED, T.COMPLETED], may=proposes_adjustment, takes=Proposal,
               checks=[names_subject], reason=Reason.REQUIRED, then=[propose_adjustment]),
        Action("draft_notice", [*ALIVE, T.SUSPENDED, T.COMPLETED], may=supervisor, takes=NoticeDraft,
               checks=[addressee], then=[record_draft]),
        Action("instruct", [*ALIVE, T.SUSPENDED, T.COMPLETED], may=leader_over_all, takes=Instructing,
               checks=[unit_within], then=[issue_instruction]),
        Action("set_reporting", [*ALIVE, T.SUSPENDED], may=supervisor, takes=ReportingInterval,
               sets=reporting_columns),
        Action("call_report", [T.ACKNOWLEDGED, T.IN_PROGRESS], may=system, takes=CalledReport, then=[open_report]),
        Action("raise_problem", [*ALIVE, T.SUSPENDED], may=owner_of_part, takes=RaisedProblem,
               checks=[for_own_unit], then=[raise_problem]),
        Action("define", [*ALIVE, T.SUSPENDED, T.COMPLETED], may=supervisor, takes=Redefinition,
               reads=read_reported, checks=[redefinable], reason=Reason.REQUIRED, before=card_before, then=[redefine],
               tells=[the_lead_of_it("definition_changed")]),
    ],
)  # fmt: skip
