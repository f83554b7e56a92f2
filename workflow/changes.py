"""What an adjustment 调整 changes, one model for each kind: the new value, never the old one."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeAlias

from pydantic import Field

from models.states import AdjustmentKind, Basis, Comparator, IndicatorKind, PartRole
from workflow.civil import PlanDay
from workflow.law import Details, RowId


class Change(Details):
    """What is to be instead."""


class NewTarget(Change):
    """Of a year's indicator, or of a goal."""

    quantity: Decimal = Field(max_digits=24, decimal_places=8, examples=["280"])


class NewDate(Change):
    """Of a milestone."""

    due_on: PlanDay = Field(examples=["2022-11-30"])


class NewPlace(Details):
    """A unit's place in the task from now on; without a role it has none any more."""

    unit_id: RowId = Field(examples=[3])
    role: PartRole | None = Field(examples=["joint"])


class NewPlaces(Change):
    """Units that come in, change their role, or leave."""

    units: list[NewPlace] = Field(min_length=1, max_length=200)


class NewIndicator(Details):
    metric: str = Field(min_length=1, max_length=300, examples=["能源审计"])
    quantity: Decimal | None = Field(default=None, max_digits=24, decimal_places=8, examples=["20"])
    unit: str | None = Field(default=None, min_length=1, max_length=60, examples=["家"])
    kind: IndicatorKind = Field(examples=["count"])
    comparator: Comparator = Field(examples=["at_least"])
    basis: Basis = Field(examples=["annual_increment"])
    goal_id: int | None = Field(default=None, description="The goal of the task that it adds up to.")


class NewMilestone(Change):
    """A further milestone of the task."""

    year: int = Field(ge=2000, le=2100, examples=[2023])
    text: str = Field(min_length=1, max_length=2000, examples=["20家能源审计"])
    due_on: PlanDay = Field(examples=["2023-06-30"])
    indicators: list[NewIndicator] = Field(default_factory=list, max_length=50)


class NoMilestone(Change):
    """The milestone is not to be reached any more."""


class FirstPlace(Details):
    """A unit's place in a new task."""

    unit_id: RowId = Field(examples=[3])
    role: PartRole = Field(examples=["lead"])


class NewTask(Change):
    """A task of its own, split off. Planned milestones that go with it are waived here and stand there anew."""

    name: str = Field(min_length=1, max_length=300, examples=["推进教育系统能源审计"])
    goal: str | None = Field(default=None, min_length=1, max_length=5000, description="The name by default.")
    units: list[FirstPlace] = Field(min_length=1, max_length=200)
    milestone_ids: list[int] = Field(default_factory=list, max_length=50)


class IntoTask(Change):
    """The task is carried on within another one, which takes over what its own adjustments say."""

    into_task_id: RowId = Field(examples=[5])


class NoTask(Change):
    """The task is not to be carried out any more."""


class Pause(Change):
    """The task rests until that day."""

    until_on: PlanDay = Field(examples=["2022-09-01"])
    from_on: PlanDay | None = Field(default=None, description="The day the work stopped; today by default.")


AnyChange: TypeAlias = (
    NewTarget | NewDate | NewPlaces | NewMilestone | NoMilestone | NewTask | IntoTask | NoTask | Pause
)
CHANGES: Mapping[AdjustmentKind, type[Change]] = {
    AdjustmentKind.RETARGET: NewTarget,
    AdjustmentKind.REDATE: NewDate,
    AdjustmentKind.ASSIGN: NewPlaces,
    AdjustmentKind.ADD_MILESTONE: NewMilestone,
    AdjustmentKind.CANCEL_MILESTONE: NoMilestone,
    AdjustmentKind.SPLIT: NewTask,
    AdjustmentKind.MERGE: IntoTask,
    AdjustmentKind.CANCEL: NoTask,
    AdjustmentKind.SUSPEND: Pause,
}


def units_of(change: Change) -> set[int]:
    """The units that a change names."""
    return {place.unit_id for place in change.units} if isinstance(change, NewPlaces | NewTask) else set()


def other_task_of(change: Change) -> int | None:
    return change.into_task_id if isinstance(change, IntoTask) else None
