"""Mail that never gets lost: relays, schedulers, a server that refuses, delays and hangs up, and processes killed.

Each message arrives at least once; twice only where the server had taken it from a process that then died, and under
the same Message-ID; none is lost, none parked that could be sent. `make soak` does it with 5,000 and tells the figures.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.databases import POSTGRESQL, fresh_database
from tests.end_to_end.ground import Ground, lay_ground
from tests.end_to_end.moments import ANY
from tests.end_to_end.postoffice import PostOffice, Taken, open_post_office
from tests.end_to_end.storm import Storm, Weathered, faults_of

MESSAGES = int(os.environ.get("DUBAN_MESSAGES", "5000"))
KILLS = 40
pytestmark = pytest.mark.skipif(not POSTGRESQL, reason="PostgreSQL is the database that many processes share")


@pytest.fixture
def ground(tmp_path: Path, templates: Path) -> Iterator[Ground]:
    with fresh_database(tmp_path, templates) as url:
        yield lay_ground(url, tmp_path)


def weather(
    ground: Ground, seed: int, relays: int, schedulers: int, messages: int, deaths: list[str], at_once: int
) -> Weathered:
    with open_post_office(seed) as office:
        ground.settings = ground.settings.model_copy(update={"mail": office.address})
        return Storm(ground, office, relays, schedulers, seed).run(messages, deaths, at_once=at_once)


@pytest.mark.timeout(300)
def test_a_hundred_messages_arrive_though_processes_die(ground: Ground) -> None:
    storm = weather(ground, 5, 2, 1, 100, ["unmarked", ANY], at_once=60)
    assert faults_of(storm) == []
    assert len(storm.killed) >= 2
    assert storm.doubles >= 1, "one was taken and not marked"
    assert min(storm.office.moods[mood] for mood in ("refuse", "delay", "hang up")) > 0
    _is_heard_against_itself(storm)
    storm.services.close()


def _is_heard_against_itself(storm: Weathered) -> None:
    """The witness must see a mail that is lost, one that came again while its bringer lived, and other bytes."""
    office, first = storm.office, storm.office.taken[0]
    once = replace(
        storm, office=PostOffice(0, [taken for taken in office.taken if taken.message_id != first.message_id])
    )
    assert any("lost" in fault for fault in faults_of(once))
    again = [*office.taken, Taken(first.message_id, "relay.9-1.test", b"other"), first]
    found = faults_of(replace(storm, office=PostOffice(0, again)))
    assert any("lived on" in fault for fault in found)
    assert any("other bytes" in fault for fault in found)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_five_thousand_messages_arrive_though_processes_die(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    deaths = [ANY, "unmarked"] * (KILLS // 2)
    storm = weather(ground, 11, 4, 2, MESSAGES, deaths, at_once=max(1, MESSAGES // KILLS))
    with capsys.disabled():
        sys.stdout.write(f"\n{storm.figures()}\n")
    assert faults_of(storm) == []
    assert len(storm.killed) >= KILLS
    storm.services.close()
