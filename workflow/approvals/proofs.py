"""Proving approvals: what was signed is what was submitted, and what was granted is what is stored.

Of every round: the digest is that of the text kept under it, and the one that its opening put into the audit chain;
each decision bears it (one that was carried over from an earlier round bears that round's), and one that was carried
over is of somebody who approved these very bytes, and of whom the chain says so. Of every round that was approved: what
the text says of rows that are never changed is what these rows say today.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from models import (
    Adjustment,
    Approval,
    AuditEvent,
    Checkpoint,
    Decision,
    Evidence,
    Extension,
    ProgressEntry,
    Waiver,
    WorkPlan,
)
from models.states import ApprovalState, Purpose, Verdict, WorkPlanState
from workflow.audit import canonical
from workflow.gathering import exact
from workflow.signing import digest

PAGE = 200


@dataclass(frozen=True, slots=True)
class Unproved:
    """The first approval that does not hold, and in what: `signed_facts`, `opening`, `decision` or `stored`."""

    approval_id: int
    what: str


def verify(tx: Connection) -> tuple[int, Unproved | None]:
    """Every approval in turn: how many were looked at, and the first that does not hold. Memory stays flat."""
    count = 0
    for page in _pages(tx):
        ids = [row.id for row in page]
        openings, decisions, brought = _openings(tx, ids), _decisions(tx, ids), _brought(tx, ids)
        for row in page:
            count += 1
            if (what := _fault(tx, row, openings[row.id], decisions[row.id], brought[row.id])) is not None:
                return count, Unproved(row.id, what)
    return count, None


def _pages(tx: Connection) -> Iterator[Sequence[Any]]:
    rounds = select(
        Approval.id, Approval.subject_kind, Approval.subject_id, Approval.purpose, Approval.round, Approval.state,
        Approval.digest, Approval.signed_facts,
    ).order_by(Approval.id)  # fmt: skip
    last = 0
    while page := tx.execute(rounds.where(Approval.id > last).limit(PAGE)).all():
        yield page
        last = page[-1].id


def _openings(tx: Connection, ids: Sequence[int]) -> Mapping[int, set[str]]:
    """The digests over which the chain says that each was opened."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    for row in tx.execute(_told(ids, "open")):
        told = (_facts(row.text) or {}).get("facts") or {}
        found[row.subject_id].add(str(told.get("digest")))
    return found


def _brought(tx: Connection, ids: Sequence[int]) -> Mapping[int, set[tuple[int, int]]]:
    """The signatures that the chain says were carried over in each: seat and person."""
    found: defaultdict[int, set[tuple[int, int]]] = defaultdict(set)
    for row in tx.execute(_told(ids, "carry_over")):
        told = (_facts(row.text) or {}).get("details") or {}
        found[row.subject_id] |= {(each["seat_id"], each["person_id"]) for each in told.get("signatures", ())}
    return found


def _told(ids: Sequence[int], action: str) -> Any:
    return select(AuditEvent.subject_id, AuditEvent.text).where(
        AuditEvent.subject_kind == "approval", AuditEvent.subject_id.in_(ids), AuditEvent.action == action
    )


def _decisions(tx: Connection, ids: Sequence[int]) -> Mapping[int, list[Any]]:
    """The decisions taken in each."""
    found: defaultdict[int, list[Any]] = defaultdict(list)
    columns = (
        Decision.approval_id, Decision.digest, Decision.verdict, Decision.decided_by, Decision.seat_id,
    )  # fmt: skip
    for row in tx.execute(select(*columns).where(Decision.approval_id.in_(ids))):
        found[row.approval_id].append(row)
    return found


def _fault(
    tx: Connection, row: Any, openings: set[str], decisions: Sequence[Any], brought: set[tuple[int, int]]
) -> str | None:
    facts = _facts(row.signed_facts)
    if facts is None or digest(row.signed_facts) != row.digest:
        return "signed_facts"
    if openings != {row.digest}:
        return "opening"
    carried = [each for each in decisions if each.verdict == Verdict.CARRIED]
    others = [each for each in decisions if each.digest != row.digest]
    as_told = brought <= {(each.seat_id, each.decided_by) for each in carried}
    if not (as_told and _bear(tx, row, others) and _approved(tx, row, carried)):
        return "decision"
    if row.state == ApprovalState.APPROVED and not STORED[row.purpose](tx, row, facts):
        return "stored"
    return None


def _facts(text: Any) -> Mapping[str, Any] | None:
    """What a canonical text says; None for what is no text of ours."""
    try:
        found = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _bear(tx: Connection, row: Any, others: Sequence[Any]) -> bool:
    """Whether decisions that bear another digest were carried over from an earlier round that bears it."""
    if not others:
        return True
    before = select(Approval.digest).where(
        Approval.subject_kind == row.subject_kind, Approval.subject_id == row.subject_id, Approval.round < row.round
    )  # fmt: skip
    known = set(tx.execute(before).scalars())
    return all(each.verdict == Verdict.CARRIED and each.digest in known for each in others)


def _approved(tx: Connection, row: Any, carried: Sequence[Any]) -> bool:
    """Whether signatures that were carried over are of people who approved what they bear, in this round or before."""
    if not carried:
        return True
    approved = (
        select(Decision.decided_by, Decision.digest)
        .join(Approval, Approval.id == Decision.approval_id)
        .where(Approval.subject_kind == row.subject_kind, Approval.subject_id == row.subject_id)
        .where(Approval.round <= row.round, Decision.verdict == Verdict.APPROVE)
    )
    known = {tuple(found) for found in tx.execute(approved)}
    return all((each.decided_by, each.digest) in known for each in carried)


# What was granted, beside the rows that say it


def _milestone(tx: Connection, row: Any, facts: Mapping[str, Any]) -> bool:
    """Evidence by its hash, figures as they were reported: corrected or superseded, they stand."""
    return _evidence(tx, facts.get("evidence", ())) and _figures(tx, facts.get("figures", ()))


def _evidence(tx: Connection, signed: Any) -> bool:
    ids = [id_ for id_, _ in signed]
    found = tx.execute(select(Evidence.id, Evidence.sha256).where(Evidence.id.in_(ids)))
    return {row.id: row.sha256 for row in found} == dict(signed)


def _figures(tx: Connection, signed: Any) -> bool:
    told = {figure[0]: (figure[1], exact(figure[2])) for figure in signed}
    columns = (ProgressEntry.id, ProgressEntry.indicator_id, ProgressEntry.quantity)
    found = tx.execute(select(*columns).where(ProgressEntry.id.in_(told)))
    return {row.id: (row.indicator_id, row.quantity) for row in found} == told


def _extension(tx: Connection, row: Any, facts: Mapping[str, Any]) -> bool:
    columns = {
        "milestone": Extension.milestone_id, "from_on": Extension.from_on, "due_on": Extension.due_on,
        "reason": Extension.reason, "progress": Extension.progress,
    }  # fmt: skip
    return _says(tx, Extension, row.subject_id, columns, facts)


def _waiver(tx: Connection, row: Any, facts: Mapping[str, Any]) -> bool:
    columns = {"milestone": Waiver.milestone_id, "reason": Waiver.reason}
    return _says(tx, Waiver, row.subject_id, columns, facts)


def _adjustment(tx: Connection, row: Any, facts: Mapping[str, Any]) -> bool:
    own = {"change": Adjustment.change, "reason": Adjustment.reason}
    subject = {
        "task": Adjustment.task_id, "kind": Adjustment.kind, "milestone": Adjustment.milestone_id,
        "indicator": Adjustment.indicator_id, "meeting": Adjustment.meeting_id, "decision": Adjustment.decision,
    }  # fmt: skip
    named = facts.get("subject", {})
    return _says(tx, Adjustment, row.subject_id, own, facts) and _says(
        tx, Adjustment, row.subject_id, subject, named
    )


def _work_plan(tx: Connection, row: Any, facts: Mapping[str, Any]) -> bool:
    """As long as it is the one in force: a work plan that is revised is handed in and approved anew."""
    later = select(Approval.id).where(
        Approval.subject_kind == row.subject_kind, Approval.subject_id == row.subject_id, Approval.round > row.round
    )  # fmt: skip
    state = tx.execute(select(WorkPlan.state).where(WorkPlan.id == row.subject_id)).scalar_one_or_none()
    if state != WorkPlanState.APPROVED or tx.execute(later.limit(1)).first() is not None:
        return state is not None
    columns = (
        Checkpoint.milestone_id, Checkpoint.due_on, Checkpoint.text, Checkpoint.indicator_id, Checkpoint.quantity,
    )  # fmt: skip
    of_plan = select(*columns).where(Checkpoint.work_plan_id == row.subject_id).order_by(Checkpoint.ordinal)
    points = [list(point) for point in tx.execute(of_plan)]
    return _same(points, facts.get("checkpoints")) and _says(
        tx, WorkPlan, row.subject_id, {"text": WorkPlan.text}, facts
    )


def _says(
    tx: Connection, model: Any, row_id: int, columns: Mapping[str, Any], facts: Mapping[str, Any]
) -> bool:
    """Whether a row says what the signed text says of it."""
    found = tx.execute(select(*columns.values()).where(model.id == row_id)).one_or_none()
    return found is not None and _same(list(found), [facts.get(name) for name in columns])


def _same(stored: Any, signed: Any) -> bool:
    """In the spelling in which it was signed."""
    return canonical(stored) == canonical(signed)


STORED: Mapping[str, Callable[[Connection, Any, Mapping[str, Any]], bool]] = {
    Purpose.ACCEPTANCE: _milestone,
    Purpose.EXTENSION: _extension,
    Purpose.WAIVER: _waiver,
    Purpose.ADJUSTMENT: _adjustment,
    Purpose.WORK_PLAN: _work_plan,
}
