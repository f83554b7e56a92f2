"""The job that lets seats meet their limit: on the day before and after, run twice, late, and by two at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import event, update

from models import CalendarYear, Decision, Grant, Seat
from models.states import Role
from schedules.limits import meet_limits
from tests.people import Cast, HandClock, add, do
from tests.workflow.approvals.ground import Ground, settle
from tests.workflow.lifecycles.witness import watching
from tests.workflow.scan.clockwork import morning
from workflow.approvals.overdue import meet, over
from workflow.bootstrap import Services, bootstrap
from workflow.errors import NotPermitted, NotReady

JOINT: dict[str, Any] = {"key": "joint", "role": "reviewer", "of": "joint", "mode": "all"}
NOTHING = {"met": 0, "failed": 0, "faults": []}


@pytest.fixture
def ground(services: Services, cast: Cast) -> Ground:
    return settle(services, cast).fresh()


def handed_in(ground: Ground, days: int, then: str, **step: Any) -> None:
    ground.define([{**JOINT, **step, "limit": {"days": days, "then": then}}])
    ground.submit()


def run(ground: Ground, *day: int) -> dict[str, Any]:
    now = morning(*day)
    if isinstance(ground.services.clock, HandClock):
        ground.services.clock.now = now
    return meet_limits(ground.services, now)


def test_after_seven_working_days_silence_is_no_objection(ground: Ground) -> None:
    """Asked on Friday 14 January 2022, which is not counted: the seventh working day is Tuesday the 25th."""
    handed_in(ground, 7, "pass")
    ground.approve("jun")
    assert run(ground, 2022, 1, 25) == NOTHING
    with watching(ground.services) as seen:
        assert run(ground, 2022, 1, 26) == {"met": 2, "failed": 0, "faults": []}
    assert seen.acts[:2] == ["approval.meet_limit", "approval.meet_limit"]
    assert seen.acts[2:] == ["approval.conclude", "milestone.accept", "task.complete"]
    assert seen.topics[:2] == ["passed_in_silence", "passed_in_silence"]
    assert ground.decisions == [("approve", "jun"), ("no_objection", None), ("no_objection", None)]
    assert [row.opinion for row in ground.rows(Decision)] == [None, "joint: 7", "joint: 7"]
    assert ground.state == "approved"


def test_days_off_do_not_count(ground: Ground) -> None:
    """Spring Festival 2022 is 31 January to 6 February, for which the 29th and 30th are worked."""
    ground.services.clock.now = morning(2022, 1, 27)  # type: ignore[attr-defined]
    handed_in(ground, 4, "urge")
    assert run(ground, 2022, 2, 7) == NOTHING
    assert run(ground, 2022, 2, 8)["met"] == 3


def test_who_is_urged_at_the_limit_is_urged_once(ground: Ground) -> None:
    handed_in(ground, 1, "urge")
    with watching(ground.services) as seen:
        assert run(ground, 2022, 1, 18)["met"] == 3
    assert seen.letters[0] == ("urged", {"role": "reviewer", "unit_id": ground.units["JW"]})
    assert [run(ground, 2022, 1, day) for day in (18, 19, 28)] == [NOTHING] * 3
    assert ground.asked == ["joint/CZJ", "joint/FGW", "joint/JW"]


def test_a_late_run_loses_none(ground: Ground) -> None:
    handed_in(ground, 1, "urge")
    assert run(ground, 2022, 3, 1)["met"] == 3


def test_a_seat_escalates_to_the_leader_of_its_unit_else_of_the_office(ground: Ground) -> None:
    handed_in(ground, 3, "escalate")
    with watching(ground.services) as seen:
        run(ground, 2022, 1, 20)
    assert seen.topics == ["seat_escalated"] * 3
    assert [(ground.named(row), ground.codes[row.unit_id]) for row in ground.rows(Seat)] == [
        ("joint/leo", "LB"), ("joint/chen", "CZJ"), ("joint/leo", "LB"),
    ]  # fmt: skip
    with pytest.raises(NotPermitted):
        ground.approve("jun")
    ground.approve("chen", "leo", "leo")
    assert ground.state == "approved"


def test_a_persons_seat_escalates_to_their_superior_but_never_to_who_submitted(ground: Ground) -> None:
    ground.define(
        [{"key": "sign", "people": ["cai", "leo"], "mode": "all", "limit": {"days": 1, "then": "escalate"}}]
    )
    ground.submit()
    with watching(ground.services) as seen:
        run(ground, 2022, 1, 18)
    assert seen.letters == [
        ("seat_escalated", {"person_id": ground.people["chen"]}),
        ("urged", {"person_id": ground.people["leo"]}),
    ]


@pytest.mark.parametrize("mode", ["vote", "all"])
def test_a_persons_seat_does_not_escalate_to_who_sits_beside_them(ground: Ground, mode: str) -> None:
    """Leo, above jun, has signed already: he would sign, or vote, twice."""
    vote = {"vote": {"count": 2}} if mode == "vote" else {}
    ground.define(
        [
            {
                "key": "sign",
                "people": ["jun", "leo"],
                "mode": mode,
                "limit": {"days": 1, "then": "escalate"},
                **vote,
            }
        ]
    )
    ground.submit()
    ground.approve("leo")
    with watching(ground.services) as seen:
        run(ground, 2022, 1, 18)
    assert seen.topics == ["urged"]
    assert ground.asked == ["sign/jun"]
    with pytest.raises((NotReady, NotPermitted)):
        ground.approve("leo")


def test_a_leader_above_two_units_has_one_vote(ground: Ground) -> None:
    handed_in(ground, 1, "escalate", mode="vote", vote={"count": 3})
    with watching(ground.services) as seen:
        run(ground, 2022, 1, 18)
    assert sorted(seen.topics) == ["seat_escalated", "seat_escalated", "urged"]
    assert ground.asked == ["joint/FGW", "joint/chen", "joint/leo"]


def test_an_acceptance_escalates_to_a_leader_of_the_office(ground: Ground) -> None:
    ground.define(
        [{"key": "accept", "role": "supervisor", "of": "office", "limit": {"days": 1, "then": "escalate"}}]
    )
    ground.submit()
    run(ground, 2022, 1, 18)
    assert ground.asked == ["accept/leo"]
    ground.approve("leo")


def test_nothing_escalates_to_who_could_not_sign_it(ground: Ground) -> None:
    """The office's leader also reviews for the lead, which submits: the supervisors are urged instead."""
    with ground.services.transaction() as tx:
        add(tx, Grant, person_id=ground.people["leo"], role=Role.REVIEWER, unit_id=ground.units["JGJ"],
            from_on=date(2022, 1, 1))  # fmt: skip
    ground.define(
        [{"key": "accept", "role": "supervisor", "of": "office", "limit": {"days": 1, "then": "escalate"}}]
    )
    ground.submit()
    with watching(ground.services) as seen:
        run(ground, 2022, 1, 18)
    assert seen.topics == ["urged"]
    assert ground.asked == ["accept/LB"]


def test_a_suspended_task_waits_and_its_days_do_not_count(ground: Ground) -> None:
    handed_in(ground, 3, "urge")
    clock = ground.services.clock
    assert isinstance(clock, HandClock)
    clock.now = morning(2022, 1, 17)
    do(ground.services, "task", ground.task, "suspend", ground.people["amira"], reason="联席会议议定。")
    assert run(ground, 2022, 1, 25) == NOTHING
    do(ground.services, "task", ground.task, "resume", ground.people["amira"], reason="联席会议议定。")
    assert run(ground, 2022, 1, 27) == NOTHING
    assert run(ground, 2022, 1, 28)["met"] == 3


def test_over_days_without_a_holiday_notice_nothing_passes(ground: Ground) -> None:
    """As cards do it waits for the notice; urging does not."""
    handed_in(ground, 1, "pass")
    urged = ground.fresh()
    handed_in(urged, 1, "urge")
    with ground.services.transaction() as tx:
        tx.execute(update(CalendarYear).where(CalendarYear.year == 2022).values(notice=None))
    assert run(ground, 2022, 3, 1)["met"] == 3
    assert ground.decisions == []


def test_a_seat_that_waits_or_is_decided_has_no_limit(ground: Ground) -> None:
    handed_in(ground, 1, "pass", mode="sequence")
    assert run(ground, 2022, 1, 18)["met"] == 1
    assert ground.seats == {"joint/JW": "signed", "joint/CZJ": "open", "joint/FGW": "waiting"}
    assert run(ground, 2022, 1, 19) == NOTHING
    assert run(ground, 2022, 1, 20)["met"] == 1


def test_two_processes_at_once_meet_each_limit_once(ground: Ground) -> None:
    handed_in(ground, 1, "urge")
    twin, ready = bootstrap(ground.services.settings, clock=ground.services.clock), Barrier(2)

    def once(process: Services) -> dict[str, Any]:
        ready.wait()
        return meet_limits(process, morning(2022, 1, 18))

    with watching(ground.services) as seen, ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(once, (ground.services, twin)))
    twin.close()
    assert sum(outcome["met"] for outcome in outcomes) == 3
    assert [outcome["failed"] for outcome in outcomes] == [0, 0]
    assert seen.topics == ["urged"] * 3


def test_what_fails_is_told_and_does_not_hold_up_the_rest(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    handed_in(ground, 1, "urge")
    first = ground.rows(Seat)[0].id

    def fails(tx: Any, approval: int, seat: int, now: datetime) -> Any:
        if seat == first:
            raise NotReady(missing=[])
        return meet(tx, approval, seat, now)

    monkeypatch.setattr("schedules.limits.meet", fails)
    outcome = run(ground, 2022, 1, 18)
    assert (outcome["met"], outcome["failed"], outcome["faults"][0]["seat"]) == (2, 1, first)
    monkeypatch.undo()
    assert run(ground, 2022, 1, 18)["met"] == 1


def test_seats_are_found_by_one_statement_for_each_number_of_days(ground: Ground) -> None:
    """However many seats there are."""
    for days in (1, 2, 1, 2):
        handed_in(ground.fresh(), days, "urge")
    statements: list[str] = []
    with ground.services.reading() as tx:
        event.listen(tx, "before_cursor_execute", lambda *told: statements.append(told[2]))
        found = over(tx, morning(2022, 1, 20))
    assert len(found) == 12
    assert sum("seat.limit_days = " in each for each in statements) == 2


def test_the_limit_runs_to_the_end_of_its_day_in_the_offices_zone(ground: Ground) -> None:
    """Asked on Saturday the 15th at half past midnight; Monday is over when it is Tuesday there."""
    clock = ground.services.clock
    assert isinstance(clock, HandClock)
    clock.now = datetime(2022, 1, 14, 16, 30, tzinfo=UTC)
    handed_in(ground, 1, "urge")
    for hour, found in ((15, 0), (16, 3)):
        with ground.services.reading() as tx:
            assert len(over(tx, datetime(2022, 1, 17, hour, 30, tzinfo=UTC))) == found
