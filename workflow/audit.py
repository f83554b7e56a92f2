"""The audit chain: one event per act, hashed into the chain of its root over its canonical text.

hash = SHA-256(hash of the event before, as hex, then the event's text, UTF-8). The text is JSON with sorted
keys, UTC microseconds and quantities as strings; what is hashed is what is stored, never columns read again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from models import AuditEvent, Person, Plan, Task, Unit
from models.base import instant_text

ROOTS: dict[str, Any] = {"task": Task, "plan": Plan, "person": Person, "unit": Unit}
"""What can be a root: the rows that hold a chain's head."""


def canonical(value: Any) -> str:
    """The one spelling of a value: sorted keys, no spaces, moments in UTC microseconds, decimals plain."""
    return SPELL(value)


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"no canonical text for {type(value).__name__}")


SPELL = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain).encode


def link(previous: str, text: str) -> str:
    """The hash that binds an event's text to all before it."""
    return hashlib.sha256((previous + text).encode()).hexdigest()


@dataclass(slots=True)
class Chain:
    """The events that one transaction adds to one root, in order."""

    root_kind: str
    root_id: int
    seq: int
    head: str
    events: list[dict[str, Any]] = field(default_factory=list)

    def record(self, event: dict[str, Any]) -> int:
        """Append an event (subject_kind, subject_id, action, from_state, to_state, actor_id, at, …): its number."""
        self.seq += 1
        row = {"root_kind": self.root_kind, "root_id": self.root_id, "seq": self.seq, **event}
        text = canonical(row)
        self.head = link(self.head, text)
        self.events.append({**{name: row[name] for name in COLUMNS}, "text": text, "hash": self.head})
        return self.seq


COLUMNS = (
    "root_kind", "root_id", "seq", "subject_kind", "subject_id", "action",
    "from_state", "to_state", "actor_id", "at",
)  # fmt: skip
INSERT_EVENT = insert(AuditEvent).inline()
MOVE_HEAD = {
    kind: update(model.__table__)
    .where(model.__table__.c.id == bindparam("b_id"))
    .values(chain_seq=bindparam("b_seq"), chain_head=bindparam("b_head"))
    for kind, model in ROOTS.items()
}


def write(tx: Connection, chain: Chain) -> None:
    """Write the chain's new events and move the root's head."""
    if not chain.events:
        return
    tx.execute(INSERT_EVENT, chain.events if len(chain.events) > 1 else chain.events[0])
    tx.execute(MOVE_HEAD[chain.root_kind], {"b_id": chain.root_id, "b_seq": chain.seq, "b_head": chain.head})
    chain.events = []


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where a chain does not hold."""

    root_kind: str
    root_id: int
    seq: int
    what: str


def verify(tx: Connection) -> tuple[int, Break | None]:
    """Re-hash every chain and hold it against its head: (events checked, the first break or None).

    Memory stays flat: rows are streamed in chain order.
    """
    heads = {
        (kind, row.id): (row.chain_seq, row.chain_head)
        for kind, model in ROOTS.items()
        for row in tx.execute(select(model.id, model.chain_seq, model.chain_head))
    }
    count = 0
    reached: dict[tuple[str, int], tuple[int, str]] = {}
    for row in _in_order(tx):
        count += 1
        root = (row.root_kind, row.root_id)
        seq, head = reached.get(root, (0, ""))
        if fault := _fault(row, seq, head):
            return count, Break(row.root_kind, row.root_id, row.seq, fault)
        reached[root] = (row.seq, row.hash)
    for root, at in heads.items():
        if reached.get(root, (0, "")) != at:
            return count, Break(*root, at[0], "head")
    return count, None


def _in_order(tx: Connection) -> Iterator[Any]:
    order = (AuditEvent.root_kind, AuditEvent.root_id, AuditEvent.seq)
    return iter(tx.execute(select(AuditEvent.__table__).order_by(*order)).yield_per(1000))


def _fault(row: Any, seq: int, head: str) -> str | None:
    """What is wrong with this event where the chain stood at `seq`, `head`: a field's name, or None."""
    if row.seq != seq + 1:
        return "sequence"
    if link(head, row.text) != row.hash:
        return "hash"
    told = json.loads(row.text)
    for name in COLUMNS:
        stored = instant_text(row.at) if name == "at" else getattr(row, name)
        if told[name] != stored:
            return name
    return None
