"""Plans: import the published document, look at what was found in it, compare another edition, export."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field
from sqlalchemy import select

from api.actions import PREFIX, Id, etag
from api.bodies import Document
from api.callers import SignedIn
from api.errors import refusals
from api.idempotency import Acting, ActRoute
from api.transactions import Look, Now
from models import Appointment, Finding, Plan, Unit
from workflow import visibility
from workflow.acts import facts
from workflow.adapters.editions import read_edition, to_simplified
from workflow.adapters.plan_sheets import to_xlsx, to_yaml
from workflow.calendar import working_calendar
from workflow.definition_cards import DefinitionCard
from workflow.errors import NotFound
from workflow.lifecycles import PLAN
from workflow.plans import directory_conventions, import_plan
from workflow.reading.difference import compare
from workflow.reading.record import from_record, to_record

router = APIRouter(prefix="/plans", tags=["plans"], route_class=ActRoute)
DOCUMENT = {"requestBody": {"required": True, "description": "The document as published (text).", "content": {
    "text/plain": {"schema": {"type": "string"}, "example": "上海市公共機構綠色低碳循環發展行動方案\n…"}}}}  # fmt: skip
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class PlanView(BaseModel):
    """A plan, without its text."""

    id: int = Field(examples=[1])
    code: str = Field(examples=["shanghai-2022"])
    title: str = Field(examples=["上海市公共机构绿色低碳循环发展行动方案"])
    printed_title: str = Field(examples=["上海市公共機構綠色低碳循環發展行動方案"])
    issuer: str = Field(examples=["上海市公共机构节能工作联席会议办公室"])
    issued_on: date | None = Field(examples=["2022-01-14"])
    state: str = Field(examples=["draft"])
    version: int = Field(examples=[1])
    document_sha256: str
    imported_at: datetime
    work_plan_days: int = Field(
        description="Working days from a task's 签收 to its work plan; 0: none is asked for.", examples=[15]
    )
    reporting: str = Field(
        description="How often tasks report that have no interval of their own.", examples=["monthly"]
    )


class FindingView(BaseModel):
    """A discrepancy or gap with its readings, the lines they stand on, and the ruling."""

    id: int = Field(examples=[7])
    ordinal: int
    sort: str = Field(examples=["discrepancy"])
    task_number: int | None = Field(examples=[17])
    field: str = Field(examples=["quantity"])
    kind: str | None
    body_text: str | None
    body_line: int | None = Field(examples=[96])
    appendix_text: str | None
    appendix_line: int | None = Field(examples=[288])
    state: str = Field(examples=["open"])
    version: int
    ruling: dict[str, Any] | None
    ruled_at: datetime | None
    ruled_by: int | None


class AppointmentView(BaseModel):
    """A unit's proposed place in a task of the draft."""

    task_number: int = Field(examples=[4])
    ordinal: int
    unit_id: int
    unit: str = Field(examples=["市机管局"])
    role: str = Field(examples=["lead"])
    group_id: int | None
    confirmed: bool


class ChangeView(BaseModel):
    """One change that another edition makes."""

    what: str = Field(examples=["milestone"])
    field: str = Field(examples=["2022"])
    before: str | None
    after: str | None
    task: int | None = Field(examples=[17])
    other_task: int | None


class DefinitionView(BaseModel):
    """A definition card 口径 as it was entered for the draft; an indicator's own may have changed since."""

    task: int = Field(examples=[4])
    year: int | None = Field(description="null: the task's goal.", examples=[2022])
    metric: str = Field(examples=["能源审计"])
    card: DefinitionCard = Field(examples=[{"kind": "count", "formula": "当年完成能源审计的公共机构家数"}])


PLAN_COLUMNS = [getattr(Plan, name) for name in PlanView.model_fields]


@router.post("", status_code=201, openapi_extra=DOCUMENT, responses=refusals(401, 403, 409, 413, 422))
def enter(
    code: Annotated[str, Query(pattern=r"^[a-z0-9-]{2,40}$", examples=["shanghai-2022"])],
    caller: SignedIn, document: Document, tx: Acting, now: Now, response: Response,
) -> PlanView:  # fmt: skip
    """Read a published document and enter it as a draft. What cannot be read is answered by line; nothing enters."""
    text, reading = read_edition(document, directory_conventions(tx), working_calendar(tx).is_working)
    plan_id = import_plan(tx, code, reading, text, to_simplified, caller.person_id, now)
    response.headers["Location"] = f"{PREFIX}/plans/{plan_id}"
    response.headers["ETag"] = etag(tx, PLAN, plan_id)
    return PlanView(**tx.execute(select(*PLAN_COLUMNS).where(Plan.id == plan_id)).one()._mapping)


@router.get("/{id}/reading", responses=refusals(401, 404))
def reading(
    id: Id, caller: SignedIn, tx: Look, now: Now,
    script: Annotated[Literal["printed", "simplified"], Query()] = "printed",
) -> dict[str, Any]:  # fmt: skip
    """What was read from the document, with lines and hashes, in the printed script or in Simplified."""
    return dict(_reading(tx, id, caller.person_id, now)[script])


def _reading(tx: Any, id: int, person_id: int, now: datetime) -> dict[str, Any]:
    statement = visibility.plans(Plan.reading).where(Plan.id == id)
    found = tx.execute(statement, visibility.bound(person_id, now)).scalar_one_or_none()
    if found is None:
        raise NotFound(kind="plan")
    return dict(found)


@router.get("/{id}/findings", responses=refusals(401, 404))
def findings(
    id: Id, caller: SignedIn, tx: Look, now: Now,
    sort: Annotated[Literal["discrepancy", "gap"] | None, Query()] = None,
    state: Annotated[Literal["open", "ruled"] | None, Query()] = None,
) -> list[FindingView]:  # fmt: skip
    """Every discrepancy and gap of the document, in its order. One document's, so never paged."""
    columns = [getattr(Finding, name) for name in FindingView.model_fields]
    statement = visibility.findings(*columns).where(Finding.plan_id == id).order_by(Finding.ordinal)
    if sort:
        statement = statement.where(Finding.sort == sort)
    if state:
        statement = statement.where(Finding.state == state)
    return [
        FindingView(**row._mapping) for row in tx.execute(statement, visibility.bound(caller.person_id, now))
    ]


@router.get("/{id}/appointments", responses=refusals(401, 404))
def appointments(id: Id, caller: SignedIn, tx: Look, now: Now) -> list[AppointmentView]:
    """Which unit is to do what in which task; `confirmed` false waits for the office."""
    facts(tx, PLAN, id, caller.person_id, now)
    rows = tx.execute(
        select(Appointment.__table__, Unit.name.label("unit"))
        .join(Unit, Unit.id == Appointment.unit_id)
        .where(Appointment.plan_id == id)
        .order_by(Appointment.task_number, Appointment.ordinal)
    )
    return [
        AppointmentView(**{k: v for k, v in row._mapping.items() if k not in ("id", "plan_id")})
        for row in rows
    ]


@router.get("/{id}/definitions", responses=refusals(401, 404))
def definitions(id: Id, caller: SignedIn, tx: Look, now: Now) -> list[DefinitionView]:
    """The definition cards entered for a plan, by task, year and metric. One plan's, so never paged."""
    statement = visibility.plans(Plan.id, Plan.definitions).where(Plan.id == id)
    found = tx.execute(statement, visibility.bound(caller.person_id, now)).one_or_none()
    if found is None:
        raise NotFound(kind="plan")
    return [DefinitionView.model_validate(kept) for kept in found.definitions or ()]


@router.get("/{id}/export", responses=refusals(401, 404))
def export(
    id: Id, caller: SignedIn, tx: Look, now: Now, to: Annotated[Literal["yaml", "xlsx"], Query()] = "yaml"
) -> Response:
    """The reading as YAML (everything) or XLSX (for the desk)."""
    read = from_record(_reading(tx, id, caller.person_id, now)["printed"])
    data = to_xlsx(read, caller.language) if to == "xlsx" else to_yaml(read).encode()
    headers = {"Content-Disposition": f'attachment; filename="plan-{id}.{to}"'}
    return Response(data, media_type=SHEET if to == "xlsx" else "application/yaml", headers=headers)


@router.post("/{id}/comparison", openapi_extra=DOCUMENT, responses=refusals(401, 404, 413, 422))
def comparison(id: Id, caller: SignedIn, document: Document, tx: Look, now: Now) -> list[ChangeView]:
    """What another edition of the document would change. Nothing is written."""
    old = from_record(_reading(tx, id, caller.person_id, now)["printed"])
    _, new = read_edition(document, directory_conventions(tx), working_calendar(tx).is_working)
    return [ChangeView(**to_record(change)) for change in compare(old, new)]
