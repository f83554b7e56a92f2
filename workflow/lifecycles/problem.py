"""Problem to coordinate 协调事项: a unit raises it, the office answers, the unit says whether that settles it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import Field

from models import Problem
from models.states import ProblemState as P
from models.states import Role
from workflow.acts import Act
from workflow.audiences import SUPERVISORS, about_task, owners_of
from workflow.facts import ProblemStanding
from workflow.law import Action, Details, Lifecycle, Reason, Telling
from workflow.permissions import supervisor
from workflow.standings import load_problems


class ProblemAnswer(Details):
    """What the office has done or decided about it."""

    text: str = Field(min_length=1, max_length=5000, examples=["已商市财政局，经费于7月底前下达。"])


def owner_of_problem(standing: ProblemStanding) -> bool:
    """An owner (经办人) in the unit that raised it."""
    return standing.actor.holds(Role.OWNER, standing.unit_id)


def settles_problem(standing: ProblemStanding) -> bool:
    """Who raised it, for the unit, or a supervisor."""
    return owner_of_problem(standing) or supervisor(standing)


def answered(act: Act[ProblemStanding]) -> Mapping[str, Any]:
    return {"answer": act.details.text, "answered_at": act.now, "answered_by": act.actor.person_id}


def about_problem(act: Act[ProblemStanding]) -> dict[str, object]:
    standing = act.standing
    return {
        **about_task(act), "problem_id": act.subject_id, "problem": standing.text, "unit": standing.unit_name,
    }  # fmt: skip


def the_asker(topic: str) -> Callable[[Act[ProblemStanding]], Iterator[Telling]]:
    """The owners of the unit that raised it."""

    def tell(act: Act[ProblemStanding]) -> Iterator[Telling]:
        yield Telling(topic, owners_of(act.standing.unit_id), about_problem(act))

    return tell


def the_answerers(topic: str) -> Callable[[Act[ProblemStanding]], Iterator[Telling]]:
    """The supervisors of the office."""

    def tell(act: Act[ProblemStanding]) -> Iterator[Telling]:
        yield Telling(topic, SUPERVISORS, about_problem(act))

    return tell


PROBLEM = Lifecycle(
    "problem",
    table=Problem,
    states=P,
    root=("task", "task_id"),
    load=load_problems,
    actions=[
        Action("answer", P.RAISED, to=P.ANSWERED, may=supervisor, takes=ProblemAnswer, sets=answered,
               tells=[the_asker("problem_answered")]),
        Action("settle", P.ANSWERED, to=P.SETTLED, may=settles_problem),
        Action("reopen", P.ANSWERED, to=P.RAISED, may=owner_of_problem, reason=Reason.REQUIRED,
               tells=[the_answerers("problem_raised")]),
    ],
)  # fmt: skip
