"""The board (挂图作战): every task of the active plans with its light, reached against target, and what is due next.

Read in a fixed number of statements, whatever the number of tasks. A viewer who does not see a task knows its
name, light and lead only; without a viewer (the demo) all of it is told. No person is ever named.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Text, and_, bindparam, cast, func, select

from models import Card, Indicator, Milestone, Notice, Part, Plan, Programme, Task, Unit
from models.states import CardState, MilestoneState, NoticeState, PartRole, PlanState, TaskState
from workflow import visibility
from workflow.board_rows import Board, BoardRow, Due, Figure, Node, PlanBoard, ProgrammeRows, Said
from workflow.calendar import working_calendar
from workflow.civil import day_of
from workflow.definition_cards import Direction
from workflow.facts import IndicatorFact
from workflow.figures import counted, goal_value, is_met, shown, value
from workflow.histories import histories
from workflow.ladder import Light, lateness
from workflow.named_events import awaited_event
from workflow.needs import is_goal_reached

MOST = 1000
"""Tasks on one board; beyond that they are read through the API, page by page."""
ALIVE = (TaskState.ASSIGNED, TaskState.ACKNOWLEDGED, TaskState.IN_PROGRESS)
DONE = (MilestoneState.ACCEPTED, MilestoneState.WAIVED)
LIGHTS = list(Light)
OUTSIDE = 1_000_000
"""Place of tasks without a programme: the last."""


def _count(table: Any, *where: Any) -> Any:
    return select(func.count()).where(table.task_id == Task.id, *where).correlate(Task).scalar_subquery()


OF_TASKS: Any = bindparam("tasks", expanding=True)
PLANS = (
    select(
        Plan.id, Plan.title, Plan.printed_title, Plan.issuer, Plan.issued_on, Plan.state,
        Plan.reading["printed"]["issuer"].as_string().label("printed_issuer"),
    )
    .where(Plan.state != PlanState.DISCARDED)
    .order_by(Plan.issued_on.desc(), Plan.id)
)  # fmt: skip
TASKS = (
    select(
        Task.id, Task.plan_id, Task.number, Task.name, Task.printed_name, Task.state, Task.programme_id,
        Programme.name.label("programme"), Programme.printed_name.label("printed_programme"),
        Unit.name.label("lead"), Unit.printed_name.label("printed_lead"),
        _count(Card, Card.state.not_in((CardState.LIFTED, CardState.REVOKED))).label("cards"),
        _count(Notice, Notice.issued_at.is_not(None), Notice.state != NoticeState.VOIDED).label("notices"),
    )
    .join(Plan, and_(Plan.id == Task.plan_id, Plan.state == PlanState.ACTIVE))
    .outerjoin(Programme, Programme.id == Task.programme_id)
    .outerjoin(Part, and_(Part.task_id == Task.id, Part.role == PartRole.LEAD))
    .outerjoin(Unit, Unit.id == Part.unit_id)
    .order_by(Task.plan_id, func.coalesce(Programme.ordinal, OUTSIDE), Task.number)
    .limit(MOST + 1)
)  # fmt: skip
MILESTONES = (
    select(
        Milestone.id, Milestone.task_id, Milestone.year, Milestone.text, Milestone.printed_text, Milestone.state,
        Milestone.due_on, Milestone.due_basis, Milestone.due_provisional, Milestone.light, awaited_event(),
    )
    .where(Milestone.task_id.in_(OF_TASKS))
    .order_by(Milestone.due_on, Milestone.year, Milestone.id)
)  # fmt: skip
INDICATORS = (
    select(
        Indicator.task_id, Indicator.id, Indicator.milestone_id, Indicator.metric, Indicator.quantity,
        Indicator.unit, Indicator.comparator, Indicator.basis, Indicator.kind, Indicator.goal_id,
        cast(Indicator.definition, Text).label("definition"), Indicator.reached, Indicator.reached_base,
    )
    .where(Indicator.task_id.in_(OF_TASKS), Indicator.quantity.is_not(None))
    .order_by(Indicator.ordinal, Indicator.id)
)  # fmt: skip


def read_board(tx: Connection, now: datetime, viewer: int | None = None) -> Board:
    """The board at `now`: for a person the tasks they see in full; without a viewer all of them.

    Whoever calls without a viewer answers for that: it is meant for databases marked demo.
    """
    plans, tasks = tx.execute(PLANS).all(), tx.execute(TASKS).all()
    shown = tasks[:MOST]
    seen = _seen(tx, viewer, now) if viewer is not None else {task.id for task in shown}
    rows = _rows(tx, shown, seen, day_of(now))
    return Board(
        at=now,
        plans=tuple(_plan(plan, shown, rows) for plan in plans if plan.state == PlanState.ACTIVE),
        drafts=sum(plan.state == PlanState.DRAFT for plan in plans),
        cut=len(tasks) > MOST,
    )


def _seen(tx: Connection, viewer: int, now: datetime) -> set[int]:
    return set(tx.execute(visibility.tasks(Task.id), visibility.bound(viewer, now)).scalars())


def _plan(plan: Any, tasks: Sequence[Any], rows: Mapping[int, BoardRow]) -> PlanBoard:
    own = [task for task in tasks if task.plan_id == plan.id]
    programmes = []
    for _, group in groupby(own, key=lambda task: task.programme_id):
        members = list(group)
        programmes.append(ProgrammeRows(_programme(members[0]), tuple(rows[task.id] for task in members)))
    return PlanBoard(
        Said(plan.title, plan.printed_title), Said(plan.issuer, plan.printed_issuer), plan.issued_on,
        tuple(programmes),
    )  # fmt: skip


def _programme(task: Any) -> Said | None:
    return None if task.programme is None else Said(task.programme, task.printed_programme)


def _rows(tx: Connection, tasks: Sequence[Any], seen: set[int], today: date) -> dict[int, BoardRow]:
    ids = {"tasks": [task.id for task in tasks]}
    milestones = _by_task(tx.execute(MILESTONES, ids))
    indicators = _by_task(tx.execute(INDICATORS, ids))
    late = _days_late(tx, tasks, milestones, today)
    rows = {}
    for task in tasks:
        own = milestones[task.id]
        rows[task.id] = _name(task, own)
        if task.id in seen:
            figures = _figures(own, indicators[task.id])
            rows[task.id] = _row(task, own, figures, late, today)
    return rows


def _by_task(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found = defaultdict(list)
    for row in rows:
        found[row.task_id].append(row)
    return found


def _days_late(
    tx: Connection, tasks: Sequence[Any], milestones: Mapping[int, Sequence[Any]], today: date
) -> dict[int, int]:
    """Working days late of each milestone past its due date, counted as cards count them."""
    past = [
        m.id for task in tasks if task.state in ALIVE for m in milestones[task.id] if _open(m) and m.due_on < today
    ]  # fmt: skip
    calendar = working_calendar(tx)
    return {key: lateness(history, calendar, today).days_late for key, history in histories(tx, past).items()}


def _open(milestone: Any) -> bool:
    return milestone.state not in DONE


def _name(task: Any, milestones: Sequence[Any]) -> BoardRow:
    """What anybody may know of a task. It is as red as its worst open milestone."""
    lights = [Light(m.light) for m in milestones if _open(m)]
    light = max(lights, key=LIGHTS.index, default=Light.GREEN) if task.state in ALIVE else None
    lead = None if task.lead is None else Said(task.lead, task.printed_lead)
    return BoardRow(task.number, Said(task.name, task.printed_name), lead, light, seen=False)


def _row(
    task: Any, milestones: Sequence[Any], figures: tuple[Figure, ...], late: Mapping[int, int], today: date
) -> BoardRow:
    name = _name(task, milestones)
    alive = task.state in ALIVE
    first = (
        next((m for m in milestones if _open(m)), None)
        if alive or task.state == TaskState.SUSPENDED
        else None
    )
    return BoardRow(
        name.number, name.name, name.lead, name.light, seen=True, state=task.state,
        nodes=tuple(_node(m, alive) for m in sorted(milestones, key=lambda m: (m.year, m.due_on, m.id))),
        figures=figures, done=sum(not _open(m) for m in milestones),
        next_due=None if first is None else _due(first, late, today), cards=task.cards, notices=task.notices,
    )  # fmt: skip


def _node(milestone: Any, alive: bool) -> Node:
    light = Light(milestone.light) if alive and _open(milestone) else None
    return Node(
        milestone.id, milestone.year, Said(milestone.text, milestone.printed_text), milestone.state, light
    )


def _due(milestone: Any, late: Mapping[int, int], today: date) -> Due:
    return Due(
        Said(milestone.text, milestone.printed_text), milestone.state, milestone.due_on, milestone.due_basis,
        milestone.due_provisional, (milestone.due_on - today).days, late.get(milestone.id, 0),
        milestone.due_awaits_event,
    )  # fmt: skip


def _figures(milestones: Sequence[Any], indicators: Sequence[Any]) -> tuple[Figure, ...]:
    """The goals that years add up to; a task without such a goal shows its first open year's own figures."""
    facts = [_fact(row) for row in indicators]
    goal_ids = {fact.goal_id for fact in facts if fact.goal_id is not None}
    goals = [fact for fact in facts if fact.id in goal_ids]
    if goals:
        found = [(goal, goal_value(goal, facts)) for goal in goals]
        return tuple(_figure(goal, reached, is_goal_reached(goal, reached)) for goal, reached in found)
    current = next((m.id for m in milestones if _open(m)), milestones[-1].id if milestones else None)
    own = [fact for fact in facts if fact.milestone_id is not None and fact.milestone_id == current]
    return tuple(_figure(fact, value(fact.card, counted(fact)), is_met(fact, counted(fact))) for fact in own)


def _fact(row: Any) -> IndicatorFact:
    return IndicatorFact(**{name: kept for name, kept in row._mapping.items() if name != "task_id"})


def _figure(indicator: IndicatorFact, reached: Fraction | None, met: bool) -> Figure:
    target = indicator.quantity
    if target is None:
        raise ValueError(f"indicator {indicator.id} has no number")
    card = indicator.card
    ceiling = card.direction is Direction.AT_MOST
    return Figure(indicator.metric, shown(reached, card.digits), target, indicator.unit or "", met, ceiling)
