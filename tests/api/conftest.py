"""The real app over a real database, with everybody signed in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.app import create_app
from tests.api.desks import Desks, give_tokens
from tests.people import Cast
from workflow.bootstrap import Services, Settings, bootstrap


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """Building the routes takes most of a test's time, so it is done once; each test hangs its services on."""
    nothing = Settings(database=f"sqlite:///{tmp_path_factory.mktemp('app')}/never-opened.db")
    return create_app(bootstrap(nothing))


@pytest.fixture
def client(app: FastAPI, services: Services) -> Iterator[TestClient]:
    app.state.services = services
    with TestClient(app, raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def desks(services: Services, cast: Cast, client: TestClient) -> Desks:
    with services.transaction() as tx:
        give_tokens(tx, cast)
    return Desks.over(client)
