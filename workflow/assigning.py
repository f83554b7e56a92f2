"""Confirming a plan: its draft becomes programmes, goals and tasks, each task the root of its own chain."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, and_, delete, func, insert, select, update

from models import Appointment, Goal, Indicator, Milestone, OutboxRow, Part, Plan, Programme, Task
from models.states import DueBasis, MilestoneState, PartRole, PartState, Role, TaskState
from workflow.acts import Act
from workflow.calendar import working_calendar
from workflow.deadlines import Roll
from workflow.definitions import cards_by_key, defined
from workflow.drafting import MilestoneDraft, TaskDraft
from workflow.named_events import await_events
from workflow.plan_facts import PlanStanding
from workflow.roots import enter_root
from workflow.rulings import drafted


def appoint_unit(act: Act[PlanStanding]) -> None:
    """Effect: the unit has this place in the task, and nobody else leads it."""
    details, table = act.details, Appointment.__table__
    in_task = and_(table.c.plan_id == act.subject_id, table.c.task_number == details.task_number)
    if details.role == PartRole.LEAD:
        led = and_(in_task, table.c.role == PartRole.LEAD)
        act.tx.execute(update(Appointment).where(led).values(role=PartRole.JOINT))
    act.tx.execute(delete(Appointment).where(in_task, table.c.unit_id == details.unit_id))
    act.tx.execute(
        insert(Appointment),
        {"plan_id": act.subject_id, "task_number": details.task_number, "ordinal": 0, "unit_id": details.unit_id,
         "group_id": None, "role": details.role, "confirmed": True},
    )  # fmt: skip


def assign_tasks(act: Act[PlanStanding]) -> None:
    """Effect: everything the plan asks for stands as tasks, and every unit with a part is told."""
    found = drafted(act.tx, act.subject_id)
    names = enumerate(_programme_names(found.printed, found.simplified), 1)
    programmes = [_programme(act, n, *pair) for n, pair in names]
    _write_goals(act, found.simplified["goals"])
    parts = _appointments(act)
    calendar = working_calendar(act.tx)
    cards = cards_by_key(act.standing.definitions)
    for task in (defined(task, cards) for task in found.tasks):
        places = parts.get(task.number) or _added_parts(task)
        programme = programmes[task.programme] if task.programme is not None else None
        write_task(act, task, programme, places, calendar.provisional)
    await_events(act, (milestone.values for task in found.tasks for milestone in task.milestones), calendar)


def _programme_names(printed: Any, simplified: Any) -> list[tuple[str, str]]:
    pairs = zip(printed["programmes"], simplified["programmes"], strict=True)
    return [(shown["name"], plain["name"]) for plain, shown in pairs]


def _programme(act: Act[PlanStanding], ordinal: int, name: str, printed_name: str) -> int:
    return act.make(Programme, plan_id=act.subject_id, ordinal=ordinal, name=name, printed_name=printed_name)


def _write_goals(act: Act[PlanStanding], goals: list[Any]) -> None:
    rows = [
        {"plan_id": act.subject_id, "ordinal": n, "metric": g["metric"], "unit": g["unit"] or None,
         "quantity": Decimal(g["quantity"]) if g["quantity"] is not None else None, "comparator": g["comparator"],
         "year": g["year"], "quote": g["quote"], "line": g["line"]}
        for n, g in enumerate(goals, 1)
    ]  # fmt: skip
    if rows:
        act.tx.execute(insert(Goal), rows)


Place = tuple[int, int | None, PartRole]


def _appointments(act: Act[PlanStanding]) -> dict[int, list[Place]]:
    table = Appointment.__table__
    rows = act.tx.execute(
        select(table).where(table.c.plan_id == act.subject_id).order_by(table.c.ordinal, table.c.id)
    )
    places: dict[int, list[Place]] = {}
    for row in rows:
        places.setdefault(row.task_number, []).append((row.unit_id, row.group_id, row.role))
    return places


def _added_parts(task: TaskDraft) -> list[Place]:
    return [(unit, None, PartRole.JOINT if n else PartRole.LEAD) for n, unit in enumerate(task.units)]


def next_number(tx: Connection, plan_id: int) -> int:
    """The number that the next task of a plan gets; the plan is locked meanwhile. Whoever locks a task locks it first:
    two who take the same number would wait for each other, one for the number and one for the plan that it names."""
    tx.execute(select(Plan.id).where(Plan.id == plan_id).with_for_update())
    highest = select(func.coalesce(func.max(Task.number), 0)).where(Task.plan_id == plan_id)
    return int(tx.execute(highest).scalar_one()) + 1


def write_task(
    act: Act[PlanStanding],
    task: TaskDraft,
    programme_id: int | None,
    places: Sequence[Place],
    provisional: Any,
) -> int:
    """Enter a task of the plan as a root of its own, with its parts and milestones, and tell its units: its id.

    `places`: (unit, the group it stands for, role) in order. `provisional` says whether a day may still change.
    """
    values = {**task.values, "plan_id": act.subject_id, "programme_id": programme_id,
              "state": TaskState.ASSIGNED, "assigned_at": act.now}  # fmt: skip
    task_id = enter_root(
        act.tx, "task", values, "assign", act.actor.person_id, act.now, details=_how_it_came(act, task)
    )
    rows = [
        {"task_id": task_id, "unit_id": unit, "group_id": group, "role": role, "ordinal": n,
         "state": PartState.ASSIGNED}
        for n, (unit, group, role) in enumerate(places, 1)
    ]  # fmt: skip
    act.tx.execute(insert(Part), rows)
    goals = [_indicator(act, task_id, None, None, n, goal) for n, goal in enumerate(task.goals, 1)]
    for milestone in task.milestones:
        _write_milestone(act, task_id, milestone, goals, provisional)
    facts = {"task_id": task_id, "task_number": task.number, "task_name": task.values["name"], "reason": None}
    act.tx.execute(insert(OutboxRow), [_telling(act, task_id, unit, role, facts) for unit, _, role in places])
    return task_id


def _how_it_came(act: Act[PlanStanding], task: TaskDraft) -> dict[str, Any]:
    """What the first event of its chain tells: the plan, and of an item opened by hand where it comes from."""
    cited = task.values.get("origin_details")
    return {"plan": act.subject_id, **({"origin": task.values["origin"], **cited} if cited else {})}


def _telling(
    act: Act[PlanStanding], task_id: int, unit: int, role: PartRole, facts: dict[str, Any]
) -> dict[str, Any]:
    return {"topic": "assigned", "audience": {"role": Role.OWNER, "unit_id": unit}, "facts": {**facts, "part": role},
            "root_kind": "task", "root_id": task_id, "written_at": act.now}  # fmt: skip


def _write_milestone(
    act: Act[PlanStanding], task_id: int, milestone: MilestoneDraft, goals: list[int], provisional: Any
) -> None:
    due_on = milestone.values["due_on"]
    ruled = milestone.values["due_basis"] == DueBasis.RULING
    rule = Roll.NONE if ruled else Roll.PRECEDING
    milestone_id = act.make(
        Milestone, task_id=task_id, state=MilestoneState.PLANNED, due_rule=rule, due_provisional=provisional(due_on),
        **milestone.values,
    )  # fmt: skip
    for n, indicator in enumerate(milestone.indicators, 1):
        goal = goals[indicator.goal] if indicator.goal is not None else None
        _indicator(act, task_id, milestone_id, goal, n, indicator.values)


def _indicator(
    act: Act[PlanStanding],
    task_id: int,
    milestone_id: int | None,
    goal_id: int | None,
    ordinal: int,
    values: Any,
) -> int:
    return act.make(
        Indicator, task_id=task_id, milestone_id=milestone_id, goal_id=goal_id, ordinal=ordinal,
        **{"definition": None, **values},
    )  # fmt: skip
