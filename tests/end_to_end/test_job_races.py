"""Two processes wake for the same job: what is due is done once, and nothing fails.

Two sets of services over one database stand for the processes.
"""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from models import Card, Delivery, DueMove, Milestone, NamedEvent, Notice, OutboxRow, Reminder, Seal
from models.states import DueBasis, EventState
from schedules.events import follow_events
from schedules.press import print_notices
from schedules.relay import relay
from schedules.runner import run_once
from schedules.upkeep import seal
from schedules.watch import raise_cards, remind
from tests.end_to_end.doors import chain_holds, count, events, together
from tests.people import Cast, HandClock, add, do
from workflow import audit
from workflow.bootstrap import Services
from workflow.raising import CLIMBERS, owed, raise_owed
from workflow.reckoning import reckon

ROUNDS = 4


def late(services: Services, cast: Cast, clock: HandClock) -> None:
    """Far past the first due date: a yellow and a red card are earned, and the last reminder is due."""
    do(services, "task", cast.task, "acknowledge", cast.olga)
    clock.go_to(2023, 2, 10)


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_two_schedulers_raise_each_card_once(
    services: Services, twin: Services, cast: Cast, clock: HandClock, turn: int
) -> None:
    late(services, cast, clock)
    outcomes = together(*(lambda s=s: raise_cards(s, clock()) for s in (services, twin)))
    assert sum(outcome["raised"] for outcome in outcomes) == 2
    assert sum(outcome["failed"] for outcome in outcomes) == 0
    assert (count(services, Card), events(services, "raise_card"), count(services, Notice)) == (2, 2, 1)
    assert count(services, OutboxRow, OutboxRow.topic == "card_raised") == 6
    assert chain_holds(services)


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_two_schedulers_remind_once(
    services: Services, twin: Services, cast: Cast, clock: HandClock, turn: int
) -> None:
    late(services, cast, clock)
    outcomes = together(*(lambda s=s: remind(s, clock()) for s in (services, twin)))
    assert sum(outcome["told"] for outcome in outcomes) == 2  # the milestone, and the work plan
    assert count(services, Reminder, ~Reminder.overtaken) == 2
    for topic in ("overdue", "work_plan_overdue"):
        assert count(services, OutboxRow, OutboxRow.topic == topic) == 1


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_two_relays_send_each_letter_once(
    services: Services, twin: Services, cast: Cast, clock: HandClock, turn: int
) -> None:
    late(services, cast, clock)
    raise_cards(services, clock())
    outcomes = together(*(lambda s=s: relay(s, clock()) for s in (services, twin)))
    told = count(services, Delivery, Delivery.channel == "mail")
    assert told > 0
    assert sum(outcome["addressed"] for outcome in outcomes) == told
    assert sum(outcome["sent"] for outcome in outcomes) == told
    assert count(services, Delivery, Delivery.state == "sent") == 2 * told, (
        "each stands among the messages as well"
    )


def test_two_schedulers_run_each_tick_once(
    services: Services, twin: Services, cast: Cast, clock: HandClock
) -> None:
    late(services, cast, clock)
    ran = [run.job for runs in together(lambda: run_once(services), lambda: run_once(twin)) for run in runs]
    assert len(ran) == len(set(ran))
    assert count(services, Card) == 2


def test_two_seals_of_one_day_are_one(
    services: Services, twin: Services, cast: Cast, clock: HandClock
) -> None:
    do(services, "task", cast.task, "acknowledge", cast.olga)
    clock.go_to(2022, 1, 20)
    together(*(lambda s=s: seal(s, clock()) for s in (services, twin)))
    assert count(services, Seal) == 6


def test_two_presses_print_a_notice_once(
    services: Services, twin: Services, cast: Cast, clock: HandClock
) -> None:
    late(services, cast, clock)
    raise_cards(services, clock())
    with services.reading() as tx:
        notice = int(tx.execute(select(Notice.id)).scalar_one())
    do(services, "notice", notice, "sign_off", cast.sven)
    do(services, "notice", notice, "issue", cast.amira)
    outcomes = together(*(lambda s=s: print_notices(s, clock()) for s in (services, twin)))
    assert sum(outcome["printed"] for outcome in outcomes) == 1
    assert sum(outcome["failed"] for outcome in outcomes) == 0
    assert count(services, OutboxRow, OutboxRow.topic == "notice_issued") == 2


def test_a_look_is_of_one_moment_whatever_others_do(services: Services, cast: Cast) -> None:
    """Else a chain that is checked under load would seem to have outgrown its head."""
    with services.reading() as tx:
        assert audit.verify(tx) == (0, None)
        do(services, "task", cast.task, "acknowledge", cast.olga)
        assert audit.verify(tx) == (0, None)
    assert chain_holds(services)


def test_no_card_is_raised_for_a_task_suspended_since_it_was_found(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    late(services, cast, clock)
    of_milestones = CLIMBERS[0]
    with services.reading() as tx:
        day = reckon(tx, clock())
        assert owed(tx, of_milestones, [cast.milestone], day)
    do(services, "task", cast.task, "suspend", cast.amira, reason="等待上级文件")
    with services.transaction() as tx:
        assert raise_owed(tx, of_milestones, cast.milestone, day) == []
    assert count(services, Card) == 0


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_two_schedulers_let_a_milestone_follow_its_event_once(
    services: Services, twin: Services, cast: Cast, clock: HandClock, turn: int
) -> None:
    with services.transaction() as tx:
        tx.execute(
            update(Milestone)
            .where(Milestone.id == cast.milestone)
            .values(event="宣传周", due_basis=DueBasis.EVENT)
        )
        event = add(
            tx, NamedEvent, plan_id=cast.plan, name="宣传周", year=2022, state=EventState.PENDING,
            ask_on=clock().date(),
        )  # fmt: skip
    dates = {"from_on": "2022-06-13", "upto_on": "2022-06-19", "source": "通知"}
    do(services, "event", event, "set_dates", cast.amira, details=dates)
    outcomes = together(*(lambda s=s: follow_events(s, clock()) for s in (services, twin)))
    assert sum(outcome["moved"] for outcome in outcomes) == 1
    assert sum(outcome["failed"] for outcome in outcomes) == 0
    assert (count(services, DueMove), events(services, "follow_event")) == (1, 1)
    assert count(services, OutboxRow, OutboxRow.topic == "redated") == 1
    assert chain_holds(services)
