"""What acts on the criteria 验收要点 of a milestone are judged by."""

from __future__ import annotations

from dataclasses import dataclass

from workflow.facts.standings import MilestoneStanding, UnderTask


@dataclass(frozen=True, slots=True)
class CriteriaFact:
    id: int
    state: str
    version: int
    drafted_by: int


@dataclass(frozen=True, slots=True)
class CriteriaStanding(UnderTask):
    """The criteria, and the milestone that is accepted by them: it has the points and what is tied to each."""

    criteria: CriteriaFact
    milestone: MilestoneStanding

    @property
    def state(self) -> str:
        return self.criteria.state

    @property
    def version(self) -> int:
        return self.criteria.version
