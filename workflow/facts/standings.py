"""Standings: all that acts on one subject under a task are judged by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from models.states import ApprovalState, MilestoneState, PartRole, Purpose, Role, SeatState, ShareState
from workflow.actors import Actor
from workflow.approvals.definitions import Definition
from workflow.facts.extensions import AskFact, Extended
from workflow.facts.lists import Named
from workflow.facts.rows import (
    ApprovalFact,
    CardFact,
    CriterionFact,
    DecisionFact,
    EntryFact,
    EvidenceFact,
    IndicatorFact,
    LateShareFact,
    NoticeFact,
    PartFact,
    SeatFact,
    ShareFact,
    SiblingFact,
    TaskFact,
    TieFact,
    UnansweredFact,
)


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
    def reads_whole(self) -> bool:
        """Whether every unit's work on the task is theirs to see: who is of a unit that leads or signs, or sees all.

        Of a unit that only contributes or is informed, people see its own work, and the totals.
        """
        actor = self.actor
        if actor.is_system or actor.sees_all:
            return True
        signing = (p.unit_id for p in self.parts if p.role in (PartRole.LEAD, PartRole.JOINT))
        return any(actor.belongs_to(unit_id) for unit_id in signing)

    @property
    def seen(self) -> bool:
        """Seen with the task; what is one unit's own has a narrower rule."""
        return self.sees_task

    @property
    def sees_task(self) -> bool:
        """Units' grants and plan-wide roles; `workflow.visibility` holds the same rule as a Select."""
        actor = self.actor
        if actor.is_system or actor.sees_all:
            return True
        return any(actor.belongs_to(p.unit_id) for p in self.parts)

    def sees_share_of(self, unit_id: int, issuer_id: int | None) -> bool:
        """Whether the actor sees a share: its own unit's people, those of the unit it was issued by (None: the lead),
        and who signs for the task or sees all of it. What is about a share is seen with it."""
        own = (unit_id,) if issuer_id is None else (unit_id, issuer_id)
        return self.reads_whole or any(self.actor.belongs_to(each) for each in own)

    def sees_about(self, unit_id: int, share: LateShareFact | None) -> bool:
        """Whether the actor sees a card or notice: of their own unit, of a share it issued, or with all units' work."""
        return self.sees_share_of(unit_id, share.issuer_id if share else None)


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
    open_cards: tuple[CardFact, ...]
    open_notices: tuple[NoticeFact, ...]
    unanswered: tuple[UnansweredFact, ...] = ()
    open_approvals: tuple[int, ...] = ()
    """Ids of those that wait for a signature, whatever they are about."""
    reported: frozenset[int] = frozenset()
    """Of an act that redefines an indicator: those on which something was reported, be it on a share."""
    worked_since: date | None = None
    """Of an act that suspends it: the day on which work on it began, or began again."""


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
    without_shares: str | None
    submitted_by: int | None
    submitted_unit_id: int | None
    siblings: tuple[SiblingFact, ...]
    indicators: tuple[IndicatorFact, ...]
    entries: tuple[EntryFact, ...]
    evidence: tuple[EvidenceFact, ...]
    """Those reported on the milestone itself: shares have their own."""
    approval: ApprovalFact | None
    """The open approval, if there is one."""
    decisions: tuple[DecisionFact, ...]
    shares: tuple[ShareFact, ...] = ()
    """All of them, sub-units' included."""
    criteria_state: str | None = None
    criteria: tuple[CriterionFact, ...] = ()
    ties: tuple[TieFact, ...] = ()
    named: Named | None = None
    """Of an act that enters items: what its rows name."""
    asks: tuple[AskFact, ...] = ()
    """What is asked of it and not decided yet: an extension, a waiver."""
    today: date | None = None
    """The civil day on which the milestone itself is asked about; None where something else is, with it."""
    extended: Extended | None = None
    """Of an act that asks for an extension: what was granted before, and how much may be."""

    @property
    def portions(self) -> tuple[ShareFact, ...]:
        """The units' shares that the milestone itself was broken down into, but for waived ones."""
        return tuple(s for s in self.shares if s.parent_id is None and s.state != ShareState.WAIVED)

    @property
    def missing_units(self) -> tuple[str, ...]:
        """The units whose shares are not accepted yet, by name."""
        return tuple(share.unit_name for share in self.portions if not share.counts)

    def portions_of(self, indicator_id: int) -> tuple[ShareFact, ...]:
        """The shares that bring something towards an indicator; none: it is reported on the milestone itself."""
        return tuple(s for s in self.portions if s.target(indicator_id))

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
class ShareStanding(UnderTask):
    """A share with its own figures and evidence, and the milestone it belongs to."""

    share: ShareFact
    milestone: MilestoneStanding
    entries: tuple[EntryFact, ...]
    evidence: tuple[EvidenceFact, ...]
    round: int
    text: str
    submission: str | None
    short_because: str | None
    submitted_by: int | None
    sub_units: tuple[int, ...] = ()
    """Departments and subordinate organs of its unit."""
    entries_above: tuple[EntryFact, ...] = ()
    """What the unit of the share above reported on that share itself."""
    named: Named | None = None
    """Of an act that enters items: what its rows name."""

    @property
    def state(self) -> str:
        return self.share.state

    @property
    def version(self) -> int:
        return self.share.version

    @property
    def parent(self) -> ShareFact | None:
        """The share that this one is a sub-unit's portion of."""
        return next((s for s in self.milestone.shares if s.id == self.share.parent_id), None)

    @property
    def children(self) -> tuple[ShareFact, ...]:
        """Sub-units' shares, but for waived ones."""
        own = (s for s in self.milestone.shares if s.parent_id == self.share.id)
        return tuple(s for s in own if s.state != ShareState.WAIVED)

    @property
    def indicators(self) -> tuple[IndicatorFact, ...]:
        """Those of the milestone's indicators that the share has a target for."""
        return tuple(i for i in self.milestone.indicators if self.share.target(i.id))

    @property
    def seen(self) -> bool:
        """Its own unit's people, those of the unit it was issued by, and who signs for the task or sees all of it."""
        return self.sees_share_of(self.share.unit_id, self.parent.unit_id if self.parent else None)


@dataclass(frozen=True, slots=True)
class ApprovalStanding(UnderTask):
    approval: ApprovalFact
    subject: Any
    """The standing of what it decides: a milestone's, an adjustment's…"""
    decisions: tuple[DecisionFact, ...]
    stand_ins: tuple[Actor, ...] = ()
    """The absent people in whose stead the actor may sign today, each with what they hold."""
    is_party: bool = False
    """Whether the actor was ever asked about it: named, copied, mentioned, or signing for somebody."""
    definition: Definition | None = None
    """Of a move that its definition bounds."""
    others: tuple[Actor, ...] = ()
    """The people that a move names, each with what they hold."""
    working_day: date | None = None
    """Of urging: today, or the last working day before it."""

    @property
    def milestone(self) -> MilestoneStanding | None:
        """The milestone that is to be accepted, where that is asked."""
        return self.subject if isinstance(self.subject, MilestoneStanding) else None

    @property
    def worked(self) -> Any:
        """What letters about it name."""
        return self.subject

    @property
    def state(self) -> str:
        return self.approval.state

    @property
    def version(self) -> int:
        return self.approval.version

    @property
    def seen(self) -> bool:
        """Those of units that lead or sign, who signed in it, whose role and unit ever had a seat in it, and who were
        ever asked."""
        if self.reads_whole or self.is_party or any(self._sits(seat) for seat in self.approval.seats):
            return True
        return any(d.decided_by == self.actor.person_id for d in self.decisions)

    def _sits(self, seat: SeatFact) -> bool:
        """Whether a seat is the actor's or of their role and unit; or still to be signed by whom they stand in for."""
        if not self.actor.is_system and self.actor.person_id in (seat.person_id, seat.delegated_by):
            return True
        own = seat.role is not None and seat.unit_id is not None and self.actor.holds(seat.role, seat.unit_id)
        return own or (self._waits(seat) and any(self._is_of(seat, absent) for absent in self.stand_ins))

    def _waits(self, seat: SeatFact) -> bool:
        undecided = (SeatState.WAITING, SeatState.OPEN)
        return self.approval.state == ApprovalState.OPEN and seat.state in undecided

    def _is_of(self, seat: SeatFact, who: Actor) -> bool:
        """Whether a seat is somebody's; the accepter's also of who may accept in the supervisor's place."""
        if seat.person_id is not None and seat.person_id == who.person_id:
            return True
        if seat.role is None or seat.unit_id is None:
            return False
        accepters = seat.role == Role.SUPERVISOR and seat.unit_id == self.office_id
        adjusts = (Role.SIGNATORY,) if self.approval.purpose == Purpose.ADJUSTMENT else ()
        accepts = accepters and who.in_office(Role.SUPERVISOR, Role.LEADER, *adjusts)
        return accepts or who.holds(seat.role, seat.unit_id)

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
    share: LateShareFact | None = None
    """The share that was late; None: the milestone itself."""

    @property
    def state(self) -> str:
        return self.card.state

    @property
    def seen(self) -> bool:
        return self.sees_about(self.card.unit_id, self.share)


@dataclass(frozen=True, slots=True)
class NoticeStanding(UnderTask):
    notice: NoticeFact
    version: int
    milestone_id: int | None
    card_id: int | None
    requirement: str | None
    reply_on: date
    share: LateShareFact | None = None
    """The share whose card it goes with."""

    @property
    def state(self) -> str:
        return self.notice.state

    @property
    def seen(self) -> bool:
        return self.sees_about(self.notice.unit_id, self.share)
