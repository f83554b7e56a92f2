"""Histories from the record: what was done to a milestone and its task, and each move of its due date.

Read from audit events and due moves alone, both append-only, so that a day long past is judged today as then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, or_, select

from models import AuditEvent, DueMove, Milestone, Task
from workflow.ladder import Entry, History, Mark

MARKS = {
    ("milestone", "submit"): Mark.SUBMITTED,
    ("milestone", "withdraw"): Mark.RETURNED,
    ("milestone", "return_for_rework"): Mark.RETURNED,
    ("milestone", "recall"): Mark.RETURNED,
    ("milestone", "accept"): Mark.ACCEPTED,
    ("milestone", "waive"): Mark.WAIVED,
    ("milestone", "reopen"): Mark.REOPENED,
    ("task", "suspend"): Mark.SUSPENDED,
    ("task", "resume"): Mark.RESUMED,
    ("task", "cancel"): Mark.WAIVED,
}
"""Which acts the clock takes note of, and as what."""


def _marking(kind: str, ids: str) -> Any:
    actions = [action for of, action in MARKS if of == kind]
    return and_(
        AuditEvent.subject_kind == kind,
        AuditEvent.subject_id.in_(bindparam(ids, expanding=True)),
        AuditEvent.action.in_(actions),
    )


MILESTONES = (
    select(Milestone.id, Milestone.task_id, Milestone.due_on, Task.assigned_at)
    .join(Task, Task.id == Milestone.task_id)
    .where(Milestone.id.in_(bindparam("ids", expanding=True)))
)
MOVES = (
    select(DueMove.milestone_id, DueMove.from_on, DueMove.to_on, DueMove.moved_at)
    .where(DueMove.milestone_id.in_(bindparam("ids", expanding=True)), DueMove.share_id.is_(None))
    .order_by(DueMove.moved_at, DueMove.id)
)
EVENTS = (
    select(AuditEvent.subject_kind, AuditEvent.subject_id, AuditEvent.action, AuditEvent.at)
    .where(or_(_marking("milestone", "ids"), _marking("task", "tasks")))
    .order_by(AuditEvent.root_kind, AuditEvent.root_id, AuditEvent.seq)
)


def histories(tx: Connection, ids: Sequence[int]) -> Mapping[int, History]:
    """The history of each milestone by id: three statements, whatever their number."""
    if not ids:
        return {}
    milestones = tx.execute(MILESTONES, {"ids": list(ids)}).all()
    tasks = {row.task_id for row in milestones}
    moves, marks = defaultdict(list), defaultdict(list)
    for move in tx.execute(MOVES, {"ids": list(ids)}):
        moves[move.milestone_id].append(move)
    for event in tx.execute(EVENTS, {"ids": list(ids), "tasks": sorted(tasks)}):
        mark = Entry(MARKS[event.subject_kind, event.action], event.at)
        marks[event.subject_kind, event.subject_id].append(mark)
    return {
        row.id: History(
            (*_due(row, moves[row.id]), *marks["milestone", row.id], *marks["task", row.task_id]),
        )
        for row in milestones
    }


def _due(row: Any, moves: Sequence[Any]) -> Iterable[Entry]:
    """The first due date, as old as the task or the first move, then each move."""
    first, since = row.due_on, row.assigned_at
    if moves:
        first, since = moves[0].from_on, min(since, moves[0].moved_at)
    if first is not None:
        yield Entry(Mark.DUE, since, first)
    for move in moves:
        yield Entry(Mark.DUE, move.moved_at, move.to_on)


def paged(tx: Connection, which: ColumnElement[bool], size: int = 500) -> Iterator[list[int]]:
    """The ids of milestones that meet `which` (over milestone and task), a page at a time: memory stays flat."""
    page = (
        select(Milestone.id)
        .join(Task, Task.id == Milestone.task_id)
        .where(which, Milestone.id > bindparam("last"))
        .order_by(Milestone.id)
        .limit(size)
    )
    last = 0
    while ids := list(tx.execute(page, {"last": last}).scalars()):
        yield ids
        last = ids[-1]
