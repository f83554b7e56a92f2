"""Webhooks as a channel: what was told as JSON, signed, posted to an address that is checked each time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from models import Webhook
from models.base import instant_text
from workflow.adapters.channels import guarded, signatures
from workflow.adapters.channels.guarded import Network
from workflow.adapters.channels.port import Hook, Parcel, Refused, Unavailable
from workflow.adapters.database import to_json
from workflow.deliveries import Claimed

GONE = 410
SHOWN = (
    "plan_id", "task_id", "task_number", "task_name", "milestone_id", "milestone", "year", "share_id", "unit",
    "due_on", "provisional", "from_on", "upto_on", "period", "rung", "days", "days_late", "colour", "card_id",
    "notice_id", "notice_kind", "number", "reply_on", "outcome", "step", "metric", "item", "work_plan_id",
    "report_id", "attestation_id", "instruction_id", "event_id",
)  # fmt: skip
"""Facts that say what happened to what. Never names of people, and never what somebody wrote."""


class HookGone(Refused):
    """The receiver says that it wants nothing any more (410)."""

    code = "webhook_gone"


class HookMissing(Refused):
    """There is no key in the settings from which the secret follows, or no such webhook."""

    code = "webhook_unsigned"


@dataclass(frozen=True, slots=True)
class Hooks:
    """Posting to webhooks, as a channel. `allowed`: networks that are not public and may be sent to."""

    allowed: Sequence[Network] = ()

    def send(self, parcel: Parcel) -> None:
        """Raises HookMissing, TargetRefused, HookGone, or Unavailable for any answer that is no success."""
        if parcel.hook is None:
            raise HookMissing
        body = payload(parcel.delivery)
        headers = {"Content-Type": "application/json", "User-Agent": "Duban"}
        headers |= signatures.sign(parcel.hook.secrets, parcel.delivery.message_id, parcel.at, body)
        status = guarded.post(parcel.hook.url, body, headers, self.allowed)
        if status == GONE:
            raise HookGone
        if not 200 <= status < 300:
            raise Unavailable(reason="answered", detail=f"HTTP {status}")


def open_hooks(tx: Connection, batch: Sequence[Claimed], key: str | None, now: datetime) -> dict[int, Hook]:
    """The webhooks of a batch as they are sent to at `now`; none while the settings have no key."""
    ids = sorted({delivery.webhook_id for delivery in batch if delivery.webhook_id is not None})
    if not ids or key is None:
        return {}
    rows = tx.execute(select(Webhook.__table__).where(Webhook.id.in_(ids)))
    return {row.id: Hook(row.url, tuple(_secrets(row, key, now))) for row in rows}


def _secrets(row: Any, key: str, now: datetime) -> Iterator[bytes]:
    """The secret, and the one before it while both hold."""
    yield signatures.secret_of(key, row.id, row.salt)
    if row.salt_before is not None and row.overlap_until is not None and now < row.overlap_until:
        yield signatures.secret_of(key, row.id, row.salt_before)


def payload(delivery: Claimed) -> bytes:
    """What was told, the same bytes however often it is sent: `type`, `timestamp`, `data`."""
    told: Mapping[str, Any] = {
        "type": delivery.topic,
        "timestamp": instant_text(delivery.written_at),
        "data": {
            "root": {"kind": delivery.root_kind, "id": delivery.root_id},
            **{name: delivery.facts[name] for name in SHOWN if delivery.facts.get(name) is not None},
        },
    }
    return json.dumps(json.loads(to_json(told)), ensure_ascii=False, sort_keys=True).encode()
