"""Milestones: a list, and one with figures, evidence, its approval and the moves of its due date."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field
from sqlalchemy import Connection, select

from api.actions import Id
from api.approvals import read_approval
from api.callers import SignedIn
from api.errors import refusals
from api.evidence import read_evidence
from api.names import person, task, task_columns, unit
from api.paging import Number, Order, Page, Paging, fetch
from api.tasks import measure
from api.transactions import Look, Now
from api.views import DueMoveView, FigureView, MilestoneRow, MilestoneView
from models import Approval, DueMove, Evidence, Milestone, Part, Person, ProgressEntry, Task, Unit
from models.states import MilestoneState
from workflow import visibility
from workflow.errors import NotFound
from workflow.figures import plain
from workflow.standings import load_milestones

router = APIRouter(tags=["milestones"])
ORDER = Order(Milestone.id, {"due_on": Milestone.due_on, "year": Milestone.year})
OWN = ("id", "year", "text", "state", "light", "due_on", "due_basis", "due_provisional", "version")
MORE = ("printed_text", "round", "submission", "submitted_at", "accepted_at")
TASK = task_columns(Milestone.task_id, Milestone)


class MilestoneFilter(BaseModel):
    """Which milestones of those the caller sees."""

    task: Number | None = Field(default=None, description="Task id.")
    plan: Number | None = Field(default=None, description="Plan id.")
    state: list[MilestoneState] = Field(default_factory=list, description="Any of these.")
    light: list[Literal["green", "blue", "yellow", "red"]] = Field(
        default_factory=list, description="Any of these."
    )
    year: Number | None = Field(default=None, examples=[2022])
    unit: Number | None = Field(default=None, description="Of tasks with a part of that unit.")
    due_from: date | None = Field(default=None, examples=["2022-12-01"])
    due_to: date | None = Field(default=None, examples=["2022-12-31"])


CONDITIONS: dict[str, Any] = {
    "task": lambda v: Milestone.task_id == v,
    "plan": lambda v: Milestone.task_id.in_(select(Task.id).where(Task.plan_id == v)),
    "state": lambda v: Milestone.state.in_(v),
    "light": lambda v: Milestone.light.in_(v),
    "year": lambda v: Milestone.year == v,
    "unit": lambda v: Milestone.task_id.in_(select(Part.task_id).where(Part.unit_id == v)),
    "due_from": lambda v: Milestone.due_on >= v,
    "due_to": lambda v: Milestone.due_on <= v,
}


def _row(row: Any) -> dict[str, Any]:
    return {"task": task(row), **{name: row._mapping[name] for name in OWN}}


@router.get("/milestones", operation_id="list_milestones", responses=refusals(401, 422))
def list_milestones(
    caller: SignedIn, tx: Look, now: Now, page: Paging, wanted: Annotated[MilestoneFilter, Query()]
) -> Page[MilestoneRow]:
    """The milestones that the caller sees. Orders: id, due_on, year."""
    given = wanted.model_dump(exclude_defaults=True)
    statement = visibility.milestones(*(getattr(Milestone, name) for name in OWN), *TASK)
    statement = statement.where(*(CONDITIONS[name](value) for name, value in given.items()))
    found = fetch(tx, statement, ORDER, page, visibility.bound(caller.person_id, now), _row)
    return Page[MilestoneRow].model_validate(found)


@router.get("/milestones/{id}", operation_id="get_milestone", responses=refusals(401, 404))
def get_milestone(id: Id, caller: SignedIn, tx: Look, now: Now, response: Response) -> MilestoneView:
    """One milestone with all that its page shows."""
    bound = visibility.bound(caller.person_id, now)
    names = [*OWN, *MORE, "submitted_by"]
    statement = visibility.milestones(*(getattr(Milestone, name) for name in names), *TASK, _submitter())
    row = tx.execute(statement.where(Milestone.id == id), bound).one_or_none()
    if row is None:
        raise NotFound(kind="milestone")
    response.headers["ETag"] = f'"{row.version}"'
    standing = load_milestones(tx, [id], None, now)[id]
    latest = select(Approval.id).where(Approval.milestone_id == id).order_by(Approval.id.desc()).limit(1)
    return MilestoneView(
        **_row(row), **{name: row._mapping[name] for name in MORE},
        submitted_by=person(row.submitted_by, row.submitter),
        indicators=[measure(indicator) for indicator in standing.indicators],
        figures=_figures(tx, id), evidence=read_evidence(tx, bound, Evidence.milestone_id == id),
        approval=read_approval(tx, bound, Approval.id == latest.scalar_subquery()), due_moves=_moves(tx, id),
    )  # fmt: skip


def _submitter() -> Any:
    name = select(Person.name).where(Person.id == Milestone.submitted_by)
    return name.correlate(Milestone).scalar_subquery().label("submitter")


def _figures(tx: Connection, milestone_id: int) -> list[FigureView]:
    statement = (
        select(ProgressEntry.__table__, Unit.name.label("unit_name"), Person.name.label("person_name"))
        .join(Unit, Unit.id == ProgressEntry.unit_id)
        .join(Person, Person.id == ProgressEntry.reported_by)
        .where(ProgressEntry.milestone_id == milestone_id)
        .order_by(ProgressEntry.id)
    )
    return [_figure(row) for row in tx.execute(statement)]


def _figure(row: Any) -> FigureView:
    return FigureView(
        id=row.id, indicator_id=row.indicator_id, note=row.note, as_of_on=row.as_of_on,
        quantity=None if row.quantity is None else plain(row.quantity), unit=unit(row.unit_id, row.unit_name),
        reported_at=row.reported_at, reported_by=person(row.reported_by, row.person_name),
    )  # fmt: skip


def _moves(tx: Connection, milestone_id: int) -> list[DueMoveView]:
    columns = [getattr(DueMove, name) for name in DueMoveView.model_fields]
    own = (DueMove.milestone_id == milestone_id, DueMove.share_id.is_(None))
    statement = select(*columns).where(*own).order_by(DueMove.id)
    return [DueMoveView(**row._mapping) for row in tx.execute(statement)]
