"""Standings of what is asked of a milestone while it is open: more time 延期, or to be freed of it 豁免."""

from __future__ import annotations

from dataclasses import dataclass

from workflow.facts.extensions import ExtensionFact, WaiverFact
from workflow.facts.standings import MilestoneStanding, UnderTask


@dataclass(frozen=True, slots=True)
class _Request(UnderTask):
    """What both share: the milestone, and whether somebody has decided on it already."""

    milestone: MilestoneStanding
    is_decided_on: bool

    @property
    def seen(self) -> bool:
        """Who reads every unit's work: the progress that is told names it."""
        return self.reads_whole


@dataclass(frozen=True, slots=True)
class ExtensionStanding(_Request):
    """A further date that is asked for a milestone."""

    extension: ExtensionFact

    @property
    def request(self) -> ExtensionFact:
        return self.extension

    @property
    def state(self) -> str:
        return self.extension.state

    @property
    def version(self) -> int:
        return self.extension.version


@dataclass(frozen=True, slots=True)
class WaiverStanding(_Request):
    """That a milestone need not be reached."""

    waiver: WaiverFact

    @property
    def request(self) -> WaiverFact:
        return self.waiver

    @property
    def state(self) -> str:
        return self.waiver.state

    @property
    def version(self) -> int:
        return self.waiver.version


RequestStanding = ExtensionStanding | WaiverStanding
