"""What acts on a named item of a list are judged by."""

from __future__ import annotations

from dataclasses import dataclass

from models.states import Role
from workflow.facts.lists import CountedFact, ItemFact
from workflow.facts.rows import IndicatorFact, ShareFact
from workflow.facts.standings import MilestoneStanding, ShareStanding, UnderTask


@dataclass(frozen=True, slots=True)
class ItemStanding(UnderTask):
    """A named item, and the milestone or share that it was counted for."""

    item: ItemFact
    worked: MilestoneStanding | ShareStanding
    elsewhere: CountedFact | None
    """Where its institution counts in the same scope by another item."""

    @property
    def state(self) -> str:
        return self.item.state

    @property
    def version(self) -> int:
        return self.item.version

    @property
    def milestone(self) -> MilestoneStanding:
        return self.worked.milestone if isinstance(self.worked, ShareStanding) else self.worked

    @property
    def share(self) -> ShareFact | None:
        return self.worked.share if isinstance(self.worked, ShareStanding) else None

    @property
    def indicator(self) -> IndicatorFact:
        return next(i for i in self.milestone.indicators if i.id == self.item.indicator_id)

    @property
    def seen(self) -> bool:
        issuer = self.worked.parent if isinstance(self.worked, ShareStanding) else None
        own = issuer is not None and self.actor.belongs_to(issuer.unit_id)
        return own or sees_items(self, self.item.unit_id)


def sees_items(standing: UnderTask, unit_id: int) -> bool:
    """Who sees the items of a unit: itself, who signs for the task or sees all of it, and the inspectors of the office,
    who hold lists against what is there. (Of a sub-unit also the unit that issued its share.)"""
    actor = standing.actor
    return standing.reads_whole or actor.in_office(Role.INSPECTOR) or actor.belongs_to(unit_id)
