"""Who is told of an act under a task, and what every such letter names: each teller is made for one kind of letter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from models.states import Role
from workflow.acts import Act
from workflow.law import Telling
from workflow.signing import about

SUPERVISORS = {"role": Role.SUPERVISOR, "office": True}


def owners_of(unit_id: int | None) -> dict[str, Any]:
    """The owners (经办人) in a unit."""
    return {"role": Role.OWNER, "unit_id": unit_id}


def about_task(act: Act[Any]) -> dict[str, object]:
    """Task and reason, of an act on a task or on what hangs on it as a whole."""
    task = act.standing.task
    return {"task_id": task.id, "task_number": task.number, "task_name": task.name, "reason": act.reason}


def the_office(topic: str) -> Callable[[Act[Any]], Iterator[Telling]]:
    """The supervisors of the joint-meeting office, about the task as a whole."""

    def tell(act: Act[Any]) -> Iterator[Telling]:
        yield Telling(topic, SUPERVISORS, about_task(act))

    return tell


def the_lead(topic: str) -> Callable[[Act[Any]], Iterator[Telling]]:
    """The owners of the task's lead unit, about the task as a whole."""

    def tell(act: Act[Any]) -> Iterator[Telling]:
        yield Telling(topic, owners_of(act.standing.lead_id), about_task(act))

    return tell


def the_owners(topic: str) -> Callable[[Act[Any]], Iterator[Telling]]:
    """The owners of the lead unit, about a milestone."""

    def tell(act: Act[Any]) -> Iterator[Telling]:
        yield Telling(topic, owners_of(act.standing.lead_id), {**about(act), "reason": act.reason})

    return tell


def the_supervisors(topic: str) -> Callable[[Act[Any]], Iterator[Telling]]:
    """The supervisors of the office, about a milestone."""

    def tell(act: Act[Any]) -> Iterator[Telling]:
        yield Telling(topic, SUPERVISORS, {**about(act), "reason": act.reason})

    return tell
