"""One shape for every lifecycle: what may I do now, and do it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Path, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, select

from api.callers import SignedIn
from api.errors import Lack, lack, refusals
from api.idempotency import Acting, ActRoute
from api.transactions import Look, Now
from models import Approval, AuditEvent
from models.states import ApprovalState
from workflow import visibility
from workflow.acts import Event, facts, lock, perform
from workflow.adapters.editions import to_simplified
from workflow.errors import Malformed, Missing, NotFound, Stale, UnknownAction
from workflow.law import LAWS, Action, Details, Lifecycle, Reason, system
from workflow.sentences import sentence

PREFIX = "/api/v1"
OWN_ROUTES = {
    ("milestone", "attach"): "evidence", ("share", "attach"): "evidence", ("person", "hand_over"): "hand-over",
    ("webhook", "amend"): "amend", ("webhook", "rotate"): "rotate",
}  # fmt: skip
"""Actions with a route of their own, by its last step: they take more than JSON, or are many acts."""


class ActionRequest(BaseModel):
    """An action, and what it takes."""

    model_config = ConfigDict(extra="forbid")
    action: str = Field(min_length=1, max_length=60, examples=["acknowledge"])
    reason: str | None = Field(default=None, max_length=2000, examples=["材料缺少盖章页"])
    details: dict[str, Any] | None = None


class Subject(BaseModel):
    """Where a thing stands after an act."""

    kind: str = Field(examples=["task"])
    id: int = Field(examples=[4])
    state: str = Field(examples=["acknowledged"])
    version: int = Field(examples=[2])


class Recorded(BaseModel):
    """An audit event: `seq` is its place in its root's chain."""

    root_kind: str = Field(examples=["task"])
    root_id: int = Field(examples=[4])
    seq: int = Field(examples=[1])
    subject_kind: str = Field(examples=["task"])
    subject_id: int = Field(examples=[4])
    action: str = Field(examples=["acknowledge"])
    from_state: str | None = Field(examples=["assigned"])
    to_state: str | None = Field(examples=["acknowledged"])
    at: datetime = Field(examples=["2022-01-14T01:00:00Z"])


class Done(BaseModel):
    """What an act did: its event, the events that followed from it at once, and where the subject stands."""

    event: Recorded
    followed: list[Recorded] = Field(examples=[[]])
    subject: Subject


class OpenAction(BaseModel):
    """An action that is open to the caller from here."""

    action: str = Field(examples=["acknowledge"])
    label: str = Field(examples=["签收"])
    to: str | None = Field(
        description="The state that follows; null keeps the state.", examples=["acknowledged"]
    )
    ready: bool = Field(description="Whether nothing is missing.", examples=[True])
    missing: list[Lack] = Field(examples=[[]])
    reason: Reason = Field(examples=["optional"])
    details_schema: dict[str, Any] | None = Field(description="JSON schema of `details`.", examples=[None])
    href: str = Field(description="Where to POST it.", examples=["/api/v1/tasks/4/actions"])


class OpenActions(BaseModel):
    subject: Subject
    actions: list[OpenAction]


Id = Annotated[int, Path(ge=1, le=2**62, examples=[4])]
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match", max_length=200, description="The `ETag` that was seen, or `*`.", examples=['"1"']
    ),
]


def action_examples(law: Lifecycle[Any]) -> dict[str, Any]:
    """A request for each action that a person may ask for here, made from the examples of its details."""
    return {row.name: {"summary": row.name, "value": _example(row)} for row in askable(law)}


def askable(law: Lifecycle[Any]) -> list[Action[Any]]:
    """The actions that people may ask for by the common door."""
    return [row for row in law.actions.values() if not row.own_route and row.may is not system]


def _example(row: Action[Any]) -> dict[str, Any]:
    example: dict[str, Any] = {"action": row.name}
    if row.reason is Reason.REQUIRED:
        example["reason"] = "经研究，情况属实。"
    if row.takes is not None:
        example["details"] = example_of(row.takes)
    return example


def example_of(takes: type[Details]) -> dict[str, Any]:
    """One value of a details model, from the examples of its fields."""
    schema = takes.model_json_schema()
    return {
        name: _value(field, schema.get("$defs", {}))
        for name, field in schema["properties"].items()
        if name in schema.get("required", ()) or "examples" in field or field.get("type") == "array"
    }


def _value(field: Mapping[str, Any], defs: Mapping[str, Any]) -> Any:
    """A value that the field's schema takes."""
    match field:
        case {"examples": [first, *_]} | {"enum": [first, *_]} | {"const": first}:
            return first
        case {"$ref": reference}:
            return _value(defs[reference.rsplit("/", 1)[1]], defs)
        case {"anyOf": [first, *_]}:
            return _value(first, defs)
        case {"type": "array", "items": items}:
            return [_value(items, defs)]
        case {"properties": properties}:
            return {name: _value(part, defs) for name, part in properties.items()}
    return {"integer": 1, "number": "1", "boolean": True, "object": {}}.get(field.get("type", ""), "…")


def actions_router(kind: str, noun: str) -> APIRouter:
    """`GET` and `POST /{noun}/{id}/actions` for the lifecycle of that kind."""
    law = LAWS[kind]
    router = APIRouter(prefix=f"/{noun}", tags=[noun], route_class=ActRoute)

    @router.get(
        "/{id}/actions", name=f"{kind}_actions", operation_id=f"{kind}_actions",
        responses=refusals(401, 404),
    )  # fmt: skip
    def actions(id: Id, caller: SignedIn, tx: Look, now: Now, response: Response) -> OpenActions:
        """The actions open to the caller, now, each with all that it still lacks."""
        standing = facts(tx, law, id, caller.person_id, now)
        if not standing.seen:
            raise NotFound(kind=kind)
        response.headers["ETag"] = etag(tx, law, id)
        subject = Subject(kind=kind, id=id, state=standing.state, version=standing.version)
        rows = [_open(law, noun, id, row, lacks, caller.language) for row, lacks in law.open_to(standing)]
        return OpenActions(subject=subject, actions=rows)

    @router.post(
        "/{id}/actions", name=f"act_on_{kind}", operation_id=f"act_on_{kind}",
        responses=refusals(401, 403, 404, 409, 412, 422, 503),
    )  # fmt: skip
    def act(
        id: Id, caller: SignedIn, tx: Acting, now: Now, response: Response,
        body: ActionRequest = Body(openapi_examples=action_examples(law)), if_match: IfMatch = None,
    ) -> Done:  # fmt: skip
        """Do one of the actions. Everything that stands in the way is named at once."""
        if law.action(body.action).own_route:
            known = ", ".join(sorted(row.name for row in askable(law)))
            raise UnknownAction(kind=kind, action=body.action, known=known)
        seen = matched(tx, law, id, if_match, caller.person_id, now)
        event = perform(
            tx, law, id, body.action, caller.person_id, now, reason=body.reason, details=body.details, seen=seen,
            simplify=to_simplified,
        )  # fmt: skip
        response.headers["ETag"] = etag(tx, law, id)
        return done(tx, law, event)

    return router


def _open(
    law: Lifecycle[Any], noun: str, id: int, row: Action[Any], lacks: list[Missing], language: str
) -> OpenAction:
    own = OWN_ROUTES.get((law.kind, row.name), "actions")
    return OpenAction(
        action=row.name,
        label=sentence(f"{law.kind}.{row.name}", language, {}) or row.name,
        to=row.to,
        ready=not lacks,
        missing=[lack(item, language) for item in lacks],
        reason=row.reason,
        details_schema=row.takes.model_json_schema() if row.takes and not row.own_route else None,
        href=f"{PREFIX}/{noun}/{id}/{own}",
    )


def done(tx: Connection, law: Lifecycle[Any], event: Event) -> Done:
    """The answer to an act, read in its own transaction."""
    columns = [getattr(AuditEvent, name) for name in Recorded.model_fields]
    statement = select(*columns).where(
        AuditEvent.root_kind == event.root_kind,
        AuditEvent.root_id == event.root_id,
        AuditEvent.seq > event.seq,
    )
    row = tx.execute(
        select(law.table.c.state, law.table.c.version).where(law.table.c.id == event.subject_id)
    ).one()
    return Done(
        event=Recorded(**{name: getattr(event, name) for name in Recorded.model_fields}),
        followed=[Recorded(**later._mapping) for later in tx.execute(statement.order_by(AuditEvent.seq))],
        subject=Subject(kind=law.kind, id=event.subject_id, state=row.state, version=row.version),
    )


def etag(tx: Connection, law: Lifecycle[Any], id: int) -> str:
    """The ETag of a thing that exists: its version, or what an approval's signers sign."""
    if law.kind == "approval":
        row = tx.execute(
            select(Approval.digest, Approval.round, Approval.state).where(Approval.id == id)
        ).one()
        return approval_etag(row)
    version = tx.execute(select(law.table.c.version).where(law.table.c.id == id)).scalar_one()
    return f'"{version}"'


def approval_etag(row: Any) -> str:
    """Digest and round, so that signers at the same time do not trip over each other; and that it is over."""
    over = "" if row.state == ApprovalState.OPEN else f".{row.state}"
    return f'"{row.digest}.{row.round}{over}"'


def matched(
    tx: Connection, law: Lifecycle[Any], id: int, if_match: str | None, person_id: int, now: datetime
) -> int | None:
    """The version that If-Match names, for `perform`; an approval is compared here, under the root's lock.

    Raises Malformed for what is no ETag of ours, Stale for an approval that has changed. What the person may not
    see is left to `perform` to refuse.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    if law.kind == "approval":
        lock(tx, law, id)
        statement = visibility.approvals(Approval.digest, Approval.round, Approval.state).where(
            Approval.id == id
        )
        row = tx.execute(statement, visibility.bound(person_id, now)).one_or_none()
        if row is not None and if_match.strip() != approval_etag(row):
            raise Stale(kind=law.kind, seen=if_match, version=approval_etag(row))
        return None
    return seen_version(if_match)


def seen_version(if_match: str | None) -> int | None:
    """The version that If-Match names; Malformed for what is no ETag of ours."""
    if if_match is None or if_match.strip() == "*":
        return None
    version = re.fullmatch(r'\s*(?:W/)?"(\d{1,18})"\s*', if_match)
    if version is None:
        raise Malformed(missing=[Missing("etag", {"field": "If-Match"})])
    return int(version[1])
