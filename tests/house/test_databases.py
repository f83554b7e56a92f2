"""A test begins from what is laid, whatever ran before it; and who asks for a database is tried on both."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import select

from models import Base
from tests import conftest
from tests.databases import FOUNDATIONS, PEOPLED, NotAskedForError, fresh_database, template_in
from tests.people import HandClock, accept, add_unit, settle_cast
from workflow.bootstrap import Services, Settings, bootstrap

Rows = dict[str, list[Any]]


def opened(url: str) -> Services:
    return bootstrap(Settings(database=url), clock=HandClock())


def rows(services: Services) -> Rows:
    """All that is in the database, and the number that the next unit would get."""
    with services.reading() as tx:
        found: Rows = {
            name: sorted(map(tuple, tx.execute(select(table))), key=repr)
            for name, table in Base.metadata.tables.items()
        }
        return {**found, "next": [add_unit(tx, "next", "下一个单位")]}


@pytest.mark.parametrize("laid", [FOUNDATIONS, PEOPLED])
def test_after_any_test_the_next_begins_from_the_same_rows_and_numbers(
    tmp_path: Path, templates: Path, laid: str
) -> None:
    begun = []
    for _ in range(3):
        with fresh_database(tmp_path, templates, laid=laid) as url:
            services = opened(url)
            begun.append(rows(services))
            with services.transaction() as tx:
                cast = settle_cast(tx) if laid == FOUNDATIONS else template_in(templates).cast
            accept(services, cast)
            assert rows(services) != begun[0]
            services.close()
    assert begun[0] == begun[1] == begun[2]


def test_the_cast_that_is_kept_is_the_cast_as_it_is_settled(tmp_path: Path, templates: Path) -> None:
    with fresh_database(tmp_path, templates, laid=FOUNDATIONS) as url:
        services = opened(url)
        with services.transaction() as tx:
            cast = settle_cast(tx)
        settled = rows(services)
        services.close()
    with fresh_database(tmp_path, templates, laid=PEOPLED) as url:
        services = opened(url)
        kept = rows(services)
        services.close()
    assert (template_in(templates).cast, kept) == (cast, settled)


def test_a_database_that_no_fixture_tells_of_is_refused(tmp_path: Path) -> None:
    """This test uses no `templates`: were it given a database, it would be tried on one of the two only."""
    with pytest.raises(NotAskedForError), fresh_database(tmp_path, tmp_path):
        pass


class Found:
    """What the hook reads and writes of a test."""

    def __init__(self, *fixtures: str, soak_on: str | None = None) -> None:
        self.fixturenames = fixtures
        self.marks = [pytest.mark.soak_on(soak_on).mark] if soak_on else []
        self.added: list[str] = []

    def iter_markers(self, name: str) -> list[pytest.Mark]:
        return [mark for mark in self.marks if mark.name == name]

    def add_marker(self, marker: pytest.MarkDecorator) -> None:
        self.added.append(marker.name)


def sorted_out(monkeypatch: pytest.MonkeyPatch, tests: list[Found], *, postgresql: bool) -> list[Found]:
    """The tests that are left for a database."""
    config = cast(pytest.Config, SimpleNamespace(hook=SimpleNamespace(pytest_deselected=lambda items: None)))
    monkeypatch.setattr(conftest, "POSTGRESQL", postgresql)
    items = cast(list[pytest.Item], list(tests))
    conftest.pytest_collection_modifyitems(config, items)
    return cast(list[Found], items)


def test_on_postgresql_only_who_asks_for_a_database_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    asks, does_not = Found("cast", "templates"), Found("tmp_path")
    assert sorted_out(monkeypatch, [asks, does_not], postgresql=False) == [asks, does_not]
    assert sorted_out(monkeypatch, [asks, does_not], postgresql=True) == [asks]


@pytest.mark.parametrize(("soak_on", "added"), [("postgresql", ["soak"]), ("sqlite", [])])
def test_what_takes_long_on_one_database_is_left_to_the_soak_there(
    monkeypatch: pytest.MonkeyPatch, soak_on: str, added: list[str]
) -> None:
    test = Found("templates", soak_on=soak_on)
    sorted_out(monkeypatch, [test], postgresql=True)
    assert test.added == added
