"""Criteria 验收要点 of a judged milestone: the points by which it is accepted, and the evidence that covers each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints
from sqlalchemy import delete, insert

from models import Criteria, Criterion, CriterionEvidence
from models.states import CriteriaState, IndicatorKind
from workflow.acts import Act
from workflow.errors import Missing
from workflow.facts import CriteriaStanding, CriterionFact, MilestoneStanding, TieFact
from workflow.law import Details

FEWEST, MOST = 3, 7
"""How many points: fewer say too little, of more nobody marks each with care."""
Point = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
SEPARATOR = "；"


class Points(Details):
    """The points, in their order."""

    points: list[Point] = Field(
        min_length=FEWEST, max_length=MOST,
        examples=[["已印发管理制度", "已落实责任部门和专人", "已建立能源消费统计台账"]],
    )  # fmt: skip


def is_judged(standing: MilestoneStanding) -> bool:
    """Whether a milestone is accepted by criteria: one of its indicators has no number that could say it is reached."""
    return any(indicator.card.kind == IndicatorKind.JUDGED for indicator in standing.indicators)


def points_of(standing: MilestoneStanding) -> tuple[CriterionFact, ...]:
    """The points in force, in their order; none until they are approved."""
    return standing.criteria if standing.criteria_state == CriteriaState.APPROVED else ()


def proofs(standing: MilestoneStanding) -> list[TieFact]:
    """What is tied and counts: the milestone's own evidence, and that of shares accepted all the way up."""
    shares = {share.id: share for share in standing.shares}

    def counts(share_id: int | None) -> bool:
        share = shares.get(share_id) if share_id is not None else None
        return share_id is None or (share is not None and share.counts and counts(share.parent_id))

    return [tie for tie in standing.ties if counts(tie.share_id)]


def named(points: Iterable[CriterionFact]) -> str:
    return SEPARATOR.join(point.text for point in points)


# What is needed


def judged(standing: MilestoneStanding) -> Missing | None:
    return None if is_judged(standing) else Missing("judged")


def not_drafted(standing: MilestoneStanding) -> Missing | None:
    """There is one set of criteria; it is drafted anew, not a second one."""
    state = standing.criteria_state
    return None if state is None else Missing("not_drafted", {"kind": "criteria", "state": state})


def criteria_covered(standing: MilestoneStanding) -> Missing | None:
    """A judged milestone has approved criteria, and to each of the points evidence that still counts is tied."""
    if not is_judged(standing):
        return None
    if standing.criteria_state is None:
        return Missing("criteria_drafted")
    if standing.criteria_state != CriteriaState.APPROVED:
        return Missing("criteria_approved", {"kind": "criteria", "state": standing.criteria_state})
    tied = {tie.criterion_id for tie in proofs(standing)}
    bare = [point for point in standing.criteria if point.id not in tied]
    return Missing("criteria_covered", {"points": named(bare), "count": len(bare)}) if bare else None


def distinct_points(standing: Any, details: Points, now: datetime) -> Iterable[Missing]:
    """No point stands there twice."""
    for text, often in Counter(details.points).items():
        if often > 1:
            yield Missing("distinct_points", {"field": "points", "point": text})


# What follows


def draft_criteria(act: Act[MilestoneStanding]) -> None:
    """Effect: the criteria with their points, under the same root."""
    details: Points = act.details
    criteria_id = act.make(
        Criteria, task_id=act.standing.task.id, milestone_id=act.subject_id, state=CriteriaState.DRAFTED,
        drafted_at=act.now, drafted_by=act.actor.person_id,
    )  # fmt: skip
    act.created("criteria", criteria_id, "draft", CriteriaState.DRAFTED, details.model_dump())
    _write_points(act, criteria_id, act.subject_id, details.points, {})


def replace_points(act: Act[CriteriaStanding]) -> None:
    """Effect of drafting anew: other points. What is tied to a point whose words stay is tied to it still."""
    milestone = act.standing.milestone
    tied = {
        point.text: [tie.evidence_id for tie in milestone.ties if tie.criterion_id == point.id]
        for point in milestone.criteria
    }
    old = [point.id for point in milestone.criteria]
    act.tx.execute(delete(CriterionEvidence).where(CriterionEvidence.criterion_id.in_(old)))
    act.tx.execute(delete(Criterion).where(Criterion.id.in_(old)))
    _write_points(act, act.subject_id, milestone.id, act.details.points, tied)


def _write_points(
    act: Act[Any], criteria_id: int, milestone_id: int, points: Sequence[str], tied: Mapping[str, Sequence[int]]
) -> None:  # fmt: skip
    for ordinal, text in enumerate(points, 1):
        criterion_id = act.make(
            Criterion, criteria_id=criteria_id, milestone_id=milestone_id, ordinal=ordinal, text=text
        )
        rows = [{"criterion_id": criterion_id, "evidence_id": e} for e in tied.get(text, ())]
        if rows:
            act.tx.execute(insert(CriterionEvidence), rows)
