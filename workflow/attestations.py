"""What was reached and must hold on (办结后保持): each later period is attested, and a violation reopens it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from pydantic import Field

from models import Attestation
from models.states import AttestationState, DueBasis, IndicatorKind, MilestoneState, Role
from workflow.acts import Act
from workflow.civil import PlanDay, day_of
from workflow.errors import Missing
from workflow.facts import AttestationStanding, MilestoneStanding
from workflow.law import Details, Telling
from workflow.signing import about

WORDS = 2000


class AttestationCall(Details):
    """A period that ended: found by the clock, never given by the caller."""

    indicator_id: int
    from_on: date
    upto_on: date
    due_on: date


class Statement(Details):
    """The words by which it is attested that what was reached still held."""

    text: str = Field(min_length=1, max_length=WORDS, examples=["本季度经检查，未发现使用一次性用品。"])


class Violation(Details):
    """That it did not hold: when that was found, what was found, and by when it must hold again."""

    found_on: PlanDay = Field(examples=["2023-03-15"])
    text: str = Field(min_length=1, max_length=WORDS, examples=["食堂仍在提供一次性餐具。"])
    due_on: PlanDay = Field(examples=["2023-04-28"])


def maintained(standing: MilestoneStanding) -> Missing | None:
    """What was reached is to hold on: by the definition card of one of its indicators."""
    kept = any(i.card.kind == IndicatorKind.MAINTAINED for i in standing.indicators)
    return None if kept else Missing("maintained")


def dated_violation(standing: Any, details: Violation, now: datetime) -> Iterable[Missing]:
    """It was found by now, and there is time to put it right."""
    today = {"today": day_of(now).isoformat()}
    if details.found_on > day_of(now):
        yield Missing("not_in_future", {"field": "found_on", **today})
    if details.due_on < day_of(now):
        yield Missing("not_in_past", {"field": "due_on", **today})


def found_since(standing: AttestationStanding, details: Violation, now: datetime) -> Iterable[Missing]:
    """Nobody finds in a period what was found before it began."""
    if details.found_on < standing.attestation.from_on:
        since = standing.attestation.from_on.isoformat()
        yield Missing("found_since", {"field": "found_on", "from_on": since})


def call_attestation(act: Act[MilestoneStanding]) -> None:
    """Effect: the lead is asked to attest a period that has ended."""
    details: AttestationCall = act.details
    attestation_id = act.make(
        Attestation, task_id=act.standing.task.id, milestone_id=act.subject_id, unit_id=act.standing.lead_id,
        state=AttestationState.DUE, **details.model_dump(),
    )  # fmt: skip
    period = details.model_dump(mode="json")
    act.created("attestation", attestation_id, "call", AttestationState.DUE, period)
    facts = {**about(act), "attestation_id": attestation_id, "due_on": period["due_on"],
             "period": f"{period['from_on']} – {period['upto_on']}"}  # fmt: skip
    act.tell(Telling("attestation_called", {"role": Role.OWNER, "unit_id": act.standing.lead_id}, facts))


def reopen_violated(act: Act[Any]) -> None:
    """Effect of a violation: the milestone is open again, and due when it must hold again; late counts from there.

    Where it is open already the violation is only recorded.
    """
    milestone: MilestoneStanding = getattr(act.standing, "milestone", act.standing)
    if milestone.state != MilestoneState.ACCEPTED:
        return
    act.follow("milestone", milestone.id, "reopen", reason=act.reason)
    if act.details.due_on != milestone.due_on:
        redating = {"due_on": act.details.due_on, "basis": DueBasis.RULING}
        act.follow("milestone", milestone.id, "redate", reason=act.reason, details=redating)
