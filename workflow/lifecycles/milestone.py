"""Milestone 节点: a year's target of a task, from planned to accepted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import Field
from sqlalchemy import and_

from models import Card, DueMove, Evidence, Milestone, Notice, ProgressEntry
from models.states import CardState, DueBasis, EvidenceState, NoticeState, PartRole, Role, TaskState
from models.states import MilestoneState as M
from workflow.acts import Act, mark
from workflow.civil import PlanDay, day_of
from workflow.errors import Missing
from workflow.facts import ApprovalStanding, MilestoneStanding
from workflow.law import Action, Details, Lifecycle, Reason, Telling, system
from workflow.needs import (
    clock_running,
    evidence_attached,
    nobody_decided,
    not_cancelled,
    progress_reported,
    targets_reached,
    task_under_way,
)
from workflow.permissions import owner_of_lead, owner_of_part, supervisor, the_submitter
from workflow.signing import about, open_approval
from workflow.standings import load_milestones

WORKED_ON = (M.IN_PROGRESS, M.RETURNED)
OPEN = (M.PLANNED, M.IN_PROGRESS, M.SUBMITTED, M.RETURNED)


class Figure(Details):
    """A figure against one of the milestone's indicators. Increments count what was added since the last report."""

    indicator_id: int = Field(examples=[11])
    quantity: Decimal = Field(examples=["180"], max_digits=24, decimal_places=8)


class Progress(Details):
    """What was done (进展): figures, words, and the day it was true."""

    figures: list[Figure] = Field(default_factory=list, max_length=100)
    note: str | None = Field(default=None, max_length=5000, examples=["已完成180家能源审计。"])
    as_of_on: PlanDay = Field(examples=["2022-06-30"])
    unit_id: int | None = Field(default=None, description="The part's unit; the reporter's own by default.")


class Attachment(Details):
    """A stored file. Given by the evidence route, which has the bytes; never by the caller."""

    file_name: str
    media_type: str
    size: int
    sha256: str
    store_key: str
    true_on: PlanDay
    expires_on: date | None = None
    supersedes_id: int | None = None
    unit_id: int | None = None


class Detachment(Details):
    evidence_id: int = Field(examples=[7])


class Submission(Details):
    """The words under which a milestone is submitted (报送说明)."""

    text: str = Field(min_length=1, max_length=5000, examples=["2022年度目标已完成，佐证材料附后。"])


class Redating(Details):
    due_on: PlanDay = Field(examples=["2022-06-17"])
    basis: DueBasis = Field(default=DueBasis.RULING)


class EarnedCard(Details):
    """A card that the history earned; its working is found by the ladder, never given by the caller."""

    colour: str
    rung: str
    episode: int
    earned_on: date
    days_late: int
    reply_on: date
    working: dict[str, Any]
    notice_kind: str | None = None


def own_unit(standing: MilestoneStanding, details: Progress | Attachment) -> Iterator[Missing]:
    """Somebody reports for a unit that works on the task and whose owner they are, never for another in its name."""
    if details.unit_id is not None and details.unit_id not in _owned(standing):
        yield Missing("reporting_unit", {"field": "unit_id", "unit_id": details.unit_id})


def _owned(standing: MilestoneStanding) -> list[int]:
    """The organs that the actor owns for, of those that work on the task."""
    working = (p.unit_id for p in standing.parts if p.role != PartRole.INFORMED)
    return [unit_id for unit_id in working if standing.actor.holds(Role.OWNER, unit_id)]


def _touchable(standing: MilestoneStanding, *states: EvidenceState) -> set[int]:
    """Evidence that the actor may take away or supersede: their own unit's, and every part's for the lead's owner."""
    owned = _owned(standing)
    leads = standing.lead_id in owned
    return {e.id for e in standing.evidence if e.state in states and (leads or e.unit_id in owned)}


def known_figures(standing: MilestoneStanding, details: Progress, now: datetime) -> Iterable[Missing]:
    """Figures name the milestone's own indicators; nothing is reported from the future; something is said."""
    yield from own_unit(standing, details)
    known = {indicator.id for indicator in standing.indicators}
    if len({figure.indicator_id for figure in details.figures}) < len(details.figures):
        yield Missing("one_figure_each", {"field": "figures"})
    for figure in details.figures:
        if figure.indicator_id not in known:
            yield Missing("own_indicator", {"field": "figures", "indicator_id": figure.indicator_id})
        if figure.quantity < 0:
            yield Missing("not_negative", {"field": "figures", "quantity": str(figure.quantity)})
    if details.as_of_on > day_of(now):
        yield Missing("not_in_future", {"field": "as_of_on", "today": day_of(now).isoformat()})
    if not details.figures and not (details.note or "").strip():
        yield Missing("something_said", {"field": "note"})


def dated_evidence(standing: MilestoneStanding, details: Attachment, now: datetime) -> Iterable[Missing]:
    """Evidence is true by now, comes from one's own unit, and takes the place of none that is not one's own."""
    yield from own_unit(standing, details)
    if details.true_on > day_of(now):
        yield Missing("not_in_future", {"field": "true_on", "today": day_of(now).isoformat()})
    kept = _touchable(standing, EvidenceState.ATTACHED, EvidenceState.ACCEPTED)
    if details.supersedes_id is not None and details.supersedes_id not in kept:
        yield Missing("own_evidence", {"field": "supersedes_id", "evidence_id": details.supersedes_id})


def own_evidence(standing: MilestoneStanding, details: Detachment, now: datetime) -> Iterable[Missing]:
    """Accepted evidence is never taken away, only superseded."""
    if details.evidence_id not in _touchable(standing, EvidenceState.ATTACHED):
        yield Missing("own_evidence", {"field": "evidence_id", "evidence_id": details.evidence_id})


def moved(standing: MilestoneStanding, details: Redating, now: datetime) -> Iterable[Missing]:
    if details.due_on == standing.due_on:
        yield Missing("moved", {"field": "due_on", "due_on": standing.due_on.isoformat()})


def reporting_unit(act: Act[MilestoneStanding]) -> int:
    """The organ that the actor reports for: as said, else the lead, else the first part they own."""
    if act.details.unit_id is not None:
        return int(act.details.unit_id)
    owned, lead = _owned(act.standing), act.standing.lead_id
    return lead if lead in owned else owned[0]


def start_task(act: Act[MilestoneStanding]) -> None:
    """The first milestone that is started takes its task into work."""
    if act.standing.task.state == TaskState.ACKNOWLEDGED:
        act.follow("task", act.standing.task.id, "start", act.standing.task_when(M.IN_PROGRESS))


def record_figures(act: Act[MilestoneStanding]) -> None:
    details: Progress = act.details
    entry = {
        "task_id": act.standing.task.id, "milestone_id": act.subject_id, "unit_id": reporting_unit(act),
        "note": details.note, "as_of_on": details.as_of_on, "reported_at": act.now,
        "reported_by": act.actor.person_id, "indicator_id": None, "quantity": None,
    }  # fmt: skip
    for figure in details.figures:
        act.make(ProgressEntry, **{**entry, **figure.model_dump()})
    if not details.figures:
        act.make(ProgressEntry, **entry)


def record_evidence(act: Act[MilestoneStanding]) -> None:
    details: Attachment = act.details
    values = details.model_dump() | {"unit_id": reporting_unit(act)}
    evidence_id = act.make(
        Evidence, task_id=act.standing.task.id, milestone_id=act.subject_id, state=EvidenceState.ATTACHED,
        attached_at=act.now, attached_by=act.actor.person_id, **values,
    )  # fmt: skip
    if details.supersedes_id is not None:
        mark(act, Evidence, EvidenceState.SUPERSEDED, Evidence.id == details.supersedes_id)
    act.created("evidence", evidence_id, "attach", EvidenceState.ATTACHED, {"sha256": details.sha256})


def detach_evidence(act: Act[MilestoneStanding]) -> None:
    mark(act, Evidence, EvidenceState.DETACHED, Evidence.id == act.details.evidence_id)


def submission_columns(act: Act[MilestoneStanding]) -> Mapping[str, Any]:
    """Who submitted, and from which department: that department may not accept."""
    department = next(
        g.unit_id for g in act.actor.grants if g.role == Role.OWNER and g.organ_id == act.standing.lead_id
    )
    return {
        "round": act.standing.round + 1, "submission": act.details.text, "submitted_at": act.now,
        "submitted_by": act.actor.person_id, "submitted_unit_id": department,
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


def keep_evidence(act: Act[MilestoneStanding]) -> None:
    """Accepted evidence cannot be changed any more."""
    attached = and_(Evidence.milestone_id == act.subject_id, Evidence.state == EvidenceState.ATTACHED)
    mark(act, Evidence, EvidenceState.ACCEPTED, attached)


def complete_task(act: Act[MilestoneStanding]) -> None:
    if act.standing.completes_task and act.action.to is not None:
        act.follow("task", act.standing.task.id, "complete", act.standing.task_when(act.action.to))


def reopen_task(act: Act[MilestoneStanding]) -> None:
    if act.standing.task.state in (TaskState.COMPLETED, TaskState.CLOSED):
        act.follow("task", act.standing.task.id, "resume_work", reason=act.reason)


def record_move(act: Act[MilestoneStanding]) -> None:
    act.make(
        DueMove, milestone_id=act.subject_id, from_on=act.standing.due_on, to_on=act.details.due_on,
        basis=act.details.basis, reason=act.reason, moved_at=act.now,
    )  # fmt: skip


def record_card(act: Act[MilestoneStanding]) -> None:
    """The card, and the draft of the notice that goes with it."""
    details: EarnedCard = act.details
    card = details.model_dump(include={"colour", "rung", "episode", "earned_on", "working"})
    card_id = act.make(
        Card, task_id=act.standing.task.id, milestone_id=act.subject_id, unit_id=act.standing.lead_id,
        state=CardState.RAISED, raised_at=act.now, raised_by=act.actor.person_id, **card,
    )  # fmt: skip
    act.created("card", card_id, "raise", CardState.RAISED, card)
    if details.notice_kind:
        notice_id = act.make(
            Notice, task_id=act.standing.task.id, milestone_id=act.subject_id, card_id=card_id,
            unit_id=act.standing.lead_id, kind=details.notice_kind, state=NoticeState.DRAFTED,
            reply_on=details.reply_on, drafted_at=act.now,
        )  # fmt: skip
        act.created("notice", notice_id, "draft", NoticeState.DRAFTED, {"card_id": card_id})
        act.tell(
            Telling(
                "to_sign_off",
                {"role": Role.SIGNATORY, "office": True},
                {**about(act), "notice_id": notice_id},
            )
        )


def the_carded(topic: str) -> Callable[[Act[MilestoneStanding]], Iterator[Telling]]:
    def tell(act: Act[MilestoneStanding]) -> Iterator[Telling]:
        facts = {**about(act), "colour": act.details.colour, "days_late": act.details.days_late}
        for role in (Role.OWNER, Role.REVIEWER, Role.LEADER):
            yield Telling(topic, {"role": role, "unit_id": act.standing.lead_id}, facts)

    return tell


def the_owners(topic: str) -> Callable[[Act[MilestoneStanding]], Iterator[Telling]]:
    def tell(act: Act[MilestoneStanding]) -> Iterator[Telling]:
        yield Telling(
            topic, {"role": Role.OWNER, "unit_id": act.standing.lead_id}, {**about(act), "reason": act.reason}
        )

    return tell


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
        Action("attach", WORKED_ON, may=owner_of_part, takes=Attachment, needs=[task_under_way],
               checks=[dated_evidence], then=[record_evidence], own_route=True),
        Action("detach", WORKED_ON, may=owner_of_part, takes=Detachment, needs=[task_under_way],
               checks=[own_evidence], reason=Reason.REQUIRED, then=[detach_evidence]),
        Action("submit", WORKED_ON, to=M.SUBMITTED, may=owner_of_lead, takes=Submission,
               needs=[task_under_way, progress_reported, targets_reached, evidence_attached],
               sets=submission_columns, then=[open_approval]),
        Action("withdraw", M.SUBMITTED, to=M.IN_PROGRESS, may=the_submitter, needs=[nobody_decided],
               then=[withdraw_approval]),
        Action("accept", M.SUBMITTED, to=M.ACCEPTED, may=system, sets=lambda act: {"accepted_at": act.now},
               then=[keep_evidence, complete_task], tells=[the_owners("accepted")]),
        Action("return_for_rework", M.SUBMITTED, to=M.RETURNED, may=system, reason=Reason.REQUIRED),
        Action("recall", M.SUBMITTED, to=M.IN_PROGRESS, may=system, reason=Reason.REQUIRED,
               then=[void_approval], tells=[the_owners("recalled")]),
        Action("waive", [M.PLANNED, M.IN_PROGRESS, M.RETURNED], to=M.WAIVED, may=system, needs=[not_cancelled],
               reason=Reason.REQUIRED, then=[complete_task]),
        Action("reopen", [M.ACCEPTED, M.WAIVED], to=M.IN_PROGRESS, may=supervisor, needs=[not_cancelled],
               reason=Reason.REQUIRED, then=[reopen_task], tells=[the_owners("reopened")]),
        Action("redate", OPEN, may=supervisor, takes=Redating, needs=[not_cancelled], checks=[moved],
               reason=Reason.REQUIRED,
               sets=lambda act: {"due_on": act.details.due_on, "due_basis": act.details.basis},
               then=[record_move], tells=[the_owners("redated")]),
        Action("raise_card", OPEN, may=system, takes=EarnedCard, needs=[clock_running], then=[record_card],
               tells=[the_carded("card_raised")],
               own_route=True),
    ],
)  # fmt: skip
