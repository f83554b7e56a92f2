"""What one act left behind, read from the tables: events, letters, and the state of what it was done to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import func, select

from models import AuditEvent, Base, OutboxRow
from workflow.bootstrap import Services
from workflow.errors import DubanError

Happened = tuple[str, str, str | None, int | None]


@dataclass
class Seen:
    """Filled when the block that is watched ends."""

    events: list[Happened] = field(default_factory=list)
    """(kind, action, to, actor), in order."""
    letters: list[tuple[str, Any]] = field(default_factory=list)
    """(topic, audience), in order."""

    @property
    def acts(self) -> list[str]:
        return [f"{kind}.{action}" for kind, action, _, _ in self.events]

    @property
    def topics(self) -> list[str]:
        return [topic for topic, _ in self.letters]


@contextmanager
def watching(services: Services) -> Iterator[Seen]:
    """What the block wrote into the audit chain and the outbox."""
    event, letter = _last(services, AuditEvent), _last(services, OutboxRow)
    seen = Seen()
    yield seen
    events = select(AuditEvent.subject_kind, AuditEvent.action, AuditEvent.to_state, AuditEvent.actor_id)
    letters = select(OutboxRow.topic, OutboxRow.audience)
    with services.reading() as tx:
        rows = tx.execute(events.where(AuditEvent.id > event).order_by(AuditEvent.id))
        seen.events = [tuple(row) for row in rows]  # type: ignore[misc]
        told = tx.execute(letters.where(OutboxRow.id > letter).order_by(OutboxRow.id))
        seen.letters = [(row.topic, row.audience) for row in told]


def _last(services: Services, model: Any) -> int:
    with services.reading() as tx:
        return int(tx.execute(select(func.coalesce(func.max(model.id), 0))).scalar_one())


def dump(services: Services) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    with services.reading() as tx:
        return {
            table.name: sorted((tuple(row) for row in tx.execute(select(table))), key=repr)
            for table in Base.metadata.sorted_tables
        }


@contextmanager
def refused(services: Services, refusal: type[DubanError]) -> Iterator[pytest.ExceptionInfo[DubanError]]:
    """The block is refused like that, and not one row of one table is other than before."""
    before = dump(services)
    with pytest.raises(refusal) as error:
        yield error
    assert dump(services) == before
