"""Webhooks: programs of others that are told what happens, each at an address of its own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Rooted, Row, Versioned, one_of
from models.states import WebhookState


class Webhook(Row, Rooted, Versioned):
    """A subscription. Its secret is stored nowhere: it follows from the salt and the installation's own key."""

    __tablename__ = "webhook"
    name: Mapped[str] = mapped_column(String(80))
    url: Mapped[str] = mapped_column(String(500))
    topics: Mapped[list[Any]] = mapped_column(default=list)
    """Kinds of message that it is told; empty: every one."""
    state: Mapped[WebhookState] = mapped_column(one_of(WebhookState))
    salt: Mapped[str] = mapped_column(String(40))
    salt_before: Mapped[str | None] = mapped_column(String(40))
    """Of the secret before, which signs as well until the overlap is over."""
    overlap_until: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    """The first failure since it last answered well."""
