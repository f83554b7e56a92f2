"""Carrying out an approved adjustment: what it changes follows at once, as the system's acts under the same lock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select

from models import Indicator, Milestone, Part
from models.states import AdjustmentKind as K
from models.states import DueBasis, MilestoneState, PartRole, Role, TargetBasis, TaskState
from workflow.acts import Act
from workflow.approvals.rounds import lapse_changed, last_signer
from workflow.calendar import working_calendar
from workflow.changes import IntoTask, NewDate, NewIndicator, NewMilestone, NewTarget, Pause
from workflow.errors import NotFound
from workflow.facts import IndicatorFact, SiblingFact
from workflow.facts.adjustments import AdjustmentStanding
from workflow.law import Telling
from workflow.placing import change_places
from workflow.redating import Redating
from workflow.splitting import split_off
from workflow.suspending import Suspension
from workflow.target_moves import Authority, move_target, recall_submitted

A = Act[AdjustmentStanding]


def carry_out(act: A) -> None:
    """Effect of approving: the change, by its kind."""
    EFFECTS[K(act.standing.adjustment.kind)](act, act.standing.adjustment.change)


def _retarget(act: A, change: NewTarget) -> None:
    """A year's target, or a goal, which stays what it is unless an adjustment of its own moves it."""
    fact, indicator = act.standing.adjustment, _indicator(act)
    on = Authority(TargetBasis.ADJUSTMENT, fact.reason, last_signer(act), fact.meeting_id, fact.id)
    move_target(act, indicator, change.quantity, on)
    if indicator.milestone_id is not None:
        milestone = _milestone(act)
        recall_submitted(act, milestone.id, milestone.state, fact.reason)
    lapse_changed(act)


def _indicator(act: A) -> IndicatorFact:
    if act.standing.indicator is None:
        raise NotFound(kind="indicator")
    return act.standing.indicator


def _milestone(act: A) -> SiblingFact:
    if act.standing.milestone is None:
        raise NotFound(kind="milestone")
    return act.standing.milestone


def _redate(act: A, change: NewDate) -> None:
    details = Redating(due_on=change.due_on, basis=DueBasis.ADJUSTMENT)
    act.follow("milestone", _milestone(act).id, "redate", reason=_reason(act), details=details)


def _reason(act: A) -> str:
    return act.standing.adjustment.reason


def _add_milestone(act: A, change: NewMilestone) -> None:
    """A milestone like any other; a task that was complete is so no more."""
    task_id, calendar = act.standing.task.id, working_calendar(act.tx)
    milestone_id = act.make(
        Milestone, task_id=task_id, year=change.year, text=change.text, printed_text=change.text,
        state=MilestoneState.PLANNED, due_on=change.due_on, due_basis=DueBasis.ADJUSTMENT, due_rule="none",
        due_provisional=calendar.provisional(change.due_on),
    )  # fmt: skip
    for ordinal, indicator in enumerate(change.indicators, 1):
        _add_indicator(act, milestone_id, ordinal, indicator, change.year)
    act.created("milestone", milestone_id, "add", MilestoneState.PLANNED, change.model_dump(mode="json"))
    if act.standing.task.state == TaskState.COMPLETED:
        act.follow("task", task_id, "resume_work", reason=_reason(act))


def _add_indicator(act: A, milestone_id: int, ordinal: int, indicator: NewIndicator, year: int) -> None:
    act.make(
        Indicator, task_id=act.standing.task.id, milestone_id=milestone_id, ordinal=ordinal, year=year,
        **indicator.model_dump(),
    )  # fmt: skip


def _cancel_milestone(act: A, change: Any) -> None:
    milestone = _milestone(act)
    recall_submitted(act, milestone.id, milestone.state, _reason(act))
    act.follow("milestone", milestone.id, "waive", reason=_reason(act))


def _cancel(act: A, change: Any) -> None:
    act.follow("task", act.standing.task.id, "cancel", reason=_reason(act))


def _merge(act: A, change: IntoTask) -> None:
    """This task ends; who leads the other one is told, and proposes what it takes over."""
    task, other = act.standing.task, act.standing.other
    if other is None:
        raise NotFound(kind="task")
    lead = select(Part.unit_id).where(Part.task_id == other.id, Part.role == PartRole.LEAD)
    audience = {"role": Role.OWNER, "unit_id": act.tx.execute(lead).scalar_one_or_none()}
    facts = {"from_task_id": task.id, "from_number": task.number, "into_number": other.number}
    act.created("task", other.id, "take_over", None, facts)
    told = {"task_id": other.id, "task_number": other.number, "task_name": other.name,
            "by": f"{task.number} {task.name}", "reason": _reason(act)}  # fmt: skip
    act.tell(Telling("task_taken_over", audience, told))
    _cancel(act, change)


def _suspend(act: A, change: Pause) -> None:
    fact = act.standing.adjustment
    details = Suspension(
        from_on=change.from_on, until_on=change.until_on, meeting_id=fact.meeting_id, decision=fact.decision
    )
    act.follow("task", act.standing.task.id, "suspend", reason=fact.reason, details=details)


EFFECTS: Mapping[K, Callable[[A, Any], None]] = {
    K.RETARGET: _retarget,
    K.REDATE: _redate,
    K.ASSIGN: change_places,
    K.ADD_MILESTONE: _add_milestone,
    K.CANCEL_MILESTONE: _cancel_milestone,
    K.SPLIT: split_off,
    K.MERGE: _merge,
    K.CANCEL: _cancel,
    K.SUSPEND: _suspend,
}
