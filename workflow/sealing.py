"""Seals: one digest a civil day over where every audit chain stood when the day ended, and over the seal before.

Digest: SHA-256 (hex) of lines in UTF-8, each ended by a line feed: the day and the previous digest, then
`kind id sequence hash` of every chain that had begun, in order of kind and id. Heads are read from the events as of
the end of the day, so that a day missed is sealed later as it would have been then, and any seal can be checked.
"""

from __future__ import annotations

import hashlib
from bisect import insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, func, select
from sqlalchemy.orm import aliased

from models import AuditEvent, Seal
from workflow import audit
from workflow.civil import day_of
from workflow.conflicts import inserting
from workflow.deadlines import DAY
from workflow.reckoning import day_begins

FIRST = "0" * 64
"""What the first seal names as the one before it."""


@dataclass(frozen=True, slots=True)
class Digest:
    """The heads of one day as counted and digested."""

    heads: int
    digest: str


def seal_days(tx: Connection, now: datetime) -> int:
    """Seal every day up to yesterday that is not sealed yet, from the first event on: how many."""
    last = tx.execute(
        select(Seal.sealed_on, Seal.digest).order_by(Seal.sealed_on.desc()).limit(1)
    ).one_or_none()
    begun = last.sealed_on + DAY if last else _first_day(tx)
    previous = last.digest if last else FIRST
    count = 0
    while begun is not None and begun < day_of(now):
        previous = _seal(tx, begun, previous, now)
        begun += DAY
        count += 1
    return count


def _first_day(tx: Connection) -> date | None:
    first = tx.execute(select(func.min(AuditEvent.at))).scalar_one()
    return None if first is None else day_of(first)


def _seal(tx: Connection, on: date, previous: str, now: datetime) -> str:
    found = digest(tx, on, previous)
    row = {
        "sealed_on": on,
        "heads": found.heads,
        "previous": previous,
        "digest": found.digest,
        "sealed_at": now,
    }
    tx.execute(inserting(tx, Seal).values(row).on_conflict_do_nothing())
    return found.digest


def digest(tx: Connection, on: date, previous: str) -> Digest:
    """The heads at the end of a civil day and the seal before it, as one digest. Memory stays flat."""
    return _digest(on, previous, _heads(tx, day_begins(on + DAY)))


def _digest(on: date, previous: str, heads: Iterable[str]) -> Digest:
    hashed, count = hashlib.sha256(f"{on.isoformat()} {previous}\n".encode()), 0
    for line in heads:
        hashed.update(f"{line}\n".encode())
        count += 1
    return Digest(count, hashed.hexdigest())


def _heads(tx: Connection, end: datetime) -> Iterator[str]:
    """Where each chain stood just before a moment: one look into the events' own index per root."""
    before = aliased(AuditEvent)
    for kind in sorted(audit.ROOTS):
        root = audit.ROOTS[kind].__table__
        reached = (
            select(before.seq)
            .where(before.root_kind == kind, before.root_id == root.c.id, before.at < end)
            .order_by(before.seq.desc())
            .limit(1)
            .scalar_subquery()
        )
        here = and_(AuditEvent.root_kind == kind, AuditEvent.root_id == root.c.id, AuditEvent.seq == reached)
        statement = (
            select(AuditEvent.root_id, AuditEvent.seq, AuditEvent.hash)
            .select_from(root)
            .join(AuditEvent, here)
            .where(root.c.chain_seq > 0)
            .order_by(root.c.id)
        )
        for row in tx.execute(statement).yield_per(1000):
            yield f"{kind} {row.root_id} {row.seq} {row.hash}"


class _Heads:
    """Where every chain stands as the days go by. Holds one line per root, never the events."""

    def __init__(self, tx: Connection) -> None:
        columns = (AuditEvent.root_kind, AuditEvent.root_id, AuditEvent.seq, AuditEvent.hash, AuditEvent.at)
        known = select(*columns).where(AuditEvent.root_kind.in_(list(audit.ROOTS)))
        self._events = iter(tx.execute(known.order_by(AuditEvent.at, AuditEvent.id)).yield_per(1000))
        self._next = next(self._events, None)
        self._roots: list[tuple[str, int]] = []
        self._lines: dict[tuple[str, int], tuple[int, str]] = {}

    def upto(self, end: datetime) -> Iterator[str]:
        """The lines of all chains that had begun before a moment, in order. Moments only go forward."""
        while self._next is not None and self._next.at < end:
            self._reach(self._next)
            self._next = next(self._events, None)
        return (f"{kind} {id} {' '.join(map(str, self._lines[kind, id]))}" for kind, id in self._roots)

    def _reach(self, event: Any) -> None:
        root = (event.root_kind, event.root_id)
        if root not in self._lines:
            insort(self._roots, root)
        self._lines[root] = max(self._lines.get(root, (0, "")), (event.seq, event.hash))


@dataclass(frozen=True, slots=True)
class Checked:
    """How many seals were checked, and the day of the first that does not hold."""

    seals: int
    broken_on: date | None


def verify(tx: Connection) -> Checked:
    """Compute every seal again, in order of days, up to the first that differs: one pass over the events."""
    previous, count, board = FIRST, 0, _Heads(tx)
    for seal in tx.execute(select(Seal.__table__).order_by(Seal.sealed_on)).all():
        count += 1
        found = _digest(seal.sealed_on, previous, board.upto(day_begins(seal.sealed_on + DAY)))
        if (seal.previous, seal.digest, seal.heads) != (previous, found.digest, found.heads):
            return Checked(count, seal.sealed_on)
        previous = seal.digest
    return Checked(count, None)
