"""Criteria 验收要点: a list, and one with its points, the evidence tied to each, and the accepter's marks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field
from sqlalchemy import Connection, select

from api.actions import Id
from api.callers import SignedIn
from api.errors import refusals
from api.names import person, person_name, task, task_columns
from api.paging import Number, Order, Page, Paging, fetch
from api.transactions import Look, Now
from api.views import PersonName, TaskName, Version
from models import Criteria, Criterion, CriterionEvidence, Evidence
from models.states import CriteriaState
from workflow import visibility
from workflow.errors import NotFound

router = APIRouter(tags=["criteria"])
ORDER = Order(Criteria.id, {})
OWN = ("id", "milestone_id", "state", "drafted_at", "approved_at", "version")
COLUMNS = (
    *(getattr(Criteria, name) for name in OWN), Criteria.drafted_by, Criteria.approved_by,
    *task_columns(Criteria.task_id, Criteria), person_name(Criteria.drafted_by, Criteria).label("drafter"),
    person_name(Criteria.approved_by, Criteria).label("approver"), visibility.whole(Criteria.task_id).label("whole"),
)  # fmt: skip
POINTS = select(Criterion.__table__, person_name(Criterion.marked_by, Criterion)).order_by(Criterion.ordinal)


class PointView(BaseModel):
    """One of the points by which a judged milestone is accepted."""

    id: int = Field(examples=[3])
    ordinal: int = Field(examples=[1])
    text: str = Field(examples=["已印发管理制度"])
    evidence: list[int] = Field(
        description="Ids of what is tied to it, as far as the caller sees it.", examples=[[5]]
    )
    mark: str | None = Field(description="met, partly or not_met, by the accepter.", examples=["met"])
    note: str | None = Field(description="null for units that only contribute.", examples=[None])
    marked_at: datetime | None = Field(examples=[None])
    marked_by: PersonName | None


class CriteriaRow(BaseModel):
    """Criteria 验收要点 in a list."""

    id: int = Field(examples=[2])
    task: TaskName
    milestone_id: int = Field(examples=[7])
    state: str = Field(examples=["approved"])
    drafted_at: datetime = Field(examples=["2022-02-14T02:00:00Z"])
    drafted_by: PersonName
    approved_at: datetime | None = Field(examples=["2022-02-16T02:00:00Z"])
    approved_by: PersonName | None
    version: Version


class CriteriaView(CriteriaRow):
    """Criteria with their points, what is tied to each, and how it was found."""

    points: list[PointView]


class CriteriaFilter(BaseModel):
    """Which criteria of those the caller sees."""

    task: Number | None = None
    milestone: Number | None = None
    state: list[CriteriaState] = Field(default_factory=list, description="Any of these.")


CONDITIONS: dict[str, Any] = {
    "task": lambda v: Criteria.task_id == v,
    "milestone": lambda v: Criteria.milestone_id == v,
    "state": lambda v: Criteria.state.in_(v),
}


@router.get("/criteria", operation_id="list_criteria", responses=refusals(401, 422))
def list_criteria(
    caller: SignedIn, tx: Look, now: Now, page: Paging, wanted: Annotated[CriteriaFilter, Query()]
) -> Page[CriteriaRow]:
    """The criteria of milestones that the caller sees."""
    given = wanted.model_dump(exclude_defaults=True)
    statement = visibility.criteria(*COLUMNS).where(
        *(CONDITIONS[name](value) for name, value in given.items())
    )
    found = fetch(tx, statement, ORDER, page, visibility.bound(caller.person_id, now), _row)
    return Page[CriteriaRow].model_validate(found)


@router.get("/criteria/{id}", operation_id="get_criteria", responses=refusals(401, 404))
def get_criteria(id: Id, caller: SignedIn, tx: Look, now: Now, response: Response) -> CriteriaView:
    found = read_criteria(tx, visibility.bound(caller.person_id, now), Criteria.id == id)
    if found is None:
        raise NotFound(kind="criteria")
    response.headers["ETag"] = f'"{found.version}"'
    return found


def read_criteria(tx: Connection, bound: Mapping[str, Any], where: Any) -> CriteriaView | None:
    """The one set of criteria that meets `where`, if there is one and the person sees it."""
    row = tx.execute(visibility.criteria(*COLUMNS).where(where), bound).one_or_none()
    return None if row is None else CriteriaView(**_row(row), points=_points(tx, bound, row))


def _row(row: Any) -> dict[str, Any]:
    return {
        **{name: row._mapping[name] for name in OWN}, "task": task(row),
        "drafted_by": person(row.drafted_by, row.drafter), "approved_by": person(row.approved_by, row.approver),
    }  # fmt: skip


def _points(tx: Connection, bound: Mapping[str, Any], of: Any) -> list[PointView]:
    """The points in order; a note may name other units, so those that only contribute do not read it."""
    rows = tx.execute(POINTS.where(Criterion.criteria_id == of.id)).all()
    tied = _tied(tx, bound, [row.id for row in rows])
    return [
        PointView(
            id=row.id, ordinal=row.ordinal, text=row.text, evidence=tied[row.id], mark=row.mark,
            note=row.mark_note if of.whole else None,
            marked_at=row.marked_at, marked_by=person(row.marked_by, row.person_name),
        )
        for row in rows
    ]  # fmt: skip


def _tied(tx: Connection, bound: Mapping[str, Any], points: Sequence[int]) -> Mapping[int, list[int]]:
    """By point the evidence tied to it that the person sees: a contributor is not shown another unit's."""
    tied = CriterionEvidence.__table__.c
    statement = (
        select(tied.criterion_id, tied.evidence_id)
        .where(tied.criterion_id.in_(points), tied.evidence_id.in_(visibility.evidence(Evidence.id)))
        .order_by(tied.evidence_id)
    )
    found: dict[int, list[int]] = defaultdict(list)
    for row in tx.execute(statement, bound):
        found[row.criterion_id].append(row.evidence_id)
    return found
