"""What keeps the house in view: health, readiness, jobs, mail on its way, the audit chain verified."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DBAPIError, NoResultFound

from api.actions import PREFIX, Id
from api.callers import Caller, SignedIn
from api.errors import Unavailable, refusals
from api.idempotency import Acting, ActRoute
from api.names import person
from api.paging import Order, Page, Paging, fetch
from api.transactions import Look, Now, ServicesHere
from api.views import PersonName
from models import Delivery, OutboxRow, Person, ScheduleRun
from workflow import audit, outbox, visibility
from workflow.approvals import proofs
from workflow.errors import NotFound, NotPermitted, UnknownAction, WrongState
from workflow.sentences import sentence
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


def _require(allowed: bool, action: str) -> None:
    if not allowed:
        raise NotPermitted(kind="house", action=action)


@router.get("/audit/verify", operation_id="verify_audit", responses=refusals(401, 403))
def verify_audit(caller: SignedIn, tx: Look, now: Now) -> Verified:
    """Hash every event again, hold each chain against its head, and what each approval was signed over against what is
    stored. For auditors, supervisors and admins."""
    _require(visibility.audits(actor(tx, caller.person_id, now)), "verify")
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
    _require(visibility.keeps_house(actor(tx, caller.person_id, now)), "look")
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


class Sending(BaseModel):
    """One message to one person, on its way."""

    id: int = Field(examples=[3])
    topic: str = Field(examples=["to_sign"])
    person: PersonName
    channel: str = Field(examples=["mail"])
    message_id: str = Field(examples=["task.4.17.21@duban"])
    state: str = Field(description="waiting, sent or parked.", examples=["parked"])
    attempts: int = Field(examples=[8])
    written_at: datetime = Field(examples=["2022-06-01T22:00:01Z"])
    next_at: datetime = Field(examples=["2022-06-02T00:08:01Z"])
    sent_at: datetime | None = Field(examples=[None])
    error: str | None = Field(examples=["550 mailbox unavailable"])


SENDING = (
    select(Delivery.__table__, OutboxRow.topic, OutboxRow.written_at, Person.name.label("person_name"))
    .join(OutboxRow, OutboxRow.id == Delivery.outbox_id)
    .join(Person, Person.id == Delivery.person_id)
)


def _sending(row: Any) -> Sending:
    own = {name: row._mapping[name] for name in Sending.model_fields if name != "person"}
    return Sending(**own, person=person(row.person_id, row.person_name))


def _read_sending(tx: Connection, id: int, caller: Caller, now: datetime) -> Sending:
    _require(visibility.keeps_house(actor(tx, caller.person_id, now)), "look")
    row = tx.execute(SENDING.where(Delivery.id == id)).one_or_none()
    if row is None:
        raise NotFound(kind="delivery")
    return _sending(row)


@router.get("/outbox", operation_id="list_outbox", responses=refusals(401, 403, 422))
def list_outbox(
    caller: SignedIn, tx: Look, now: Now, page: Paging,
    state: Annotated[Literal["waiting", "sent", "parked"] | None, Query()] = None,
) -> Page[Sending]:  # fmt: skip
    """Messages and how they fared; `state=parked` are those given up. For supervisors and admins."""
    _require(visibility.keeps_house(actor(tx, caller.person_id, now)), "look")
    statement = SENDING if state is None else SENDING.where(Delivery.state == state)
    found = fetch(tx, statement, Order(Delivery.id, {}), page, {}, _sending)
    return Page[Sending].model_validate(found)


class RetryRequest(BaseModel):
    """The one action there is on a message."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"action": "retry"}]})
    action: str = Field(max_length=60, examples=["retry"])


class OpenRetry(BaseModel):
    action: str = Field(examples=["retry"])
    label: str = Field(examples=["重发"])
    href: str = Field(examples=["/api/v1/outbox/3/actions"])


@router.get("/outbox/{id}/actions", operation_id="outbox_actions", responses=refusals(401, 403, 404))
def list_retries(id: Id, caller: SignedIn, tx: Look, now: Now) -> list[OpenRetry]:
    """A parked message can be sent again."""
    if _read_sending(tx, id, caller, now).state != "parked":
        return []
    label = sentence("delivery.retry", caller.language, {}) or "retry"
    return [OpenRetry(action="retry", label=label, href=f"{PREFIX}/outbox/{id}/actions")]


@router.post(
    "/outbox/{id}/actions", operation_id="act_on_outbox", responses=refusals(401, 403, 404, 409, 422, 503)
)
def act_on_outbox(id: Id, body: RetryRequest, caller: SignedIn, tx: Acting, now: Now) -> Sending:
    """Take a message that was given up into the queue again."""
    found = _read_sending(tx, id, caller, now)
    if body.action != "retry":
        raise UnknownAction(kind="delivery", action=body.action, known="retry")
    if not outbox.retry(tx, id, now):
        raise WrongState(kind="delivery", action="retry", state=found.state)
    return _read_sending(tx, id, caller, now)
