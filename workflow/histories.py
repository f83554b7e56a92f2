"""Histories from the record: what was done to a milestone or a share and its task, and each move of its due date.

Read from audit events and due moves alone, both append-only, so that a day long past is judged today as then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, or_, select

from models import AuditEvent, DueMove, Milestone, Share, Task
from workflow.ladder import Entry, History, Mark
from workflow.standings.columns import AnySelect

MARKS = {
    ("milestone", "submit"): Mark.SUBMITTED,
    ("milestone", "withdraw"): Mark.RETURNED,
    ("milestone", "return_for_rework"): Mark.RETURNED,
    ("milestone", "recall"): Mark.RETURNED,
    ("milestone", "accept"): Mark.ACCEPTED,
    ("milestone", "waive"): Mark.WAIVED,
    ("milestone", "reopen"): Mark.REOPENED,
    ("share", "submit"): Mark.SUBMITTED,
    ("share", "withdraw"): Mark.RETURNED,
    ("share", "return_for_rework"): Mark.RETURNED,
    ("share", "accept"): Mark.ACCEPTED,
    ("share", "waive"): Mark.WAIVED,
    ("share", "reopen"): Mark.REOPENED,
    ("task", "suspend"): Mark.SUSPENDED,
    ("task", "resume"): Mark.RESUMED,
    ("task", "cancel"): Mark.WAIVED,
}
"""Which acts the clock takes note of, and as what."""
IDS: Any = bindparam("ids", expanding=True)


def _marking(kind: str, ids: str) -> Any:
    actions = [action for of, action in MARKS if of == kind]
    return and_(
        AuditEvent.subject_kind == kind,
        AuditEvent.subject_id.in_(bindparam(ids, expanding=True)),
        AuditEvent.action.in_(actions),
    )


@dataclass(frozen=True, slots=True)
class Record:
    """Where the histories of one kind stand: `subjects` with `id, task_id, due_on, since`, and the `moves` of each."""

    subjects: AnySelect
    moves: AnySelect
    events: AnySelect


def _record(kind: str, subjects: AnySelect, subject_id: Any, *own: ColumnElement[bool]) -> Record:
    return Record(
        subjects,
        select(subject_id.label("subject_id"), DueMove.from_on, DueMove.to_on, DueMove.moved_at)
        .where(subject_id.in_(IDS), *own)
        .order_by(DueMove.moved_at, DueMove.id),
        select(AuditEvent.subject_kind, AuditEvent.subject_id, AuditEvent.action, AuditEvent.at)
        .where(or_(_marking(kind, "ids"), _marking("task", "tasks")))
        .order_by(AuditEvent.root_kind, AuditEvent.root_id, AuditEvent.seq),
    )


RECORDS = {
    "milestone": _record(
        "milestone",
        select(Milestone.id, Milestone.task_id, Milestone.due_on, Task.assigned_at.label("since"))
        .join(Task, Task.id == Milestone.task_id)
        .where(Milestone.id.in_(IDS)),
        DueMove.milestone_id,
        DueMove.share_id.is_(None),
    ),
    "share": _record(
        "share",
        select(Share.id, Share.task_id, Share.due_on, Share.issued_at.label("since")).where(
            Share.id.in_(IDS)
        ),
        DueMove.share_id,
    ),
}


def histories(tx: Connection, ids: Sequence[int], kind: str = "milestone") -> Mapping[int, History]:
    """The history of each milestone (or share) by id: three statements, whatever their number."""
    if not ids:
        return {}
    record = RECORDS[kind]
    subjects = tx.execute(record.subjects, {"ids": list(ids)}).all()
    tasks = {row.task_id for row in subjects}
    moves, marks = defaultdict(list), defaultdict(list)
    for move in tx.execute(record.moves, {"ids": list(ids)}):
        moves[move.subject_id].append(move)
    for event in tx.execute(record.events, {"ids": list(ids), "tasks": sorted(tasks)}):
        mark = Entry(MARKS[event.subject_kind, event.action], event.at)
        marks[event.subject_kind, event.subject_id].append(mark)
    return {
        row.id: History((*_due(row, moves[row.id]), *marks[kind, row.id], *marks["task", row.task_id]))
        for row in subjects
    }


def _due(row: Any, moves: Sequence[Any]) -> Iterable[Entry]:
    """The first due date, as old as the task or the share or the first move, then each move."""
    first, since = row.due_on, row.since
    if moves:
        first, since = moves[0].from_on, min(since, moves[0].moved_at)
    if first is not None:
        yield Entry(Mark.DUE, since, first)
    for move in moves:
        yield Entry(Mark.DUE, move.moved_at, move.to_on)


def paged(tx: Connection, table: Any, which: ColumnElement[bool], size: int = 500) -> Iterator[list[int]]:
    """The ids of a table's rows that meet `which`, a page at a time: memory stays flat."""
    page = select(table.id).where(which, table.id > bindparam("last")).order_by(table.id).limit(size)
    last = 0
    while ids := list(tx.execute(page, {"last": last}).scalars()):
        yield ids
        last = ids[-1]
