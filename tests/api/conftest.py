"""The real app over a real database, with everybody signed in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from schedules.by_hand import HandRuns
from tests.api.desks import Desks, give_tokens
from tests.apps import shared_app
from tests.people import Cast
from workflow.bootstrap import Services


@pytest.fixture(scope="session")
def app() -> FastAPI:
    return shared_app()


@pytest.fixture
def client(app: FastAPI, services: Services) -> Iterator[TestClient]:
    app.state.services, app.state.jobs = services, HandRuns(services)
    with TestClient(app, raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def desks(services: Services, cast: Cast, client: TestClient) -> Desks:
    with services.transaction() as tx:
        give_tokens(tx, cast)
    return Desks.over(client)
