"""Problems to coordinate 协调事项: what a unit cannot solve alone goes to the office's list."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import select

from models import Problem, Unit
from models.states import ProblemState
from workflow.acts import Act
from workflow.audiences import SUPERVISORS, about_task
from workflow.errors import Missing
from workflow.facts import TaskStanding
from workflow.law import Details, Telling
from workflow.worked import own_unit, reporting_unit

ProblemText = Annotated[str, Field(min_length=1, max_length=2000)]


class RaisedProblem(Details):
    """What the office is asked to coordinate, and for which unit."""

    text: ProblemText = Field(examples=["部分高校审计经费尚未落实，请协调市财政局。"])
    unit_id: int | None = Field(
        default=None, description="The part's unit; the asker's own by default.", examples=[None]
    )


def for_own_unit(standing: TaskStanding, details: RaisedProblem, now: datetime) -> Iterable[Missing]:
    """Nobody asks in another unit's name."""
    yield from own_unit(standing, details)


def raise_problem(act: Act[TaskStanding]) -> None:
    """Effect: the problem stands on the office's list."""
    unit_id = reporting_unit(act)
    name = act.tx.execute(select(Unit.name).where(Unit.id == unit_id)).scalar_one()
    record_problem(act, act.details.text, unit_id, name)


def record_problem(
    act: Act[Any], text: str, unit_id: int, unit_name: str, report_id: int | None = None
) -> None:
    """A problem under the act's task; the supervisors are told."""
    problem_id = act.make(
        Problem, task_id=act.standing.task.id, report_id=report_id, unit_id=unit_id, text=text,
        state=ProblemState.RAISED, raised_at=act.now, raised_by=act.actor.person_id,
    )  # fmt: skip
    asked = {"text": text, "unit_id": unit_id, "report_id": report_id}
    act.created("problem", problem_id, "raise", ProblemState.RAISED, asked)
    facts = {**about_task(act), "problem_id": problem_id, "problem": text, "unit": unit_name}
    act.tell(Telling("problem_raised", SUPERVISORS, facts))
