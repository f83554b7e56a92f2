"""The staged board before the real app: played once for all who only look, again for who changes something."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from tests.api.pages.staging import Stage
from tests.databases import fresh_database
from tests.people import HandClock
from workflow.bootstrap import Services, Settings, bootstrap


@dataclass(frozen=True)
class Hall:
    """The board of June 2023, to be looked at and left as it is."""

    services: Services
    client: TestClient


@pytest.fixture(scope="session")
def hall(tmp_path_factory: pytest.TempPathFactory, templates: Path) -> Iterator[Hall]:
    clock = HandClock()
    with fresh_database(tmp_path_factory.mktemp("hall"), templates) as url:
        services = bootstrap(Settings(database=url, clock="system"), clock=clock)
        play(Stage(services, clock))
        with TestClient(create_app(services)) as client:
            yield Hall(services, client)
        services.close()


@pytest.fixture
def stage(services: Services, clock: HandClock) -> Stage:
    """A database marked demo with the plan's units and people, and no plan yet."""
    return Stage(services, clock)


@pytest.fixture
def played(stage: Stage) -> Stage:
    """The plan, worked on until June 2023."""
    return play(stage)


def play(stage: Stage) -> Stage:
    stage.confirm()
    stage.play()
    return stage
