"""Part: one unit's place in a task, with its own 签收."""

from __future__ import annotations

from models import Part
from models.states import PartRole, TaskState
from models.states import PartState as P
from workflow.facts import PartStanding
from workflow.law import Action, Lifecycle
from workflow.permissions import answers_for
from workflow.standings import load_parts


def answers_for_part(standing: PartStanding) -> bool:
    """The lead acknowledges its task, and with it its part; every other unit its own, as does a later lead."""
    if standing.part.role == PartRole.LEAD and standing.task.state == TaskState.ASSIGNED:
        return False
    return answers_for(standing, standing.part.unit_id)


PART = Lifecycle(
    "part",
    table=Part,
    states=P,
    root=("task", "task_id"),
    load=load_parts,
    actions=[
        Action("acknowledge", P.ASSIGNED, to=P.ACKNOWLEDGED, may=answers_for_part,
               sets=lambda act: {"acknowledged_at": act.now, "acknowledged_by": act.actor.person_id}),
    ],
)  # fmt: skip
