"""What is worked on by reporting and attaching: a milestone itself, or one unit's share of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol, TypeAlias, TypeVar

from models.states import PartRole, Role
from workflow.acts import Act
from workflow.errors import Missing
from workflow.facts import MilestoneStanding, ShareFact, ShareStanding, UnderTask

Worked: TypeAlias = MilestoneStanding | ShareStanding
W = TypeVar("W", bound=MilestoneStanding | ShareStanding)
"""One of the two, of an act under way."""


class ForUnit(Protocol):
    """Details that may name the unit for which something is done."""

    @property
    def unit_id(self) -> int | None: ...


def milestone_of(standing: Worked) -> MilestoneStanding:
    """The milestone that it counts for."""
    return standing.milestone if isinstance(standing, ShareStanding) else standing


def share_of(standing: Worked) -> ShareFact | None:
    return standing.share if isinstance(standing, ShareStanding) else None


def broken_down(standing: Worked, indicator_id: int) -> tuple[ShareFact, ...]:
    """The shares that an indicator was broken down into from here; none: it is reported here."""
    if isinstance(standing, ShareStanding):
        return tuple(child for child in standing.children if child.target(indicator_id))
    return standing.portions_of(indicator_id)


def owned_units(standing: UnderTask) -> list[int]:
    """The units that the actor may report for: of a share its own, else those that work on the task."""
    if isinstance(standing, ShareStanding):
        unit_id = standing.share.unit_id
        return [unit_id] if standing.actor.holds_in(Role.OWNER, unit_id) else []
    working = (p.unit_id for p in standing.parts if p.role != PartRole.INFORMED)
    return [unit_id for unit_id in working if standing.actor.holds(Role.OWNER, unit_id)]


def own_unit(standing: UnderTask, details: ForUnit) -> Iterator[Missing]:
    """Somebody reports for a unit that works on it and whose owner they are, never for another in its name."""
    if details.unit_id is not None and details.unit_id not in owned_units(standing):
        yield Missing("reporting_unit", {"field": "unit_id", "unit_id": details.unit_id})


def reporting_unit(act: Act[Any]) -> int:
    """The unit that the actor reports for: as said, else the lead, else the first part they own."""
    if act.details.unit_id is not None:
        return int(act.details.unit_id)
    owned, lead = owned_units(act.standing), act.standing.lead_id
    return lead if lead in owned else owned[0]
