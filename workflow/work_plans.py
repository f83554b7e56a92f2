"""Work plan 实施方案: asked for when a task is acknowledged; its checkpoints fit the milestones they lead to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise

from pydantic import Field
from sqlalchemy import delete, insert, select

from models import Checkpoint, Plan, WorkPlan
from models.states import IndicatorKind, WorkPlanState
from workflow.acts import Act
from workflow.audiences import about_task, owners_of
from workflow.calendar import working_calendar
from workflow.civil import PlanDay
from workflow.definition_cards import Direction
from workflow.errors import Missing
from workflow.facts import IndicatorFact, TaskStanding, WorkPlanStanding
from workflow.law import Details, Telling

MOST_CHECKPOINTS = 60


class PlannedCheckpoint(Details):
    """What should be so by a day; with an indicator, what it should have reached by then."""

    milestone_id: int = Field(examples=[7])
    due_on: PlanDay = Field(examples=["2022-06-30"])
    text: str = Field(min_length=1, max_length=500, examples=["完成150家能源审计。"])
    indicator_id: int | None = Field(default=None, examples=[11])
    quantity: Decimal | None = Field(default=None, max_digits=24, decimal_places=8, examples=["150"])


class WorkPlanSubmission(Details):
    """The work plan as it is handed in; it replaces what was handed in before."""

    text: str = Field(
        min_length=1, max_length=20000, examples=["分两批推进：上半年完成150家，下半年完成150家。"]
    )
    checkpoints: list[PlannedCheckpoint] = Field(min_length=1, max_length=MOST_CHECKPOINTS)


class WorkPlanLimit(Details):
    """Working days after a task is acknowledged in which its work plan is to be handed in; 0: none is asked for."""

    days: int = Field(ge=0, le=250, examples=[15])


def require_work_plan(act: Act[TaskStanding]) -> None:
    """Effect of acknowledging: the lead's work plan is due so many working days from today, and its owners are told."""
    limit = select(Plan.work_plan_days).where(Plan.id == act.standing.task.plan_id)
    days = act.tx.execute(limit).scalar_one()
    if days == 0:
        return
    due_on = working_calendar(act.tx).add(act.today, days)
    task_id, asked = act.standing.task.id, {"due_on": due_on.isoformat()}
    plan_id = act.make(
        WorkPlan, task_id=task_id, state=WorkPlanState.REQUIRED, due_on=due_on, asked_on=act.today, days=days
    )
    act.created("work_plan", plan_id, "require", WorkPlanState.REQUIRED, asked)
    facts = {**about_task(act), **asked, "work_plan_id": plan_id}
    act.tell(Telling("work_plan_required", owners_of(act.standing.lead_id), facts))


def fit_milestones(
    standing: WorkPlanStanding, details: WorkPlanSubmission, now: datetime
) -> Iterable[Missing]:
    """Each checkpoint is of a milestone of the task, by its due date; the milestone's own go forward in time, and the
    figures of one indicator towards its target."""
    due = {milestone.id: milestone.due_on for milestone in standing.milestones}
    known = {indicator.id: indicator for indicator in standing.indicators}
    for n, point in enumerate(details.checkpoints):
        yield from _fits(n, point, due, known.get(point.indicator_id or 0))
    yield from _in_order(details.checkpoints)
    yield from _towards_targets(details.checkpoints, known)


def _fits(
    n: int, point: PlannedCheckpoint, due: dict[int, date], indicator: IndicatorFact | None
) -> Iterator[Missing]:
    if point.milestone_id not in due:
        yield Missing(
            "own_milestone", {"field": _field(n, "milestone_id"), "milestone_id": point.milestone_id}
        )
    elif point.due_on > due[point.milestone_id]:
        latest = due[point.milestone_id].isoformat()
        yield Missing("checkpoint_by", {"field": _field(n, "due_on"), "latest": latest})
    if point.indicator_id and (indicator is None or indicator.milestone_id != point.milestone_id):
        yield Missing(
            "own_indicator", {"field": _field(n, "indicator_id"), "indicator_id": point.indicator_id}
        )
    if (point.indicator_id is None) is not (point.quantity is None):
        lacking = "quantity" if point.quantity is None else "indicator_id"
        yield Missing("checkpoint_figure", {"field": _field(n, lacking)})
    if indicator and (point.quantity or 0) < 0 and indicator.card.kind is not IndicatorKind.CHANGE:
        yield Missing("not_negative", {"field": _field(n, "quantity"), "quantity": str(point.quantity)})


def _in_order(checkpoints: list[PlannedCheckpoint]) -> Iterator[Missing]:
    """A milestone's checkpoints stand in the order of their dates."""
    own = defaultdict(list)
    for n, point in enumerate(checkpoints):
        own[point.milestone_id].append((n, point.due_on))
    for dates in own.values():
        for (_, before), (n, due_on) in pairwise(dates):
            if due_on < before:
                yield Missing(
                    "checkpoint_order", {"field": _field(n, "due_on"), "earliest": before.isoformat()}
                )


def _towards_targets(
    checkpoints: list[PlannedCheckpoint], known: dict[int, IndicatorFact]
) -> Iterator[Missing]:
    """What should be reached does not shrink where it is to be at least so much, nor grow where at most."""
    own = defaultdict(list)
    for n, point in enumerate(checkpoints):
        if point.indicator_id in known and point.quantity is not None:
            own[point.indicator_id].append((n, point.quantity))
    for indicator_id, quantities in own.items():
        indicator = known[indicator_id]
        falls = indicator.card.direction is Direction.AT_MOST
        for (_, before), (n, quantity) in pairwise(quantities):
            facts = {"field": _field(n, "quantity"), "metric": indicator.metric}
            if falls and quantity > before:
                yield Missing("checkpoint_falls", facts)
            if not falls and quantity < before:
                yield Missing("checkpoint_rises", facts)


def _field(n: int, name: str) -> str:
    return f"checkpoints.{n}.{name}"


def record_checkpoints(act: Act[WorkPlanStanding]) -> None:
    """Effect: the checkpoints handed in take the place of earlier ones; those stand in the trail."""
    details: WorkPlanSubmission = act.details
    act.tx.execute(delete(Checkpoint).where(Checkpoint.work_plan_id == act.subject_id))
    of = {"work_plan_id": act.subject_id, "task_id": act.standing.task.id}
    rows = [{**of, "ordinal": n, **point.model_dump()} for n, point in enumerate(details.checkpoints, 1)]
    act.tx.execute(insert(Checkpoint), rows)
