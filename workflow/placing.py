"""Units come into a task, change their role or leave: what an approved adjustment of places does."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, update

from models import Part
from models.states import PartRole, PartState, Role
from workflow.acts import Act
from workflow.approvals.rounds import REQUESTS, lapse_of_task
from workflow.changes import NewPlace, NewPlaces
from workflow.facts import PartFact
from workflow.facts.adjustments import AdjustmentStanding
from workflow.law import Telling
from workflow.target_moves import recall_submitted

SIGNING = (PartRole.LEAD, PartRole.JOINT)


def change_places(act: Act[AdjustmentStanding], change: NewPlaces) -> None:
    """Each place in turn, the lead last: there is never more than one. Where signers change, submissions come back
    and what was asked of milestones lapses."""
    before = {part.unit_id: part for part in act.standing.parts}
    for ordinal, place in enumerate(sorted(change.units, key=_lead_last), len(before) + 1):
        _change(act, place, before.get(place.unit_id), ordinal)
    named = {place.unit_id for place in change.units}
    touched = [place.role for place in change.units] + [p.role for p in before.values() if p.unit_id in named]
    if any(role in SIGNING for role in touched):
        for milestone in act.standing.work.milestones:
            recall_submitted(act, milestone.id, milestone.state, act.standing.adjustment.reason)
        lapse_of_task(act, *REQUESTS)


def _lead_last(place: NewPlace) -> tuple[bool, bool]:
    return (place.role == PartRole.LEAD, place.role is not None)


def _change(act: Act[AdjustmentStanding], place: NewPlace, part: PartFact | None, ordinal: int) -> None:
    facts = {"unit_id": place.unit_id, "from": part.role if part else None, "to": place.role}
    if part is None:
        part_id = act.make(
            Part, task_id=act.standing.task.id, unit_id=place.unit_id, role=place.role, ordinal=ordinal,
            state=PartState.ASSIGNED,
        )  # fmt: skip
        act.created("part", part_id, "assign", PartState.ASSIGNED, facts)
        _tell(act, "assigned", place, part=place.role)
    elif place.role is None:
        act.tx.execute(delete(Part.__table__).where(Part.__table__.c.id == part.id))  # type: ignore[arg-type]
        act.created("part", part.id, "remove", None, facts)
        _tell(act, "part_ended", place)
    elif place.role != part.role:
        table: Any = Part.__table__
        changed = {"role": place.role, "version": table.c.version + 1}
        act.tx.execute(update(table).where(table.c.id == part.id).values(**changed))
        act.created("part", part.id, "change_role", part.state, facts)
        _tell(act, "assigned", place, part=place.role)


def _tell(act: Act[AdjustmentStanding], topic: str, place: NewPlace, **more: Any) -> None:
    task = act.standing.task
    facts = {"task_id": task.id, "task_number": task.number, "task_name": task.name, **more,
             "reason": act.standing.adjustment.reason}  # fmt: skip
    act.tell(Telling(topic, {"role": Role.OWNER, "unit_id": place.unit_id}, facts))
