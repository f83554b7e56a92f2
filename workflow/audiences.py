"""Who is told about a task as a whole, and what every such letter names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from models.states import Role
from workflow.acts import Act
from workflow.law import Telling

SUPERVISORS = {"role": Role.SUPERVISOR, "office": True}


def owners_of(unit_id: int | None) -> dict[str, Any]:
    """The owners (经办人) in a unit."""
    return {"role": Role.OWNER, "unit_id": unit_id}


def about_task(act: Act[Any]) -> dict[str, object]:
    """Task and reason, of an act on a task or on what hangs on it as a whole."""
    task = act.standing.task
    return {"task_id": task.id, "task_number": task.number, "task_name": task.name, "reason": act.reason}


def the_office(topic: str) -> Callable[[Act[Any]], Iterator[Telling]]:
    """The supervisors of the joint-meeting office."""

    def tell(act: Act[Any]) -> Iterator[Telling]:
        yield Telling(topic, SUPERVISORS, about_task(act))

    return tell


def the_lead(topic: str) -> Callable[[Act[Any]], Iterator[Telling]]:
    """The owners of the task's lead unit."""

    def tell(act: Act[Any]) -> Iterator[Telling]:
        yield Telling(topic, owners_of(act.standing.lead_id), about_task(act))

    return tell
