"""What is kept for a time only, and which stored bytes still have a row that names them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, select

from models import Evidence, KeptAnswer, Notice

ANSWERS_KEPT = timedelta(hours=24)
"""How long an answer to an Idempotency-Key is kept (SPEC 8)."""
ORPHANS_KEPT = timedelta(days=1)
"""How long bytes without a row are left alone: their row may be on its way."""
TICKS_KEPT = timedelta(days=30)


def forget_answers(tx: Connection, now: datetime) -> int:
    """Drop kept answers past their time: how many."""
    return int(tx.execute(delete(KeptAnswer).where(KeptAnswer.kept_at < now - ANSWERS_KEPT)).rowcount)


def named(tx: Connection, keys: Iterable[str]) -> frozenset[str]:
    """Those of the keys that evidence or a printed notice names."""
    keys = list(keys)
    evidence = tx.execute(select(Evidence.store_key).where(Evidence.store_key.in_(keys))).scalars()
    papers = tx.execute(select(Notice.pdf_key).where(Notice.pdf_key.in_(keys))).scalars()
    return frozenset(evidence) | frozenset(key for key in papers if key)


@dataclass(frozen=True, slots=True)
class Kept:
    """Bytes that must be under a key, as a row says."""

    kind: str
    id: int
    key: str
    sha256: str


def kept_files(tx: Connection, kind: str, after: int, size: int = 500) -> list[Kept]:
    """A page of the files that rows name, by id: evidence in whatever state (`evidence`), or papers (`notice`)."""
    of: Any = {"evidence": (Evidence.id, Evidence.store_key, Evidence.sha256),
               "notice": (Notice.id, Notice.pdf_key, Notice.pdf_sha256)}[kind]  # fmt: skip
    page = select(*of).where(of[0] > after, of[1].is_not(None)).order_by(of[0]).limit(size)
    return [Kept(kind, *row) for row in tx.execute(page)]
