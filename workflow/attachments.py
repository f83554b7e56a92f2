"""Attaching evidence 佐证材料 to a milestone or to a share, tying it to criteria, and taking it away again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

from pydantic import Field
from sqlalchemy import delete, insert

from models import CriterionEvidence, Evidence
from models.states import EvidenceState
from workflow.acts import Act, mark
from workflow.civil import PlanDay, day_of
from workflow.criteria import MOST
from workflow.errors import Missing
from workflow.law import Details
from workflow.worked import W, Worked, milestone_of, own_unit, owned_units, reporting_unit, share_of


class Attachment(Details):
    """A stored file. Given by the evidence route, which has the bytes; never by the caller."""

    file_name: str
    media_type: str
    size: int
    sha256: str
    store_key: str
    true_on: PlanDay
    expires_on: date | None = None
    supersedes_id: int | None = None
    unit_id: int | None = None
    criteria: list[int] = Field(default_factory=list, max_length=MOST)
    """The points that it is tied to; none given: those of what it takes the place of."""


class Detachment(Details):
    evidence_id: int = Field(examples=[7])


class Tie(Details):
    """All the points that one piece of evidence is to prove; none: it is tied to nothing any more."""

    evidence_id: int = Field(examples=[7])
    criterion_ids: list[int] = Field(max_length=MOST, examples=[[3, 4]])


def touchable(standing: Worked, *states: EvidenceState) -> set[int]:
    """Evidence that the actor may take away or supersede: their own unit's, and every part's for the lead's owner."""
    owned = owned_units(standing)
    leads = standing.lead_id in owned
    return {e.id for e in standing.evidence if e.state in states and (leads or e.unit_id in owned)}


def dated_evidence(standing: Worked, details: Attachment, now: datetime) -> Iterable[Missing]:
    """Evidence is true by now, of one's own unit, proves known points, and supersedes none that is another's."""
    yield from own_unit(standing, details)
    if details.true_on > day_of(now):
        yield Missing("not_in_future", {"field": "true_on", "today": day_of(now).isoformat()})
    kept = touchable(standing, EvidenceState.ATTACHED, EvidenceState.ACCEPTED)
    if details.supersedes_id is not None and details.supersedes_id not in kept:
        yield Missing("own_evidence", {"field": "supersedes_id", "evidence_id": details.supersedes_id})
    yield from _known_points(standing, details.criteria, "criteria")


def own_evidence(standing: Worked, details: Detachment, now: datetime) -> Iterable[Missing]:
    """Accepted evidence is never taken away, only superseded."""
    if details.evidence_id not in touchable(standing, EvidenceState.ATTACHED):
        yield Missing("own_evidence", {"field": "evidence_id", "evidence_id": details.evidence_id})


def own_ties(standing: Worked, details: Tie, now: datetime) -> Iterable[Missing]:
    """One's own evidence is tied, to points of this milestone; a share's by its unit or the lead."""
    if details.evidence_id not in _tieable(standing):
        yield Missing("own_evidence", {"field": "evidence_id", "evidence_id": details.evidence_id})
    yield from _known_points(standing, details.criterion_ids, "criterion_ids")


def _tieable(standing: Worked) -> set[int]:
    kept = (EvidenceState.ATTACHED, EvidenceState.ACCEPTED)
    if share_of(standing) is None:
        return touchable(standing, *kept)
    return {evidence.id for evidence in standing.evidence if evidence.state in kept}


def _known_points(standing: Worked, criterion_ids: Sequence[int], field: str) -> Iterator[Missing]:
    """Points of the milestone's criteria."""
    known = {point.id for point in milestone_of(standing).criteria}
    for criterion_id in criterion_ids:
        if criterion_id not in known:
            yield Missing("own_criterion", {"field": field, "criterion_id": criterion_id})


def record_evidence(act: Act[W]) -> None:
    """Effect of attaching: the row, and what it takes the place of steps back and leaves it its points."""
    details: Attachment = act.details
    values = details.model_dump(exclude={"criteria"}) | {"unit_id": reporting_unit(act)}
    milestone, share = milestone_of(act.standing), share_of(act.standing)
    evidence_id = act.make(
        Evidence, task_id=act.standing.task.id, milestone_id=milestone.id, share_id=share.id if share else None,
        state=EvidenceState.ATTACHED, attached_at=act.now, attached_by=act.actor.person_id, **values,
    )  # fmt: skip
    points = details.criteria
    if details.supersedes_id is not None:
        mark(act, Evidence, EvidenceState.SUPERSEDED, Evidence.id == details.supersedes_id)
        points = points or _tied(act, details.supersedes_id)
        _tie(act, details.supersedes_id, ())
    _tie(act, evidence_id, points)
    act.created("evidence", evidence_id, "attach", EvidenceState.ATTACHED, {"sha256": details.sha256})


def detach_evidence(act: Act[W]) -> None:
    """Effect of detaching: the file counts no more; its own story says so, for whoever may see that file."""
    evidence_id = act.details.evidence_id
    mark(act, Evidence, EvidenceState.DETACHED, Evidence.id == evidence_id)
    _tie(act, evidence_id, ())
    act.created("evidence", evidence_id, "detach", EvidenceState.DETACHED, {"reason": act.reason})


def tie_evidence(act: Act[W]) -> None:
    _tie(act, act.details.evidence_id, act.details.criterion_ids)


def _tied(act: Act[W], evidence_id: int) -> list[int]:
    """The points that a piece of evidence is tied to so far."""
    return [tie.criterion_id for tie in milestone_of(act.standing).ties if tie.evidence_id == evidence_id]


def _tie(act: Act[W], evidence_id: int, criterion_ids: Sequence[int]) -> None:
    """Tie a piece of evidence to exactly these points."""
    if _tied(act, evidence_id):
        act.tx.execute(delete(CriterionEvidence).where(CriterionEvidence.evidence_id == evidence_id))
    rows = [{"criterion_id": each, "evidence_id": evidence_id} for each in dict.fromkeys(criterion_ids)]
    if rows:
        act.tx.execute(insert(CriterionEvidence), rows)
