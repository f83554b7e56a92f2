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


def test_on_postgresql_only_who_asks_for_a_database_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    asks, does_not = (SimpleNamespace(fixturenames=names) for names in (["cast", "templates"], ["tmp_path"]))
    left: list[Any] = []
    hook = SimpleNamespace(pytest_deselected=lambda items: left.extend(items))
    config = cast(pytest.Config, SimpleNamespace(hook=hook))
    for postgresql, kept in ((False, [asks, does_not]), (True, [asks])):
        monkeypatch.setattr(conftest, "POSTGRESQL", postgresql)
        items = cast(list[pytest.Item], [asks, does_not])
        conftest.pytest_collection_modifyitems(config, items)
        assert items == kept
    assert left == [does_not]
