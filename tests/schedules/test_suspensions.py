"""Suspended tasks take themselves up again: on the day, late, once; milestones and shares move by the days lost."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models import AuditEvent, DueMove, Milestone, Share, Task
from models.states import DueBasis
from schedules.runner import run_once
from schedules.suspensions import resume_suspended
from tests.people import Cast, HandClock, do
from tests.workflow.lifecycles import situations as a
from tests.workflow.lifecycles.witness import refused, watching
from tests.workflow.scan.clockwork import morning
from workflow.bootstrap import Services
from workflow.errors import NotReady
from workflow.histories import histories
from workflow.ladder import Mark


def suspend(services: Services, cast: Cast, until: str | None = "2022-03-14", **more: Any) -> None:
    details = {"until_on": until, **more}
    do(services, "task", cast.task, "suspend", cast.amira, reason=a.REASON, details=details)


def broken_down(services: Services, cast: Cast) -> int:
    """A started milestone with one share: the share."""
    a.a_started_milestone(services, cast)
    portion = {"unit_id": cast.joint, "due_on": "2022-11-30", "targets": [{"indicator_id": cast.indicator}]}
    do(services, "milestone", cast.milestone, "break_down", cast.olga, details={"portions": [portion]})
    return a.latest(services, Share)


def task(services: Services, cast: Cast) -> Any:
    with services.reading() as tx:
        columns = (Task.state, Task.suspended_on, Task.suspended_until_on)
        return tuple(tx.execute(select(*columns).where(Task.id == cast.task)).one())


def moves(services: Services) -> list[Any]:
    columns = (DueMove.milestone_id, DueMove.share_id, DueMove.from_on, DueMove.to_on, DueMove.basis)
    own = select(*columns).where(DueMove.subject_kind.is_(None))
    with services.reading() as tx:
        return [tuple(row) for row in tx.execute(own.order_by(DueMove.id))]


def test_nothing_is_resumed_before_its_day(services: Services, cast: Cast) -> None:
    a.a_task_under_way(services, cast)
    suspend(services, cast)
    assert task(services, cast) == ("suspended", date(2022, 1, 14), date(2022, 3, 14))
    assert resume_suspended(services, morning(2022, 3, 13))["resumed"] == 0
    assert task(services, cast)[0] == "suspended"


def test_on_the_day_it_is_taken_up_by_the_system_with_all_open_dates(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    share = broken_down(services, cast)
    suspend(services, cast)
    clock.now = morning(2022, 3, 14)
    with watching(services) as seen:
        assert resume_suspended(services, clock.now) == {"resumed": 1, "failed": 0, "faults": []}
    assert seen.events == [
        ("task", "resume", "in_progress", None),
        ("work_plan", "redate", "required", None),
    ]
    assert seen.topics == ["task_resumed"]
    assert task(services, cast) == ("in_progress", None, None)
    with services.reading() as tx:
        event = tx.execute(select(AuditEvent.text).order_by(AuditEvent.id.desc()).limit(1)).scalar_one()
        kept = tx.execute(select(Milestone.due_on).where(Milestone.id == cast.milestone)).scalar_one()
        own = tx.execute(select(Share.due_on, Share.version).where(Share.id == share)).one()
    assert "2022-03-14" in event, "the reason names the day that was set"
    # 38 working days after 14 January up to 14 March 2022: the Spring Festival off, its make-up days worked.
    assert (kept, own.due_on) == (date(2023, 2, 28), date(2023, 1, 29))
    assert own.version == 2
    assert moves(services) == [
        (cast.milestone, None, date(2022, 12, 30), date(2023, 2, 28), DueBasis.SUSPENSION),
        (cast.second, None, date(2023, 12, 29), moves(services)[1][3], DueBasis.SUSPENSION),
        (cast.milestone, share, date(2022, 11, 30), date(2023, 1, 29), DueBasis.SUSPENSION),
    ]


def test_a_run_that_was_missed_loses_nothing_and_a_second_doubles_nothing(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    """Until somebody wakes, nobody could work: those days are lost as well."""
    a.a_task_under_way(services, cast)
    suspend(services, cast)
    clock.now = morning(2022, 3, 18)
    assert resume_suspended(services, clock.now)["resumed"] == 1
    before = moves(services)
    assert before[0][3] == date(2023, 3, 6)
    assert resume_suspended(services, clock.now + timedelta(hours=1))["resumed"] == 0
    assert moves(services) == before


def test_the_timetable_runs_it_before_the_lights(services: Services, cast: Cast, clock: HandClock) -> None:
    a.a_task_under_way(services, cast)
    suspend(services, cast)
    clock.now = morning(2022, 3, 14)
    ran = {run.job: run.outcome for run in run_once(services)}
    assert ran["resume_suspended"] == {"resumed": 1, "failed": 0, "faults": []}
    assert list(ran).index("resume_suspended") < list(ran).index("light")


def test_without_an_end_somebody_resumes_it(services: Services, cast: Cast, clock: HandClock) -> None:
    a.a_suspended_task(services, cast)
    clock.now = morning(2025, 1, 2)
    assert resume_suspended(services, clock.now)["resumed"] == 0


def test_one_that_was_resumed_by_hand_or_finished_is_left_alone(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    a.a_task_under_way(services, cast)
    suspend(services, cast)
    do(services, "task", cast.task, "resume", cast.amira, reason=a.REASON)
    clock.now = morning(2022, 3, 14)
    assert resume_suspended(services, clock.now)["resumed"] == 0
    assert task(services, cast) == ("in_progress", None, None)


def test_the_days_count_from_the_day_that_was_decided(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    a.a_task_under_way(services, cast)
    clock.now = morning(2022, 2, 14)
    suspend(services, cast, from_on="2022-01-14")
    clock.now = morning(2022, 3, 14)
    resume_suspended(services, clock.now)
    assert moves(services)[0][3] == date(2023, 2, 28)


@pytest.mark.parametrize(
    ("details", "field"),
    [({"until_on": "2022-01-14"}, "until_on"), ({"until_on": None, "from_on": "2022-01-15"}, "from_on"),
     ({"until_on": "2022-03-14", "meeting_id": 9}, "meeting_id")],
)  # fmt: skip
def test_a_suspension_that_makes_no_sense_is_refused(
    services: Services, cast: Cast, details: dict[str, Any], field: str
) -> None:
    a.a_task_under_way(services, cast)
    with refused(services, NotReady) as error:
        do(services, "task", cast.task, "suspend", cast.amira, reason=a.REASON, details=details)
    assert error.value.missing[0].facts["field"] == field


def test_the_date_of_a_share_is_none_of_its_milestones(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    """A milestone is late by its own dates alone."""
    broken_down(services, cast)
    suspend(services, cast)
    resume_suspended(services, morning(2022, 3, 14))
    with services.reading() as tx:
        entries = histories(tx, [cast.milestone])[cast.milestone].entries
    assert [entry.due_on for entry in entries if entry.mark is Mark.DUE] == [
        date(2022, 12, 30),
        date(2023, 2, 28),
    ]
