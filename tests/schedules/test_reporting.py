"""The call for reports: each period once, however late, often or by how many it is made."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from models import Report
from schedules.reporting import call_reports
from schedules.runner import run_once
from schedules.timetable import TIMETABLE
from tests.end_to_end.doors import chain_holds, together
from tests.people import Cast, HandClock, do
from tests.workflow.lifecycles import situations as a
from tests.workflow.lifecycles.witness import refused, watching
from tests.workflow.scan.clockwork import morning, told
from workflow.acts import perform
from workflow.bootstrap import Services, bootstrap
from workflow.errors import NotPermitted, WrongState


def set_task(services: Services, cast: Cast, interval: str) -> None:
    do(services, "task", cast.task, "set_reporting", cast.amira, details={"interval": interval})


def set_plan(services: Services, cast: Cast, interval: str) -> None:
    do(services, "plan", cast.plan, "set_reporting", cast.amira, details={"interval": interval})


def monthly(services: Services, cast: Cast) -> None:
    """Acknowledged on 14 January 2022, and reporting each month."""
    a.an_acknowledged_task(services, cast)
    set_task(services, cast, "monthly")


def reports(services: Services) -> list[tuple[str, str, str]]:
    """(from, up to, due) of each, oldest first."""
    columns = (Report.from_on, Report.upto_on, Report.due_on)
    with services.reading() as tx:
        return [tuple(map(str, row)) for row in tx.execute(select(*columns).order_by(Report.id))]  # type: ignore[misc]


JANUARY = ("2022-01-14", "2022-01-31", "2022-02-11")
FEBRUARY = ("2022-02-01", "2022-02-28", "2022-03-07")
MARCH = ("2022-03-01", "2022-03-31", "2022-04-08")


def test_a_period_is_called_for_on_the_day_after_its_end(services: Services, cast: Cast) -> None:
    monthly(services, cast)
    assert call_reports(services, morning(2022, 1, 31)) == {"called": 0, "failed": 0, "faults": []}
    with watching(services) as seen:
        assert call_reports(services, morning(2022, 2, 1))["called"] == 1
    assert reports(services) == [JANUARY]
    assert seen.events == [("task", "call_report", "acknowledged", None), ("report", "call", "due", None)]
    facts = told(services, "report_called")[0].facts
    assert (facts["from_on"], facts["upto_on"], facts["due_on"]) == JANUARY


def test_a_second_call_doubles_nothing(services: Services, cast: Cast) -> None:
    monthly(services, cast)
    call_reports(services, morning(2022, 2, 7))
    assert call_reports(services, morning(2022, 2, 7))["called"] == 0
    assert call_reports(services, morning(2022, 2, 8))["called"] == 0
    assert len(told(services, "report_called")) == 1


def test_a_call_that_was_missed_loses_nothing(services: Services, cast: Cast) -> None:
    """The scheduler slept until April: each of the three months is called for, due as it always was."""
    monthly(services, cast)
    assert call_reports(services, morning(2022, 4, 6))["called"] == 3
    assert reports(services) == [JANUARY, FEBRUARY, MARCH]


def test_two_processes_call_once(services: Services, cast: Cast) -> None:
    monthly(services, cast)
    others = [cast, *a.further_tasks(services, cast, 4)]
    set_plan(services, cast, "monthly")
    for other in others[1:]:
        do(services, "task", other.task, "acknowledge", cast.olga)
    twin = bootstrap(services.settings, clock=services.clock)
    outcomes = together(*(lambda s=s: call_reports(s, morning(2022, 3, 1)) for s in (services, twin)))
    twin.close()
    assert sum(outcome["called"] for outcome in outcomes) == 2 * len(others)
    assert [outcome["failed"] for outcome in outcomes] == [0, 0]
    assert len(reports(services)) == len(told(services, "report_called")) == 2 * len(others)
    assert chain_holds(services)


def test_one_task_that_fails_stops_no_other(
    services: Services, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monthly(services, cast)
    other = a.further_tasks(services, cast, 1)[0]
    do(services, "task", other.task, "acknowledge", cast.olga)
    do(services, "task", other.task, "set_reporting", cast.amira, details={"interval": "monthly"})

    def broken(tx: Any, law: Any, subject: int, *rest: Any, **more: Any) -> Any:
        if subject == cast.task:
            raise ValueError("broken")
        return perform(tx, law, subject, *rest, **more)

    monkeypatch.setattr("workflow.calling.perform", broken)
    outcome = call_reports(services, morning(2022, 2, 1))
    assert (outcome["called"], outcome["failed"]) == (1, 1)
    assert outcome["faults"] == [{"task": cast.task, "error": "ValueError: broken"}]


def test_the_plans_interval_holds_for_tasks_without_their_own(services: Services, cast: Cast) -> None:
    other = a.further_tasks(services, cast, 1)[0]
    set_plan(services, cast, "quarterly")
    set_task(services, cast, "monthly")
    for each in (cast, other):
        do(services, "task", each.task, "acknowledge", cast.olga)
    call_reports(services, morning(2022, 4, 1))
    with services.reading() as tx:
        rows = tx.execute(select(Report.task_id, Report.upto_on).order_by(Report.id)).all()
    assert [tuple(row) for row in rows] == [
        (cast.task, date(2022, 1, 31)),
        (cast.task, date(2022, 2, 28)),
        (cast.task, date(2022, 3, 31)),
        (other.task, date(2022, 3, 31)),
    ]


@pytest.mark.parametrize(
    "situation",
    [a.a_new_task, a.a_suspended_task, a.a_completed_task, a.a_cancelled_task],
    ids=["assigned", "suspended", "completed", "cancelled"],
)
def test_only_a_task_that_is_under_way_reports(services: Services, cast: Cast, situation: Any) -> None:
    set_plan(services, cast, "monthly")
    situation(services, cast)
    assert call_reports(services, morning(2022, 4, 1))["called"] == 0


def test_nothing_is_called_for_without_an_interval(services: Services, cast: Cast) -> None:
    a.an_acknowledged_task(services, cast)
    assert call_reports(services, morning(2023, 1, 1))["called"] == 0


def test_an_interval_that_is_set_later_calls_for_nothing_that_had_ended(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    """Set on 10 March: the first report is March's, and covers all that was not reported on."""
    a.an_acknowledged_task(services, cast)
    clock.go_to(2022, 3, 10)
    set_task(services, cast, "monthly")
    assert call_reports(services, clock())["called"] == 0
    call_reports(services, morning(2022, 4, 6))
    assert reports(services) == [("2022-01-14", "2022-03-31", "2022-04-08")]


def test_no_report_is_called_for_a_month_that_ended_while_the_task_was_suspended(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    monthly(services, cast)
    clock.go_to(2022, 2, 8)
    call_reports(services, clock())
    do(services, "task", cast.task, "suspend", cast.amira, reason=a.REASON)
    clock.go_to(2022, 4, 20)
    do(services, "task", cast.task, "resume", cast.amira, reason="问题已解决。")
    assert call_reports(services, clock())["called"] == 0
    call_reports(services, morning(2022, 5, 5))
    assert [row[:2] for row in reports(services)] == [JANUARY[:2], ("2022-02-01", "2022-04-30")]


def test_no_report_is_called_for_a_month_that_ended_while_the_task_was_closed(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    set_plan(services, cast, "monthly")
    a.a_closed_task(services, cast)
    clock.go_to(2022, 4, 20)
    do(services, "task", cast.task, "reopen", cast.amira, reason=a.REASON)
    assert call_reports(services, clock())["called"] == 0
    call_reports(services, morning(2022, 5, 5))
    assert [row[:2] for row in reports(services)] == [("2022-01-14", "2022-04-30")]


def test_a_change_to_quarters_asks_for_no_month_again(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    monthly(services, cast)
    clock.go_to(2022, 2, 8)
    call_reports(services, clock())
    set_task(services, cast, "quarterly")
    call_reports(services, morning(2022, 4, 1))
    assert [row[:2] for row in reports(services)] == [JANUARY[:2], ("2022-02-01", "2022-03-31")]


def test_who_sets_the_interval(services: Services, cast: Cast) -> None:
    a.an_acknowledged_task(services, cast)
    for subject, kind in ((cast.task, "task"), (cast.plan, "plan")):
        with refused(services, NotPermitted):
            do(services, kind, subject, "set_reporting", cast.olga, details={"interval": "monthly"})
        with watching(services) as seen:
            do(services, kind, subject, "set_reporting", cast.amira, details={"interval": "monthly"})
        assert seen.acts == [f"{kind}.set_reporting"]
    with refused(services, NotPermitted):
        period = {"from_on": "2022-01-14", "upto_on": "2022-01-31", "due_on": "2022-02-11"}
        do(services, "task", cast.task, "call_report", cast.amira, details=period)


def test_a_finished_task_is_given_no_interval(services: Services, cast: Cast) -> None:
    a.a_completed_task(services, cast)
    with refused(services, WrongState):
        set_task(services, cast, "monthly")


def test_the_timetable_calls_on_working_mornings(services: Services, cast: Cast) -> None:
    """31 December 2022 to 2 January 2023 were off: December is called for on the 3rd, and all that was missed."""
    monthly(services, cast)
    table = tuple(job for job in TIMETABLE if job.name == "call_reports")
    (ran,) = run_once(services, morning(2023, 1, 3), timetable=table)
    assert ran.outcome == {"called": 12, "failed": 0, "faults": []}
    assert run_once(services, morning(2023, 1, 3), timetable=table) == []
