"""What every test may ask for: a database of its own, services over it, a clock it moves, the cast."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from tests.databases import FOUNDATIONS, PEOPLED, POSTGRESQL, asked, fresh_database, template_in
from tests.engines import create_engine_alike
from tests.people import Cast, HandClock
from workflow.adapters import database
from workflow.bootstrap import Services, Settings, bootstrap

# How long an example takes is the machine's affair; what is too slow shows in the benchmarks. `make test` tries the
# same examples every time, `make soak` new ones.
hypothesis_settings.register_profile("duban", deadline=None, derandomize=True)
hypothesis_settings.register_profile("soak", deadline=None)
hypothesis_settings.load_profile("duban")


def asks_for_a_database(item: pytest.Item) -> bool:
    """Whether a test uses `templates`, itself or through another fixture: there is no other way to a database."""
    return "templates" in getattr(item, "fixturenames", ())


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What asks for no database is the same whichever it is, and is run on SQLite alone."""
    here = "postgresql" if POSTGRESQL else "sqlite"
    for item in items:
        if any(mark.args == (here,) for mark in item.iter_markers("soak_on")):
            item.add_marker(pytest.mark.soak)
    if POSTGRESQL:
        config.hook.pytest_deselected(items=[item for item in items if not asks_for_a_database(item)])
        items[:] = filter(asks_for_a_database, items)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Without this, a test that came to a database by a back way would not be missed on PostgreSQL."""
    asked.set(asks_for_a_database(item))


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """Every engine that Duban opens compiles into one store; the store's key is all that a statement hangs on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "create_engine", create_engine_alike)
        yield


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("templates")


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def settings(request: pytest.FixtureRequest, tmp_path: Path, templates: Path) -> Iterator[Settings]:
    """Over a database in which the cast is settled already where the test asks for it: that is done once."""
    laid = PEOPLED if "cast" in request.fixturenames else FOUNDATIONS
    with fresh_database(tmp_path, templates, laid=laid) as url:
        yield Settings(
            database=url,
            store=str(tmp_path / "evidence"),
            mail=f"maildir:{tmp_path / 'mail'}",
            clock="system",
        )


@pytest.fixture
def services(settings: Settings, clock: HandClock) -> Iterator[Services]:
    """Migrated, foundations laid, nobody in it yet but the cast where it is asked for."""
    opened = bootstrap(settings, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def cast(services: Services, templates: Path) -> Cast:
    """Everybody of the cast, settled in the database that the services are over."""
    return template_in(templates).cast
