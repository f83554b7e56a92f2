"""A job run by hand: the order stands in the record of who gave it, and the run is a tick like any other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from schedules.runner import run_claimed
from schedules.timetable import TIMETABLE, Job
from workflow import ticks
from workflow.acts import perform
from workflow.bootstrap import Services
from workflow.deadlines import WorkingCalendar
from workflow.directory.orders import JobOrder
from workflow.errors import NotFound
from workflow.jobs import Planned, Ran
from workflow.lifecycles.person import PERSON


class HandRuns:
    """The timetable for the other doors (`workflow.jobs.Jobs`)."""

    def __init__(self, services: Services, timetable: Sequence[Job] = TIMETABLE) -> None:
        self._services = services
        self._timetable = timetable

    def planned(self, calendar: WorkingCalendar, now: datetime) -> list[Planned]:
        return [
            Planned(job.name, job.when.rhythm(), job.when.following(now, calendar), job.lease)
            for job in self._timetable
        ]

    def run(self, job: str, person_id: int, now: datetime) -> Ran:
        """Order and claim in one transaction, so that who is refused the one leaves no trace of the other."""
        known = self._known(job)
        with self._services.transaction() as tx:
            perform(tx, PERSON, person_id, "run_job", person_id, now, details=JobOrder(job=job))
            run_id, due_at = ticks.order(tx, job, now, known.lease, person_id)
        return run_claimed(self._services, known, run_id, due_at, now, sign="hand")

    def _known(self, name: str) -> Job:
        for job in self._timetable:
            if job.name == name:
                return job
        raise NotFound(kind="job")
