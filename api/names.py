"""How answers name people, units and tasks: an id and what it is called."""

from __future__ import annotations

from typing import Any, overload

from sqlalchemy import select

from api.views import PersonName, TaskName, UnitName
from models import Person, Task, Unit


def unit(unit_id: int, name: str) -> UnitName:
    return UnitName(id=unit_id, name=name)


@overload
def person(person_id: int, name: str) -> PersonName: ...
@overload
def person(person_id: None, name: Any) -> None: ...
def person(person_id: int | None, name: str | None) -> PersonName | None:
    return None if person_id is None else PersonName(id=person_id, name=name or "—")


def task(row: Any) -> TaskName:
    """The task of a row that was read with `task_columns`."""
    return TaskName(id=row.task_id, number=row.task_number, name=row.task_name)


def task_columns(task_id: Any, of: Any) -> tuple[Any, ...]:
    """Id, number and name of the task of each row of the table `of`, as columns."""
    number, name = (
        select(column).where(Task.id == task_id).correlate(of).scalar_subquery()
        for column in (Task.number, Task.name)
    )
    return task_id.label("task_id"), number.label("task_number"), name.label("task_name")


def unit_name(unit_id: Any, of: Any) -> Any:
    """The name of the unit of each row of `of`, as the column `unit_name`."""
    return select(Unit.name).where(Unit.id == unit_id).correlate(of).scalar_subquery().label("unit_name")


def person_name(person_id: Any, of: Any) -> Any:
    """The name of the person of each row of `of`, as the column `person_name`."""
    name = select(Person.name).where(Person.id == person_id)
    return name.correlate(of).scalar_subquery().label("person_name")
