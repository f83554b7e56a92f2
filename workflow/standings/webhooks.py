"""Webhooks: what acts on them are judged by, and their loader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from models import Webhook
from models.states import Role
from workflow.actors import Actor
from workflow.standings.columns import actor


@dataclass(frozen=True, slots=True)
class WebhookStanding:
    """A webhook and who asks."""

    id: int
    state: str
    version: int
    actor: Actor
    name: str
    salt: str

    @property
    def seen(self) -> bool:
        """The same rule as `visibility.webhooks`."""
        return self.actor.is_system or self.actor.everywhere(Role.ADMIN)


def load_webhooks(
    tx: Connection, ids: Sequence[int], actor_id: int | None, now: datetime
) -> Mapping[int, WebhookStanding]:
    """Standings of webhooks by id."""
    who, table = actor(tx, actor_id, now), Webhook.__table__.c
    columns: tuple[Any, ...] = (table.id, table.state, table.version, table.name, table.salt)
    return {
        id_: WebhookStanding(id_, state, version, who, *rest)
        for id_, state, version, *rest in tx.execute(select(*columns).where(table.id.in_(ids)))
    }
