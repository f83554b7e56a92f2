"""The real app over a real database, with everybody signed in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from tests.api.desks import Desks, give_tokens
from tests.people import Cast
from workflow.bootstrap import Services


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(create_app(services), raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def desks(services: Services, cast: Cast, client: TestClient) -> Desks:
    with services.transaction() as tx:
        give_tokens(tx, cast)
    return Desks.over(client)
