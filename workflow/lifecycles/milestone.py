"""Milestone 节点: a year's target of a task, from planned to accepted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import and_

from models import Evidence, Milestone
from models.states import EvidenceState, Purpose, TaskState
from models.states import MilestoneState as M
from workflow.acts import Act, mark
from workflow.approvals.opening import Opening, open_round
from workflow.approvals.rounds import lapse_changed, lapse_requests
from workflow.approvals.subjects import Decided, decided
from workflow.attachments import (
    Attachment,
    Detachment,
    Tie,
    dated_evidence,
    detach_evidence,
    own_evidence,
    own_ties,
    record_evidence,
    tie_evidence,
)
from workflow.attestations import (
    AttestationCall,
    Violation,
    call_attestation,
    dated_violation,
    maintained,
    reopen_violated,
)
from workflow.audiences import the_owners, the_supervisors
from workflow.breaking_down import BreakDown, fits_milestone, issue_shares
from workflow.calendar_notices.dates import CalendarDate, reckoned_columns, record_reckoning, whose_date
from workflow.carding import EarnedCard, record_card, the_carded
from workflow.criteria import Points, criteria_covered, distinct_points, draft_criteria, judged, not_drafted
from workflow.errors import Missing
from workflow.facts import ApprovalStanding, MilestoneStanding
from workflow.law import Action, Lifecycle, Reason, system
from workflow.lists.entering import EnteredItems, countable, keeps_list, look_up, record_items
from workflow.marking import clear_marks
from workflow.named_events import DUE_RULE, EventDate
from workflow.needs import (
    clock_running,
    evidence_attached,
    nobody_decided,
    not_cancelled,
    progress_reported,
    shares_awaited,
    targets_reached,
    task_under_way,
)
from workflow.permissions import (
    finds_violations,
    owner_of_lead,
    owner_of_part,
    owning_department,
    supervisor,
    supervisor_or_system,
    the_submitter,
)
from workflow.progress import Correction, Progress, correct_figure, correctable, known_figures, record_figures
from workflow.redating import Redating, moved, pull_shares, record_move, redated_columns
from workflow.requesting import (
    ExtensionRequest,
    in_time,
    later_date,
    none_requested,
    read_extended,
    request_extension,
    request_waiver,
    within_caps,
)
from workflow.shortfalls import (
    Carrying,
    ShortfallRuling,
    carry_surplus_on,
    later_year_open,
    rule_shortfall,
    ruled_indicator,
    something_over,
    something_short,
    surplus_indicator,
)
from workflow.signing import Submission, reason_without, signed_facts
from workflow.standings import load_milestones

WORKED_ON = (M.IN_PROGRESS, M.RETURNED)
OPEN = (M.PLANNED, M.IN_PROGRESS, M.SUBMITTED, M.RETURNED)


def shares_in(standing: MilestoneStanding, details: Submission, now: datetime) -> Iterable[Missing]:
    """Every share is accepted; those that are not are named, and passed only with a reason (缺：崇明、金山)."""
    waiting = standing.missing_units
    if waiting and reason_without(standing, details) is None:
        yield Missing(
            "shares_in", {"field": "without_shares", "units": "、".join(waiting), "count": len(waiting)}
        )


def event_columns(act: Act[MilestoneStanding]) -> Mapping[str, Any]:
    details: EventDate = act.details
    return {
        "due_on": details.due_on, "due_basis": details.basis, "due_rule": DUE_RULE,
        "due_provisional": details.due_provisional,
    }  # fmt: skip


def start_task(act: Act[MilestoneStanding]) -> None:
    """The first milestone that is started takes its task into work."""
    if act.standing.task.state == TaskState.ACKNOWLEDGED:
        act.follow("task", act.standing.task.id, "start", act.standing.task_when(M.IN_PROGRESS))


def open_approval(act: Act[MilestoneStanding]) -> None:
    """A new round of signatures over the milestone as it stands."""
    standing = act.standing
    text = signed_facts(standing, act.details.text, reason_without(standing, act.details))
    quantities = tuple(i.quantity for i in standing.indicators if i.quantity is not None)
    opening = Opening(
        Purpose.ACCEPTANCE, "milestone", act.subject_id, text, standing.round + 1,
        milestone_id=act.subject_id, unit_id=owning_department(standing), quantities=quantities,
    )  # fmt: skip
    open_round(act, opening)


def submission_columns(act: Act[MilestoneStanding]) -> Mapping[str, Any]:
    return {
        "round": act.standing.round + 1, "submission": act.details.text, "submitted_at": act.now,
        "submitted_by": act.actor.person_id, "submitted_unit_id": owning_department(act.standing),
        "without_shares": reason_without(act.standing, act.details),
    }  # fmt: skip


def _approval(act: Act[MilestoneStanding]) -> ApprovalStanding | None:
    standing = act.standing
    if standing.approval is None:
        return None
    return ApprovalStanding(
        standing.task, standing.parts, standing.actor, standing.office_id, standing.approval, standing,
        standing.decisions,
    )  # fmt: skip


def withdraw_approval(act: Act[MilestoneStanding]) -> None:
    if approval := _approval(act):
        act.follow("approval", approval.approval.id, "withdraw", approval)


def void_approval(act: Act[MilestoneStanding]) -> None:
    if approval := _approval(act):
        act.follow("approval", approval.approval.id, "void", approval, reason=act.reason)


def waive_open_shares(act: Act[MilestoneStanding]) -> None:
    """What was accepted without a share needs it no more: nobody is late with it."""
    for share in act.standing.portions:
        if not share.counts:
            act.follow("share", share.id, "waive", reason=act.reason or act.standing.without_shares)


def keep_evidence(act: Act[MilestoneStanding]) -> None:
    """Accepted evidence cannot be changed any more."""
    attached = and_(
        Evidence.milestone_id == act.subject_id, Evidence.share_id.is_(None), Evidence.state == EvidenceState.ATTACHED
    )  # fmt: skip
    mark(act, Evidence, EvidenceState.ACCEPTED, attached)


def complete_task(act: Act[MilestoneStanding]) -> None:
    if act.standing.completes_task and act.action.to is not None:
        act.follow("task", act.standing.task.id, "complete", act.standing.task_when(act.action.to))


def reopen_task(act: Act[MilestoneStanding]) -> None:
    if act.standing.task.state in (TaskState.COMPLETED, TaskState.CLOSED):
        act.follow("task", act.standing.task.id, "resume_work", reason=act.reason)


decided(
    Decided(
        Purpose.ACCEPTANCE,
        lambda milestone: signed_facts(milestone, milestone.submission, milestone.without_shares),
        granted="accept",
        refused="return_for_rework",
        asks="to_sign",
    )
)

MILESTONE = Lifecycle(
    "milestone",
    table=Milestone,
    states=M,
    root=("task", "task_id"),
    load=load_milestones,
    actions=[
        Action("start", [M.PLANNED, M.RETURNED], to=M.IN_PROGRESS, may=owner_of_lead, needs=[task_under_way],
               then=[start_task]),
        Action("report", WORKED_ON, may=owner_of_part, takes=Progress, needs=[task_under_way],
               checks=[known_figures], then=[record_figures]),
        Action("enter_items", WORKED_ON, may=owner_of_part, takes=EnteredItems, needs=[task_under_way, keeps_list],
               reads=look_up, checks=[countable], then=[record_items]),
        Action("attach", WORKED_ON, may=owner_of_part, takes=Attachment, needs=[task_under_way],
               checks=[dated_evidence], then=[record_evidence], own_route=True),
        Action("detach", WORKED_ON, may=owner_of_part, takes=Detachment, needs=[task_under_way],
               checks=[own_evidence], reason=Reason.REQUIRED, then=[detach_evidence]),
        Action("draft_criteria", [M.PLANNED, *WORKED_ON], may=owner_of_lead, takes=Points,
               needs=[task_under_way, judged, not_drafted], checks=[distinct_points], then=[draft_criteria],
               tells=[the_supervisors("criteria_drafted")]),
        Action("tie", WORKED_ON, may=owner_of_part, takes=Tie, needs=[task_under_way], checks=[own_ties],
               then=[tie_evidence]),
        Action("correct", WORKED_ON, may=owner_of_part, takes=Correction, needs=[task_under_way],
               checks=[correctable], reason=Reason.REQUIRED, then=[correct_figure]),
        Action("break_down", [M.PLANNED, *WORKED_ON], may=owner_of_lead, takes=BreakDown, needs=[task_under_way],
               checks=[fits_milestone], then=[issue_shares]),
        Action("submit", WORKED_ON, to=M.SUBMITTED, may=owner_of_lead, takes=Submission,
               needs=[task_under_way, progress_reported, targets_reached, shares_awaited, evidence_attached,
                      criteria_covered],
               checks=[shares_in], sets=submission_columns, then=[clear_marks, open_approval]),
        Action("withdraw", M.SUBMITTED, to=M.IN_PROGRESS, may=the_submitter, needs=[nobody_decided],
               then=[withdraw_approval]),
        Action("accept", M.SUBMITTED, to=M.ACCEPTED, may=system, sets=lambda act: {"accepted_at": act.now},
               then=[keep_evidence, waive_open_shares, lapse_requests, complete_task], tells=[the_owners("accepted")]),
        Action("return_for_rework", M.SUBMITTED, to=M.RETURNED, may=system, reason=Reason.REQUIRED),
        Action("recall", M.SUBMITTED, to=M.IN_PROGRESS, may=system, reason=Reason.REQUIRED,
               then=[void_approval], tells=[the_owners("recalled")]),
        Action("waive", [M.PLANNED, M.IN_PROGRESS, M.RETURNED], to=M.WAIVED, may=system, needs=[not_cancelled],
               reason=Reason.REQUIRED, then=[waive_open_shares, lapse_requests, complete_task]),
        Action("reopen", [M.ACCEPTED, M.WAIVED], to=M.IN_PROGRESS, may=supervisor_or_system, needs=[not_cancelled],
               reason=Reason.REQUIRED, then=[clear_marks, reopen_task], tells=[the_owners("reopened")]),
        Action("redate", OPEN, may=supervisor_or_system, takes=Redating, needs=[not_cancelled], checks=[moved],
               reason=Reason.REQUIRED, sets=redated_columns, then=[record_move, pull_shares, lapse_changed],
               tells=[the_owners("redated")]),
        Action("follow_event", OPEN, may=system, takes=EventDate, needs=[not_cancelled], checks=[moved],
               reason=Reason.REQUIRED, sets=event_columns, then=[record_move, pull_shares, lapse_changed],
               tells=[the_owners("redated")], own_route=True),
        Action("follow_calendar", OPEN, may=system, takes=CalendarDate, needs=[not_cancelled], reason=Reason.REQUIRED,
               sets=reckoned_columns, then=[record_reckoning, lapse_changed],
               tells=[whose_date("reckoned_again")], own_route=True),
        Action("request_extension", [M.PLANNED, *WORKED_ON], may=owner_of_lead, takes=ExtensionRequest,
               needs=[task_under_way, in_time, none_requested("extension")], reads=read_extended,
               checks=[later_date, within_caps], reason=Reason.REQUIRED, then=[request_extension]),
        Action("request_waiver", [M.PLANNED, *WORKED_ON], may=owner_of_lead,
               needs=[task_under_way, in_time, none_requested("waiver")], reason=Reason.REQUIRED,
               then=[request_waiver]),
        Action("rule_shortfall", WORKED_ON, may=supervisor, takes=ShortfallRuling,
               needs=[not_cancelled, something_short], checks=[ruled_indicator], reason=Reason.REQUIRED,
               then=[rule_shortfall, lapse_changed], tells=[the_owners("shortfall_ruled")]),
        Action("carry_surplus", M.ACCEPTED, may=supervisor, takes=Carrying,
               needs=[not_cancelled, something_over, later_year_open], checks=[surplus_indicator],
               reason=Reason.REQUIRED, then=[carry_surplus_on, lapse_changed], tells=[the_owners("surplus_carried")]),
        Action("raise_card", OPEN, may=system, takes=EarnedCard, needs=[clock_running], then=[record_card],
               tells=[the_carded("card_raised")],
               own_route=True),
        Action("call_attestation", M.ACCEPTED, may=system, takes=AttestationCall, needs=[clock_running],
               then=[call_attestation], own_route=True),
        Action("report_violation", M.ACCEPTED, may=finds_violations, takes=Violation, needs=[maintained, not_cancelled],
               checks=[dated_violation], reason=Reason.REQUIRED, then=[reopen_violated],
               tells=[the_supervisors("violation_reported")]),
    ],
)  # fmt: skip
