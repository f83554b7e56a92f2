"""`duban approval lint | list | enter`: definitions from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from duban.command import app
from duban.refusals import asked_language, refusals
from models import ApprovalDefinition
from tests.people import Cast
from workflow.adapters.shipped import PLANS
from workflow.bootstrap import Services

SHIPPED = PLANS / "definitions" / "milestone.yaml"
GOOD = "key: own\npurpose: acceptance\nsteps:\n  - {key: accept, role: supervisor, of: office}\n"


@pytest.fixture
def environment(services: Services, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("database", "store", "mail"):
        monkeypatch.setenv(f"DUBAN_{name.upper()}", str(getattr(services.settings, name)))


def run(*arguments: str) -> tuple[int, list[str]]:
    result = CliRunner().invoke(app, ["approval", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout.splitlines()


def text(folder: Path, content: str, name: str = "own.yaml") -> str:
    (folder / name).write_text(content, encoding="utf-8")
    return str(folder / name)


def test_a_file_in_order_needs_no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUBAN_DATABASE", "sqlite:////nowhere/at/all.db")
    code, lines = run("lint", str(SHIPPED), "--language", "en")
    assert code == 0
    assert lines == [f"{SHIPPED}: in order: milestone, steps: unit_review → countersign → accept"]


def test_faults_and_warnings_are_named_by_file_line_and_column(tmp_path: Path) -> None:
    sound = text(tmp_path, GOOD, "sound.yaml")
    faulty = text(
        tmp_path,
        GOOD.replace("accept,", "accept, mode: vote, vote: {count: 1}, limit: {days: 1, then: pass},"),
    )
    broken = text(tmp_path, "key: a: b\n", "broken.yaml")
    code, lines = run("lint", sound, faulty, broken, "--language", "en")
    assert code == 1
    assert lines[0].startswith(f"{sound}: in order")
    assert lines[1].startswith(f"{faulty}:4:72: fault: steps.0.limit.then: step accept may be the last")
    assert lines[2].startswith(f"{faulty}:4:37: warning: steps.0.vote: step accept has one seat")
    assert lines[3].startswith(f"{broken}:1:7: fault: ")
    assert len(lines) == 4


def test_warnings_alone_are_no_failure_and_are_told_in_chinese(tmp_path: Path) -> None:
    code, lines = run(
        "lint", text(tmp_path, GOOD.replace("accept,", "accept, mode: vote, vote: {count: 1},"))
    )
    assert code == 0
    assert "提醒：" not in lines[0]
    assert ": 提醒: steps.0.vote：环节 accept 只有一个席位" in lines[0]


@pytest.mark.usefixtures("environment")
def test_names_are_looked_up_where_asked(tmp_path: Path) -> None:
    named = text(tmp_path, GOOD.replace("steps:\n", "steps:\n  - {key: head, people: [nobody]}\n"))
    assert run("lint", named)[0] == 0
    code, lines = run("lint", named, "--names", "--language", "en")
    assert code == 1
    assert lines[0].startswith(f"{named}:4:26: fault: steps.0.people.0: nobody with the sign-in name nobody")


@pytest.mark.usefixtures("environment")
def test_a_definition_is_entered_as_a_person_and_listed(
    tmp_path: Path, services: Services, cast: Cast
) -> None:
    own = text(tmp_path, GOOD + "holds_for: {plan: shanghai-2022, task: 4}\n")
    assert run("enter", own, "--as", "amira", "--language", "en") == (0, ["own: edition 1 is in force"])
    assert run("enter", own, "--as", "amira", "--language", "en") == (
        0,
        ["own: edition 1 says the same and is in force"],
    )
    with services.reading() as tx:
        row = tx.execute(select(ApprovalDefinition.__table__).where(ApprovalDefinition.key == "own")).one()
    assert (row.entered_by, row.source) == (cast.amira, Path(own).read_text(encoding="utf-8"))
    code, lines = run("list", "--all", "--language", "en")
    assert code == 0
    assert "Holds for" in lines[1]
    assert any("milestone" in line and "everything" in line for line in lines)
    assert any("own" in line and "Acceptance" in line and "task 4" in line for line in lines)


@pytest.mark.usefixtures("environment")
def test_one_with_a_fault_is_not_entered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    faulty = text(tmp_path, GOOD.replace("of: office", "of: town"))
    with pytest.raises(SystemExit) as ended, refusals():
        app(["approval", "enter", faulty, "--as", "amira"], standalone_mode=False)
    assert ended.value.code == 2
    assert "第4行第41列：steps.0.of" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "language"),
    [(["scan", "--language", "en"], "en"), (["scan", "--language=zh-Hant"], "zh-Hant"),
     (["scan"], "zh-Hans"), (["scan", "--language", "xx"], "zh-Hans"), (["--language"], "zh-Hans")],
)  # fmt: skip
def test_a_command_is_refused_in_the_language_that_it_was_given(arguments: list[str], language: str) -> None:
    assert asked_language(arguments) == language
