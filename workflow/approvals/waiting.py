"""What was handed in before it was decided by an approval: after an upgrade it is put forward, and waits no longer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, exists, select

from models import Adjustment, Approval, WorkPlan
from models.states import AdjustmentState, Purpose, WorkPlanState
from workflow.acts import Act, facts
from workflow.approvals.rounds import open_over
from workflow.permissions import owning_department

WAITING: tuple[tuple[Purpose, Any, str], ...] = (
    (Purpose.ADJUSTMENT, Adjustment, AdjustmentState.PROPOSED),
    (Purpose.WORK_PLAN, WorkPlan, WorkPlanState.SUBMITTED),
)


def unasked(tx: Connection) -> list[tuple[str, int]]:
    """Kind and id of all that waits for a decision with no approval to take it in."""
    found = []
    for purpose, model, waiting in WAITING:
        of_it = exists().where(
            Approval.subject_kind == purpose, Approval.subject_id == model.id, Approval.state == "open"
        )
        rows = select(model.id).where(model.state == waiting, ~of_it.correlate(model)).order_by(model.id)
        found += [(str(purpose), id_) for id_ in tx.execute(rows).scalars()]
    return found


def put_forward(purpose: Purpose, submitter: Callable[[Any], int | None]) -> Callable[[Act[Any]], None]:
    """Effect: a round over it, as if who handed it in had just done so."""

    def open_round_anew(act: Act[Any]) -> None:
        who = submitter(act.standing)
        theirs = facts(act.tx, act.law, act.subject_id, who, act.now)
        open_over(
            act, purpose, act.law.kind, act.subject_id, unit_id=owning_department(theirs), submitter=who
        )

    return open_round_anew
