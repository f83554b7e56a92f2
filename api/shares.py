"""Shares 分解: a list, and one with its targets, figures, evidence, sub-shares and the moves of its due date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field
from sqlalchemy import Connection, select

from api.actions import Id
from api.callers import SignedIn
from api.errors import refusals
from api.evidence import read_evidence
from api.figures import read_figures, read_moves
from api.names import person, task, task_columns, unit, unit_name
from api.paging import Number, Order, Page, Paging, fetch
from api.tasks import measure
from api.transactions import Look, Now
from api.views import (
    DueMoveView,
    EvidenceView,
    FigureView,
    Light,
    Measure,
    PersonName,
    TaskName,
    UnitName,
    Version,
)
from models import DueMove, Evidence, Milestone, Person, ProgressEntry, Share
from models.states import ShareState
from workflow import visibility
from workflow.errors import NotFound
from workflow.facts import IndicatorFact, MilestoneStanding, ShareFact
from workflow.standings import load_milestones

router = APIRouter(tags=["shares"])
ORDER = Order(Share.id, {"due_on": Share.due_on, "unit_id": Share.unit_id})
OWN = ("id", "milestone_id", "parent_id", "text", "state", "light", "due_on", "due_provisional", "version")
MORE = (
    "round", "submission", "short_because", "submitted_at", "accepted_at", "digest", "issued_at",
)  # fmt: skip
PEOPLE = ("submitted_by", "accepted_by", "issued_by")
YEAR = select(Milestone.year).where(Milestone.id == Share.milestone_id).correlate(Share).scalar_subquery()
ROW = (
    *(getattr(Share, name) for name in OWN), Share.unit_id, YEAR.label("year"), unit_name(Share.unit_id, Share),
    *task_columns(Share.task_id, Share),
)  # fmt: skip


class ShareRow(BaseModel):
    """A share in a list."""

    id: int = Field(examples=[12])
    task: TaskName
    milestone_id: int = Field(examples=[7])
    year: int = Field(examples=[2022])
    parent_id: int | None = Field(description="Of a sub-unit's: the share it is a part of.", examples=[None])
    unit: UnitName
    text: str = Field(examples=["完成20家能源审计"])
    state: str = Field(examples=["in_progress"])
    light: Light
    due_on: date = Field(examples=["2022-11-30"])
    due_provisional: bool = Field(examples=[False])
    version: Version


class ShareBrief(BaseModel):
    """A share beside the others of its milestone."""

    id: int = Field(examples=[12])
    parent_id: int | None = Field(examples=[None])
    unit: UnitName
    state: str = Field(examples=["in_progress"])
    light: Light
    due_on: date = Field(examples=["2022-11-30"])
    due_provisional: bool = Field(examples=[False])
    version: Version
    targets: list[Measure] = Field(description="`id` is the indicator's.")


class ShareView(ShareRow):
    """A share with all that its page shows."""

    round: int = Field(description="How many times it was handed in.", examples=[1])
    submission: str | None = Field(examples=["本区20家能源审计已完成，清单附后。"])
    short_because: str | None = Field(description="Why it falls short of its target.", examples=[None])
    submitted_at: datetime | None = Field(examples=["2022-11-25T02:00:00Z"])
    submitted_by: PersonName | None
    accepted_at: datetime | None = Field(examples=[None])
    accepted_by: PersonName | None
    digest: str | None = Field(description="SHA-256 over what was accepted.", examples=[None])
    issued_at: datetime = Field(examples=["2022-03-01T02:00:00Z"])
    issued_by: PersonName | None
    targets: list[Measure] = Field(description="`id` is the indicator's; `reached` is what it has reported.")
    figures: list[FigureView]
    evidence: list[EvidenceView]
    sub_shares: list[ShareBrief]
    due_moves: list[DueMoveView]


class ShareFilter(BaseModel):
    """Which shares of those the caller sees."""

    task: Number | None = Field(default=None, description="Task id.")
    milestone: Number | None = Field(default=None, description="Milestone id.")
    unit: Number | None = Field(default=None, description="Unit id.")
    parent: Number | None = Field(default=None, description="Sub-shares of that share.")
    state: list[ShareState] = Field(default_factory=list, description="Any of these.")
    light: list[Literal["green", "blue", "yellow", "red"]] = Field(
        default_factory=list, description="Any of these."
    )


CONDITIONS: dict[str, Any] = {
    "task": lambda v: Share.task_id == v,
    "milestone": lambda v: Share.milestone_id == v,
    "unit": lambda v: Share.unit_id == v,
    "parent": lambda v: Share.parent_id == v,
    "state": lambda v: Share.state.in_(v),
    "light": lambda v: Share.light.in_(v),
}


def _row(row: Any) -> dict[str, Any]:
    own = {name: row._mapping[name] for name in OWN}
    return {**own, "year": row.year, "task": task(row), "unit": unit(row.unit_id, row.unit_name)}


@router.get("/shares", operation_id="list_shares", responses=refusals(401, 422))
def list_shares(
    caller: SignedIn, tx: Look, now: Now, page: Paging, wanted: Annotated[ShareFilter, Query()]
) -> Page[ShareRow]:
    """Shares that the caller sees: the own unit's, those it issued, or all of a task. Orders: id, due_on, unit_id."""
    given = wanted.model_dump(exclude_defaults=True)
    statement = visibility.shares(*ROW).where(*(CONDITIONS[name](value) for name, value in given.items()))
    found = fetch(tx, statement, ORDER, page, visibility.bound(caller.person_id, now), _row)
    return Page[ShareRow].model_validate(found)


@router.get("/shares/{id}", operation_id="get_share", responses=refusals(401, 404))
def get_share(id: Id, caller: SignedIn, tx: Look, now: Now, response: Response) -> ShareView:
    """One share with all that its page shows."""
    bound = visibility.bound(caller.person_id, now)
    people = [column for name in PEOPLE for column in (getattr(Share, name), _name_of(name))]
    statement = visibility.shares(*ROW, *(getattr(Share, name) for name in MORE), *people).where(
        Share.id == id
    )
    row = tx.execute(statement, bound).one_or_none()
    if row is None:
        raise NotFound(kind="share")
    response.headers["ETag"] = f'"{row.version}"'
    milestone = load_milestones(tx, [row.milestone_id], caller.person_id, now)[row.milestone_id]
    own = next(share for share in milestone.shares if share.id == id)
    return ShareView(
        **_row(row), **{name: row._mapping[name] for name in MORE},
        **{name: person(row._mapping[name], row._mapping[f"{name}_name"]) for name in PEOPLE},
        targets=_targets(own, milestone.indicators), figures=read_figures(tx, bound, ProgressEntry.share_id == id),
        evidence=read_evidence(tx, bound, Evidence.share_id == id),
        sub_shares=brief_shares(milestone, [share for share in milestone.shares if share.parent_id == id]),
        due_moves=read_moves(tx, DueMove.share_id == id),
    )  # fmt: skip


def _name_of(name: str) -> Any:
    found = select(Person.name).where(Person.id == getattr(Share, name))
    return found.correlate(Share).scalar_subquery().label(f"{name}_name")


def read_shares(
    tx: Connection, standing: MilestoneStanding, person_id: int, now: datetime
) -> list[ShareBrief]:
    """Those of a milestone's shares that the person sees, in the order in which they were issued."""
    seen = visibility.shares(Share.id).where(Share.milestone_id == standing.id)
    ids = set(tx.execute(seen, visibility.bound(person_id, now)).scalars())
    return brief_shares(standing, [share for share in standing.shares if share.id in ids])


def brief_shares(standing: MilestoneStanding, shares: Sequence[ShareFact]) -> list[ShareBrief]:
    return [
        ShareBrief(
            id=share.id, parent_id=share.parent_id, unit=unit(share.unit_id, share.unit_name), state=share.state,
            light=share.light, due_on=share.due_on, due_provisional=share.due_provisional, version=share.version,
            targets=_targets(share, standing.indicators),
        )
        for share in shares
    ]  # fmt: skip


def _targets(share: ShareFact, indicators: Sequence[IndicatorFact]) -> list[Measure]:
    """A share's targets beside what it has reported, in the order of the milestone's indicators."""
    found = [(indicator, share.target(indicator.id)) for indicator in indicators]
    return [
        measure(replace(indicator, quantity=t.quantity, reached=t.reached, reached_base=t.reached_base))
        for indicator, t in found
        if t is not None
    ]
