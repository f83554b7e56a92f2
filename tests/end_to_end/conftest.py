"""A live server over a test's own services, and a second set of services, as another process would have them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import insert

from models import Credential
from tests.end_to_end.doors import Door
from tests.people import START, Cast, HandClock
from workflow.bootstrap import Services, bootstrap


@pytest.fixture
def door(services: Services, cast: Cast) -> Iterator[Door]:
    everybody = ("olga", "rashid", "lena", "jun", "amira", "sven")
    rows = [
        {
            "person_id": person, "kind": "token", "scopes": ["read", "act"], "created_at": START, "seen_at": START,
            "secret_hash": hashlib.sha256(f"token-of-{person}".encode()).hexdigest(),
            "expires_at": START + timedelta(days=999),
        }
        for person in (getattr(cast, name) for name in everybody)
    ]  # fmt: skip
    with services.transaction() as tx:
        tx.execute(insert(Credential), rows)
    opened = Door(services)
    yield opened
    opened.close()


@pytest.fixture
def twin(services: Services, clock: HandClock) -> Iterator[Services]:
    """Another process's services over the same database."""
    opened = bootstrap(services.settings, clock=clock)
    yield opened
    opened.close()
