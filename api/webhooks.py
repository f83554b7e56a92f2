"""Webhooks 网络钩子: other programs that are told what happens, signed by the Standard Webhooks specification.

Their lifecycle's actions come with the other lifecycles'; here they are begun, listed, given another secret, and
their deliveries looked at.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from api.actions import PREFIX, Id, IfMatch, seen_version
from api.callers import Caller, SignedIn
from api.errors import refusals
from api.outbox import SENDING, Sending, sending
from api.paging import Order, Page, Paging, fetch
from api.sign_in import NO_STORE
from api.transactions import Look, Now, ServicesHere, Tx
from api.views import Version
from models import Delivery, Webhook
from models.states import WebhookState
from workflow import visibility
from workflow.acts import perform
from workflow.adapters.channels import Refused
from workflow.adapters.channels.guarded import read_target
from workflow.adapters.channels.signatures import secret_of, written
from workflow.adapters.letters import KINDS
from workflow.bootstrap import Services
from workflow.errors import Malformed, Missing, NotFound, NotReady
from workflow.lifecycles.webhook import OVERLAP_HOURS, WEBHOOK, WebhookAmendment
from workflow.webhooks import NewWebhook, begin_webhook, new_salt

router = APIRouter(prefix="/webhooks", tags=["webhooks"])


class WebhookView(BaseModel):
    """A program that is told. Its secret is never shown again."""

    id: int = Field(examples=[1])
    name: str = Field(examples=["市大数据中心"])
    url: str = Field(examples=["https://hooks.example.gov.cn/duban"])
    topics: list[str] = Field(description="Kinds of message; none: every one.", examples=[["card_raised"]])
    state: WebhookState = Field(examples=["active"])
    failing_since: datetime | None = Field(
        description="The first failure since it last answered well.", examples=[None]
    )
    overlap_until: datetime | None = Field(
        description="Until when the secret before signs as well.", examples=[None]
    )
    version: Version


class WebhookBegun(WebhookView):
    """A webhook with its secret, this once."""

    secret: str = Field(examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])


class SecretChange(BaseModel):
    model_config = ConfigDict(extra="forbid")
    overlap_hours: int = Field(
        default=OVERLAP_HOURS, ge=0, le=24 * 14, examples=[24],
        description="So long the secret before signs as well.",
    )  # fmt: skip


COLUMNS = tuple(getattr(Webhook, name) for name in WebhookView.model_fields)


@router.get("", operation_id="list_webhooks", responses=refusals(401, 422))
def list_webhooks(caller: SignedIn, tx: Look, now: Now, page: Paging) -> Page[WebhookView]:
    """All webhooks, for admins of the whole plan; none for others."""
    bound = visibility.bound(caller.person_id, now)
    found = fetch(tx, visibility.webhooks(*COLUMNS), Order(Webhook.id, {}), page, bound, _view)
    return Page[WebhookView].model_validate(found)


@router.post("", operation_id="begin_webhook", status_code=201, responses=refusals(401, 403, 409, 422))
def begin(
    given: NewWebhook, caller: SignedIn, tx: Tx, now: Now, services: ServicesHere, response: Response
) -> WebhookBegun:
    """Begin a webhook. For admins of the whole plan. The secret is in this answer alone, so no Idempotency-Key is
    taken: the answer would be kept."""
    webhook_id = begin_webhook(tx, given, salt := new_salt(), caller.person_id, now)
    refuse_wrong(given.url, given.topics)
    response.headers.update({**NO_STORE, "Location": f"{PREFIX}/webhooks/{webhook_id}"})
    return _begun(tx, webhook_id, salt, caller, now, services)


@router.get("/{id}", operation_id="get_webhook", responses=refusals(401, 404))
def get_webhook(id: Id, caller: SignedIn, tx: Look, now: Now, response: Response) -> WebhookView:
    row = _read(tx, id, caller, now)
    response.headers["ETag"] = f'"{row.version}"'
    return _view(row)


@router.post("/{id}/amend", operation_id="amend_webhook", responses=refusals(401, 403, 404, 409, 412, 422))
def amend(
    id: Id,
    given: WebhookAmendment,
    caller: SignedIn,
    tx: Tx,
    now: Now,
    response: Response,
    if_match: IfMatch = None,
) -> WebhookView:
    """Another name, address or choice of topics; what is not given stays."""
    row = _read(tx, id, caller, now)
    refuse_wrong(given.url or row.url, given.topics or [])
    seen = seen_version(if_match)
    perform(tx, WEBHOOK, id, "amend", caller.person_id, now, details=given, seen=seen)
    return get_webhook(id, caller, tx, now, response)


@router.post("/{id}/rotate", operation_id="rotate_webhook", responses=refusals(401, 403, 404, 409, 412, 422))
def rotate(
    id: Id, given: SecretChange, caller: SignedIn, tx: Tx, now: Now, services: ServicesHere, response: Response,
    if_match: IfMatch = None,
) -> WebhookBegun:  # fmt: skip
    """Another secret, shown in this answer alone; for some hours both sign, so that nothing is refused meanwhile."""
    _read(tx, id, caller, now)
    details = {"salt": (salt := new_salt()), "overlap_hours": given.overlap_hours}
    perform(tx, WEBHOOK, id, "rotate", caller.person_id, now, details=details, seen=seen_version(if_match))
    response.headers.update(NO_STORE)
    return _begun(tx, id, salt, caller, now, services)


@router.get("/{id}/deliveries", operation_id="list_webhook_deliveries", responses=refusals(401, 404, 422))
def list_deliveries(id: Id, caller: SignedIn, tx: Look, now: Now, page: Paging) -> Page[Sending]:
    """What it was sent and how that fared; each is sent once more by `POST /outbox/{id}/actions` `resend`."""
    _read(tx, id, caller, now)
    statement = SENDING.where(Delivery.webhook_id == id)
    return Page[Sending].model_validate(fetch(tx, statement, Order(Delivery.id, {}), page, {}, sending))


def refuse_wrong(url: str, topics: list[str]) -> None:
    """Malformed for an address that may not be posted to by its form, and for kinds of message there are not.

    Where the address leads is asked when it is sent to, for that may change.
    """
    lacks = [
        Missing("known_topic", {"field": "topics", "topic": topic})
        for topic in sorted(set(topics) - set(KINDS))
    ]
    try:
        read_target(url)
    except Refused:
        lacks.append(Missing("webhook_target", {"field": "url"}))
    if lacks:
        raise Malformed(missing=lacks)


def _begun(
    tx: Connection, id: int, salt: str, caller: Caller, now: datetime, services: Services
) -> WebhookBegun:
    key = services.settings.webhook_key
    if key is None:
        raise NotReady(kind="webhook", action="begin", missing=[Missing("webhook_key")])
    secret = written(secret_of(key.get_secret_value(), id, salt))
    return WebhookBegun(**_view(_read(tx, id, caller, now)).model_dump(), secret=secret)


def _read(tx: Connection, id: int, caller: Caller, now: datetime) -> Any:
    bound = visibility.bound(caller.person_id, now)
    row = tx.execute(visibility.webhooks(*COLUMNS).where(Webhook.id == id), bound).one_or_none()
    if row is None:
        raise NotFound(kind="webhook")
    return row


def _view(row: Any) -> WebhookView:
    return WebhookView(**{name: row._mapping[name] for name in WebhookView.model_fields})
