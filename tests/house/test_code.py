"""The rules of the house over all of its code, and over bad samples that each of them must catch."""

from __future__ import annotations

import ast
from collections.abc import Callable

import pytest

from tests.house import rules
from tests.house.sources import OURS, modules, text_of, tracked, tree_of

COMMITTERS = {
    "workflow/bootstrap.py": "transaction(), the one way any door commits",
    "workflow/adapters/database.py": "the transactions that bootstrap opens",
}
STATE_WRITERS = {
    "workflow/acts.py": "perform() and mark(), the one place where the state of a thing with a life changes",
    "workflow/deliveries.py": "a delivery is waiting, sent or parked: the relay's own note, no lifecycle",
}
PRINTERS = ("duban",)


def _broken(rule: Callable[[ast.Module], list[int]], names: list[str]) -> list[str]:
    return [f"{name}:{line}" for name in names for line in rule(tree_of(name))]


def test_only_the_doors_transaction_commits() -> None:
    strangers = [name for name in modules(*OURS) if name not in COMMITTERS]
    assert _broken(rules.commits, strangers) == []


def test_a_state_changes_in_one_place_only() -> None:
    strangers = [name for name in modules(*OURS) if name not in STATE_WRITERS]
    assert _broken(rules.state_writes, strangers) == []


def test_assert_is_for_tests() -> None:
    assert _broken(rules.assertions, modules(*OURS, "benchmarks", "migrations")) == []


def test_only_commands_print() -> None:
    assert _broken(rules.prints, modules(*(set(OURS) - set(PRINTERS)), "migrations")) == []


def test_migrations_import_nothing_of_ours() -> None:
    versions = [name for name in modules("migrations") if name.startswith("migrations/versions/")]
    assert _broken(rules.imports_of_ours, versions) == []


def test_no_file_is_too_long_to_read() -> None:
    names = modules(*OURS, "benchmarks", "tests", "migrations")
    generated = [name for name in names if name.startswith("migrations/versions/")]
    assert [name for name in names if name not in generated and rules.is_too_long(text_of(name))] == []


def test_every_module_is_named_for_what_it_holds() -> None:
    assert [name for name in tracked() if name.endswith(".py") and rules.says_nothing(name)] == []


def test_no_file_tells_where_it_was_made() -> None:
    names = [name for name in tracked() if not name.startswith("tests/house/")]
    assert [f"{name}:{line}" for name in names for line in rules.traces(text_of(name))] == []


@pytest.mark.parametrize(
    ("rule", "sample"),
    [
        (rules.commits, "connection.commit()"),
        (rules.commits, "with engine.begin() as connection: pass"),
        (rules.commits, "connection.exec_driver_sql('commit')"),
        (rules.state_writes, "task.state = TaskState.CLOSED"),
        (rules.state_writes, "setattr(task, 'state', 'closed')"),
        (rules.state_writes, "run(update(Task).where(Task.id == 1).values(state='closed', version=2))"),
        (rules.state_writes, "run(sa.update(Task).values({'state': 'closed'}))"),
        (rules.state_writes, "run(update(Task).values({Task.state: 'closed'}))"),
        (rules.state_writes, "connection.execute(update(Task), [{'id': 1, 'state': 'closed'}])"),
        (rules.state_writes, "insert(Task).on_conflict_do_update(set_={'state': 'closed'})"),
        (rules.state_writes, "text('UPDATE task SET version = 2, state = :state WHERE id = 1')"),
        (rules.assertions, "assert standing is not None"),
        (rules.prints, "print('here')"),
        (rules.imports_of_ours, "from models.tasks import Task"),
        (rules.imports_of_ours, "import workflow.words"),
        (rules.imports_of_ours, "from . import first_tables"),
    ],
)
def test_a_bad_sample_is_caught(rule: Callable[[ast.Module], list[int]], sample: str) -> None:
    assert rule(ast.parse(sample)) == [1]


@pytest.mark.parametrize(
    ("rule", "sample"),
    [
        (rules.commits, "with transaction() as connection: pass"),
        (rules.state_writes, "insert(Task).values(state='assigned')"),
        (rules.state_writes, "update(Task).where(Task.state == 'assigned').values(version=2)"),
        (rules.state_writes, "app.state.services = services"),
        (rules.state_writes, "self.state = state"),
        (rules.state_writes, "text('UPDATE task SET version = 2 WHERE id = 1')"),
        (rules.imports_of_ours, "from alembic import op"),
    ],
)
def test_a_good_sample_is_let_through(rule: Callable[[ast.Module], list[int]], sample: str) -> None:
    assert rule(ast.parse(sample)) == []


def test_a_long_file_and_an_empty_name_are_caught() -> None:
    assert rules.is_too_long("pass\n" * (rules.LONGEST_FILE + 1))
    assert not rules.is_too_long("pass\n" * rules.LONGEST_FILE)
    assert rules.says_nothing("workflow/utils.py")
    assert rules.says_nothing("api/helpers/dates.py")
    assert not rules.says_nothing("workflow/calendar.py")


@pytest.mark.parametrize(
    "sample",
    [
        "open('/home/ann/plan.txt')",
        "cd /" + "root/project",
        "see /" + "work/notes",
        "C:/Users/ann/plan.txt",
        "https://pypi.org/simple/",
        "https://pypi.org/packages/",
        "https://files.pythonhosted.org/a.whl",
        "https://registry.npmjs.org/a",
        "https://proxy.golang.org/a",
        "http://deb.debian.org/debian",
        "--index-url=x",
        "--extra-index-url x",
    ],
)
def test_a_trace_is_caught(sample: str) -> None:
    assert rules.traces(f"first line\n{sample}\n") == [2]


def test_an_address_on_the_web_is_no_trace() -> None:
    assert rules.traces("https://example.gov.cn/work/notice.html and /api/v1/tasks") == []
