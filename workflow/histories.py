"""Histories from the record: what was done to a milestone or a share and its task, and each move of its due date.

Read from audit events and due moves alone, both append-only, so that a day long past is judged today as then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, String, and_, bindparam, literal, or_, select, union_all

from models import AuditEvent, DueMove, Extension, Milestone, Share, Task
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
    ("milestone", "request_extension"): Mark.EXTENSION_REQUESTED,
    ("extension", "grant"): Mark.EXTENSION_DECIDED,
    ("extension", "refuse"): Mark.EXTENSION_DECIDED,
    ("extension", "withdraw"): Mark.EXTENSION_DECIDED,
    ("extension", "lapse"): Mark.EXTENSION_DECIDED,
    ("task", "suspend"): Mark.SUSPENDED,
    ("task", "resume"): Mark.RESUMED,
    ("task", "cancel"): Mark.WAIVED,
}
"""Which acts the clock takes note of, and as what."""
IDS: Any = bindparam("ids", expanding=True)


def _marking(kind: str, ids: str) -> Any:
    return and_(_of_kind(kind), AuditEvent.subject_id.in_(bindparam(ids, expanding=True)))


def _of_kind(kind: str) -> Any:
    actions = [action for of, action in MARKS if of == kind]
    return and_(AuditEvent.subject_kind == kind, AuditEvent.action.in_(actions))


def _events(of_kind: Any, of_id: Any) -> Any:
    """What was done, of which milestone, share or task, and where it stands in its chain."""
    return select(
        AuditEvent.subject_kind, AuditEvent.action, AuditEvent.at, of_kind.label("of_kind"), of_id.label("of_id"),
        AuditEvent.root_id, AuditEvent.seq,
    )  # fmt: skip


DECIDED_EXTENSIONS = (
    _events(literal("milestone", String), Extension.milestone_id)
    .join(Extension, Extension.id == AuditEvent.subject_id)
    .where(_of_kind("extension"), Extension.milestone_id.in_(IDS))
)
"""What became of extensions that were asked for milestones."""


@dataclass(frozen=True, slots=True)
class Record:
    """Where the histories of one kind stand: `subjects` with `id, task_id, due_on, since`, and the `moves` of each."""

    subjects: AnySelect
    moves: AnySelect
    events: Any


def _record(
    kind: str, subjects: AnySelect, subject_id: Any, *own: ColumnElement[bool], further: tuple[Any, ...] = ()
) -> Record:
    events = _events(AuditEvent.subject_kind, AuditEvent.subject_id)
    events = events.where(or_(_marking(kind, "ids"), _marking("task", "tasks")))
    return Record(
        subjects,
        select(subject_id.label("subject_id"), DueMove.from_on, DueMove.to_on, DueMove.moved_at)
        .where(subject_id.in_(IDS), *own)
        .order_by(DueMove.moved_at, DueMove.id),
        union_all(events, *further).order_by("root_id", "seq"),
    )


RECORDS = {
    "milestone": _record(
        "milestone",
        select(Milestone.id, Milestone.task_id, Milestone.due_on, Task.assigned_at.label("since"))
        .join(Task, Task.id == Milestone.task_id)
        .where(Milestone.id.in_(IDS)),
        DueMove.milestone_id,
        DueMove.share_id.is_(None),
        further=(DECIDED_EXTENSIONS,),
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
        marks[event.of_kind, event.of_id].append(mark)
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
