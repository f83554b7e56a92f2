"""Who is told of an act under a task: each teller is made for one kind of letter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from models.states import Role
from workflow.acts import Act
from workflow.law import Telling
from workflow.signing import about


def the_owners(topic: str) -> Callable[[Act[Any]], Iterator[Telling]]:
    """The owners of the lead unit."""

    def tell(act: Act[Any]) -> Iterator[Telling]:
        audience = {"role": Role.OWNER, "unit_id": act.standing.lead_id}
        yield Telling(topic, audience, {**about(act), "reason": act.reason})

    return tell


def the_supervisors(topic: str) -> Callable[[Act[Any]], Iterator[Telling]]:
    """The supervisors of the office."""

    def tell(act: Act[Any]) -> Iterator[Telling]:
        audience = {"role": Role.SUPERVISOR, "office": True}
        yield Telling(topic, audience, {**about(act), "reason": act.reason})

    return tell
