"""Attestation: whether what a maintained milestone reached still held in a later period."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models import Attestation
from models.states import AttestationState as S
from workflow.acts import Act
from workflow.attestations import Statement, Violation, dated_violation, found_since, reopen_violated
from workflow.audiences import the_supervisors
from workflow.calendar_notices.dates import CalendarDate, reckoned_columns, record_reckoning, whose_date
from workflow.facts import AttestationStanding
from workflow.law import Action, Lifecycle, Reason, system
from workflow.needs import not_cancelled
from workflow.permissions import finds_violations, owner_of_lead
from workflow.standings import load_attestations


def attested_columns(act: Act[AttestationStanding]) -> Mapping[str, Any]:
    return {"text": act.details.text, **_closed(act)}


def violated_columns(act: Act[AttestationStanding]) -> Mapping[str, Any]:
    """What was attested before stays beside what was found."""
    return {"violation": act.details.text, "found_on": act.details.found_on, **_closed(act)}


def _closed(act: Act[AttestationStanding]) -> Mapping[str, Any]:
    return {"closed_at": act.now, "closed_by": act.actor.person_id}


ATTESTATION = Lifecycle(
    "attestation",
    table=Attestation,
    states=S,
    root=("task", "task_id"),
    load=load_attestations,
    actions=[
        Action("attest", S.DUE, to=S.ATTESTED, may=owner_of_lead, takes=Statement, needs=[not_cancelled],
               sets=attested_columns),
        Action("follow_calendar", S.DUE, may=system, takes=CalendarDate, reason=Reason.REQUIRED,
               sets=reckoned_columns, then=[record_reckoning],
               tells=[whose_date("reckoned_again")], own_route=True),
        Action("report_violation", [S.DUE, S.ATTESTED], to=S.VIOLATED, may=finds_violations, takes=Violation,
               needs=[not_cancelled], checks=[dated_violation, found_since], reason=Reason.REQUIRED,
               sets=violated_columns, then=[reopen_violated], tells=[the_supervisors("violation_reported")]),
    ],
)  # fmt: skip
