"""Webhook: told what happens, told nothing for a while, given up when it fails for long, over."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from pydantic import Field

from models import Webhook
from models.states import WebhookState as W
from workflow.acts import Act
from workflow.deliveries import stop
from workflow.law import Action, Details, Lifecycle, Reason, Telling, system
from workflow.recipients import ADMINS
from workflow.standings.webhooks import WebhookStanding, load_webhooks
from workflow.webhooks import AN_ADDRESS, WEB, keeps_webhooks

OVERLAP_HOURS = 24
"""So long the secret before signs as well: the receiver takes over the new one meanwhile."""


class WebhookAmendment(Details):
    """What is to be other; the rest stays."""

    name: str | None = Field(default=None, min_length=1, max_length=80, examples=["市大数据中心"])
    url: str | None = Field(default=None, min_length=8, max_length=500, pattern=WEB, examples=[AN_ADDRESS])
    topics: list[str] | None = Field(default=None, max_length=200, examples=[["card_raised"]])


class Rotation(Details):
    """Another secret; `salt` is found by the door."""

    salt: str
    overlap_hours: int = Field(default=OVERLAP_HOURS, ge=0, le=24 * 14, examples=[24])


def admin_of_all(standing: WebhookStanding) -> bool:
    """An admin of the whole plan."""
    return keeps_webhooks(standing.actor)


def amended(act: Act[WebhookStanding]) -> Mapping[str, Any]:
    return {name: value for name, value in act.details.model_dump().items() if value is not None}


def rotated(act: Act[WebhookStanding]) -> Mapping[str, Any]:
    until = act.now + timedelta(hours=act.details.overlap_hours)
    return {"salt": act.details.salt, "salt_before": act.standing.salt, "overlap_until": until}


def as_new(act: Act[WebhookStanding]) -> Mapping[str, Any]:
    return {"failing_since": None}


def stop_sending(act: Act[WebhookStanding]) -> None:
    stop(act.tx, act.subject_id)


def the_admins(topic: str) -> Callable[[Act[WebhookStanding]], Iterator[Telling]]:
    """The admins of the whole plan."""

    def tell(act: Act[WebhookStanding]) -> Iterator[Telling]:
        facts = {"webhook_id": act.subject_id, "item": act.standing.name, "reason": act.reason}
        yield Telling(topic, ADMINS, facts)

    return tell


KEPT = [W.ACTIVE, W.PAUSED, W.DISABLED]

WEBHOOK = Lifecycle(
    "webhook",
    table=Webhook,
    states=W,
    root=("webhook", "id"),
    load=load_webhooks,
    actions=[
        Action("amend", KEPT, may=admin_of_all, takes=WebhookAmendment, sets=amended, own_route=True),
        Action("rotate", KEPT, may=admin_of_all, takes=Rotation, sets=rotated, own_route=True),
        Action("pause", W.ACTIVE, to=W.PAUSED, may=admin_of_all),
        Action("resume", [W.PAUSED, W.DISABLED], to=W.ACTIVE, may=admin_of_all, sets=as_new),
        Action("disable", W.ACTIVE, to=W.DISABLED, may=system, reason=Reason.REQUIRED,
               tells=[the_admins("webhook_disabled")]),
        Action("end", KEPT, to=W.ENDED, may=admin_of_all, reason=Reason.REQUIRED, then=[stop_sending]),
    ],
)  # fmt: skip
