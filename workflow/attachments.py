"""Attaching evidence 佐证材料 to a milestone or to a share, and taking it away again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from pydantic import Field

from models import Evidence
from models.states import EvidenceState
from workflow.acts import Act, mark
from workflow.civil import PlanDay, day_of
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


class Detachment(Details):
    evidence_id: int = Field(examples=[7])


def touchable(standing: Worked, *states: EvidenceState) -> set[int]:
    """Evidence that the actor may take away or supersede: their own unit's, and every part's for the lead's owner."""
    owned = owned_units(standing)
    leads = standing.lead_id in owned
    return {e.id for e in standing.evidence if e.state in states and (leads or e.unit_id in owned)}


def dated_evidence(standing: Worked, details: Attachment, now: datetime) -> Iterable[Missing]:
    """Evidence is true by now, comes from one's own unit, and takes the place of none that is not one's own."""
    yield from own_unit(standing, details)
    if details.true_on > day_of(now):
        yield Missing("not_in_future", {"field": "true_on", "today": day_of(now).isoformat()})
    kept = touchable(standing, EvidenceState.ATTACHED, EvidenceState.ACCEPTED)
    if details.supersedes_id is not None and details.supersedes_id not in kept:
        yield Missing("own_evidence", {"field": "supersedes_id", "evidence_id": details.supersedes_id})


def own_evidence(standing: Worked, details: Detachment, now: datetime) -> Iterable[Missing]:
    """Accepted evidence is never taken away, only superseded."""
    if details.evidence_id not in touchable(standing, EvidenceState.ATTACHED):
        yield Missing("own_evidence", {"field": "evidence_id", "evidence_id": details.evidence_id})


def record_evidence(act: Act[W]) -> None:
    """Effect of attaching: the row, and what it takes the place of steps back."""
    details: Attachment = act.details
    values = details.model_dump() | {"unit_id": reporting_unit(act)}
    milestone, share = milestone_of(act.standing), share_of(act.standing)
    evidence_id = act.make(
        Evidence, task_id=act.standing.task.id, milestone_id=milestone.id, share_id=share.id if share else None,
        state=EvidenceState.ATTACHED, attached_at=act.now, attached_by=act.actor.person_id, **values,
    )  # fmt: skip
    if details.supersedes_id is not None:
        mark(act, Evidence, EvidenceState.SUPERSEDED, Evidence.id == details.supersedes_id)
    act.created("evidence", evidence_id, "attach", EvidenceState.ATTACHED, {"sha256": details.sha256})


def detach_evidence(act: Act[W]) -> None:
    mark(act, Evidence, EvidenceState.DETACHED, Evidence.id == act.details.evidence_id)
