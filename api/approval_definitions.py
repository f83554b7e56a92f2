"""Definitions of approvals 审批流程: entered as YAML or JSON, listed, read, withdrawn; and which one holds where."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from api.actions import PREFIX, Id
from api.callers import Caller, SignedIn
from api.errors import Lack, lack, refusals
from api.idempotency import Acting, ActRoute, raw_body
from api.names import person, person_name
from api.paging import Number, Order, Page, Paging, fetch
from api.transactions import Look, Now
from api.views import PersonName
from models import ApprovalDefinition, Milestone, Task
from models.states import Purpose
from workflow import visibility
from workflow.adapters.approval_files import read_json, read_yaml, write_yaml
from workflow.approvals.choosing import holding
from workflow.approvals.definitions import Definition, Scope
from workflow.approvals.entering import enter_stated, permit, withdraw
from workflow.approvals.remarks import Stated
from workflow.approvals.scopes import spoken
from workflow.errors import Malformed, Missing, NotFound
from workflow.words import say

router = APIRouter(prefix="/approval-definitions", tags=["approvals"], route_class=ActRoute)
EXAMPLE = """\
key: milestone_of_town
purpose: acceptance
holds_for: {plan: shanghai-2022, task: 4}
steps:
  - key: unit_review
    role: reviewer
    of: lead
  - key: countersign # 会签
    role: reviewer
    of: joint
    mode: all
    when_empty: skip
    limit: {days: 7, then: pass}
  - key: accept
    role: supervisor
    of: office
"""
OF_WAIVER: dict[str, Any] = {
    "key": "waiver",
    "purpose": "waiver",
    "steps": [{"key": "decide", "role": "leader", "of": "office"}],
}
BODY = {"$ref": "#/components/schemas/ApprovalDefinitionBody"}
TEXT: dict[str, Any] = {
    "requestBody": {"required": True, "description": "The definition.", "content": {
        "application/yaml": {"schema": {"type": "string"}, "example": EXAMPLE},
        "application/json": {"schema": BODY, "example": OF_WAIVER},
    }}
}  # fmt: skip


class ApprovalDefinitionBody(Definition):
    """Ordered steps of an approval, and for what they hold."""

    model_config = ConfigDict(json_schema_extra={"example": OF_WAIVER})


class ApprovalEditionRow(BaseModel):
    """An edition of a definition in a list."""

    id: int = Field(examples=[1])
    key: str = Field(examples=["milestone"])
    edition: int = Field(description="Counted under its key.", examples=[1])
    purpose: Purpose = Field(examples=["acceptance"])
    holds_for: Scope = Field(examples=[{"plan": "shanghai-2022", "task": 4}])
    steps: list[str] = Field(
        description="Keys, in order.", examples=[["unit_review", "countersign", "accept"]]
    )
    entered_at: datetime | None = Field(examples=["2022-01-14T01:00:00Z"])
    entered_by: PersonName | None = Field(description="null: it ships with Duban.")
    superseded_at: datetime | None = Field(description="null: it is in force.", examples=[None])
    sha256: str = Field(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])


class ApprovalEdition(ApprovalEditionRow):
    """One edition, as it was entered and as it is understood."""

    source: str = Field(
        description="The text as it was entered (YAML), or one that says the same.", examples=[EXAMPLE]
    )
    definition: ApprovalDefinitionBody


class EnteredEdition(ApprovalEdition):
    """An edition in force, and what is doubtful about it."""

    is_new: bool = Field(
        description="false: the edition in force says the same, and nothing changed.", examples=[True]
    )
    warnings: list[Lack] = Field(examples=[[]])


class ChosenEdition(ApprovalEdition):
    """The definition that a subject would get now, and why this one."""

    because: str = Field(examples=["适用范围为任务4：在该用途现行且适用于此的2个流程中范围最小。"])
    others: list[ApprovalEditionRow] = Field(
        description="Those that hold here as well and give way, the narrowest first."
    )


class EditionWithdrawal(BaseModel):
    model_config = ConfigDict(extra="forbid")
    reason: str = Field(min_length=1, max_length=2000, examples=["联席会议第3次会议议定恢复一般流程。"])


OWN = ("id", "key", "edition", "purpose", "entered_at", "superseded_at", "sha256")
COLUMNS = (
    *(getattr(ApprovalDefinition, name) for name in OWN), ApprovalDefinition.body, ApprovalDefinition.source,
    ApprovalDefinition.entered_by, person_name(ApprovalDefinition.entered_by, ApprovalDefinition),
)  # fmt: skip


def _row(row: Any) -> dict[str, Any]:
    body = row.body
    return {
        **{name: row._mapping[name] for name in OWN}, "holds_for": Scope.model_validate(body["holds_for"]),
        "steps": [step["key"] for step in body["steps"]],
        "entered_by": person(row.entered_by, row.person_name),
    }  # fmt: skip


def _whole(row: Any) -> dict[str, Any]:
    definition = ApprovalDefinitionBody.model_validate(row.body)
    return {**_row(row), "source": row.source or write_yaml(definition), "definition": definition}


def _read(tx: Connection, ids: list[int], caller: Caller, now: datetime) -> list[Any]:
    """Rows in the order of their ids as given. NotFound where one is not there."""
    statement = visibility.definitions(*COLUMNS).where(ApprovalDefinition.id.in_(ids))
    rows = {row.id: row for row in tx.execute(statement, visibility.bound(caller.person_id, now))}
    if not set(ids) <= rows.keys():
        raise NotFound(kind="approval_definition")
    return [rows[id] for id in ids]


def stated(
    request: Request, caller: SignedIn, tx: Acting, now: Now, body: Annotated[bytes, Depends(raw_body)]
) -> Stated:
    """What the body states, by its media type; read only for who may enter it."""
    permit(tx, caller.person_id, now, "enter")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return read_json(body) if kind == "application/json" else read_yaml(body)


@router.post(
    "", operation_id="enter_approval_definition", status_code=201, openapi_extra=TEXT,
    responses={200: {"model": EnteredEdition, "description": "The edition in force says the same"},
               **refusals(401, 403, 409, 413, 422, 503)},
)  # fmt: skip
def enter(
    given: Annotated[Stated, Depends(stated)], caller: SignedIn, tx: Acting, now: Now, response: Response
) -> EnteredEdition:
    """Put a definition in force, as a new edition under its key. For supervisors of the office. Every fault is named
    with its line; warnings come with the answer. Approvals that are open keep the edition that they began with."""
    entered, warnings = enter_stated(tx, given, caller.person_id, now)
    response.headers["Location"] = f"{PREFIX}/approval-definitions/{entered.id}"
    response.status_code = 201 if entered.is_new else 200
    told = [lack(each, caller.language) for each in given.tell(warnings)]
    (row,) = _read(tx, [entered.id], caller, now)
    return EnteredEdition(**_whole(row), is_new=entered.is_new, warnings=told)


class DefinitionFilter(BaseModel):
    """Which editions: those in force, unless asked for others too."""

    purpose: Purpose | None = None
    key: str | None = Field(default=None, max_length=40, examples=["milestone"])
    plan: Number | None = Field(default=None, description="Plan id: those for that plan alone.")
    superseded: bool = Field(default=False, description="Also those that are in force no more.")


CONDITIONS: dict[str, Any] = {
    "purpose": lambda v: ApprovalDefinition.purpose == v,
    "key": lambda v: ApprovalDefinition.key == v,
    "plan": lambda v: ApprovalDefinition.plan_id == v,
}


@router.get("", operation_id="list_approval_definitions", responses=refusals(401, 422))
def list_definitions(
    caller: SignedIn, tx: Look, now: Now, page: Paging, wanted: Annotated[DefinitionFilter, Query()]
) -> Page[ApprovalEditionRow]:
    """The definitions in force. Orders: id, key, narrowness (widest first)."""
    given = wanted.model_dump(exclude_none=True, exclude={"superseded"})
    statement = visibility.definitions(*COLUMNS).where(
        *(CONDITIONS[name](value) for name, value in given.items())
    )
    if not wanted.superseded:
        statement = statement.where(ApprovalDefinition.superseded_at.is_(None))
    order = Order(
        ApprovalDefinition.id, {"key": ApprovalDefinition.key, "narrowness": ApprovalDefinition.narrowness}
    )
    found = fetch(tx, statement, order, page, visibility.bound(caller.person_id, now), _row)
    return Page[ApprovalEditionRow].model_validate(found)


class Subject(BaseModel):
    """Of what it is asked: a milestone, or a task as a whole."""

    milestone: Number | None = None
    task: Number | None = None
    purpose: Purpose = Field(default=Purpose.ACCEPTANCE, examples=["extension"])


@router.get("/for", operation_id="get_approval_definition_for", responses=refusals(401, 404, 422))
def get_for(caller: SignedIn, tx: Look, now: Now, of: Annotated[Subject, Query()]) -> ChosenEdition:
    """The definition that a subject would get if it were handed in now, and why this one."""
    bound = visibility.bound(caller.person_id, now)
    task_id = _task_of(tx, of, bound)
    ids = holding(tx, of.purpose, task_id, of.milestone)
    if not ids:
        raise NotFound(kind="approval_definition")
    first, *others = _read(tx, ids, caller, now)
    found = _whole(first)
    because = say(
        "definition.chosen",
        caller.language,
        count=len(ids),
        scope=spoken(found["holds_for"], caller.language),
    )
    return ChosenEdition(**found, because=because, others=[ApprovalEditionRow(**_row(row)) for row in others])


def _task_of(tx: Connection, of: Subject, bound: Mapping[str, Any]) -> int:
    """The subject's task. Malformed unless one of both is given, NotFound where the caller does not see it."""
    if (of.milestone is None) is (of.task is None):
        raise Malformed(missing=[Missing("definition_of_one", {"field": "milestone"})])
    if of.task is not None:
        statement = visibility.tasks(Task.id).where(Task.id == of.task)
    else:
        statement = visibility.milestones(Milestone.task_id).where(Milestone.id == of.milestone)
    found: int | None = tx.execute(statement, dict(bound)).scalar_one_or_none()
    if found is None:
        raise NotFound(kind="task" if of.task is not None else "milestone")
    return found


@router.get("/{id}", operation_id="get_approval_definition", responses=refusals(401, 404))
def get_definition(id: Id, caller: SignedIn, tx: Look, now: Now) -> ApprovalEdition:
    """One edition, in force or not, with its text."""
    (row,) = _read(tx, [id], caller, now)
    return ApprovalEdition(**_whole(row))


@router.post(
    "/{id}/withdrawal", operation_id="withdraw_approval_definition", responses=refusals(401, 403, 404, 409, 422, 503)
)  # fmt: skip
def withdraw_definition(
    id: Id, body: EditionWithdrawal, caller: SignedIn, tx: Acting, now: Now
) -> ApprovalEdition:
    """Take an edition out of force: the next narrowest holds. For supervisors of the office. The last one that holds
    everywhere for its purpose stays. Approvals that are open keep it."""
    withdraw(tx, id, body.reason, caller.person_id, now)
    (row,) = _read(tx, [id], caller, now)
    return ApprovalEdition(**_whole(row))
