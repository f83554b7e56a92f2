"""Many approvals decided by one request: each in its own transaction, and a result for each."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from api.actions import askable, matched
from api.bulk import MOST_ITEMS, Bulk, BulkAnswer
from api.callers import SignedIn
from api.errors import refusals
from api.idempotency import Key
from api.paging import Number
from api.transactions import Now, ServicesHere
from workflow.acts import perform
from workflow.adapters.editions import to_simplified
from workflow.errors import UnknownAction
from workflow.lifecycles import APPROVAL

router = APIRouter(tags=["approvals"])


class BulkItem(BaseModel):
    """One approval, and what was seen of it."""

    model_config = ConfigDict(extra="forbid")
    id: Number = Field(examples=[2])
    if_match: str | None = Field(
        default=None, max_length=200, description="Its `etag` as it was seen: another one now is refused.",
        examples=[None],
    )  # fmt: skip


class BulkDecision(BaseModel):
    """One action, done to each of several approvals."""

    model_config = ConfigDict(extra="forbid")
    action: str = Field(min_length=1, max_length=60, examples=["approve"])
    reason: str | None = Field(default=None, max_length=2000, examples=[None])
    details: dict[str, Any] | None = Field(default=None, examples=[{"opinion": "同意。"}])
    items: list[BulkItem] = Field(min_length=1, max_length=MOST_ITEMS)


@router.post("/approvals/bulk", operation_id="act_on_approvals", responses=refusals(401, 422, 503))
def act_on_approvals(
    body: BulkDecision, request: Request, caller: SignedIn, services: ServicesHere, now: Now, key: Key = None
) -> BulkAnswer:
    """Do one action to several approvals, each by itself: what is refused says why, the others stand."""
    if body.action not in (known := sorted(row.name for row in askable(APPROVAL))):
        raise UnknownAction(kind=APPROVAL.kind, action=body.action, known=", ".join(known))

    def act(tx: Connection, item: BulkItem) -> tuple[int, str]:
        matched(tx, APPROVAL, item.id, item.if_match, caller.person_id, now)
        event = perform(
            tx, APPROVAL, item.id, body.action, caller.person_id, now, reason=body.reason, details=body.details,
            simplify=to_simplified,
        )  # fmt: skip
        return item.id, event.to_state or ""

    return Bulk(services, request, caller, now, key, body.model_dump_json(), act).answer(body.items)
