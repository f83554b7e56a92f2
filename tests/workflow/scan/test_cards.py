"""Cards: earned by the history, raised once, with their working and the notice that goes with them."""

from __future__ import annotations

from datetime import date
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from models import AuditEvent, CalendarDay, CalendarEdition, CalendarYear, Milestone, Notice
from schedules import watch
from schedules.watch import light, raise_cards
from tests.people import Cast, HandClock, approval_of, do, submit
from tests.workflow.scan.clockwork import cards, many_milestones, morning, told
from workflow import audit
from workflow.adapters import shipped
from workflow.adapters.calendars import read_calendar
from workflow.bootstrap import Services, bootstrap
from workflow.foundations import lay
from workflow.raising import raise_owed


def shown(services: Services, milestone: int) -> str:
    with services.reading() as tx:
        return str(tx.execute(select(Milestone.light).where(Milestone.id == milestone)).scalar_one())


def test_the_first_day_late_earns_a_yellow_card(services: Services, cast: Cast) -> None:
    assert raise_cards(services, morning(2022, 12, 31))["raised"] == 0
    assert raise_cards(services, morning(2023, 1, 3))["raised"] == 1
    (card,) = cards(services)
    assert (card.colour, card.rung, card.episode, card.state) == ("yellow", "late-1", 1, "raised")
    assert (card.milestone_id, card.unit_id, card.raised_by) == (cast.milestone, cast.lead, None)
    assert card.earned_on == date(2023, 1, 3)
    assert [row.audience["role"] for row in told(services, "card_raised")] == ["owner", "reviewer", "leader"]
    assert told(services, "to_sign_off") == []


def test_fifteen_working_days_late_earn_a_red_card_and_draft_its_notice(
    services: Services, cast: Cast
) -> None:
    """2023: the Spring Festival week is off, Saturday 28 January is worked."""
    raise_cards(services, morning(2023, 1, 3))
    assert raise_cards(services, morning(2023, 1, 20))["raised"] == 0
    assert raise_cards(services, morning(2023, 1, 28))["raised"] == 1
    red = cards(services)[1]
    assert (red.colour, red.rung, red.earned_on) == ("red", "late-15", date(2023, 1, 28))
    assert red.working | {"source": ""} == {
        "due_on": "2022-12-30", "late_from": "2023-01-03", "days_late": 15, "days_not_counted": 0, "limit": 15,
        "rule": "late-15", "rules_version": "default-1", "source": "", "provisional": False,
        "counted_on": "2023-01-28",
    }  # fmt: skip
    with services.reading() as tx:
        notice = tx.execute(select(Notice.__table__)).one()
        assert audit.verify(tx)[1] is None
    assert (notice.kind, notice.state, notice.card_id, notice.unit_id) == (
        "red_card",
        "drafted",
        red.id,
        cast.lead,
    )
    assert notice.reply_on == date(2023, 2, 2)  # that weekend is worked
    assert len(told(services, "to_sign_off")) == 1


def test_a_red_notice_is_signed_from_the_working_of_its_card(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    raise_cards(services, morning(2023, 2, 1))
    clock.now = morning(2023, 2, 1)
    with services.reading() as tx:
        notice = tx.execute(select(Notice.id)).scalar_one()
    do(services, "notice", notice, "sign_off", cast.sven)
    with services.reading() as tx:
        content = tx.execute(select(Notice.facts)).scalar_one()["content"]
    assert (content["days_late"], content["counted_on"]) == (15, "2023-01-28")
    assert "15个工作日" in content["rule"]
    assert content["rule_version"] == "default-1"


def test_a_scheduler_that_slept_raises_all_that_was_earned(services: Services, cast: Cast) -> None:
    assert raise_cards(services, morning(2023, 3, 1))["raised"] == 2
    assert [card.earned_on for card in cards(services)] == [date(2023, 1, 3), date(2023, 1, 28)]


def test_a_card_is_raised_once_however_often_the_job_runs(services: Services, cast: Cast) -> None:
    for _ in range(3):
        raise_cards(services, morning(2023, 3, 1))
    assert raise_cards(services, morning(2023, 6, 1)) == {"raised": 0, "held": 0, "failed": 0, "faults": []}
    assert len(cards(services)) == 2


def test_two_processes_at_once_raise_each_card_once(services: Services, cast: Cast, clock: HandClock) -> None:
    with services.transaction() as tx:
        many_milestones(tx, cast, [date(2022, 12, 30)] * 10)
    others = [bootstrap(services.settings, clock=clock) for _ in range(3)]
    failed: list[Any] = []
    threads = [
        Thread(target=lambda other=other: failed.append(raise_cards(other, morning(2023, 1, 3))["failed"]))
        for other in others
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for other in others:
        other.close()
    assert failed == [0, 0, 0]
    assert len({card.milestone_id for card in cards(services)}) == len(cards(services)) == 11
    with services.reading() as tx:
        assert audit.verify(tx)[1] is None


def test_one_broken_history_stops_no_other(
    services: Services, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    with services.transaction() as tx:
        second = many_milestones(tx, cast, [date(2022, 12, 30)])[0]
    real = raise_owed

    def broken(tx: Any, climber: Any, milestone_id: int, day: Any) -> Any:
        if milestone_id == cast.milestone:
            raise ValueError("no such day")
        return real(tx, climber, milestone_id, day)

    monkeypatch.setattr(watch, "raise_owed", broken)
    outcome = raise_cards(services, morning(2023, 1, 3))
    assert (outcome["raised"], outcome["failed"]) == (1, 1)
    assert outcome["faults"] == [{"milestone": cast.milestone, "error": "ValueError: no such day"}]
    assert [card.milestone_id for card in cards(services)] == [second]


def test_days_with_the_signers_do_not_count_and_a_return_goes_on(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    clock.now = morning(2023, 1, 5)
    submit(services, cast)
    raise_cards(services, morning(2023, 2, 20))
    assert [card.rung for card in cards(services)] == ["late-1"]
    clock.now = morning(2023, 2, 20)
    do(
        services,
        "approval",
        approval_of(services, cast.milestone),
        "return",
        cast.rashid,
        reason="缺少盖章页",
    )
    raise_cards(services, morning(2023, 3, 7))
    assert len(cards(services)) == 1
    raise_cards(services, morning(2023, 3, 8))
    red = cards(services)[1]
    assert (red.rung, red.earned_on, red.working["days_not_counted"]) == ("late-15", date(2023, 3, 8), 29)


def test_a_suspension_stops_the_clock(services: Services, cast: Cast, clock: HandClock) -> None:
    do(services, "task", cast.task, "acknowledge", cast.olga)
    clock.now = morning(2022, 12, 20)
    do(services, "task", cast.task, "suspend", cast.amira, reason="政策调整")
    assert raise_cards(services, morning(2023, 3, 1))["raised"] == 0
    clock.now = morning(2023, 3, 1)
    do(services, "task", cast.task, "resume", cast.amira, reason="恢复")
    assert raise_cards(services, morning(2023, 3, 2))["raised"] == 0


def test_a_due_date_moved_ahead_begins_another_episode(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    raise_cards(services, morning(2023, 2, 1))
    clock.now = morning(2023, 2, 1)
    do(
        services,
        "milestone",
        cast.milestone,
        "redate",
        cast.amira,
        reason="同意延期",
        details={"due_on": "2023-02-10"},
    )
    assert raise_cards(services, morning(2023, 2, 10))["raised"] == 0
    assert raise_cards(services, morning(2023, 3, 10))["raised"] == 2
    assert [(card.rung, card.episode) for card in cards(services)] == [
        ("late-1", 1), ("late-15", 1), ("late-1", 2), ("late-15", 2),
    ]  # fmt: skip


def test_a_reopened_milestone_can_be_late_again(services: Services, cast: Cast, clock: HandClock) -> None:
    raise_cards(services, morning(2023, 2, 1))
    clock.now = morning(2023, 2, 2)
    approval = submit(services, cast)
    for signer in (cast.rashid, cast.jun, cast.amira):
        do(services, "approval", approval, "approve", signer)
    do(services, "milestone", cast.milestone, "reopen", cast.amira, reason="材料不实")
    raise_cards(services, morning(2023, 2, 3))
    assert [(card.rung, card.episode) for card in cards(services)][2:] == [("late-1", 2)]


def test_cards_on_days_without_a_holiday_notice_are_held_until_it_comes(
    services: Services, cast: Cast
) -> None:
    with services.transaction() as tx:
        tx.execute(delete(CalendarEdition).where(CalendarEdition.year >= 2023))
        tx.execute(delete(CalendarDay).where(CalendarDay.year >= 2023))
        tx.execute(delete(CalendarYear).where(CalendarYear.year >= 2023))
    outcome = raise_cards(services, morning(2023, 1, 4))
    assert (outcome["raised"], outcome["held"]) == (0, 1)
    assert cards(services) == []
    with services.transaction() as tx:
        lay(tx, read_calendar(), shipped.rules(), (), services.clock())
    assert raise_cards(services, morning(2023, 1, 4))["raised"] == 1
    assert cards(services)[0].earned_on == date(2023, 1, 3)


def test_a_card_is_an_act_of_the_system_in_the_chain(services: Services, cast: Cast) -> None:
    raise_cards(services, morning(2023, 1, 3))
    with services.reading() as tx:
        acts = tx.execute(select(AuditEvent.action, AuditEvent.actor_id).order_by(AuditEvent.seq)).all()
        count = tx.execute(select(func.count()).select_from(Notice)).scalar_one()
    assert [tuple(act) for act in acts] == [("raise_card", None), ("raise", None)]
    assert count == 0


def test_the_light_follows_the_history(services: Services, cast: Cast, clock: HandClock) -> None:
    seen = []
    for day in ((2022, 11, 29), (2022, 11, 30), (2022, 12, 30), (2022, 12, 31), (2023, 1, 3), (2023, 1, 28)):
        light(services, morning(*day))
        seen.append(shown(services, cast.milestone))
    assert seen == ["green", "blue", "blue", "blue", "yellow", "red"]
    assert light(services, morning(2023, 1, 28)) == {"changed": 0}
    assert shown(services, cast.second) == "green"
    clock.now = morning(2023, 1, 29)
    approval = submit(services, cast)
    light(services, morning(2023, 1, 30))
    assert shown(services, cast.milestone) == "red"
    for signer in (cast.rashid, cast.jun, cast.amira):
        do(services, "approval", approval, "approve", signer)
    light(services, morning(2023, 1, 31))
    assert shown(services, cast.milestone) == "green"


def test_submitted_in_time_and_suspended_are_green(services: Services, cast: Cast, clock: HandClock) -> None:
    clock.now = morning(2022, 12, 20)
    light(services, clock())
    assert shown(services, cast.milestone) == "blue"
    submit(services, cast)
    light(services, morning(2023, 1, 20))
    assert shown(services, cast.milestone) == "green"
    do(services, "milestone", cast.milestone, "withdraw", cast.olga)
    light(services, morning(2022, 12, 21))
    do(services, "task", cast.task, "suspend", cast.amira, reason="政策调整")
    assert shown(services, cast.milestone) == "blue"
    light(services, morning(2022, 12, 22))
    assert shown(services, cast.milestone) == "green"
