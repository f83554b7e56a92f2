"""What every test may ask for: a database of its own, services over it, a clock it moves, the cast."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from tests.databases import fresh_database
from tests.people import Cast, HandClock, settle_cast
from workflow.bootstrap import Services, Settings, bootstrap

# How long an example takes is the machine's affair; what is too slow shows in the benchmarks.
hypothesis_settings.register_profile("duban", deadline=None)
hypothesis_settings.load_profile("duban")


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("templates")


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def settings(tmp_path: Path, templates: Path) -> Iterator[Settings]:
    with fresh_database(tmp_path, templates) as url:
        yield Settings(
            database=url,
            store=str(tmp_path / "evidence"),
            mail=f"maildir:{tmp_path / 'mail'}",
            clock="system",
        )


@pytest.fixture
def services(settings: Settings, clock: HandClock) -> Iterator[Services]:
    """Migrated, foundations laid, nobody in it yet."""
    opened = bootstrap(settings, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def cast(services: Services) -> Cast:
    with services.transaction() as tx:
        return settle_cast(tx)
