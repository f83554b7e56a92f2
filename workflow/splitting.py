"""Splitting a task: a task of its own beside it, with its units, and the planned milestones that go with it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select

from models import Indicator, Milestone, Part, Task
from models.states import DueBasis, MilestoneState, Origin, PartState, Role, TaskState
from workflow.acts import Act
from workflow.assigning import next_number
from workflow.changes import FirstPlace, NewTask
from workflow.deadlines import Roll
from workflow.facts.adjustments import AdjustmentStanding
from workflow.law import Telling
from workflow.roots import enter_root

GONE_WITH = (
    Milestone.id, Milestone.year, Milestone.text, Milestone.printed_text, Milestone.due_on, Milestone.due_basis,
    Milestone.due_rule, Milestone.due_provisional, Milestone.event, Milestone.source_line,
)  # fmt: skip
COUNTED = (
    Indicator.ordinal, Indicator.metric, Indicator.quantity, Indicator.printed_quantity, Indicator.unit,
    Indicator.comparator, Indicator.strength, Indicator.basis, Indicator.kind, Indicator.definition, Indicator.year,
    Indicator.quote, Indicator.source_line,
)  # fmt: skip


def split_off(act: Act[AdjustmentStanding], change: NewTask) -> None:
    """The new task is a root of its own: nothing moves across, so milestones are waived here and stand there anew.

    Goals stay here as they are; what they are to be from now on is said by adjustments of their own.
    """
    values = _task(act, change)
    task_id = enter_root(
        act.tx, "task", values, "assign", act.actor.person_id, act.now, details=values["origin_details"]
    )
    _write_parts(act, task_id, change.units)
    for milestone_id in change.milestone_ids:
        _stand_anew(act, task_id, milestone_id)
        act.follow("milestone", milestone_id, "waive", reason=act.standing.adjustment.reason)
    act.created(
        "task", task_id, "split_off", TaskState.ASSIGNED, {"number": values["number"], "name": change.name}
    )
    facts = {"task_id": task_id, "task_number": values["number"], "task_name": change.name, "reason": None}
    for place in change.units:
        audience = {"role": Role.OWNER, "unit_id": place.unit_id}
        act.tell(Telling("assigned", audience, {**facts, "part": place.role}))


def _task(act: Act[AdjustmentStanding], change: NewTask) -> dict[str, Any]:
    """It says where it comes from: the meeting, the adjustment, and the task that it was a part of."""
    source, fact = act.standing.task, act.standing.adjustment
    kept = act.tx.execute(select(Task.programme_id, Task.reporting).where(Task.id == source.id)).one()
    goal = change.goal or change.name
    origin = {"meeting_id": fact.meeting_id, "decision": fact.decision, "adjustment_id": fact.id,
              "split_from": source.id, "split_from_number": source.number}  # fmt: skip
    return {
        "plan_id": source.plan_id, "programme_id": kept.programme_id, "reporting": kept.reporting,
        "number": next_number(act.tx, source.plan_id), "name": change.name, "printed_name": change.name,
        "goal": goal, "printed_goal": goal, "state": TaskState.ASSIGNED, "origin": Origin.MEETING,
        "origin_details": origin, "assigned_at": act.now,
    }  # fmt: skip


def _write_parts(act: Act[AdjustmentStanding], task_id: int, places: list[FirstPlace]) -> None:
    rows = [
        {"task_id": task_id, "unit_id": place.unit_id, "role": place.role, "ordinal": n, "state": PartState.ASSIGNED}
        for n, place in enumerate(places, 1)
    ]  # fmt: skip
    act.tx.execute(insert(Part), rows)


def _stand_anew(act: Act[AdjustmentStanding], task_id: int, milestone_id: int) -> None:
    row = act.tx.execute(select(*GONE_WITH).where(Milestone.id == milestone_id)).one()._mapping
    values = {name: value for name, value in row.items() if name != "id"}
    if (
        values["due_basis"] == DueBasis.SUSPENSION
    ):  # the suspension is in the record of the task it was split from
        values["due_rule"] = Roll.NONE
    copy_id = act.make(Milestone, task_id=task_id, state=MilestoneState.PLANNED, **values)
    own = (
        select(*COUNTED)
        .where(Indicator.milestone_id == milestone_id)
        .order_by(Indicator.ordinal, Indicator.id)
    )
    for indicator in act.tx.execute(own).all():
        act.make(Indicator, task_id=task_id, milestone_id=copy_id, **indicator._mapping)
