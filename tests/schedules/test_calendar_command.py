"""`duban calendar`: a year's file previewed, entered, corrected, shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from duban.command import app
from tests.people import Cast
from tests.workflow.calendar_notices.ground import an_admin, editions
from workflow.bootstrap import Services
from workflow.errors import NotPermitted, ReasonRequired

YEAR = """\
year: 2027
notice: {number: 国办发明电〔2026〕9号, source: "https://www.gov.cn/", verified: %s}
days_off: [2026-12-31, 2027-01-01]
days_worked: []
"""


@pytest.fixture
def environment(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("database", "store", "mail"):
        monkeypatch.setenv(f"DUBAN_{name.upper()}", str(getattr(services.settings, name)))


@pytest.mark.usefixtures("environment")
def test_a_years_file_is_entered_by_an_admin_and_corrected_with_a_reason(
    services: Services, cast: Cast, tmp_path: Path
) -> None:
    an_admin(services, cast)
    file, run = tmp_path / "2027.yaml", CliRunner()
    file.write_text(YEAR % "false", encoding="utf-8")
    refused = run.invoke(app, ["calendar", "enter", str(file), "--as", "petra"])
    assert isinstance(refused.exception, NotPermitted)
    assert "milestone" not in run.invoke(app, ["calendar", "preview", str(file), "--as", "nora"]).output
    entered = run.invoke(app, ["calendar", "enter", str(file), "--as", "nora", "--language", "en"])
    assert entered.exit_code == 0, entered.output
    assert "2027" in entered.output
    file.write_text(YEAR % "true", encoding="utf-8")
    assert isinstance(
        run.invoke(app, ["calendar", "enter", str(file), "--as", "nora"]).exception, ReasonRequired
    )
    reason = ["--reason", "核对来源。"]
    assert run.invoke(app, ["calendar", "enter", str(file), "--as", "nora", *reason]).exit_code == 0
    assert [(row.verified, row.reason) for row in editions(services)] == [(False, None), (True, "核对来源。")]
    shown = run.invoke(app, ["calendar", "show", "2027"]).output
    assert "核对来源" in shown
