"""The timetable: each tick once, by whoever wakes first; what was missed once, what broke off again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from apscheduler.triggers.cron import CronTrigger
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from models import OutboxRow, ScheduleRun
from schedules.moments import Daily, Every, When
from schedules.pulse import Pulse
from schedules.runner import due_ticks, run_all, run_once, start_in_background
from schedules.timetable import TIMETABLE, Job
from tests.people import START, Cast, HandClock
from tests.schedules.mailroom import mails
from tests.workflow.scan.clockwork import morning, reminders
from workflow import processes, ticks
from workflow.acts import request_id
from workflow.adapters.calendars import read_calendar
from workflow.bootstrap import Services, bootstrap
from workflow.civil import ZONE
from workflow.words import LANGUAGES, say

CALENDAR = read_calendar()
MOMENTS = st.integers(0, 1000 * 24 * 3600).map(lambda seconds: START + timedelta(seconds=seconds))
SERIES: list[When] = [
    Daily("00:20"),
    Daily("08:00", working=True),
    Daily("03:00", weekday="sun"),
    Every(5),
    Every(1),
]


class Counted:
    """A job that counts its runs, and does what it is told meanwhile."""

    def __init__(self, outcome: Any = None) -> None:
        self.runs: list[datetime] = []
        self.requests: list[str | None] = []
        self.outcome = outcome

    def __call__(self, services: Services, now: datetime) -> Mapping[str, Any]:
        self.runs.append(now)
        self.requests.append(request_id.get())
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return {"done": 1}


def nightly(run: Any) -> tuple[Job, ...]:
    return (Job("remind", Daily("08:00"), run, timedelta(hours=1)),)


def runs(services: Services) -> list[Any]:
    with services.reading() as tx:
        return list(tx.execute(select(ScheduleRun.__table__).order_by(ScheduleRun.id)))


@pytest.mark.parametrize("when", SERIES, ids=repr)
@given(now=MOMENTS)
def test_the_latest_moment_is_the_one_that_nothing_follows_before_now(when: When, now: datetime) -> None:
    latest = when.latest(now, CALENDAR)
    assert latest <= now < when.following(now, CALENDAR)
    assert when.following(latest - timedelta(microseconds=1), CALENDAR) == latest
    assert when.latest(latest, CALENDAR) == latest


@pytest.mark.parametrize("when", SERIES, ids=repr)
@given(now=MOMENTS)
def test_the_alarm_rings_whenever_a_moment_comes(when: When, now: datetime) -> None:
    trigger = CronTrigger(**when.cron(), timezone=ZONE)
    rings = trigger.get_next_fire_time(None, when.following(now, CALENDAR))
    assert rings == when.following(now, CALENDAR)


def test_a_working_day_may_be_a_saturday() -> None:
    """28 January 2023 was worked for the Spring Festival, 2 January was off."""
    eight = Daily("08:00", working=True)
    assert eight.following(morning(2023, 1, 27), CALENDAR).astimezone(ZONE).date() == date(2023, 1, 28)
    assert eight.latest(morning(2023, 1, 2), CALENDAR).astimezone(ZONE).date() == date(2022, 12, 30)


def test_a_tick_is_run_once(services: Services) -> None:
    job = Counted()
    assert [ran.outcome for ran in run_once(services, morning(2022, 3, 1), timetable=nightly(job))] == [
        {"done": 1}
    ]
    assert run_once(services, morning(2022, 3, 1), timetable=nightly(job)) == []
    assert run_once(services, morning(2022, 3, 1) + timedelta(hours=20), timetable=nightly(job)) == []
    assert len(job.runs) == 1
    (row,) = runs(services)
    assert (row.job, row.due_at) == ("remind", datetime(2022, 3, 1, tzinfo=UTC))
    assert (row.finished_at, row.outcome, row.error) == (morning(2022, 3, 1), {"done": 1}, None)
    assert job.requests == ["tick:remind:20220301T0000"]


def test_of_many_missed_ticks_the_latest_is_run_once(services: Services) -> None:
    job = Counted()
    run_once(services, morning(2022, 3, 1), timetable=nightly(job))
    run_once(services, morning(2022, 9, 1), timetable=nightly(job))
    assert [row.due_at.date() for row in runs(services)] == [date(2022, 3, 1), date(2022, 9, 1)]


def test_many_that_wake_at_once_run_it_once(services: Services, clock: HandClock) -> None:
    job, ready = Counted(), Barrier(4)
    others = [bootstrap(services.settings, clock=clock) for _ in range(4)]

    def wake(other: Services) -> None:
        ready.wait()
        run_once(other, morning(2022, 3, 1), timetable=nightly(job))

    threads = [Thread(target=wake, args=(other,)) for other in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for other in others:
        other.close()
    assert len(job.runs) == len(runs(services)) == 1


def test_a_tick_left_by_a_dead_process_is_taken_again_after_its_lease(services: Services) -> None:
    now, due_at = morning(2022, 3, 1), datetime(2022, 3, 1, tzinfo=UTC)
    with services.transaction() as tx:
        assert ticks.claim(tx, "remind", due_at, now, timedelta(hours=1)) is not None
        assert ticks.claim(tx, "remind", due_at, now, timedelta(hours=1)) is None
    job = Counted()
    assert run_once(services, now + timedelta(minutes=59), timetable=nightly(job)) == []
    assert len(run_once(services, now + timedelta(minutes=61), timetable=nightly(job))) == 1


def test_a_job_that_breaks_off_says_so_and_is_tried_again(services: Services) -> None:
    broken, now = Counted(ValueError("no such day")), morning(2022, 3, 1)
    (ran,) = run_once(services, now, timetable=nightly(broken))
    assert ran.error == "ValueError: no such day"
    (row,) = runs(services)
    assert (row.finished_at, row.error) == (None, "ValueError: no such day")
    (ran,) = run_once(services, now + timedelta(minutes=61), timetable=nightly(Counted()))
    assert ran.error is None
    (row,) = runs(services)
    assert (row.finished_at, row.error) == (now + timedelta(minutes=61), None)


def test_one_job_that_breaks_off_stops_no_other(services: Services) -> None:
    good = Counted()
    table = (*nightly(Counted(ValueError())), Job("relay", Every(1), good))
    run_once(services, morning(2022, 3, 1), timetable=table)
    assert len(good.runs) == 1


def test_a_late_switch_on_sends_only_the_latest_rung(services: Services, cast: Cast) -> None:
    outcomes = {ran.job: ran.outcome for ran in run_once(services, morning(2022, 12, 30))}
    assert outcomes["remind"] == {"recorded": 5, "told": 1}
    assert outcomes["relay"] == {"addressed": 1, "sent": 1, "retried": 0, "parked": 0}
    assert [rung for rung, overtaken in reminders(services, cast.milestone).items() if not overtaken] == [
        "day-0"
    ]
    assert len(mails(services)) == 1


def test_every_job_runs_on_a_new_database(services: Services) -> None:
    """Nobody and nothing in it yet."""
    ran = run_once(services, morning(2022, 12, 30))
    assert [(run.job, run.error) for run in ran] == [(job.name, None) for job in TIMETABLE]
    assert list(run_all(services, morning(2022, 12, 30))) == [job.name for job in TIMETABLE]


def test_the_request_id_of_a_tick_is_in_what_it_tells(services: Services, cast: Cast) -> None:
    run_once(services, morning(2022, 12, 30))
    with services.reading() as tx:
        assert tx.execute(select(OutboxRow.facts)).scalar_one()["request"] == "tick:remind:20221230T0000"


def test_the_last_run_of_each_job_is_visible(services: Services) -> None:
    run_once(services, morning(2022, 3, 1), timetable=nightly(Counted()))
    run_once(services, morning(2022, 3, 2), timetable=nightly(Counted()))
    with services.reading() as tx:
        last = ticks.last_runs(tx)
    assert list(last) == ["remind"]
    assert last["remind"].due_at == datetime(2022, 3, 2, tzinfo=UTC)


def test_the_scheduler_catches_up_when_it_starts_and_sets_an_alarm_for_every_job(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    clock.now = START
    scheduler = start_in_background(services)
    try:
        alarms = {job.id: job for job in scheduler.get_jobs()}
        assert {job.name for job in TIMETABLE} <= set(alarms)
        assert all(alarm.misfire_grace_time >= 3600 and alarm.coalesce for alarm in alarms.values())
    finally:
        scheduler.shutdown(wait=True)
    assert due_ticks(services, START) == []


def test_a_process_beats_while_it_lives_and_says_goodbye(services: Services, clock: HandClock) -> None:
    pulse = Pulse(services, "schedule")
    for minute in range(3):
        clock.now = START + timedelta(minutes=minute)
        pulse.beat()
    with services.reading() as tx:
        (process,) = processes.listed(tx, clock.now)
    assert (process.name, process.started_at, process.beaten_at) == ("schedule", START, clock.now)
    pulse.stop()
    with services.reading() as tx:
        assert processes.listed(tx, clock.now) == []


def test_every_job_has_a_name_in_all_languages() -> None:
    assert all(say(f"job.{job.name}", language) for job in TIMETABLE for language in LANGUAGES)
