"""Adjustment 调整: one change of one task, proposed on a meeting's authority and decided by an approval."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from models import Adjustment
from models.states import AdjustmentKind as K
from models.states import AdjustmentState as A
from models.states import Purpose, Role
from workflow.acts import Act
from workflow.adjusting import carry_out
from workflow.approvals.rounds import lapse_round, last_signer, withdraw_round
from workflow.approvals.subjects import Decided, decided
from workflow.approvals.waiting import put_forward
from workflow.audit import canonical
from workflow.facts.adjustments import AdjustmentStanding
from workflow.feasibility import adjusted_alive, change_fits
from workflow.law import Action, Lifecycle, Reason, Telling, system
from workflow.standings.adjustments import load_adjustments


def the_proposer(standing: AdjustmentStanding) -> bool:
    return standing.actor.person_id == standing.adjustment.proposed_by


def decision_columns(act: Act[AdjustmentStanding]) -> Mapping[str, Any]:
    """When, and who decided last."""
    return {"decided_at": act.now, "decided_by": last_signer(act)}


def signed_adjustment(standing: AdjustmentStanding) -> str:
    """The canonical text that is signed: what is to be changed on whose word, from what, to what, and why."""
    fact = standing.adjustment
    subject = {
        "task": standing.task.id, "kind": fact.kind, "milestone": fact.milestone_id, "indicator": fact.indicator_id,
        "meeting": fact.meeting_id, "decision": fact.decision,
    }  # fmt: skip
    facts = {"subject": subject, "change": fact.change.model_dump(mode="json"), "reason": fact.reason}
    return canonical({**facts, "from": _present(standing)})


def _present(standing: AdjustmentStanding) -> Any:
    """The target or the date that is to be another: who signs has seen what it was."""
    match standing.adjustment.kind:
        case K.RETARGET:
            return standing.indicator.quantity if standing.indicator else None
        case K.REDATE:
            return standing.milestone.due_on if standing.milestone else None
    return None


def about_adjustment(act: Act[AdjustmentStanding]) -> dict[str, Any]:
    task, fact = act.standing.task, act.standing.adjustment
    facts = {"task_id": task.id, "task_number": task.number, "task_name": task.name, "adjustment_id": fact.id}
    return {**facts, "reason": act.reason or fact.reason}


def those_concerned(topic: str) -> Callable[[Act[AdjustmentStanding]], Iterator[Telling]]:
    """Who proposed it, and the owners of the lead unit."""

    def tell(act: Act[AdjustmentStanding]) -> Iterator[Telling]:
        facts = about_adjustment(act)
        yield Telling(topic, {"person_id": act.standing.adjustment.proposed_by}, facts)
        yield Telling(topic, {"role": Role.OWNER, "unit_id": act.standing.lead_id}, facts)

    return tell


def who_proposed(topic: str) -> Callable[[Act[AdjustmentStanding]], Iterator[Telling]]:
    def tell(act: Act[AdjustmentStanding]) -> Iterator[Telling]:
        yield Telling(topic, {"person_id": act.standing.adjustment.proposed_by}, about_adjustment(act))

    return tell


decided(
    Decided(
        Purpose.ADJUSTMENT,
        signed_adjustment,
        granted="approve",
        refused="refuse",
        asks="to_sign_adjustment",
    )
)

ADJUSTMENT = Lifecycle(
    "adjustment",
    table=Adjustment,
    states=A,
    root=("task", "task_id"),
    load=load_adjustments,
    actions=[
        Action("approve", A.PROPOSED, to=A.APPROVED, may=system, needs=[adjusted_alive, change_fits],
               sets=decision_columns, then=[carry_out], tells=[those_concerned("adjustment_approved")]),
        Action("refuse", A.PROPOSED, to=A.REFUSED, may=system, reason=Reason.REQUIRED, sets=decision_columns,
               tells=[who_proposed("adjustment_refused")]),
        Action("withdraw", A.PROPOSED, to=A.WITHDRAWN, may=the_proposer, then=[withdraw_round]),
        Action("put_forward", A.PROPOSED, may=system,
               then=[put_forward(Purpose.ADJUSTMENT, lambda standing: standing.adjustment.proposed_by)]),
        Action("lapse", A.PROPOSED, to=A.WITHDRAWN, may=system, then=[lapse_round],
               tells=[who_proposed("adjustment_lapsed")]),
    ],
)  # fmt: skip
