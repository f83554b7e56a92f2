"""The facts that an adjustment is judged by: what it asks, and the whole task that it changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from workflow.changes import Change
from workflow.facts.rows import IndicatorFact, SiblingFact, TaskFact
from workflow.facts.standings import TaskStanding, UnderTask


@dataclass(frozen=True, slots=True)
class AdjustmentFact:
    id: int
    kind: str
    change: Change
    milestone_id: int | None
    indicator_id: int | None
    meeting_id: int
    decision: int | None
    reason: str
    state: str
    version: int
    proposed_by: int


@dataclass(frozen=True, slots=True)
class AdjustmentStanding(UnderTask):
    adjustment: AdjustmentFact
    work: TaskStanding
    today: date
    organs: frozenset[int]
    """Of the units that the change names, those that can be given a part."""
    sharing: frozenset[int]
    """Organs that hold open shares of the task's milestones."""
    other: TaskFact | None
    """The task that this one is merged into, where there is such a one in the plan."""
    divided: frozenset[int] = frozenset()
    """Of a split: the task's milestones that were broken down into shares."""
    worked_since: date | None = None
    """Of a suspension: the day on which work on the task began, or began again."""

    @property
    def state(self) -> str:
        return self.adjustment.state

    @property
    def version(self) -> int:
        return self.adjustment.version

    @property
    def indicator(self) -> IndicatorFact | None:
        """The year's indicator or the goal whose target is changed."""
        known = (*self.work.goals, *self.work.indicators)
        return next((i for i in known if i.id == self.adjustment.indicator_id), None)

    @property
    def milestone(self) -> SiblingFact | None:
        """The milestone that is changed, or whose target is."""
        own = self.adjustment.milestone_id
        wanted = own if own is not None else (self.indicator.milestone_id if self.indicator else None)
        return next((m for m in self.work.milestones if m.id == wanted), None)
