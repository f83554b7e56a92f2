"""The due scan: reminders that have fallen due, found and written by the database, however many milestones.

A rung is monotone in the due date: on one day, all due dates up to a threshold have reached it. So the rungs are a
handful of rows joined on the due date, and a milestone's latest rung is the one range its due date lies in. Only
that rung is told; older ones that nobody was told are recorded as overtaken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Date,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    column,
    exists,
    func,
    insert,
    literal,
    select,
    values,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from models import DueMove, Milestone, OutboxRow, Part, Reminder, RuleSet, Task
from models.base import Instant
from models.states import MilestoneState, PartRole, Role, TaskState
from workflow.acts import request_id
from workflow.civil import day_of
from workflow.conflicts import inserting
from workflow.deadlines import DAY
from workflow.ladder import Threshold, thresholds
from workflow.reckoning import Reckoning, day_begins

LONG_AGO = date(1, 1, 1)
ALIVE = Task.state.in_((TaskState.ASSIGNED, TaskState.ACKNOWLEDGED, TaskState.IN_PROGRESS))
"""Tasks whose clock runs: not suspended, and not done or cancelled."""

_open_states = [
    MilestoneState.PLANNED,
    MilestoneState.IN_PROGRESS,
    MilestoneState.SUBMITTED,
    MilestoneState.RETURNED,
]
OPEN = Milestone.state.in_(bindparam("open", _open_states, expanding=True, literal_execute=True))
"""Written out in the statement just as in the partial index on due dates, which is found by it on both databases."""

REMINDED = and_(OPEN, Milestone.state != MilestoneState.SUBMITTED)
"""Nobody is reminded of what lies with the signers."""

REMINDER = ("subject_kind", "subject_id", "due_on", "rung", "overtaken", "tick_on", "recorded_at")
TELLING = ("topic", "audience", "facts", "root_kind", "root_id", "written_at")


class json_object(FunctionElement[Any]):  # noqa: N801  (reads as the SQL function that it is)
    """A JSON object of names and values in turn."""

    inherit_cache = True


@compiles(json_object, "postgresql")
def _postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"jsonb_build_object({compiler.process(element.clauses, **options)})"


@compiles(json_object, "sqlite")
def _sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"json_object({compiler.process(element.clauses, **options)})"


@dataclass(frozen=True, slots=True)
class Scanned:
    """What one scan wrote: reminders (told or overtaken), and how many of them are told."""

    recorded: int
    told: int


def remind(tx: Connection, day: Reckoning) -> Scanned:
    """Record every rung that has fallen due, and tell the lead's owners the latest of each milestone.

    Once per milestone, rung and due date, however often it runs and however many processes run it: the rules' row
    is locked, so scans stand in line, and a reminder is recorded in the transaction that tells it.
    """
    tx.execute(select(RuleSet.id).where(RuleSet.edition == day.rules.version).with_for_update())
    oldest: date | None = tx.execute(select(func.min(Milestone.due_on)).where(OPEN)).scalar_one()
    if oldest is None:
        return Scanned(0, 0)
    before = tx.execute(select(func.coalesce(func.max(Reminder.id), 0))).scalar_one()
    overtake_moved(tx, day, oldest)
    found = thresholds(day.rules, day.calendar, day.today, oldest)
    if found:
        _record(tx, _fallen_due(found, day))
    _tell(tx, day, before)
    told = func.count().filter(~Reminder.overtaken)
    return Scanned(*tx.execute(select(func.count(), told).where(Reminder.id > before)).one())


def overtake_moved(tx: Connection, day: Reckoning, oldest: date) -> None:
    """Of a due date that was moved, record the rungs already past on the day of the move.

    Nobody could have been reminded of a date that did not stand. One statement for each day with moves since the
    last reminder, mostly none.
    """
    last = tx.execute(select(func.max(Reminder.tick_on))).scalar_one() or LONG_AGO + DAY
    moments = tx.execute(select(DueMove.moved_at).where(DueMove.moved_at >= day_begins(last))).scalars()
    for moved_on in sorted({day_of(moment) for moment in moments}):
        found = thresholds(day.rules, day.calendar, moved_on - DAY, oldest)
        if found:
            _record(tx, _overtaken(found, day, moved_on))


def _ladder(found: Sequence[Threshold]) -> CTE:
    """The rungs as rows, in the order a due date meets them: a due date in (`after`, `upto`] has met this one last."""
    ends = [threshold.due_upto for threshold in found]
    rows = [
        (place, threshold.code, threshold.due_upto, after)
        for place, (threshold, (_, after)) in enumerate(zip(found, pairwise([*ends, LONG_AGO]), strict=True))
    ]
    columns = (column("place", Integer), column("code", String), column("upto", Date), column("after", Date))
    return values(*columns, name="rung").data(rows).cte("rung")


def _fallen_due(found: Sequence[Threshold], day: Reckoning) -> Select[Any]:
    """All rungs up to the latest, of each milestone whose latest is not recorded."""
    ladder = _ladder(found)
    rung, older = ladder.c, ladder.alias("older").c
    known = exists().where(
        Reminder.subject_kind == "milestone",
        Reminder.subject_id == Milestone.id,
        Reminder.due_on == Milestone.due_on,
        Reminder.rung == rung.code,
    )
    return (
        select(
            literal("milestone", String),
            Milestone.id,
            Milestone.due_on,
            older.code,
            older.place < rung.place,
            *_stamp(day),
        )
        .select_from(Milestone)
        .join(ladder, and_(Milestone.due_on > rung.after, Milestone.due_on <= rung.upto))
        .join(older.code.table, older.place <= rung.place)
        .where(REMINDED, exists().where(Task.id == Milestone.task_id, ALIVE), ~known)
        .where(
            Milestone.due_on <= found[0].due_upto
        )  # said once more, for a planner that knows how few these are
    )


def _overtaken(found: Sequence[Threshold], day: Reckoning, moved_on: date) -> Select[Any]:
    """All rungs that due dates set on a day had already met before it."""
    ladder = _ladder(found)
    moved = exists().where(
        DueMove.milestone_id == Milestone.id, DueMove.share_id.is_(None), DueMove.to_on == Milestone.due_on,
        DueMove.moved_at >= day_begins(moved_on), DueMove.moved_at < day_begins(moved_on + DAY),
    )  # fmt: skip
    return (
        select(
            literal("milestone", String),
            Milestone.id,
            Milestone.due_on,
            ladder.c.code,
            literal(True),
            *_stamp(day),
        )
        .join(ladder, Milestone.due_on <= ladder.c.upto)
        .where(OPEN, moved)
    )


def _stamp(day: Reckoning) -> tuple[ColumnElement[Any], ...]:
    return literal(day.today, Date), literal(day.now, Instant())


def _record(tx: Connection, rungs: Select[Any]) -> None:
    tx.execute(inserting(tx, Reminder).from_select(REMINDER, rungs).on_conflict_do_nothing())


def _tell(tx: Connection, day: Reckoning, before: int) -> None:
    """Outbox rows for the owners, one per reminder recorded since `before` and not overtaken."""
    late = Reminder.rung.like("after-%")
    statement = (
        select(
            case((late, literal("overdue", String)), else_=literal("reminder", String)),
            _object(role=literal(Role.OWNER.value, String), unit_id=Part.unit_id),
            _object(
                task_id=Task.id, task_number=Task.number, task_name=Task.name, milestone_id=Milestone.id,
                year=Milestone.year, milestone=Milestone.text, due_on=Reminder.due_on, rung=Reminder.rung,
                provisional=Milestone.due_provisional, request=literal(request_id.get(), String),
            ),
            literal("task", String), Task.id, literal(day.now, Instant()),
        )
        .select_from(Reminder)
        .join(Milestone, and_(Reminder.subject_kind == "milestone", Milestone.id == Reminder.subject_id))
        .join(Task, Task.id == Milestone.task_id)
        .join(Part, and_(Part.task_id == Task.id, Part.role == PartRole.LEAD))
        .where(Reminder.id > before, ~Reminder.overtaken)
        .order_by(Reminder.id)
    )  # fmt: skip
    tx.execute(insert(OutboxRow).from_select(TELLING, statement))


def _object(**fields: Any) -> json_object:
    return json_object(*(part for name, value in fields.items() for part in (literal(name, String), value)))
