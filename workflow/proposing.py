"""Proposing an adjustment 调整: one change of one task, on the authority of a meeting."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydantic import Field, SerializeAsAny, ValidationInfo, field_validator

from models import Adjustment
from models.states import AdjustmentKind, AdjustmentState, Purpose
from workflow.acts import Act
from workflow.approvals.rounds import open_over
from workflow.changes import CHANGES, AnyChange, Change
from workflow.errors import Missing, NotReady
from workflow.facts import TaskStanding
from workflow.facts.adjustments import AdjustmentStanding
from workflow.feasibility import change_faults
from workflow.law import Details, RowId
from workflow.meetings import cite
from workflow.permissions import owner_of_lead, owning_department, supervisor
from workflow.standings.adjustments import load_adjustments

SUBJECTS = {
    AdjustmentKind.RETARGET: "indicator_id",
    AdjustmentKind.REDATE: "milestone_id",
    AdjustmentKind.CANCEL_MILESTONE: "milestone_id",
}
"""What an adjustment must name besides its task; a target's milestone may be named too."""


class Proposal(Details):
    """What is to change, and which decision says so. The fields of `change` are those of its kind."""

    kind: AdjustmentKind = Field(examples=["retarget"])
    meeting_id: RowId = Field(examples=[1])
    decision: int | None = Field(
        default=None, ge=1, description="Which of its decisions, from 1.", examples=[1]
    )
    milestone_id: int | None = Field(
        default=None, description="redate, cancel_milestone: which one.", examples=[None]
    )
    indicator_id: int | None = Field(
        default=None, description="retarget: the year's indicator or the goal.", examples=[11]
    )
    change: SerializeAsAny[Change] = Field(examples=[{"quantity": "280"}])

    @field_validator("change", mode="plain", json_schema_input_type=AnyChange)
    @classmethod
    def _of_its_kind(cls, given: Any, info: ValidationInfo) -> Change:
        kind = info.data.get("kind")
        return CHANGES[kind].model_validate(given) if kind is not None else Change()


def proposes_adjustment(standing: TaskStanding) -> bool:
    """A supervisor, or an owner in the lead unit."""
    return supervisor(standing) or owner_of_lead(standing)


def names_subject(standing: TaskStanding, details: Proposal, now: datetime) -> Iterable[Missing]:
    """What a kind changes is named and the task's own; what it does not change is not named."""
    indicators = {i.id for i in (*standing.goals, *standing.indicators)}
    wanted = SUBJECTS.get(details.kind)
    for field, known in (("milestone_id", {m.id for m in standing.milestones}), ("indicator_id", indicators)):
        given = getattr(details, field)
        beside = details.kind is AdjustmentKind.RETARGET and field == "milestone_id"
        if given is not None and given not in known:
            yield Missing(f"adjusted_{field.removesuffix('_id')}", {"field": field})
        elif (given is None) == (field == wanted) and not beside:
            yield Missing("adjusted_named" if given is None else "adjusted_unasked", {"field": field})


def propose_adjustment(act: Act[TaskStanding]) -> None:
    """Effect: the proposal goes to those who approve adjustments. NotReady where it could not be done."""
    details: Proposal = act.details
    meeting = cite(act.tx, details.meeting_id, details.decision, act.actor, act.now)
    change = details.change.model_dump(mode="json")
    adjustment_id = act.make(
        Adjustment, task_id=act.subject_id, **details.model_dump(exclude={"change"}), change=change,
        reason=act.reason, state=AdjustmentState.PROPOSED, proposed_at=act.now, proposed_by=act.actor.person_id,
    )  # fmt: skip
    standing = load_adjustments(act.tx, [adjustment_id], act.actor.person_id, act.now)[adjustment_id]
    if faults := change_faults(standing):
        raise NotReady(kind="task", action="propose_adjustment", missing=faults)
    facts = {"kind": details.kind, "change": change, "meeting": f"{meeting.name} {meeting.number}"}
    act.created("adjustment", adjustment_id, "propose", AdjustmentState.PROPOSED, facts)
    _open_approval(act, adjustment_id, standing)


def _open_approval(act: Act[TaskStanding], adjustment_id: int, standing: AdjustmentStanding) -> None:
    """What the office itself proposes may be decided there, by somebody else."""
    milestone, indicator = standing.milestone, standing.indicator
    open_over(
        act, Purpose.ADJUSTMENT, "adjustment", adjustment_id, milestone_id=milestone.id if milestone else None,
        unit_id=owning_department(act.standing),
        quantities=(indicator.quantity,) if indicator and indicator.quantity is not None else (),
    )  # fmt: skip
