"""What keeps the house in view: health, readiness, jobs, the audit chain verified."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, NoResultFound

from api.callers import SignedIn
from api.errors import Unavailable, refusals
from api.idempotency import ActRoute
from api.paging import Order, Page, Paging, fetch
from api.transactions import Look, Now, ServicesHere
from models import ScheduleRun
from workflow import audit, visibility
from workflow.approvals import proofs
from workflow.errors import NotPermitted
from workflow.standings import actor

health = APIRouter(tags=["house"])
router = APIRouter(tags=["house"], route_class=ActRoute)


class Alive(BaseModel):
    status: Literal["ok"] = "ok"


@health.get("/health", operation_id="health")
def show_health() -> Alive:
    """The process answers."""
    return Alive()


@health.get("/ready", operation_id="ready", responses=refusals(503))
def show_readiness(services: ServicesHere) -> Alive:
    """The database answers, and has been migrated."""
    try:
        with services.reading() as tx:
            tx.execute(text("SELECT version_num FROM alembic_version")).one()
    except (DBAPIError, NoResultFound) as error:
        raise Unavailable from error
    return Alive()


class Break(BaseModel):
    """The first place where a chain does not hold."""

    root_kind: str = Field(examples=["task"])
    root_id: int = Field(examples=[4])
    seq: int = Field(examples=[17])
    what: str = Field(
        description="A field, `hash`, `sequence`, `text`, `unreadable`, `head` or `root`.", examples=["hash"]
    )


class UnprovedApproval(BaseModel):
    """The first approval that does not hold."""

    approval_id: int = Field(examples=[12])
    what: str = Field(
        description="`signed_facts` or `opening` (not what was submitted), `decision` (bears another digest), "
        "`stored` (what was approved is not what is stored).",
        examples=["decision"],
    )


class Verified(BaseModel):
    """The chain and the approvals as they were found."""

    sound: bool = Field(examples=[True])
    events: int = Field(description="Events hashed again.", examples=[1834])
    broken: Break | None = Field(examples=[None])
    approvals: int = Field(description="Approvals held against what is stored.", examples=[61])
    unproved: UnprovedApproval | None = Field(examples=[None])


def require(allowed: bool, action: str) -> None:
    if not allowed:
        raise NotPermitted(kind="house", action=action)


@router.get("/audit/verify", operation_id="verify_audit", responses=refusals(401, 403))
def verify_audit(caller: SignedIn, tx: Look, now: Now) -> Verified:
    """Hash every event again, hold each chain against its head, and what each approval was signed over against what is
    stored. For auditors, supervisors and admins."""
    require(visibility.audits(actor(tx, caller.person_id, now)), "verify")
    events, broken = audit.verify(tx)
    found = None if broken is None else Break(
        root_kind=broken.root_kind, root_id=broken.root_id, seq=broken.seq, what=broken.what
    )  # fmt: skip
    approvals, fault = proofs.verify(tx)
    unproved = UnprovedApproval(approval_id=fault.approval_id, what=fault.what) if fault else None
    return Verified(
        sound=broken is None and fault is None,
        events=events,
        broken=found,
        approvals=approvals,
        unproved=unproved,
    )


class Run(BaseModel):
    """One tick of one job."""

    id: int = Field(examples=[12])
    job: str = Field(examples=["scan"])
    due_at: datetime = Field(examples=["2022-06-01T22:00:00Z"])
    started_at: datetime = Field(examples=["2022-06-01T22:00:01Z"])
    finished_at: datetime | None = Field(examples=["2022-06-01T22:00:02Z"])
    leased_until: datetime = Field(examples=["2022-06-01T22:10:01Z"])
    outcome: dict[str, Any] | None = Field(examples=[{"reminders": 3, "cards": 0}])
    error: str | None = Field(examples=[None])


@router.get("/jobs", operation_id="list_jobs", responses=refusals(401, 403, 422))
def list_jobs(
    caller: SignedIn, tx: Look, now: Now, page: Paging,
    job: Annotated[str | None, Query(max_length=60)] = None,
    unfinished: Annotated[bool, Query(description="Only those under way or failed.")] = False,
) -> Page[Run]:  # fmt: skip
    """Every tick of every job; `sort=-id` for the latest first. For supervisors and admins."""
    require(visibility.keeps_house(actor(tx, caller.person_id, now)), "look")
    statement = select(ScheduleRun.__table__)
    if job is not None:
        statement = statement.where(ScheduleRun.job == job)
    if unfinished:
        statement = statement.where(ScheduleRun.finished_at.is_(None))
    order = Order(ScheduleRun.id, {"job": ScheduleRun.job})
    found = fetch(tx, statement, order, page, {}, lambda row: Run(**_named(row, Run)))
    return Page[Run].model_validate(found)


def _named(row: Any, view: type[BaseModel]) -> dict[str, Any]:
    return {name: row._mapping[name] for name in view.model_fields}
