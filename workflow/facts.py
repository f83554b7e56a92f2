"""The facts that acts under a task are judged by, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from models.states import ApprovalState, MilestoneState, PartRole, SeatState
from workflow.actors import Actor


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


@dataclass(frozen=True, slots=True)
class EntryFact:
    id: int
    milestone_id: int
    indicator_id: int | None
    unit_id: int
    quantity: Decimal | None
    as_of_on: date


@dataclass(frozen=True, slots=True)
class EvidenceFact:
    id: int
    sha256: str
    state: str
    unit_id: int


@dataclass(frozen=True, slots=True)
class SeatFact:
    id: int
    step: int
    step_key: str
    role: str
    mode: str
    unit_id: int
    state: str


@dataclass(frozen=True, slots=True)
class ApprovalFact:
    id: int
    milestone_id: int
    round: int
    state: str
    digest: str
    definition_id: int
    opened_by: int
    version: int
    seats: tuple[SeatFact, ...] = ()


@dataclass(frozen=True, slots=True)
class DecisionFact:
    approval_id: int
    seat_id: int
    verdict: str
    decided_by: int


@dataclass(frozen=True, slots=True)
class CardFact:
    id: int
    milestone_id: int
    unit_id: int
    colour: str
    rung: str
    episode: int
    state: str


@dataclass(frozen=True, slots=True)
class NoticeFact:
    id: int
    unit_id: int
    kind: str
    state: str


@dataclass(frozen=True, slots=True)
class UnderTask:
    """What every subject under a task shares: the task, its units' parts, and who asks."""

    task: TaskFact
    parts: tuple[PartFact, ...]
    actor: Actor
    office_id: int | None

    @property
    def lead_id(self) -> int | None:
        """The lead unit's organ."""
        return next((p.unit_id for p in self.parts if p.role == PartRole.LEAD), None)

    @property
    def joint_ids(self) -> tuple[int, ...]:
        return tuple(p.unit_id for p in self.parts if p.role == PartRole.JOINT)

    @property
    def seen(self) -> bool:
        """Units' grants and plan-wide roles; `workflow.visibility` holds the same rule as a Select."""
        actor = self.actor
        if actor.is_system or actor.sees_all:
            return True
        return not actor.organs.isdisjoint(p.unit_id for p in self.parts)


@dataclass(frozen=True, slots=True)
class TaskProgress(UnderTask):
    """A task and how far its milestones are: what starting and completing it are judged by."""

    milestones: tuple[SiblingFact, ...]

    @property
    def state(self) -> str:
        return self.task.state

    @property
    def version(self) -> int:
        return self.task.version


@dataclass(frozen=True, slots=True)
class TaskStanding(TaskProgress):
    """All that the other acts on a task ask for besides."""

    goals: tuple[IndicatorFact, ...]
    indicators: tuple[IndicatorFact, ...]
    entries: tuple[EntryFact, ...]
    open_cards: tuple[CardFact, ...]
    open_notices: tuple[NoticeFact, ...]


@dataclass(frozen=True, slots=True)
class MilestoneStanding(UnderTask):
    id: int
    state: str
    version: int
    year: int
    text: str
    due_on: date
    round: int
    submission: str | None
    submitted_by: int | None
    submitted_unit_id: int | None
    siblings: tuple[SiblingFact, ...]
    indicators: tuple[IndicatorFact, ...]
    entries: tuple[EntryFact, ...]
    evidence: tuple[EvidenceFact, ...]
    approval: ApprovalFact | None
    """The open approval, if there is one."""
    decisions: tuple[DecisionFact, ...]

    @property
    def completes_task(self) -> bool:
        """Whether every other milestone of the task is accepted or waived."""
        done = (MilestoneState.ACCEPTED, MilestoneState.WAIVED)
        return all(s.state in done for s in self.siblings if s.id != self.id)

    def task_when(self, state: str) -> TaskProgress:
        """The task as it stands once this milestone has come to `state`, without reading it again."""
        milestones = tuple(replace(s, state=state) if s.id == self.id else s for s in self.siblings)
        return TaskProgress(self.task, self.parts, self.actor, self.office_id, milestones)


@dataclass(frozen=True, slots=True)
class ApprovalStanding(UnderTask):
    approval: ApprovalFact
    milestone: MilestoneStanding
    decisions: tuple[DecisionFact, ...]

    @property
    def state(self) -> str:
        return self.approval.state

    @property
    def version(self) -> int:
        return self.approval.version

    @property
    def open_seats(self) -> tuple[SeatFact, ...]:
        if self.approval.state != ApprovalState.OPEN:
            return ()
        return tuple(s for s in self.approval.seats if s.state == SeatState.OPEN)


@dataclass(frozen=True, slots=True)
class PartStanding(UnderTask):
    part: PartFact
    version: int

    @property
    def state(self) -> str:
        return self.part.state


@dataclass(frozen=True, slots=True)
class CardStanding(UnderTask):
    card: CardFact
    version: int
    raised_by: int | None
    milestone_state: str

    @property
    def state(self) -> str:
        return self.card.state


@dataclass(frozen=True, slots=True)
class NoticeStanding(UnderTask):
    notice: NoticeFact
    version: int
    milestone_id: int | None
    card_id: int | None
    requirement: str | None
    reply_on: date

    @property
    def state(self) -> str:
        return self.notice.state
