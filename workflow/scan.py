"""The due scan: reminders that have fallen due, found and written by the database, however many things are dated.

A rung is monotone in the due date: on one day, all due dates up to a threshold have reached it. So the rungs are a
handful of rows joined on the due date, and a thing's latest rung is the one range its due date lies in. Only that
rung is told; older ones that nobody was told are recorded as overtaken. What is dated, `workflow.dated` declares.
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
    case,
    column,
    exists,
    func,
    insert,
    literal,
    select,
    values,
)

from models import DueMove, OutboxRow, Reminder, RuleSet
from models.base import Instant
from workflow.acts import request_id
from workflow.civil import day_of
from workflow.conflicts import inserting
from workflow.dated import DATED, Dated
from workflow.deadlines import DAY
from workflow.gathering import object_of
from workflow.ladder import Threshold, thresholds
from workflow.reckoning import Reckoning, day_begins

LONG_AGO = date(1, 1, 1)
REMINDER = ("subject_kind", "subject_id", "due_on", "rung", "overtaken", "tick_on", "recorded_at")
TELLING = ("topic", "audience", "facts", "root_kind", "root_id", "written_at")


@dataclass(frozen=True, slots=True)
class Scanned:
    """What one scan wrote: reminders (told or overtaken), and how many of them are told."""

    recorded: int
    told: int


def remind(tx: Connection, day: Reckoning) -> Scanned:
    """Record every rung that has fallen due, and tell whoever is to act the latest of each thing.

    Once per thing, rung and due date, however often it runs and however many processes run it: the rules' row is
    locked, so scans stand in line, and a reminder is recorded in the transaction that tells it.
    """
    tx.execute(select(RuleSet.id).where(RuleSet.edition == day.rules.version).with_for_update())
    before = tx.execute(select(func.coalesce(func.max(Reminder.id), 0))).scalar_one()
    moved = _days_of_moves(tx)
    for dated in DATED:
        _remind_of(tx, dated, day, moved, before)
    told = func.count().filter(~Reminder.overtaken)
    return Scanned(*tx.execute(select(func.count(), told).where(Reminder.id > before)).one())


def _days_of_moves(tx: Connection) -> list[date]:
    """The days on which due dates moved since the last reminder, mostly none."""
    last = tx.execute(select(func.max(Reminder.tick_on))).scalar_one() or LONG_AGO + DAY
    moments = tx.execute(select(DueMove.moved_at).where(DueMove.moved_at >= day_begins(last))).scalars()
    return sorted({day_of(moment) for moment in moments})


def _remind_of(tx: Connection, dated: Dated, day: Reckoning, moved: Sequence[date], before: int) -> None:
    """Two statements for each kind, and one more for each day on which due dates moved."""
    oldest: date | None = tx.execute(select(func.min(dated.due_on)).where(dated.open)).scalar_one()
    if oldest is None:
        return
    for moved_on in moved:
        _overtake_moved(tx, dated, day, moved_on, oldest)
    if found := thresholds(day.rules, day.calendar, day.today, oldest):
        _record(tx, _fallen_due(dated, found, day))
        _tell(tx, dated, day, before)


def _overtake_moved(tx: Connection, dated: Dated, day: Reckoning, moved_on: date, oldest: date) -> None:
    """Of a due date that was moved, record the rungs already past on the day of the move.

    Nobody could have been reminded of a date that did not stand.
    """
    found = thresholds(day.rules, day.calendar, moved_on - DAY, oldest)
    if found and dated.moved is not None:
        _record(tx, _overtaken(dated, dated.moved, found, day, moved_on))


def _ladder(found: Sequence[Threshold]) -> CTE:
    """The rungs as rows, in the order a due date meets them: a due date in (`after`, `upto`] has met this one last."""
    ends = [threshold.due_upto for threshold in found]
    rows = [
        (place, threshold.code, threshold.due_upto, after)
        for place, (threshold, (_, after)) in enumerate(zip(found, pairwise([*ends, LONG_AGO]), strict=True))
    ]
    columns = (column("place", Integer), column("code", String), column("upto", Date), column("after", Date))
    return values(*columns, name="rung").data(rows).cte("rung")


def _fallen_due(dated: Dated, found: Sequence[Threshold], day: Reckoning) -> Select[Any]:
    """All rungs up to the latest, of each thing whose latest is not recorded."""
    ladder = _ladder(found)
    rung, older = ladder.c, ladder.alias("older").c
    known = exists().where(
        Reminder.subject_kind == dated.kind,
        Reminder.subject_id == dated.table.id,
        Reminder.due_on == dated.due_on,
        Reminder.rung == rung.code,
    )
    return (
        select(*_rung(dated), older.code, older.place < rung.place, *_stamp(day))
        .select_from(dated.table)
        .join(ladder, and_(dated.due_on > rung.after, dated.due_on <= rung.upto))
        .join(older.code.table, older.place <= rung.place)
        .where(dated.open, dated.reminded, dated.runs, ~known)
        # Said once more, for a planner that knows how few these are.
        .where(dated.due_on <= found[0].due_upto)
    )


def _overtaken(
    dated: Dated, moved: ColumnElement[bool], found: Sequence[Threshold], day: Reckoning, moved_on: date
) -> Select[Any]:
    """All rungs that due dates set on a day had already met before it."""
    ladder = _ladder(found)
    on_the_day = and_(DueMove.moved_at >= day_begins(moved_on), DueMove.moved_at < day_begins(moved_on + DAY))
    return (
        select(*_rung(dated), ladder.c.code, literal(True), *_stamp(day))
        .join(ladder, dated.due_on <= ladder.c.upto)
        .where(dated.open, exists().where(moved, on_the_day))
    )


def _rung(dated: Dated) -> tuple[Any, ...]:
    return literal(dated.kind, String), dated.table.id, dated.due_on


def _stamp(day: Reckoning) -> tuple[ColumnElement[Any], ...]:
    return literal(day.today, Date), literal(day.now, Instant())


def _record(tx: Connection, rungs: Select[Any]) -> None:
    tx.execute(inserting(tx, Reminder).from_select(REMINDER, rungs).on_conflict_do_nothing())


def _tell(tx: Connection, dated: Dated, day: Reckoning, before: int) -> None:
    """Outbox rows, one per audience and reminder recorded since `before` and not overtaken."""
    near, late = (literal(topic, String) for topic in dated.topics)
    facts = object_of(
        **dated.facts, due_on=Reminder.due_on, rung=Reminder.rung, request=literal(request_id.get(), String)
    )
    root_kind, root_id = dated.root
    for audience in dated.audiences:
        statement = (
            select(
                case((Reminder.rung.like("after-%"), late), else_=near), audience, facts,
                literal(root_kind, String), root_id, literal(day.now, Instant()),
            )
            .select_from(Reminder)
            .join(dated.table, and_(Reminder.subject_kind == dated.kind, dated.table.id == Reminder.subject_id))
            .where(Reminder.id > before, ~Reminder.overtaken)
            .order_by(Reminder.id)
        )  # fmt: skip
        for table, condition in dated.tells_of:
            statement = statement.join(table, condition)
        tx.execute(insert(OutboxRow).from_select(TELLING, statement))
