"""Adjustment 调整: one change of one task, proposed on a meeting's authority and decided by somebody else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from models import Adjustment
from models.states import AdjustmentState as A
from models.states import Role
from workflow.acts import Act
from workflow.adjusting import carry_out
from workflow.facts.adjustments import AdjustmentStanding
from workflow.feasibility import adjusted_alive, change_fits
from workflow.law import Action, Lifecycle, Reason, Telling
from workflow.standings.adjustments import load_adjustments


def the_proposer(standing: AdjustmentStanding) -> bool:
    return standing.actor.person_id == standing.adjustment.proposed_by


def decides_adjustment(standing: AdjustmentStanding) -> bool:
    """A signatory or leader of the office, or another supervisor: nobody decides on their own proposal."""
    return not the_proposer(standing) and standing.actor.in_office(
        Role.SIGNATORY, Role.LEADER, Role.SUPERVISOR
    )


def decided(act: Act[AdjustmentStanding]) -> Mapping[str, Any]:
    return {"decided_at": act.now, "decided_by": act.actor.person_id}


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


ADJUSTMENT = Lifecycle(
    "adjustment",
    table=Adjustment,
    states=A,
    root=("task", "task_id"),
    load=load_adjustments,
    actions=[
        Action("approve", A.PROPOSED, to=A.APPROVED, may=decides_adjustment, needs=[adjusted_alive, change_fits],
               sets=decided, then=[carry_out], tells=[those_concerned("adjustment_approved")]),
        Action("refuse", A.PROPOSED, to=A.REFUSED, may=decides_adjustment, reason=Reason.REQUIRED, sets=decided,
               tells=[who_proposed("adjustment_refused")]),
        Action("withdraw", A.PROPOSED, to=A.WITHDRAWN, may=the_proposer),
    ],
)  # fmt: skip
