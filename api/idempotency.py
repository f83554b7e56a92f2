"""Idempotency-Key: the same request twice acts once, and answers twice the same.

The key is claimed first, by an INSERT in the act's own transaction: of two at once, one waits at the unique index
until the other has ended, and then finds its answer (or, where it was refused, acts itself). The answer is filled
in when it is whole and not yet committed. Refusals are not kept: they roll back, and the claim with them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from sqlalchemy import Connection, and_, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from api.callers import SignedIn
from api.transactions import Now, Tx
from models import KeptAnswer
from workflow.errors import DubanError

KEPT = timedelta(hours=24)
TABLE: Any = KeptAnswer.__table__
SPEAKING_HEADERS = ("content-type", "etag", "location", "content-language")
KEY_HEADER = Header(
    alias="Idempotency-Key",
    min_length=1,
    max_length=200,
    description="Any text of the caller's; the same key and body within 24 hours answers again without acting.",
    examples=["b7e1c1b0-8d9f-4a55-9d0e-5b1a7b1f0c11"],
)
Key = Annotated[str | None, KEY_HEADER]


class IdempotencyMismatch(DubanError):
    """The same Idempotency-Key came before with another request."""

    code = "idempotency_mismatch"


class Replayed(Exception):
    """Not an error: carries the kept answer past the act that must not run again."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        super().__init__("answered before")
        self.response = Response(
            body, status_code=status, headers={**headers, "Idempotency-Replayed": "true"}
        )


@dataclass(frozen=True, slots=True)
class Claim:
    """A key taken in a transaction; its answer is still to come."""

    tx: Connection
    mine: tuple[int, str, str]

    def keep(self, response: Response) -> None:
        """Fill in the answer, before the commit."""
        headers = {name: value for name, value in response.headers.items() if name in SPEAKING_HEADERS}
        answer = {"status": response.status_code, "headers": headers, "body": bytes(response.body)}
        self.tx.execute(update(TABLE).where(_is(self.mine)).values(**answer))


def claim(tx: Connection, person_id: int, route: str, key: str, request_sha256: str, now: datetime) -> Claim:
    """Take the key for this person and route. Raises Replayed with the kept answer, or IdempotencyMismatch."""
    mine = (person_id, route, key)
    own = TABLE.c.person_id == person_id
    tx.execute(delete(TABLE).where(own, TABLE.c.kept_at < now - KEPT))
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    row = {"person_id": person_id, "route": route, "key": key, "request_sha256": request_sha256,
           "status": 0, "headers": {}, "body": b"", "kept_at": now}  # fmt: skip
    # RETURNING says which of two it was; PostgreSQL's row count of such an INSERT does not.
    taken = insert(TABLE).values(**row).on_conflict_do_nothing().returning(TABLE.c.id)
    if tx.execute(taken).first() is not None:
        return Claim(tx, mine)
    kept = tx.execute(select(KeptAnswer).where(_is(mine))).one()
    if kept.request_sha256 != request_sha256:
        raise IdempotencyMismatch(key=key)
    raise Replayed(kept.status, dict(kept.headers), bytes(kept.body))


def _is(mine: tuple[int, str, str]) -> Any:
    person_id, route, key = mine
    return and_(TABLE.c.person_id == person_id, TABLE.c.route == route, TABLE.c.key == key)


async def raw_body(request: Request) -> bytes:
    """The body as it came, which the framework has read by now."""
    return await request.body()


def once(
    request: Request,
    caller: SignedIn,
    now: Now,
    body: Annotated[bytes, Depends(raw_body)],
    tx: Tx,
    key: Key = None,
) -> Connection:
    """The act's transaction, in which an Idempotency-Key, if there is one, is claimed."""
    if key is not None:
        asked = hashlib.sha256(request.url.query.encode() + b"\n" + body).hexdigest()
        request.state.claim = claim(tx, caller.person_id, request.url.path, key, asked, now)
    return tx


Acting = Annotated[Connection, Depends(once, scope="function")]
"""The connection of every POST by a signed-in person, on a router with `route_class=ActRoute`."""


class ActRoute(APIRoute):
    """Sees the finished answer while its transaction is still open, and keeps it there."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def keeping(request: Request) -> Response:
            response = await handle(request)
            taken: Claim | None = getattr(request.state, "claim", None)
            if taken is not None:
                await run_in_threadpool(taken.keep, response)
            return response

        return keeping


def replay(request: Request, answer: Exception) -> Response:
    """The handler that gives a kept answer again."""
    return answer.response  # type: ignore[attr-defined,no-any-return]
