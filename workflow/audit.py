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

from sqlalchemy import Connection, LargeBinary, bindparam, cast, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from models import (
    ApprovalDefinition,
    AuditEvent,
    CalendarYear,
    Institution,
    Meeting,
    Person,
    Plan,
    SignerGroup,
    Task,
    Unit,
    Webhook,
)
from models.base import instant_text

ROOTS: dict[str, Any] = {
    "task": Task, "plan": Plan, "person": Person, "unit": Unit, "institution": Institution,
    "meeting": Meeting, "approval_definition": ApprovalDefinition, "signer_group": SignerGroup,
    "calendar_year": CalendarYear,
    "webhook": Webhook,
}  # fmt: skip
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

    Memory stays flat: rows are streamed in chain order. Whatever was done to the rows, it is named, never raised.
    """
    count = 0
    reached: dict[tuple[Any, Any], tuple[int, str]] = {}
    try:
        for row in _in_order(tx):
            count += 1
            root = (row.root_kind, row.root_id)
            seq, head = reached.get(root, (0, ""))
            if fault := _fault(row, seq, head):
                return count, Break(*_spoken(*root, row.seq), fault)
            reached[root] = (row.seq, row.hash)
    except UNREADABLE:
        return count, _first_unreadable(tx)
    return count, _against_heads(tx, reached)


UNREADABLE = (ValueError, TypeError, AttributeError, SQLAlchemyError)
"""What a driver or a type raises on a value that nobody here wrote: SQLite keeps any bytes in any column."""


def _in_order(tx: Connection) -> Iterator[Any]:
    order = (AuditEvent.root_kind, AuditEvent.root_id, AuditEvent.seq)
    return iter(tx.execute(select(AuditEvent.__table__).order_by(*order)).yield_per(1000))


def _against_heads(tx: Connection, reached: dict[tuple[Any, Any], tuple[int, str]]) -> Break | None:
    """The first head that is not where its chain ends, or the first chain under a root that is not there."""
    for kind, model in ROOTS.items():
        for row in tx.execute(select(model.id, model.chain_seq, model.chain_head)):
            if reached.pop((kind, row.id), (0, "")) != (row.chain_seq, row.chain_head):
                return Break(kind, row.id, _number(row.chain_seq), "head")
    for (kind, root_id), (seq, _) in reached.items():
        return Break(*_spoken(kind, root_id, seq), "root")
    return None


def _fault(row: Any, seq: int, head: str) -> str | None:
    """What is wrong with this event where the chain stood at `seq`, `head`: a field's name, or None."""
    if row.seq != seq + 1:
        return "sequence"
    if not isinstance(row.text, str) or link(head, row.text) != row.hash:
        return "hash"
    told = _told(row.text)
    if told is None:
        return "text"
    for name in COLUMNS:
        stored = instant_text(row.at) if name == "at" else getattr(row, name)
        if name not in told or told[name] != stored:
            return name
    return None


def _told(text: str) -> dict[str, Any] | None:
    """What an event's text tells; None for what is no text of ours, however well it was hashed."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _first_unreadable(tx: Connection) -> Break:
    """Each event read by itself, in order, up to the first that cannot be: slow, and only needed to name it."""
    order = (AuditEvent.root_kind, AuditEvent.root_id, AuditEvent.seq)
    for event_id in tx.execute(select(AuditEvent.id).order_by(*order)).scalars():
        try:
            tx.execute(select(AuditEvent.__table__).where(AuditEvent.id == event_id)).one()
        except UNREADABLE:
            raw = select(*(cast(column, LargeBinary) for column in order)).where(AuditEvent.id == event_id)
            row = tx.execute(raw).one()
            return Break(*_spoken(row[0], row[1], row[2]), "unreadable")
    raise RuntimeError("the events cannot be read together, but each by itself")


def _spoken(root_kind: Any, root_id: Any, seq: Any) -> tuple[str, int, int]:
    """An event's place in types that can be shown, whatever a row holds; 0 for what is no number."""
    kind = root_kind.decode(errors="replace") if isinstance(root_kind, bytes) else str(root_kind)
    return kind, _number(root_id), _number(seq)


def _number(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0
