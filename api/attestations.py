"""Attestations: whether what a maintained milestone reached still held, period by period."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from api.actions import Id
from api.callers import SignedIn
from api.errors import refusals
from api.names import person, person_name, task, task_columns, unit, unit_name
from api.paging import Number, Order, Page, Paging, fetch
from api.transactions import Look, Now
from api.views import PersonName, TaskName, UnitName, Version
from models import Attestation
from models.states import AttestationState
from workflow import visibility
from workflow.errors import NotFound

router = APIRouter(tags=["attestations"])
ORDER = Order(Attestation.id, {"due_on": Attestation.due_on, "from_on": Attestation.from_on})
OWN = (
    "id", "milestone_id", "indicator_id", "from_on", "upto_on", "due_on", "state", "text", "found_on", "violation",
    "closed_at", "version",
)  # fmt: skip
COLUMNS = (
    *(getattr(Attestation, name) for name in OWN), Attestation.unit_id, Attestation.closed_by,
    *task_columns(Attestation.task_id, Attestation), unit_name(Attestation.unit_id, Attestation),
    person_name(Attestation.closed_by, Attestation),
)  # fmt: skip


class AttestationView(BaseModel):
    """One later period of what a milestone reached."""

    id: int = Field(examples=[1])
    task: TaskName
    milestone_id: int = Field(examples=[7])
    indicator_id: int = Field(examples=[11])
    unit: UnitName = Field(description="Who attests: the lead unit.")
    from_on: date = Field(examples=["2023-01-01"])
    upto_on: date = Field(examples=["2023-03-31"])
    due_on: date = Field(examples=["2023-04-17"])
    state: str = Field(examples=["attested"])
    text: str | None = Field(
        description="What was attested.", examples=["本季度经检查，未发现使用一次性用品。"]
    )
    found_on: date | None = Field(description="When a violation was found.", examples=[None])
    violation: str | None = Field(description="What was found.", examples=[None])
    closed_at: datetime | None = Field(examples=["2023-04-10T02:00:00Z"])
    closed_by: PersonName | None
    version: Version


class AttestationFilter(BaseModel):
    """Which attestations of those the caller sees."""

    task: Number | None = None
    milestone: Number | None = None
    unit: Number | None = Field(default=None, description="The lead unit.")
    state: list[AttestationState] = Field(default_factory=list, description="Any of these.")
    due_from: date | None = Field(default=None, examples=["2023-01-01"])
    due_to: date | None = Field(default=None, examples=["2023-12-31"])


CONDITIONS: dict[str, Any] = {
    "task": lambda v: Attestation.task_id == v,
    "milestone": lambda v: Attestation.milestone_id == v,
    "unit": lambda v: Attestation.unit_id == v,
    "state": lambda v: Attestation.state.in_(v),
    "due_from": lambda v: Attestation.due_on >= v,
    "due_to": lambda v: Attestation.due_on <= v,
}


@router.get("/attestations", operation_id="list_attestations", responses=refusals(401, 422))
def list_attestations(
    caller: SignedIn, tx: Look, now: Now, page: Paging, wanted: Annotated[AttestationFilter, Query()]
) -> Page[AttestationView]:
    """The attestations on tasks that the caller sees. Orders: id, due_on, from_on."""
    given = wanted.model_dump(exclude_defaults=True)
    statement = visibility.attestations(*COLUMNS).where(
        *(CONDITIONS[name](value) for name, value in given.items())
    )
    found = fetch(tx, statement, ORDER, page, visibility.bound(caller.person_id, now), _view)
    return Page[AttestationView].model_validate(found)


@router.get("/attestations/{id}", operation_id="get_attestation", responses=refusals(401, 404))
def get_attestation(id: Id, caller: SignedIn, tx: Look, now: Now, response: Response) -> AttestationView:
    statement = visibility.attestations(*COLUMNS).where(Attestation.id == id)
    row = tx.execute(statement, visibility.bound(caller.person_id, now)).one_or_none()
    if row is None:
        raise NotFound(kind="attestation")
    response.headers["ETag"] = f'"{row.version}"'
    return _view(row)


def _view(row: Any) -> AttestationView:
    return AttestationView(
        **{name: row._mapping[name] for name in OWN}, task=task(row), unit=unit(row.unit_id, row.unit_name),
        closed_by=person(row.closed_by, row.person_name),
    )  # fmt: skip
