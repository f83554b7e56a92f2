"""An import runs only downward: import-linter's contracts hold, and each of them can fail."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.sources import OURS, ROOT, modules


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs lint-imports over the packages in `folder`, and over no others."""
    program = (
        "import sys; from importlinter.cli import lint_imports; "
        "sys.path.insert(0, '.'); sys.exit(lint_imports(no_cache=True, no_logo=True))"
    )
    command = [sys.executable, "-c", program]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The house's own packages in a folder of their own, to break."""
    for name in modules(*OURS):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / name)
    shutil.copyfile(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    return tmp_path


def test_every_import_runs_downward() -> None:
    result = _lint(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("models/climber.py", "import workflow.words"),
        ("workflow/climber.py", "import api"),
        ("api/climber.py", "import schedules"),
        ("schedules/climber.py", "import duban"),
        ("workflow/climber.py", "import workflow.adapters.database"),
        ("workflow/lifecycles/climber.py", "import workflow.bootstrap"),
        ("workflow/adapters/climber.py", "import workflow.bootstrap"),
        ("workflow/climber.py", "from fastapi import Request"),
        ("workflow/papers/climber.py", "import weasyprint"),
    ],
)
def test_an_import_that_climbs_is_caught(copy: Path, module: str, line: str) -> None:
    (copy / module).write_text(f"{line}\n", encoding="utf-8")
    result = _lint(copy)
    assert result.returncode == 1
    assert "climber" in result.stdout
