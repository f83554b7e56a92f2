"""Runs what is due. APScheduler is only the alarm clock: whether a tick is still to be run, its row says."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from time import monotonic
from typing import Any

from apscheduler.events import EVENT_SCHEDULER_SHUTDOWN
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.cron import CronTrigger

from schedules.pulse import BEAT_SECONDS, Pulse
from schedules.timetable import TIMETABLE, Job
from workflow import ticks
from workflow.acts import request_id
from workflow.bootstrap import Services
from workflow.calendar import working_calendar
from workflow.civil import ZONE
from workflow.jobs import Ran

log = logging.getLogger("duban.schedule")
CATCH_UP_MINUTES = 5
ALARMS = {"misfire_grace_time": 6 * 3600, "coalesce": True, "max_instances": 1}
"""An alarm that rings late (the machine slept) still rings, once; the default of one second would drop it."""


def due_ticks(
    services: Services, now: datetime, timetable: Sequence[Job] = TIMETABLE
) -> list[tuple[Job, datetime]]:
    """The latest tick of each job, where it waits for somebody: however many were missed, it runs once."""
    with services.reading() as tx:
        calendar = working_calendar(tx)
        latest = [(job, job.when.latest(now, calendar)) for job in timetable]
        return [(job, due_at) for job, due_at in latest if ticks.is_open(tx, job.name, due_at, now)]


def run_once(
    services: Services,
    now: datetime | None = None,
    *,
    timetable: Sequence[Job] = TIMETABLE,
    skip: Collection[str] = (),
) -> list[Ran]:
    """Run every job whose tick is due at `now` (the services' clock by default), in the timetable's order."""
    moment = services.clock() if now is None else now
    waiting = due_ticks(services, moment, [job for job in timetable if job.name not in skip])
    runs = [run_tick(services, job, due_at, moment) for job, due_at in waiting]
    return [ran for ran in runs if ran is not None]


def run_all(services: Services, now: datetime, *, skip: Collection[str] = ()) -> dict[str, Mapping[str, Any]]:
    """Run every job at `now`, due or not, without ticks: the outcome of each. Errors are raised."""
    return {job.name: job.run(services, now) for job in TIMETABLE if job.name not in skip}


def run_tick(services: Services, job: Job, due_at: datetime, now: datetime) -> Ran | None:
    """Claim a tick and run its job; None where another process has it. A job that breaks off is tried again."""
    with services.transaction() as tx:
        run_id = ticks.claim(tx, job.name, due_at, now, job.lease)
    return None if run_id is None else run_claimed(services, job, run_id, due_at, now)


def run_claimed(
    services: Services, job: Job, run_id: int, due_at: datetime, now: datetime, sign: str = "tick"
) -> Ran:
    """Run a job whose tick is this process's, and note how it went."""
    mark = request_id.set(f"{sign}:{job.name}:{due_at:%Y%m%dT%H%M}")
    began = monotonic()
    try:
        outcome = dict(job.run(services, now))
    except Exception as error:
        log.exception("%s broke off", job.name)
        fault, took_ms = f"{type(error).__name__}: {error}", _since(began)
        with services.transaction() as tx:
            ticks.fail(tx, run_id, fault, took_ms)
        return Ran(job.name, due_at, None, fault, took_ms)
    finally:
        request_id.reset(mark)
    took_ms = _since(began)
    with services.transaction() as tx:
        ticks.finish(tx, run_id, now, outcome, took_ms)
    return Ran(job.name, due_at, outcome, None, took_ms)


def _since(began: float) -> int:
    return round((monotonic() - began) * 1000)


def start_in_background(services: Services) -> BackgroundScheduler:
    """The alarm clock in threads of this process: what was missed runs at once. `shutdown()` ends it."""
    scheduler = BackgroundScheduler(timezone=ZONE, job_defaults=ALARMS)
    _set_alarms(scheduler, services, "serve")
    scheduler.start()
    return scheduler


def run_for_ever(services: Services) -> None:
    """The alarm clock in this thread, until the process is told to end (KeyboardInterrupt); running jobs finish."""
    scheduler = BlockingScheduler(timezone=ZONE, job_defaults=ALARMS)
    _set_alarms(scheduler, services, "schedule")
    try:
        scheduler.start()
    finally:
        if scheduler.running:
            scheduler.shutdown()


def _set_alarms(scheduler: BaseScheduler, services: Services, name: str) -> None:
    pulse = Pulse(services, name)
    pulse.beat()
    scheduler.add_job(pulse.beat, "interval", seconds=BEAT_SECONDS, id="heartbeat")
    scheduler.add_listener(lambda _: pulse.stop(), EVENT_SCHEDULER_SHUTDOWN)
    scheduler.add_job(run_once, args=[services], id="at_start")
    # A tick whose process died is free again when its lease ends, and no alarm of its own rings for it then.
    scheduler.add_job(run_once, "interval", minutes=CATCH_UP_MINUTES, args=[services], id="catch_up")
    for job in TIMETABLE:
        trigger = CronTrigger(**job.when.cron(), timezone=ZONE)
        scheduler.add_job(_ring, trigger, args=[services, job], id=job.name)


def _ring(services: Services, job: Job) -> None:
    run_once(services, timetable=(job,))
