"""How tests speak to the app: each of the cast at a desk of their own, signed in by a token."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection
from starlette.testclient import TestClient

from models import Credential
from tests.people import START, Cast, add

PEOPLE = ("olga", "rashid", "lena", "jun", "amira", "sven", "ines", "karl", "petra")
ROOT = "/api/v1"


def give_token(tx: Connection, person_id: int, secret: str, *scopes: str) -> None:
    """A bearer token that lasts as long as any test's calendar."""
    add(
        tx, Credential, person_id=person_id, kind="token", secret_hash=hashlib.sha256(secret.encode()).hexdigest(),
        scopes=list(scopes or ("read", "act")), created_at=START, seen_at=START,
        expires_at=START + timedelta(days=4000),
    )  # fmt: skip


def give_tokens(tx: Connection, cast: Cast) -> None:
    for name in PEOPLE:
        give_token(tx, getattr(cast, name), f"token-of-{name}")


@dataclass(frozen=True)
class Desk:
    """One person (or nobody) before the app."""

    client: TestClient
    name: str | None

    def headers(self, more: dict[str, str] | None = None) -> dict[str, str]:
        own = {} if self.name is None else {"Authorization": f"Bearer token-of-{self.name}"}
        return {**own, **(more or {})}

    def get(self, path: str, headers: dict[str, str] | None = None, **more: Any) -> Any:
        return self.client.get(f"{ROOT}{path}", headers=self.headers(headers), **more)

    def post(self, path: str, headers: dict[str, str] | None = None, **more: Any) -> Any:
        return self.client.post(f"{ROOT}{path}", headers=self.headers(headers), **more)

    def act(self, path: str, action: str, headers: dict[str, str] | None = None, **more: Any) -> Any:
        """POST an action: `act("/tasks/1", "acknowledge")`."""
        return self.post(f"{path}/actions", headers, json={"action": action, **more})


@dataclass(frozen=True)
class Desks:
    """Everybody's desk."""

    olga: Desk
    rashid: Desk
    lena: Desk
    jun: Desk
    amira: Desk
    sven: Desk
    ines: Desk
    karl: Desk
    petra: Desk
    nobody: Desk

    @classmethod
    def over(cls, client: TestClient) -> Desks:
        names = [field.name for field in fields(cls)]
        return cls(**{name: Desk(client, None if name == "nobody" else name) for name in names})
