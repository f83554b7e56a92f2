"""Moving a target: the indicator's number changes, and a row that nobody can change keeps what it was, and why.

The first move of an indicator holds its original target. An approval that was concluded keeps the text that was
signed, with the targets of that day: what moved since is told by the moves after it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select, update

from models import Indicator, Milestone, TargetMove, Task
from models.states import MilestoneState, TargetBasis
from workflow.acts import Act
from workflow.facts import IndicatorFact


@dataclass(frozen=True, slots=True)
class Authority:
    """On whose word, and why, a target moves."""

    basis: TargetBasis
    reason: str
    moved_by: int | None
    meeting_id: int | None = None
    adjustment_id: int | None = None


def move_target(
    act: Act[Any], indicator: IndicatorFact, to: Decimal | None, on: Authority, *, other_id: int | None = None
) -> None:
    """Give the indicator another target. `other_id`: the indicator that a figure was carried to or taken from."""
    table: Any = Indicator.__table__
    act.tx.execute(update(table).where(table.c.id == indicator.id).values(quantity=to))
    move = {
        "indicator_id": indicator.id, "from_quantity": indicator.quantity, "to_quantity": to, "basis": on.basis,
        "other_id": other_id, "adjustment_id": on.adjustment_id, "meeting_id": on.meeting_id,
    }  # fmt: skip
    move_id = act.make(
        TargetMove, task_id=act.standing.task.id, reason=on.reason, moved_at=act.now, moved_by=on.moved_by, **move
    )  # fmt: skip
    act.created("target_move", move_id, "move_target", None, move)
    _count_up(act, indicator)


def _count_up(act: Act[Any], indicator: IndicatorFact) -> None:
    """Whoever looked at the milestone, or the task with its goal, saw another target; the act's own row is counted."""
    table: Any = Task.__table__ if indicator.milestone_id is None else Milestone.__table__
    kind, row_id = "task", act.standing.task.id
    if indicator.milestone_id is not None:
        kind, row_id = "milestone", indicator.milestone_id
    if (kind, row_id) != (act.law.kind, act.subject_id):
        act.tx.execute(update(table).where(table.c.id == row_id).values(version=table.c.version + 1))


def recall_submitted(act: Act[Any], milestone_id: int, state: str, reason: str) -> None:
    """What the signers look at has changed: their approval is void."""
    if state == MilestoneState.SUBMITTED:
        act.follow("milestone", milestone_id, "recall", reason=reason)


def originals(tx: Connection, task_id: int, indicators: Iterable[int] = ()) -> dict[int, Decimal | None]:
    """The first target of each indicator of a task whose target has moved; of those named, when any are."""
    moves = select(TargetMove.indicator_id, TargetMove.from_quantity).where(TargetMove.task_id == task_id)
    if wanted := list(indicators):
        moves = moves.where(TargetMove.indicator_id.in_(wanted))
    first: dict[int, Decimal | None] = {}
    for indicator_id, quantity in tx.execute(moves.order_by(TargetMove.id)):
        first.setdefault(indicator_id, quantity)
    return first
