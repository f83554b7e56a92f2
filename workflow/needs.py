"""What must be there before an act: each need answers None, or the one thing that is missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Protocol

from models.states import EvidenceState, MilestoneState, StepMode, TaskState, Verdict
from workflow.approvals.rights import right_of, seats_of
from workflow.counting import milestone_tally
from workflow.errors import Missing
from workflow.facts import (
    ApprovalStanding,
    IndicatorFact,
    MilestoneStanding,
    SeatFact,
    TaskProgress,
    TaskStanding,
    UnderTask,
)
from workflow.figures import falls_short, goal_value, plain, reaches, shown, value

WORKING = (TaskState.ACKNOWLEDGED, TaskState.IN_PROGRESS)
DONE = (MilestoneState.ACCEPTED, MilestoneState.WAIVED)


class SeatNamed(Protocol):
    """Details that may name a seat."""

    @property
    def seat_id(self) -> int | None: ...


def task_under_way(standing: UnderTask) -> Missing | None:
    """The lead unit has acknowledged, and the task is neither suspended nor over."""
    if standing.task.state in WORKING:
        return None
    return Missing("task_under_way", {"state": standing.task.state})


def not_cancelled(standing: UnderTask) -> Missing | None:
    """A cancelled task is over, with all its milestones."""
    return Missing("not_cancelled") if standing.task.state == TaskState.CANCELLED else None


def clock_running(standing: UnderTask) -> Missing | None:
    """Nothing is late while its task is suspended, nor after it was cancelled."""
    stopped = standing.task.state in (TaskState.SUSPENDED, TaskState.CANCELLED)
    return Missing("clock_running") if stopped else None


def evidence_attached(standing: MilestoneStanding) -> Missing | None:
    """Evidence of its own, or what accepted shares brought: no share is submitted without."""
    own = any(e.state in (EvidenceState.ATTACHED, EvidenceState.ACCEPTED) for e in standing.evidence)
    return None if own or any(share.counts for share in standing.portions) else Missing("evidence")


def targets_reached(standing: MilestoneStanding) -> Missing | None:
    """Every numeric indicator has reached its target; a shortfall passes only by ruling."""
    short = [
        (indicator, value(indicator.card, found))
        for indicator in standing.indicators
        if falls_short(indicator, found := milestone_tally(standing, indicator))
    ]
    return _short("target", short)


def shares_awaited(standing: MilestoneStanding) -> Missing | None:
    """Where a target is not reached, who has yet to bring something towards it: the lead asks them, not the figure.

    It stands in the way of nothing that `targets_reached` lets pass.
    """
    short = [i for i in standing.indicators if falls_short(i, milestone_tally(standing, i))]
    late = {share.id for i in short for share in standing.portions_of(i.id) if not share.counts}
    units = [share.unit_name for share in standing.portions if share.id in late]
    return Missing("shares_awaited", {"units": "、".join(units), "count": len(units)}) if units else None


def progress_reported(standing: MilestoneStanding) -> Missing | None:
    reported = standing.entries or any(share.counts for share in standing.portions)
    return None if reported else Missing("progress")


def definitions_settled(standing: ApprovalStanding) -> Missing | None:
    """Who accepts (the last step) does so by a settled definition; who signs before may leave its gaps open."""
    lacks = [gaps_left(standing, seat) for seat in seats_of(standing)]
    return lacks[0] if lacks and all(lacks) else None


def settled_for_seat(standing: ApprovalStanding, details: SeatNamed, now: datetime) -> Iterable[Missing]:
    """The same of the seat that is signed, where the signer has several."""
    right = right_of(standing, details.seat_id if details else None)
    lack = gaps_left(standing, right.seat) if right else None
    return [lack] if lack else []


def gaps_left(standing: ApprovalStanding, seat: SeatFact) -> Missing | None:
    """What a seat of the last step cannot be signed over."""
    if seat.step != max(each.step for each in standing.approval.seats):
        return None
    indicators = standing.milestone.indicators if standing.milestone else ()
    gaps = [gap.question for indicator in indicators for gap in indicator.card.gaps]
    return Missing("definitions_settled", {"count": len(gaps), "questions": " ".join(gaps)}) if gaps else None


def seat_votes(standing: ApprovalStanding, details: SeatNamed, now: datetime) -> Iterable[Missing]:
    """In a vote one may be against; elsewhere one returns: so too where the signer has several seats."""
    right = right_of(standing, details.seat_id if details else None)
    return [Missing("votes")] if right is not None and right.seat.mode != StepMode.VOTE else []


def nobody_decided(standing: MilestoneStanding) -> Missing | None:
    """What was signed in the round before, and stands, is no decision of this one."""
    decided = any(decision.verdict != Verdict.CARRIED for decision in standing.decisions)
    return Missing("nobody_decided") if decided else None


def milestones_done(standing: TaskProgress) -> Missing | None:
    open_years = sorted({m.year for m in standing.milestones if m.state not in DONE})
    return Missing("milestones_done", {"years": ", ".join(map(str, open_years))}) if open_years else None


def ruled_goals_reached(standing: TaskStanding) -> Missing | None:
    """The goals as ruled, which may be above what the years' cells add up to."""
    short = [
        (goal, found)
        for goal in standing.goals
        if any(i.goal_id == goal.id for i in standing.indicators)
        and not is_goal_reached(goal, found := goal_value(goal, standing.indicators))
    ]
    return _short("goal", short)


def is_goal_reached(goal: IndicatorFact, found: Fraction | None) -> bool:
    """Whether the years' figures reach the task's goal; nothing reported reaches only a goal without a number."""
    if goal.quantity is None:
        return True
    return found is not None and reaches(goal.card, found, goal.quantity)


def _short(code: str, short: Sequence[tuple[IndicatorFact, Fraction | None]]) -> Missing | None:
    """The first figure that falls short, and how many do."""
    if not short:
        return None
    indicator, found = short[0]
    facts = {"metric": indicator.metric, "reached": plain(shown(found, indicator.card.digits)),
             "target": plain(indicator.quantity), "unit": indicator.unit or ""}  # fmt: skip
    return Missing(code, facts) if len(short) == 1 else Missing(f"{code}s", {**facts, "count": len(short)})


def approvals_settled(standing: TaskStanding) -> Missing | None:
    """Nothing of the task waits for a signature."""
    waiting = standing.open_approvals
    return Missing("approvals_settled", {"count": len(waiting)}) if waiting else None


def cards_settled(standing: TaskStanding) -> Missing | None:
    return Missing("cards_settled", {"count": len(standing.open_cards)}) if standing.open_cards else None


def notices_settled(standing: TaskStanding) -> Missing | None:
    return (
        Missing("notices_settled", {"count": len(standing.open_notices)}) if standing.open_notices else None
    )
