"""Webhooks as data: begun by an admin, noted when they answer or fail, given up when they fail for long."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from pydantic import Field
from sqlalchemy import Connection, select, update

from models import Webhook
from models.states import Role, WebhookState
from workflow.actors import Actor
from workflow.errors import NotPermitted
from workflow.law import Details
from workflow.roots import enter_root
from workflow.standings import actor

KIND = "webhook"
WEB, AN_ADDRESS = r"^https?://[^\s<>\"]+$", "https://hooks.example.gov.cn/duban"


class NewWebhook(Details):
    """Where to post, and what of."""

    name: str = Field(min_length=1, max_length=80, examples=["市大数据中心"])
    url: str = Field(min_length=8, max_length=500, pattern=WEB, examples=[AN_ADDRESS])
    topics: list[str] = Field(
        default_factory=list, max_length=200, description="Kinds of message; none: every one.",
        examples=[["card_raised", "card_lifted"]],
    )  # fmt: skip


def keeps_webhooks(who: Actor) -> bool:
    """An admin of the whole plan: what is posted is about every unit's work."""
    return who.everywhere(Role.ADMIN)


def new_salt() -> str:
    return secrets.token_hex(16)


def begin_webhook(tx: Connection, given: NewWebhook, salt: str, actor_id: int, now: datetime) -> int:
    """A new webhook: its id. Raises NotPermitted."""
    if not keeps_webhooks(actor(tx, actor_id, now)):
        raise NotPermitted(kind=KIND, action="begin")
    values = {**given.model_dump(), "state": WebhookState.ACTIVE, "salt": salt}
    return enter_root(tx, KIND, values, "begin", actor_id, now, details=given.model_dump())


def note_answered(tx: Connection, webhook_id: int) -> None:
    """It took what was sent: whatever failed before is over."""
    failing = (Webhook.id == webhook_id, Webhook.failing_since.is_not(None))
    tx.execute(update(Webhook.__table__).where(*failing).values(failing_since=None))  # type: ignore[arg-type]


def note_failed(tx: Connection, webhook_id: int, now: datetime) -> timedelta:
    """It did not: for how long it has failed by now."""
    first = (Webhook.id == webhook_id, Webhook.failing_since.is_(None))
    tx.execute(update(Webhook.__table__).where(*first).values(failing_since=now))  # type: ignore[arg-type]
    since = tx.execute(select(Webhook.failing_since).where(Webhook.id == webhook_id)).scalar_one()
    return now - (since or now)
