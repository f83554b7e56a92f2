"""An approval's route, pure: which seats its definition makes, and where it stands after a signature."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from models.states import Role, SeatState
from workflow.errors import Missing, NotReady
from workflow.facts import MilestoneStanding, SeatFact


class Step(BaseModel):
    """One step: who signs (a role in the lead unit, in each joint unit, or in the office) and how many must."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    key: str
    role: Role
    of: Literal["lead", "joint", "office"]
    mode: Literal["any", "all"] = "any"
    when_empty: Literal["refuse", "skip"] = "refuse"


class Definition(BaseModel):
    """Ordered steps of an approval, as data."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    key: str
    steps: tuple[Step, ...] = Field(min_length=1)


class Place(BaseModel):
    """A seat to be made."""

    model_config = ConfigDict(frozen=True)
    step: int
    step_key: str
    role: Role
    mode: str
    unit_id: int


class Outcome(StrEnum):
    WAITS = "waits"
    """The step still wants signatures."""
    MOVES = "moves"
    """The step is through, another one opens."""
    THROUGH = "through"


def seats_for(definition: Definition, standing: MilestoneStanding) -> list[Place]:
    """The seats of all steps, in order; a step without units is skipped or refused as it says."""
    places: list[Place] = []
    for step in definition.steps:
        units = _units(step, standing)
        if not units and step.when_empty == "refuse":
            raise NotReady(missing=[Missing("signers", {"step": step.key})])
        number = places[-1].step + 1 if places else 1
        places += [
            Place(step=number, step_key=step.key, role=step.role, mode=step.mode, unit_id=unit)
            for unit in units
        ]
    return places


def _units(step: Step, standing: MilestoneStanding) -> tuple[int, ...]:
    if step.of == "joint":
        return standing.joint_ids
    unit = standing.lead_id if step.of == "lead" else standing.office_id
    return (unit,) if unit is not None else ()


def after(seats: Sequence[SeatFact], signed: SeatFact) -> Outcome:
    """Where the route stands once `signed` has signed: all seats of an `all` step must, one of an `any` step."""
    others = [s for s in seats if s.step == signed.step and s.id != signed.id]
    if signed.mode == "all" and any(s.state != SeatState.SIGNED for s in others):
        return Outcome.WAITS
    return Outcome.MOVES if any(s.step > signed.step for s in seats) else Outcome.THROUGH
