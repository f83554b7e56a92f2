"""The first steps of somebody new: a wrong one is answered by a sentence that says the right one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from workflow.adapters.directory_sheets import read_workbook, write_workbook
from workflow.bootstrap import Services
from workflow.directory.intake import import_directory
from workflow.sheets import ImportRefused


def duban(folder: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DUBAN_")}
    given = {"DUBAN_DATABASE": f"sqlite:///{folder / 'duban.db'}"} | settings
    command = [sys.executable, "-c", "from duban.command import run; run()", *words]
    return subprocess.run(command, env=kept | given, cwd=folder, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize(
    "words", [["serve", "--port", "1"], ["audit", "verify"], ["user", "first-admin", "li", "李"]]
)
def test_a_database_that_was_never_migrated_is_answered_by_the_command_to_run(
    tmp_path: Path, words: list[str]
) -> None:
    done = duban(tmp_path, *words)
    assert (done.returncode, "duban migrate" in done.stderr) == (2, True), done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_does_not_answer_is_named_without_a_traceback(tmp_path: Path) -> None:
    away = "postgresql+psycopg://duban@127.0.0.1:1/duban"
    done = duban(tmp_path, "audit", "verify", DUBAN_DATABASE=away)
    assert (done.returncode, "连接不上数据库" in done.stderr) == (2, True), done.stderr
    assert "Traceback" not in done.stderr


def test_the_first_admin_gets_a_code_and_is_told_what_it_is_for(tmp_path: Path) -> None:
    assert duban(tmp_path, "migrate").returncode == 0
    done = duban(tmp_path, "user", "first-admin", "li.wen", "李文")
    assert done.stdout.startswith("li.wen 请于")
    assert done.stdout.strip()[-19:].count("-") == 3


def test_an_empty_template_is_refused_before_there_is_an_office(services: Services) -> None:
    sheets = read_workbook(write_workbook({}, "zh-Hans"))
    with pytest.raises(ImportRefused) as refused, services.transaction() as tx:
        import_directory(tx, sheets, "0" * 64, None, services.clock())
    assert [missing.code for missing in refused.value.missing] == ["row_nothing"]
