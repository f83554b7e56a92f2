"""A tick whose process died is run again the same day, though its own alarm has rung."""

from __future__ import annotations

from datetime import timedelta

from schedules.runner import run_once, start_in_background
from schedules.timetable import TIMETABLE
from tests.people import Cast, HandClock
from workflow import ticks
from workflow.bootstrap import Services


def test_an_alarm_rings_for_ticks_left_by_the_dead(services: Services, cast: Cast, clock: HandClock) -> None:
    clock.go_to(2022, 3, 1, 8)
    remind = next(job for job in TIMETABLE if job.name == "remind")
    with services.transaction() as tx:
        assert ticks.claim(tx, "remind", clock.now, clock.now, remind.lease)
    assert "remind" not in {ran.job for ran in run_once(services, clock.now + timedelta(seconds=10))}
    assert "remind" in {
        ran.job for ran in run_once(services, clock.now + remind.lease + timedelta(seconds=1))
    }


def test_the_alarm_clock_looks_for_such_ticks_again_and_again(services: Services) -> None:
    scheduler = start_in_background(services)
    try:
        assert scheduler.get_job("catch_up").trigger.interval == timedelta(minutes=5)
    finally:
        scheduler.shutdown()
