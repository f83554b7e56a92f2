"""What is kept for a time only, and which stored bytes still have a row that names them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, select

from models import Evidence, KeptAnswer, Meeting, Notice

FILES: dict[str, Any] = {
    "evidence": (Evidence.id, Evidence.store_key, Evidence.sha256),
    "meeting": (Meeting.id, Meeting.store_key, Meeting.sha256),
    "notice": (Notice.id, Notice.pdf_key, Notice.pdf_sha256),
}
"""Where rows name stored bytes: evidence in whatever state, minutes of meetings, papers; each (id, key, SHA-256)."""
ANSWERS_KEPT = timedelta(hours=24)
"""How long an answer to an Idempotency-Key is kept (SPEC 8)."""
ORPHANS_KEPT = timedelta(days=1)
"""How long bytes without a row are left alone: their row may be on its way."""
TICKS_KEPT = timedelta(days=30)


def forget_answers(tx: Connection, now: datetime) -> int:
    """Drop kept answers past their time: how many."""
    return int(tx.execute(delete(KeptAnswer).where(KeptAnswer.kept_at < now - ANSWERS_KEPT)).rowcount)


def named(tx: Connection, keys: Iterable[str]) -> frozenset[str]:
    """Those of the keys that some row names."""
    keys = list(keys)
    found = (tx.execute(select(key).where(key.in_(keys))).scalars() for _, key, _ in FILES.values())
    return frozenset(key for page in found for key in page)


@dataclass(frozen=True, slots=True)
class Kept:
    """Bytes that must be under a key, as a row says."""

    kind: str
    id: int
    key: str
    sha256: str


def kept_files(tx: Connection, kind: str, after: int, size: int = 500) -> list[Kept]:
    """A page of the files that rows of one kind of `FILES` name, by id."""
    of = FILES[kind]
    page = select(*of).where(of[0] > after, of[1].is_not(None)).order_by(of[0]).limit(size)
    return [Kept(kind, *row) for row in tx.execute(page)]
