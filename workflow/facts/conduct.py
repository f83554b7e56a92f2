"""Standings of what goes with the work: a task's work plan, its periodic reports, problems to coordinate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from workflow.facts.rows import IndicatorFact, SiblingFact
from workflow.facts.standings import UnderTask


@dataclass(frozen=True, slots=True)
class CheckpointFact:
    """What should be so by a day; with an indicator, what it should have reached by then."""

    milestone_id: int
    due_on: date
    text: str
    indicator_id: int | None
    quantity: Decimal | None


@dataclass(frozen=True, slots=True)
class WorkPlanStanding(UnderTask):
    """A task's work plan, and the milestones and indicators that its checkpoints name."""

    id: int
    state: str
    version: int
    due_on: date
    submitted_by: int | None
    milestones: tuple[SiblingFact, ...]
    indicators: tuple[IndicatorFact, ...]
    text: str | None = None
    checkpoints: tuple[CheckpointFact, ...] = ()
    """In their order."""


@dataclass(frozen=True, slots=True)
class _OfUnit(UnderTask):
    """What one unit hands in on a task as a whole."""

    id: int
    state: str
    version: int
    unit_id: int
    unit_name: str

    @property
    def seen(self) -> bool:
        """Its own unit's people, and who signs for the task or sees all of it."""
        return self.reads_whole or self.actor.belongs_to(self.unit_id)


@dataclass(frozen=True, slots=True)
class ReportStanding(_OfUnit):
    """One unit's report on a task over a period."""

    due_on: date


@dataclass(frozen=True, slots=True)
class ProblemStanding(_OfUnit):
    """What a unit cannot solve alone."""

    text: str
