"""Indicators: what a figure counts, how it comes together and is judged, and what has been counted."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy import select

from api.actions import Id
from api.callers import SignedIn
from api.errors import refusals
from api.tasks import measure, measure_goal
from api.transactions import Look, Now
from api.views import Measure
from models import Indicator, Task
from workflow import visibility
from workflow.definition_cards import DefinitionCard
from workflow.errors import NotFound
from workflow.facts import IndicatorFact, TaskStanding
from workflow.figures import plain
from workflow.standings import load_tasks

router = APIRouter(prefix="/indicators", tags=["indicators"])
OWN = ("task_id", "milestone_id", "goal_id", "year", "quote", "source_line", "strength")
EXAMPLE = {
    "kind": "rate", "formula": "达到创建要求的大中小学占全市大中小学的比例", "measured": "ratio",
    "numerator": "达到创建要求的大中小学（所）", "denominator": "大中小学（所）", "scale": "100",
    "aggregation": "ratio",
}  # fmt: skip


class IndicatorView(Measure):
    """An indicator with its definition card 口径 in full."""

    task_id: int = Field(examples=[23])
    milestone_id: int | None = Field(description="null: the task's goal.", examples=[45])
    goal_id: int | None = Field(description="The goal that a year's figure adds up to.", examples=[12])
    year: int | None = Field(examples=[2022])
    quote: str | None = Field(
        description="The words of the document.", examples=["60%以上的學校達到創建要求"]
    )
    source_line: int | None = Field(examples=[327])
    strength: str = Field(description="firm, or strive (力争).", examples=["firm"])
    printed_target: str | None = Field(
        description="What the document prints, where a ruling set another.", examples=[None]
    )
    defined: bool = Field(description="false: nobody gave it a card; it counts as the plan's words have it.")
    definition: DefinitionCard = Field(examples=[EXAMPLE])


@router.get("/{id}", operation_id="get_indicator", responses=refusals(401, 404))
def get_indicator(id: Id, caller: SignedIn, tx: Look, now: Now) -> IndicatorView:
    """One indicator, for whoever sees its task."""
    bound = visibility.bound(caller.person_id, now)
    statement = select(Indicator.__table__).where(
        Indicator.id == id, Indicator.task_id.in_(visibility.tasks(Task.id))
    )
    row = tx.execute(statement, bound).one_or_none()
    if row is None:
        raise NotFound(kind="indicator")
    standing = load_tasks(tx, [row.task_id], None, now)[row.task_id]
    fact = next(i for i in (*standing.goals, *standing.indicators) if i.id == id)
    return IndicatorView(
        **_measure(fact, standing).model_dump(), **{name: row._mapping[name] for name in OWN},
        printed_target=None if row.printed_quantity is None else plain(row.printed_quantity),
        defined=fact.definition is not None, definition=fact.card,
    )  # fmt: skip


def _measure(fact: IndicatorFact, standing: TaskStanding) -> Measure:
    return measure_goal(fact, standing) if fact.milestone_id is None else measure(fact)
