"""`duban schedule`, `scan` and `deliver`: the jobs from the command line."""

from __future__ import annotations

import signal
import subprocess
import sys
from itertools import takewhile

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from duban.schedule import app
from models import ScheduleRun
from schedules.timetable import TIMETABLE
from tests.people import Cast
from workflow.bootstrap import Services


@pytest.fixture
def environment(services: Services, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("database", "store", "mail"):
        monkeypatch.setenv(f"DUBAN_{name.upper()}", str(getattr(services.settings, name)))


@pytest.mark.usefixtures("environment")
def test_scan_and_deliver_do_their_part_now_and_say_what() -> None:
    """The cast's milestones are long overdue by the machine's own clock."""
    scanned = CliRunner().invoke(app, ["scan", "--language", "en"])
    assert scanned.exit_code == 0, scanned.output
    assert "told=2" in scanned.output
    delivered = CliRunner().invoke(app, ["deliver"])
    assert delivered.exit_code == 0, delivered.output
    assert "投递邮件" in delivered.output
    assert "parked=0" in delivered.output


@pytest.mark.usefixtures("environment")
def test_schedule_once_runs_what_is_due_then_nothing_but_the_minute(services: Services) -> None:
    assert CliRunner().invoke(app, ["schedule", "--once"]).exit_code == 0
    with services.reading() as tx:
        assert set(tx.execute(select(ScheduleRun.job)).scalars()) == {job.name for job in TIMETABLE}


@pytest.mark.usefixtures("environment")
def test_the_process_catches_up_and_ends_politely(services: Services) -> None:
    command = [sys.executable, "-c", "from duban.schedule import app; app(['schedule'])"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        told = takewhile(
            lambda line: not ("run_once" in line and "executed successfully" in line), process.stderr
        )
        said = "".join(told)  # as long as catching up takes
        process.send_signal(signal.SIGTERM)
        said += process.stderr.read()
        assert process.wait(timeout=30) == 0, said
    with services.reading() as tx:
        finished = tx.execute(select(ScheduleRun.job).where(ScheduleRun.finished_at.is_not(None))).scalars()
        assert set(finished) == {job.name for job in TIMETABLE}, said
