"""Due dates with their courses, read from the record: the rows, every move of a date, and when tasks were suspended."""

from __future__ import annotations

import json
from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, or_, select, union

from models import (
    Attestation,
    AuditEvent,
    DueMove,
    Milestone,
    NamedEvent,
    Plan,
    Report,
    Share,
    Task,
    WorkPlan,
)
from models.states import DueBasis, EventState, MoveBasis, PlanState, TaskState
from workflow.attesting import DAYS_TO_ATTEST
from workflow.calendar_notices.courses import Counted, Course, Due, Key, Named, Paused
from workflow.civil import day_of
from workflow.dated import ATTESTATIONS, MILESTONES, NAMED_EVENTS, REPORTS, SHARES, WORK_PLANS
from workflow.deadlines import Roll
from workflow.named_events import ASKED_ON, DUE_RULE, of_milestone
from workflow.reporting import REPORT_DAYS

BY_MONTH_END = (DueBasis.YEAR_END, DueBasis.PRINTED)
"""A bare year, and a month, are due on their last working day."""
UNDER_TASK = (MILESTONES, SHARES, WORK_PLANS, REPORTS, ATTESTATIONS)
"""What has a date that follows from a rule; a leader's instruction is due on the day the leader named."""
NOT_CANCELLED = Task.state != TaskState.CANCELLED
STANDING_PLAN = and_(Plan.id == NamedEvent.plan_id, Plan.state == PlanState.ACTIVE)
CONDUCT: tuple[tuple[str, Any, ColumnElement[bool]], ...] = (
    ("work_plan", WorkPlan, WORK_PLANS.open),
    ("report", Report, REPORTS.open),
    ("attestation", Attestation, ATTESTATIONS.open),
)


def tasks_with_dates(since: date) -> Select[Any]:
    """The tasks on which something open is due on a day or after it."""
    of_kind = [
        select(dated.table.task_id)
        .join(Task, Task.id == dated.table.task_id)
        .where(dated.open, dated.due_on >= since, NOT_CANCELLED)
        for dated in UNDER_TASK
    ]
    return select(union(*of_kind).subquery().c.task_id)


def plans_with_dates(since: date) -> Select[Any]:
    """The plans in which an event's days are to be asked for on a day or after it."""
    open_ones = (NAMED_EVENTS.open, NamedEvent.ask_on >= since)
    return select(NamedEvent.plan_id).join(Plan, STANDING_PLAN).where(*open_ones).distinct()


@dataclass(frozen=True, slots=True)
class Trail:
    """Every move of the dates under some tasks, oldest first, and the suspension that ended at a moment."""

    moves: Mapping[Key, Sequence[Any]]
    pauses: Mapping[tuple[int, datetime], Paused]

    def course(self, key: Key, task_id: int, start: Named | Counted, dated: date | None = None) -> Course:
        """The course of a date that began so; `dated`: the last day of the event that it may follow."""
        pauses: list[Paused] = []
        for move in self.moves.get(key, ()):
            match move.basis:
                case MoveBasis.CALENDAR:
                    continue
                case MoveBasis.SUSPENSION if pause := self.pauses.get((task_id, move.moved_at)):
                    pauses.append(pause)
                    continue
                case MoveBasis.EVENT if dated is not None:
                    start = Named(dated, DUE_RULE)
                case _:
                    start = Named(move.to_on)
            pauses = []
        return Course(start, tuple(pauses))

    def first(self, key: Key, due_on: date) -> date:
        """The date as it was before anything moved it."""
        earlier = self.moves.get(key, ())
        return earlier[0].from_on or due_on if earlier else due_on


def dues_of_tasks(tx: Connection, task_ids: Sequence[int]) -> Iterator[Due]:
    """All open due dates under some tasks that may follow a calendar, each after what it is a part of."""
    trail = Trail(_moves(tx, task_ids), _pauses(tx, task_ids))
    yield from _milestones(tx, task_ids, trail)
    yield from _shares(tx, task_ids, trail)
    for kind, model, open_ones in CONDUCT:
        columns = model.__table__
        for row in tx.execute(
            select(columns).where(model.task_id.in_(task_ids), open_ones).order_by(model.id)
        ):
            if (start := _counted(kind, row)) is not None:
                yield Due(
                    row.task_id, kind, row.id, row.due_on, trail.course((kind, row.id), row.task_id, start)
                )


def dues_of_plans(tx: Connection, plan_ids: Sequence[int]) -> Iterator[Due]:
    """The days by which events of some plans should be dated."""
    found = select(NamedEvent.plan_id, NamedEvent.id, NamedEvent.ask_on, NamedEvent.year).where(
        NamedEvent.plan_id.in_(plan_ids), NAMED_EVENTS.open
    )
    for row in tx.execute(found.order_by(NamedEvent.id)):
        yield Due(
            row.plan_id, "event", row.id, row.ask_on, Course(Named(date(row.year, *ASKED_ON), DUE_RULE))
        )


def _milestones(tx: Connection, task_ids: Sequence[int], trail: Trail) -> Iterator[Due]:
    dated = and_(of_milestone(), NamedEvent.state == EventState.DATED)
    statement = (
        select(
            Milestone.id, Milestone.task_id, Milestone.due_on, Milestone.due_basis, Milestone.due_rule,
            Milestone.event, NamedEvent.upto_on,
        )
        .join(Task, Task.id == Milestone.task_id)
        .outerjoin(NamedEvent, dated)
        .where(Milestone.task_id.in_(task_ids), MILESTONES.open, NOT_CANCELLED)
        .order_by(Milestone.id)
    )  # fmt: skip
    for row in tx.execute(statement):
        key = ("milestone", row.id)
        start = _start(row, trail.first(key, row.due_on))
        yield Due(row.task_id, *key, row.due_on, trail.course(key, row.task_id, start, row.upto_on))


def _start(row: Any, first: date) -> Named:
    """What made a milestone's first date: its event, the month (or year) that it ends, or somebody's word."""
    if row.due_basis == DueBasis.EVENT or (row.event and row.due_rule == DUE_RULE):
        return Named(row.upto_on or _month_end(first), DUE_RULE)
    if row.due_basis in BY_MONTH_END or row.due_rule == DUE_RULE:
        return Named(_month_end(first), Roll.PRECEDING)
    return Named(first)


def _month_end(on: date) -> date:
    return on.replace(day=monthrange(on.year, on.month)[1])


def _shares(tx: Connection, task_ids: Sequence[int], trail: Trail) -> Iterator[Due]:
    """Those of milestones before those of shares, which are the last level."""
    statement = (
        select(
            Share.id, Share.task_id, Share.milestone_id, Share.parent_id, Share.due_on, Share.due_with_above
        )
        .join(Task, Task.id == Share.task_id)
        .where(Share.task_id.in_(task_ids), SHARES.open, NOT_CANCELLED)
        .order_by(Share.parent_id.is_not(None), Share.id)
    )
    for row in tx.execute(statement):
        key = ("share", row.id)
        above = ("share", row.parent_id) if row.parent_id else ("milestone", row.milestone_id)
        own = None
        if not row.due_with_above:
            own = trail.course(key, row.task_id, Named(trail.first(key, row.due_on)))
        yield Due(row.task_id, *key, row.due_on, own, above)


def _counted(kind: str, row: Any) -> Counted | None:
    """The rule that made the date of what goes with the work; None where it was not kept."""
    match kind:
        case "report":
            return Counted(row.upto_on, REPORT_DAYS)
        case "attestation":
            return Counted(row.upto_on, DAYS_TO_ATTEST)
    return Counted(row.asked_on, row.days) if row.asked_on and row.days else None


def _moves(tx: Connection, task_ids: Sequence[int]) -> Mapping[Key, Sequence[Any]]:
    """Every move, by what has the date."""
    milestones = select(Milestone.id).where(Milestone.task_id.in_(task_ids))
    others = [
        and_(DueMove.subject_kind == kind, DueMove.subject_id.in_(select(model.id).where(model.task_id.in_(task_ids))))
        for kind, model, _ in CONDUCT
    ]  # fmt: skip
    statement = select(DueMove.__table__).where(or_(DueMove.milestone_id.in_(milestones), *others))
    found: defaultdict[Key, list[Any]] = defaultdict(list)
    for move in tx.execute(statement.order_by(DueMove.id)):
        found[_key(move)].append(move)
    return found


def _key(move: Any) -> Key:
    if move.subject_kind is not None:
        return move.subject_kind, move.subject_id
    return ("share", move.share_id) if move.share_id is not None else ("milestone", move.milestone_id)


def _pauses(tx: Connection, task_ids: Sequence[int]) -> Mapping[tuple[int, datetime], Paused]:
    """Suspensions that are over, by task and the moment at which each was lifted."""
    statement = select(AuditEvent.subject_id, AuditEvent.action, AuditEvent.at, AuditEvent.text).where(
        AuditEvent.subject_kind == "task", AuditEvent.subject_id.in_(task_ids),
        AuditEvent.action.in_(("suspend", "resume")),
    )  # fmt: skip
    since: dict[int, date] = {}
    found: dict[tuple[int, datetime], Paused] = {}
    for event in tx.execute(statement.order_by(AuditEvent.subject_id, AuditEvent.seq)):
        if event.action == "suspend":
            since[event.subject_id] = _stopped_on(event)
        elif event.subject_id in since:
            found[event.subject_id, event.at] = Paused(since.pop(event.subject_id), day_of(event.at))
    return found


def _stopped_on(event: Any) -> date:
    """The day the work stopped: as it was said, else the day on which it was recorded."""
    stated = (json.loads(event.text).get("details") or {}).get("from_on")
    return date.fromisoformat(stated) if stated else day_of(event.at)
