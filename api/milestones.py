"""Milestones: a list, and one with figures, evidence, its approval and the moves of its due date."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field
from sqlalchemy import and_, select

from api.actions import Id
from api.approval_rows import read_approval
from api.approval_views import ApprovalView
from api.callers import SignedIn
from api.criteria import CriteriaView, read_criteria
from api.errors import refusals
from api.evidence import read_evidence
from api.figures import read_figures, read_moves
from api.names import person, task, task_columns
from api.paging import Number, Order, Page, Paging, fetch
from api.shares import ShareBrief, read_shares
from api.target_moves import read_target_moves
from api.tasks import measure
from api.transactions import Look, Now
from api.views import (
    DueMoveView,
    EvidenceView,
    FigureView,
    Measure,
    MilestoneRow,
    PersonName,
    TargetMoveView,
)
from models import (
    Approval,
    Criteria,
    DueMove,
    Evidence,
    Indicator,
    Milestone,
    Part,
    Person,
    ProgressEntry,
    Task,
)
from models.states import MilestoneState, Purpose
from workflow import visibility
from workflow.counting import reported_tally
from workflow.errors import NotFound
from workflow.facts import IndicatorFact, MilestoneStanding
from workflow.figures import plain, shown, value
from workflow.named_events import awaited_event
from workflow.standings import load_milestones
from workflow.target_moves import originals

router = APIRouter(tags=["milestones"])
ORDER = Order(Milestone.id, {"due_on": Milestone.due_on, "year": Milestone.year})
OWN = ("id", "year", "text", "state", "light", "due_on", "due_basis", "due_provisional", "version")
MORE = ("printed_text", "round", "submitted_at", "accepted_at")
TASK = (*task_columns(Milestone.task_id, Milestone), awaited_event())


class MilestoneView(MilestoneRow):
    """A milestone with all that its page shows."""

    printed_text: str = Field(examples=["300家能源審計"])
    round: int = Field(description="How many times it was submitted.", examples=[1])
    submission: str | None = Field(
        description="null as well for whom it is not: units that only contribute.",
        examples=["2022年度目标已完成，佐证材料附后。"],
    )
    without_shares: str | None = Field(
        description="Why it was submitted before every share was accepted.", examples=[None]
    )
    submitted_at: datetime | None = Field(examples=["2022-07-01T02:00:00Z"])
    submitted_by: PersonName | None
    accepted_at: datetime | None = Field(examples=[None])
    indicators: list[Measure]
    figures: list[FigureView]
    evidence: list[EvidenceView]
    shares: list[ShareBrief] = Field(description="Those that the caller sees, sub-units' included.")
    missing_units: list[str] | None = Field(
        description="缺: whose shares are not accepted yet; null for units that only contribute.",
        examples=[["崇明区机管局", "金山区机管局"]],
    )
    criteria: CriteriaView | None = Field(description="Of a judged milestone, once they are drafted.")
    approval: ApprovalView | None = Field(description="The latest one.")
    due_moves: list[DueMoveView]
    target_moves: list[TargetMoveView] = Field(description="Of its indicators, oldest first.")


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
    return {"task": task(row), **{name: row._mapping[name] for name in (*OWN, "due_awaits_event")}}


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
    """One milestone with all of its page that the caller may see."""
    bound = visibility.bound(caller.person_id, now)
    names = [*OWN, *MORE, "submitted_by"]
    statement = visibility.milestones(*(getattr(Milestone, name) for name in names), *TASK, _submitter())
    row = tx.execute(statement.where(Milestone.id == id), bound).one_or_none()
    if row is None:
        raise NotFound(kind="milestone")
    response.headers["ETag"] = f'"{row.version}"'
    standing = load_milestones(tx, [id], caller.person_id, now)[id]
    first = originals(tx, standing.task.id, (indicator.id for indicator in standing.indicators))
    own = Approval.milestone_id == id, Approval.purpose == Purpose.ACCEPTANCE
    latest = select(Approval.id).where(*own).order_by(Approval.id.desc()).limit(1)
    return MilestoneView(
        **_row(row), **{name: row._mapping[name] for name in MORE}, **_told(standing),
        submitted_by=person(row.submitted_by, row.submitter),
        indicators=[_measure(standing, indicator, first) for indicator in standing.indicators],
        figures=read_figures(tx, bound, ProgressEntry.milestone_id == id),
        evidence=read_evidence(tx, bound, Evidence.milestone_id == id),
        shares=read_shares(tx, standing, caller.person_id, now),
        criteria=read_criteria(tx, bound, Criteria.milestone_id == id),
        approval=read_approval(tx, bound, Approval.id == latest.scalar_subquery()),
        due_moves=read_moves(tx, and_(DueMove.milestone_id == id, DueMove.share_id.is_(None))),
        target_moves=read_target_moves(tx, Indicator.milestone_id == id),
    )  # fmt: skip


def _told(standing: MilestoneStanding) -> dict[str, Any]:
    """What only those read who see every unit's work: the lead's words name other units."""
    if not standing.reads_whole:
        return {"submission": None, "without_shares": None, "missing_units": None}
    return {
        "submission": standing.submission, "without_shares": standing.without_shares,
        "missing_units": list(standing.missing_units),
    }  # fmt: skip


def _measure(
    standing: MilestoneStanding, indicator: IndicatorFact, first: Mapping[int, Decimal | None]
) -> Measure:
    found = value(indicator.card, reported_tally(standing, indicator))
    reported = None if found is None else plain(shown(found, indicator.card.digits))
    return measure(indicator, first).model_copy(update={"reported": reported})


def _submitter() -> Any:
    name = select(Person.name).where(Person.id == Milestone.submitted_by)
    return name.correlate(Milestone).scalar_subquery().label("submitter")
