"""What every standing reads: the actor's grants, the task with its parts, and the columns of what hangs on it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, TypeAlias

from sqlalchemy import Connection, Select, Text, and_, bindparam, cast, func, or_, select

from models import Grant, Indicator, Part, ProgressEntry, Task, Unit
from workflow.actors import SYSTEM, Actor, Held
from workflow.civil import day_of
from workflow.facts import EntryFact, IndicatorFact, SiblingFact, TaskFact
from workflow.gathering import children, day, exact, gather, row_of, values

AnySelect: TypeAlias = Select[*tuple[Any, ...]]


def grants_of(of: Any = ()) -> Any:
    """The grants that the actor (`actor`) holds on the day (`today`), as a gathered column."""
    return gather(
        Grant.role, Grant.unit_id, Unit.organ_id, Unit.is_office,
        where=and_(
            Grant.person_id == bindparam("actor"),
            Grant.from_on <= bindparam("today"),
            or_(Grant.to_on.is_(None), Grant.to_on >= bindparam("today")),
        ),
        of=of,
        joining=Grant.__table__.outerjoin(Unit.__table__, Grant.unit_id == Unit.id),
    )  # fmt: skip


def actor_from(actor_id: int | None, grants: str | None) -> Actor:
    if actor_id is None:
        return SYSTEM
    return Actor(actor_id, children(grants, lambda r, u, o, office: Held(r, u, o, bool(office))))


def actor(tx: Connection, actor_id: int | None, now: datetime) -> Actor:
    """A person with the grants in force on the civil day of `now`."""
    if actor_id is None:
        return SYSTEM
    statement = select(grants_of())
    return actor_from(actor_id, tx.execute(statement, who(actor_id, now)).scalar_one())


def who(actor_id: int | None, now: datetime) -> dict[str, Any]:
    """What the grants of a standing are bound to: the person (none for the system) and the civil day."""
    return {"actor": actor_id if actor_id is not None else -1, "today": day_of(now)}


OFFICE_ID = select(func.min(Unit.id)).where(Unit.is_office).correlate(None).scalar_subquery()
OFFICE = OFFICE_ID.label("office_id")
TASK = row_of(
    Task.id, Task.plan_id, Task.number, Task.name, Task.state, Task.version, Task.suspended_on,
).label("task")  # fmt: skip
PARTS = gather(Part.id, Part.unit_id, Part.role, Part.state, where=Part.task_id == Task.id, of=Task).label(
    "parts"
)
INDICATOR_COLUMNS = (
    Indicator.id, Indicator.milestone_id, Indicator.metric, Indicator.quantity, Indicator.unit,
    Indicator.comparator, Indicator.basis, Indicator.kind, Indicator.goal_id, cast(Indicator.definition, Text),
    Indicator.reached, Indicator.reached_base,
)  # fmt: skip
ENTRY_COLUMNS = (
    ProgressEntry.id, ProgressEntry.milestone_id, ProgressEntry.indicator_id, ProgressEntry.unit_id,
    ProgressEntry.quantity, ProgressEntry.as_of_on, ProgressEntry.base, ProgressEntry.corrects_id,
)  # fmt: skip


def task_fact(row: Any) -> TaskFact:
    id_, plan_id, number, name, state, version, suspended_on = values(row.task)
    return TaskFact(id_, plan_id, number, name, state, version, day(suspended_on))


def indicator_fact(
    id_: int, milestone: int | None, metric: str, quantity: Any, unit: str, comparator: str, basis: str, kind: str,
    goal: int | None, definition: str | None, reached: Any, reached_base: Any,
) -> IndicatorFact:  # fmt: skip
    return IndicatorFact(
        id_, milestone, metric, exact(quantity), unit, comparator, basis, kind, goal, definition, exact(reached),
        exact(reached_base),
    )  # fmt: skip


def entry_fact(
    id_: int, milestone: int, indicator: int | None, unit: int, quantity: Any, as_of_on: str, base: Any,
    corrects: int | None,
) -> EntryFact:  # fmt: skip
    return EntryFact(
        id_, milestone, indicator, unit, exact(quantity), date.fromisoformat(as_of_on), exact(base), corrects
    )


def sibling_fact(i: int, state: str, year: int, due: str) -> SiblingFact:
    return SiblingFact(i, state, year, date.fromisoformat(due))
