"""Whether what an adjustment asks can be done to the task as it stands: asked when proposed, and when approved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from models.states import AdjustmentKind as K
from models.states import IndicatorKind, MilestoneState, PartRole, TaskState
from workflow.changes import (
    FirstPlace,
    IntoTask,
    NewDate,
    NewIndicator,
    NewMilestone,
    NewPlace,
    NewPlaces,
    NewTarget,
    NewTask,
    Pause,
)
from workflow.errors import Missing
from workflow.facts.adjustments import AdjustmentStanding
from workflow.figures import plain
from workflow.needs import DONE, task_under_way
from workflow.suspending import suspension_faults

ALIVE = (TaskState.ASSIGNED, TaskState.ACKNOWLEDGED, TaskState.IN_PROGRESS, TaskState.SUSPENDED)
WORDY = (IndicatorKind.DELIVERABLE, IndicatorKind.JUDGED)
"""Kinds that have no number unless they were given one."""


def change_faults(standing: AdjustmentStanding) -> list[Missing]:
    """Everything that stands in the way of the change."""
    fact = standing.adjustment
    return list(FAULTS[K(fact.kind)](standing, fact.change))


def change_fits(standing: AdjustmentStanding) -> Missing | None:
    """The task may have moved on since it was proposed: the first thing that stands in the way by now."""
    return next(iter(change_faults(standing)), None)


def _retarget(standing: AdjustmentStanding, change: NewTarget) -> Iterator[Missing]:
    indicator = standing.indicator
    if indicator is None or not _of_named_milestone(standing):
        yield Missing("adjusted_indicator", {"field": "indicator_id"})
        return
    if indicator.milestone_id is not None:
        yield from _open_milestone(standing)
    if indicator.quantity is None and indicator.kind in WORDY:
        yield Missing("adjusted_number", {"field": "indicator_id", "metric": indicator.metric})
    if indicator.quantity == change.quantity:
        facts = {
            "metric": indicator.metric,
            "target": plain(indicator.quantity),
            "unit": indicator.unit or "",
        }
        yield Missing("moved_target", {"field": "change.quantity", **facts})
    yield from _positive(indicator, change.quantity, "change.quantity")


def _of_named_milestone(standing: AdjustmentStanding) -> bool:
    named = standing.adjustment.milestone_id
    return named is None or (standing.indicator is not None and standing.indicator.milestone_id == named)


def _positive(indicator: Any, quantity: Any, field: str) -> Iterator[Missing]:
    if quantity is not None and quantity < 0 and indicator.kind != IndicatorKind.CHANGE:
        yield Missing("not_negative", {"field": field, "metric": indicator.metric, "quantity": str(quantity)})


def _open_milestone(standing: AdjustmentStanding) -> Iterator[Missing]:
    """An accepted or waived one is reopened first."""
    milestone = standing.milestone
    if milestone is None:
        yield Missing("adjusted_milestone", {"field": "milestone_id"})
    elif milestone.state in DONE:
        yield Missing("adjusted_open", {"field": "milestone_id", "year": milestone.year})


def _redate(standing: AdjustmentStanding, change: NewDate) -> Iterator[Missing]:
    yield from _open_milestone(standing)
    if standing.milestone and standing.milestone.due_on == change.due_on:
        yield Missing("moved", {"field": "change.due_on", "due_on": change.due_on.isoformat()})
    yield from _to_come(standing, change)


def _to_come(standing: AdjustmentStanding, change: NewDate | NewMilestone) -> Iterator[Missing]:
    if change.due_on < standing.today:
        yield Missing("not_in_past", {"field": "change.due_on", "today": standing.today.isoformat()})


def _assign(standing: AdjustmentStanding, change: NewPlaces) -> Iterator[Missing]:
    before = {part.unit_id: part.role for part in standing.parts}
    after = before | {place.unit_id: place.role for place in change.units if place.role}
    for place in change.units:
        if place.role is None:
            after.pop(place.unit_id, None)
    yield from _known_units(standing, change.units, known=set(before))
    for place in change.units:
        works = place.role not in (None, PartRole.INFORMED)
        if place.unit_id in standing.sharing and place.unit_id in before and not works:
            yield Missing("holds_shares", {"field": "change.units", "unit_id": place.unit_id})
    yield from _one_lead(after.values())
    if after == before:
        yield Missing("moved_places", {"field": "change.units"})


def _known_units(
    standing: AdjustmentStanding, places: Sequence[NewPlace | FirstPlace], known: set[int]
) -> Iterator[Missing]:
    """Each once; who comes in is a present organ, who leaves is there."""
    often = Counter(place.unit_id for place in places)
    for place in places:
        there = place.unit_id in known or (place.role is not None and place.unit_id in standing.organs)
        if not there or often[place.unit_id] > 1:
            yield Missing("standing_part", {"field": "change.units", "unit_id": place.unit_id})


def _one_lead(roles: Iterable[str]) -> Iterator[Missing]:
    count = sum(role == PartRole.LEAD for role in roles)
    if count != 1:
        yield Missing("one_lead", {"field": "change.units", "count": count})


def _add_milestone(standing: AdjustmentStanding, change: NewMilestone) -> Iterator[Missing]:
    yield from _to_come(standing, change)
    for place, indicator in enumerate(change.indicators):
        yield from _adds_to_a_goal(standing, indicator, f"change.indicators.{place}")


def _adds_to_a_goal(standing: AdjustmentStanding, indicator: NewIndicator, at: str) -> Iterator[Missing]:
    if indicator.goal_id is not None and indicator.goal_id not in {goal.id for goal in standing.work.goals}:
        yield Missing("own_goal", {"field": f"{at}.goal_id", "goal_id": indicator.goal_id})
    yield from _positive(indicator, indicator.quantity, f"{at}.quantity")


def _cancel_milestone(standing: AdjustmentStanding, change: Any) -> Iterator[Missing]:
    yield from _open_milestone(standing)


def _split(standing: AdjustmentStanding, change: NewTask) -> Iterator[Missing]:
    yield from _known_units(standing, change.units, known=set())
    yield from _one_lead(place.role for place in change.units)
    planned = {m.id for m in standing.work.milestones if m.state == MilestoneState.PLANNED}
    for milestone_id, count in Counter(change.milestone_ids).items():
        if milestone_id not in planned or count > 1:
            yield Missing("split_planned", {"field": "change.milestone_ids", "milestone_id": milestone_id})
        elif milestone_id in standing.divided:
            yield Missing("split_divided", {"field": "change.milestone_ids", "milestone_id": milestone_id})


def _merge(standing: AdjustmentStanding, change: IntoTask) -> Iterator[Missing]:
    yield from _cancel(standing, change)
    other = standing.other
    if other is None or other.id == standing.task.id or other.state not in ALIVE:
        yield Missing("merged_alive", {"field": "change.into_task_id", "task_id": change.into_task_id})


def _cancel(standing: AdjustmentStanding, change: Any) -> Iterator[Missing]:
    if standing.task.state not in ALIVE:
        yield Missing("adjusted_alive", {"kind": "task", "state": standing.task.state})


def _suspend(standing: AdjustmentStanding, change: Pause) -> Iterator[Missing]:
    if lack := task_under_way(standing):
        yield lack
    yield from suspension_faults(
        change.from_on, change.until_on, standing.today, standing.worked_since, "change."
    )


FAULTS: Mapping[K, Callable[[AdjustmentStanding, Any], Iterator[Missing]]] = {
    K.RETARGET: _retarget,
    K.REDATE: _redate,
    K.ASSIGN: _assign,
    K.ADD_MILESTONE: _add_milestone,
    K.CANCEL_MILESTONE: _cancel_milestone,
    K.SPLIT: _split,
    K.MERGE: _merge,
    K.CANCEL: _cancel,
    K.SUSPEND: _suspend,
}


def adjusted_alive(standing: AdjustmentStanding) -> Missing | None:
    """Nothing of a task is adjusted once it is closed or cancelled."""
    over = standing.task.state in (TaskState.CLOSED, TaskState.CANCELLED)
    return Missing("adjusted_alive", {"kind": "task", "state": standing.task.state}) if over else None
