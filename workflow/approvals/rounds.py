"""The rounds of what approvals decide: opened over a subject as it stands, ended with it, void when it changes.

Milestones open and end their own on the hot path; everything else does it here.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, select

from models import Approval, Decision
from models.states import ApprovalState, Purpose
from workflow.acts import Act, facts
from workflow.approvals.opening import Opening, open_round
from workflow.approvals.subjects import DECIDED
from workflow.law import LAWS
from workflow.signing import digest

REQUESTS = (Purpose.EXTENSION, Purpose.WAIVER)
BOUND = (*REQUESTS, Purpose.ADJUSTMENT)
"""Whose facts another act may change while signers look at them."""


def open_over(
    act: Act[Any], purpose: Purpose, kind: str, subject_id: int, *, milestone_id: int | None = None,
    unit_id: int | None = None, quantities: tuple[Decimal, ...] = (), submitter: int | None = None,
) -> int:  # fmt: skip
    """Effect of asking: a round over the subject as this act leaves it, `unit_id` being the department that asks."""
    standing = facts(act.tx, LAWS[kind], subject_id, None, act.now)
    opening = Opening(
        purpose, kind, subject_id, DECIDED[purpose].facts(standing), next_round(act.tx, kind, subject_id),
        milestone_id=milestone_id, unit_id=unit_id, quantities=quantities, submitter=submitter,
    )  # fmt: skip
    return open_round(act, opening)


def next_round(tx: Connection, kind: str, subject_id: int) -> int:
    """Rounds count from 1."""
    latest = tx.execute(select(func.max(Approval.round)).where(_of(kind, subject_id))).scalar_one()
    return int(latest or 0) + 1


def last_signer(act: Act[Any]) -> int | None:
    """Who took the last decision on the act's subject; None where a limit passed in silence."""
    latest = (
        select(Decision.decided_by)
        .join(Approval, Approval.id == Decision.approval_id)
        .where(_of(act.law.kind, act.subject_id))
        .order_by(Decision.id.desc())
        .limit(1)
    )
    found: int | None = act.tx.execute(latest).scalar_one_or_none()
    return found


def withdraw_round(act: Act[Any]) -> None:
    """Effect: who asked takes it back, and nobody need sign."""
    _end(act, "withdraw")


def lapse_round(act: Act[Any]) -> None:
    """Effect: the open round is void where what was signed is another now, and its signers are told what; else it is
    withdrawn, there being nothing left to decide."""
    open_digest = act.tx.execute(select(Approval.digest).where(*_open(act))).scalar_one_or_none()
    purpose = Purpose(act.law.kind)
    changed = open_digest != digest(DECIDED[purpose].facts(act.standing))
    _end(act, "void" if changed else "withdraw")


def _end(act: Act[Any], action: str) -> None:
    approval_id = act.tx.execute(select(Approval.id).where(*_open(act))).scalar_one_or_none()
    if approval_id is not None:
        act.follow("approval", approval_id, action, reason=act.reason)


def lapse_requests(act: Act[Any]) -> None:
    """Effect of a milestone that is accepted or waived: what was asked of it is asked no more."""
    for ask in act.standing.asks:
        act.follow(ask.kind, ask.id, "lapse", reason=act.reason)


def lapse_changed(act: Act[Any]) -> None:
    """Effect of a date or a target that moves: what is asked under the task on other terms than its signers were
    shown lapses; what is not touched by it goes on."""
    open_ones = select(Approval.subject_kind, Approval.subject_id, Approval.purpose, Approval.digest).where(
        Approval.task_id == act.standing.task.id, Approval.state == ApprovalState.OPEN, Approval.purpose.in_(BOUND)
    )  # fmt: skip
    for row in act.tx.execute(open_ones.order_by(Approval.id)).all():
        standing = facts(act.tx, LAWS[row.subject_kind], row.subject_id, None, act.now)
        if digest(DECIDED[row.purpose].facts(standing)) != row.digest:
            act.follow(row.subject_kind, row.subject_id, "lapse", standing, reason=act.reason)


def lapse_all(act: Act[Any]) -> None:
    """Effect of a task that is cancelled: nobody is asked to sign for what will not be carried out."""
    lapse_of_task(act, *(purpose for purpose in Purpose if purpose is not Purpose.ACCEPTANCE))


def lapse_of_task(act: Act[Any], *purposes: Purpose) -> None:
    """All that is open of these purposes lapses."""
    open_ones = select(Approval.subject_kind, Approval.subject_id).where(
        Approval.task_id == act.standing.task.id,
        Approval.state == ApprovalState.OPEN,
        Approval.purpose.in_(purposes),
    )
    for row in act.tx.execute(open_ones.order_by(Approval.id)).all():
        act.follow(row.subject_kind, row.subject_id, "lapse", reason=act.reason)


def _open(act: Act[Any]) -> tuple[ColumnElement[bool], ...]:
    return _of(act.law.kind, act.subject_id), Approval.state == ApprovalState.OPEN


def _of(kind: str, subject_id: int) -> ColumnElement[bool]:
    return and_(Approval.subject_kind == kind, Approval.subject_id == subject_id)
