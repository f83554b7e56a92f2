"""The benchmark of the inbox runs, finds what it laid, and takes as many statements for 60 approvals as for 300."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer import Typer
from typer.testing import CliRunner

from benchmarks import inbox


def test_the_boxes_hold_what_was_laid_and_the_statements_stay(tmp_path: Path) -> None:
    few, many = (inbox.run("sqlite", tmp_path, n, 2, further=False)["found"] for n in (60, 300))
    assert told(many, "supervisor: counts") == "to_sign 100 (30), signed 600 (0)"
    assert told(many, "supervisor: inbox page") == "50 rows"
    assert told(many, "named: inbox page") == "0 rows"
    assert told(many, "reviewer: inbox page") == told(many, "substitute: inbox page") != "0 rows"
    assert {name: row[2] for name, row in few.items()} == {name: row[2] for name, row in many.items()}
    assert max(row[2] for row in many.values()) <= 6


def told(found: dict[str, Any], what: str) -> str:
    return str(found[what][3])


@pytest.mark.soak
def test_the_command_tells_its_figures(tmp_path: Path) -> None:
    app = Typer()
    app.command()(inbox.main)
    asked = ["--databases", "sqlite", "--approvals", "60", "--requests", "20", "--folder", str(tmp_path)]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    assert "inbox page" in done.output
