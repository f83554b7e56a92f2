"""kill -9 under load at random moments: no act half done, nothing lost, nothing doubled, the chain intact.

Three kills with every run of the tests on PostgreSQL; `make soak` does 20 a run, or as many as DUBAN_KILLS says. And
the witness is heard against itself: each truth must fail when the record is made untrue by hand.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import POSTGRESQL, fresh_database
from tests.end_to_end.ground import Ground, lay_ground
from tests.end_to_end.kills import Play, Played
from tests.end_to_end.moments import ANY, FATAL
from tests.end_to_end.tellings import verify

DAYS = 9
"""Working days played at least: by the seventh, both idle milestones of the first task are 15 days late."""
ONE_PROCESS, TWO_PROCESSES = ("http+jobs",), ("http", "jobs")
KILLS = int(os.environ.get("DUBAN_KILLS", "20"))
KILLS_A_LOAD = 20
"""A longer soak plays several loads: a load of years would only repeat itself."""


@pytest.fixture
def ground(tmp_path: Path, templates: Path) -> Iterator[Ground]:
    with fresh_database(tmp_path, templates) as url:
        yield lay_ground(url, tmp_path)


def faults_of(played: Played) -> list[str]:
    services = played.ground.open()
    with services.reading() as tx:
        faults = verify(tx, services.store, played)
    services.close()
    return faults


@pytest.mark.soak_on("sqlite")
@pytest.mark.timeout(300)
def test_three_kills_leave_nothing_half_done(ground: Ground) -> None:
    parts = TWO_PROCESSES if POSTGRESQL else ONE_PROCESS
    played = Play(ground, parts, seed=3).run((ANY, "unanswered", "unmarked"), days=DAYS)
    assert faults_of(played) == []
    assert played.kills == 3
    assert played.log.broken > 0
    assert played.log.replayed > 0


@pytest.mark.soak
@pytest.mark.parametrize("parts", [ONE_PROCESS, TWO_PROCESSES], ids=["one process", "two processes"])
@pytest.mark.parametrize("moment", FATAL)
def test_deaths_at_the_worst_moments_leave_nothing_half_done(
    ground: Ground, parts: tuple[str, ...], moment: str
) -> None:
    played = Play(ground, parts, seed=500).run([moment] * 5, days=DAYS)
    assert faults_of(played) == []
    assert played.log.replayed > 0 or moment != "unanswered"


@pytest.mark.soak
@pytest.mark.parametrize("parts", [ONE_PROCESS, TWO_PROCESSES], ids=["one process", "two processes"])
@pytest.mark.parametrize("load", range(-(-KILLS // KILLS_A_LOAD)))
def test_many_kills_leave_nothing_half_done(ground: Ground, parts: tuple[str, ...], load: int) -> None:
    kills = min(KILLS_A_LOAD, KILLS - load * KILLS_A_LOAD)
    played = Play(ground, parts, seed=1000 + load).run([ANY] * kills, days=DAYS)
    assert faults_of(played) == []
    assert played.kills == kills
