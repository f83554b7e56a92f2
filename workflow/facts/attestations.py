"""What acts on an attestation are judged by: one later period of what a milestone reached."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from workflow.facts.standings import MilestoneStanding, UnderTask


@dataclass(frozen=True, slots=True)
class AttestationFact:
    id: int
    indicator_id: int
    unit_id: int
    from_on: date
    upto_on: date
    due_on: date
    state: str
    version: int


@dataclass(frozen=True, slots=True)
class AttestationStanding(UnderTask):
    """An attestation, and the milestone whose maintained indicator it is of."""

    attestation: AttestationFact
    milestone: MilestoneStanding

    @property
    def state(self) -> str:
        return self.attestation.state

    @property
    def version(self) -> int:
        return self.attestation.version
