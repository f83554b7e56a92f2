"""What rows under a task say, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from models.states import ShareState
from workflow.definition_cards import DefinitionCard, card_of


@dataclass(frozen=True, slots=True)
class TaskFact:
    id: int
    plan_id: int
    number: int
    name: str
    state: str
    version: int
    suspended_on: date | None = None


@dataclass(frozen=True, slots=True)
class PartFact:
    id: int
    unit_id: int
    role: str
    state: str


@dataclass(frozen=True, slots=True)
class SiblingFact:
    """A milestone of the same task: enough to know whether the task is complete."""

    id: int
    state: str
    year: int
    due_on: date


@dataclass(frozen=True, slots=True)
class IndicatorFact:
    id: int
    milestone_id: int | None
    metric: str
    quantity: Decimal | None
    unit: str | None
    comparator: str
    basis: str
    kind: str
    goal_id: int | None = None
    definition: str | None = None
    """Its definition card as JSON text; None: it counts as the plan's words have it."""
    reached: Decimal | None = None
    """What counted towards it when it was last counted; of a ratio the numerator."""
    reached_base: Decimal | None = None

    @property
    def card(self) -> DefinitionCard:
        """How it is counted and judged."""
        return card_of(self.definition, self.kind, self.comparator, self.basis)


@dataclass(frozen=True, slots=True)
class EntryFact:
    """A reported figure; of a ratio, `quantity` is the numerator and `base` the denominator."""

    id: int
    milestone_id: int
    indicator_id: int | None
    unit_id: int
    quantity: Decimal | None
    as_of_on: date
    base: Decimal | None = None
    corrects_id: int | None = None


@dataclass(frozen=True, slots=True)
class TargetFact:
    """What a share is to bring towards an indicator, and what it has reported by now."""

    share_id: int
    indicator_id: int
    quantity: Decimal | None
    reached: Decimal | None
    reached_base: Decimal | None
    reached_on: date | None = None
    """The latest day that its figures are as of."""


@dataclass(frozen=True, slots=True)
class ShareFact:
    """One unit's share of a milestone; `parent_id`: of the share that it is a part of."""

    id: int
    parent_id: int | None
    unit_id: int
    unit_name: str
    state: str
    due_on: date
    version: int
    digest: str | None = None
    light: str = "green"
    due_provisional: bool = False
    targets: tuple[TargetFact, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether its figures are part of the milestone's."""
        return self.state == ShareState.ACCEPTED

    def target(self, indicator_id: int) -> TargetFact | None:
        return next((t for t in self.targets if t.indicator_id == indicator_id), None)


@dataclass(frozen=True, slots=True)
class CriterionFact:
    """One of the points by which a judged milestone is accepted."""

    id: int
    ordinal: int
    text: str
    mark: str | None


@dataclass(frozen=True, slots=True)
class TieFact:
    """Evidence tied to a point; `share_id`: of the share that brought it, else it is the milestone's own."""

    criterion_id: int
    evidence_id: int
    share_id: int | None


@dataclass(frozen=True, slots=True)
class EvidenceFact:
    id: int
    sha256: str
    state: str
    unit_id: int


@dataclass(frozen=True, slots=True)
class SeatFact:
    """A place to sign: of a role in a unit, or of one person (`person_id`)."""

    id: int
    step: int
    step_key: str
    role: str | None
    mode: str
    unit_id: int | None
    state: str
    turn: int = 0
    quorum: int | None = None
    person_id: int | None = None
    delegated_by: int | None = None
    added_to: int | None = None
    relation: str | None = None
    added_by: int | None = None
    urged_on: str | None = None
    limit_days: int | None = None
    at_limit: str | None = None
    group_id: int | None = None
    """The group of signers in which `person_id` holds it."""
    is_member: bool = True
    """Whether they are of that group today."""


@dataclass(frozen=True, slots=True)
class ApprovalFact:
    id: int
    subject_kind: str
    subject_id: int
    milestone_id: int | None
    purpose: str
    round: int
    state: str
    digest: str
    definition_id: int
    opened_by: int
    opened_unit_id: int | None
    carries_over: bool
    version: int
    seats: tuple[SeatFact, ...] = ()


@dataclass(frozen=True, slots=True)
class DecisionFact:
    approval_id: int
    seat_id: int
    verdict: str
    decided_by: int | None
    substitute_for: int | None = None


@dataclass(frozen=True, slots=True)
class CardFact:
    id: int
    milestone_id: int
    unit_id: int
    colour: str
    rung: str
    episode: int
    state: str
    share_id: int | None = None
    """The share that was late; None: the milestone itself."""


@dataclass(frozen=True, slots=True)
class LateShareFact:
    """The share that a card is for: whose it is, who issued it, and whether it is in by now."""

    id: int
    text: str
    state: str
    unit_id: int
    unit_name: str
    issuer_id: int | None
    """The unit of the share above; None: the lead."""


@dataclass(frozen=True, slots=True)
class UnansweredFact:
    """An instruction that waits for its unit's reply."""

    id: int
    unit_name: str


@dataclass(frozen=True, slots=True)
class NoticeFact:
    id: int
    unit_id: int
    kind: str
    state: str
