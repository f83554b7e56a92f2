"""Late shares: the unit that is late is reminded and carded, and nobody else."""

from __future__ import annotations

from datetime import date
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import select, update

from models import DueMove, Milestone, Notice, Reminder, Share
from models.states import DueBasis
from schedules.watch import light, raise_cards, remind
from tests.people import Cast, HandClock, add, do
from tests.workflow.scan.clockwork import cards, morning, told
from tests.workflow.scan.districts import DUE_ON, NAMES, Districts, break_down
from workflow import audit
from workflow.bootstrap import Services, bootstrap

LATE = ("崇明", "金山")
AFTER = morning(2022, 12, 7)
"""Five working days after the shares were due."""


@pytest.fixture
def districts(services: Services, cast: Cast, clock: HandClock) -> Districts:
    """Fourteen of sixteen districts have handed in and were accepted in time."""
    found = break_down(services, cast)
    clock.now = morning(2022, 11, 1)
    found.accept(name for name in NAMES if name not in LATE)
    return found


def of_shares(services: Services) -> dict[int, dict[str, bool]]:
    """The rungs of each share: whether it was overtaken."""
    found: dict[int, dict[str, bool]] = {}
    with services.reading() as tx:
        for row in tx.execute(select(Reminder.__table__).where(Reminder.subject_kind == "share")):
            found.setdefault(row.subject_id, {})[row.rung] = row.overtaken
    return found


def lights(services: Services) -> dict[int, str]:
    with services.reading() as tx:
        return dict(tx.execute(select(Share.id, Share.light)).all())


def test_two_late_of_sixteen_are_reminded_and_carded_and_the_lead_is_not(
    services: Services, cast: Cast, districts: Districts
) -> None:
    remind(services, morning(2022, 11, 30))
    near = told(services, "share_due")
    remind(services, AFTER)
    late = told(services, "share_overdue")
    units = {districts[name].unit for name in LATE}
    for rows in (near, late):
        assert {row.audience["unit_id"] for row in rows} == units
        assert [row.audience["role"] for row in rows] == ["owner", "owner"]
    assert told(services, "overdue") == []
    assert raise_cards(services, AFTER)["raised"] == 2
    assert {(card.unit_id, card.share_id, card.colour) for card in cards(services)} == {
        (districts[name].unit, districts[name].share, "yellow") for name in LATE
    }
    assert {(row.audience["unit_id"], row.audience["role"]) for row in told(services, "card_raised")} == {
        (unit, role) for unit in units for role in ("owner", "reviewer", "leader")
    }


def test_the_letter_of_a_late_share_names_what_is_due(
    services: Services, cast: Cast, districts: Districts
) -> None:
    remind(services, AFTER)
    facts = {row.audience["unit_id"]: row.facts for row in told(services, "share_overdue")}
    own = districts["崇明"]
    assert facts[own.unit] | {"request": None, "provisional": False} == {
        "task_id": cast.task, "task_number": 4, "task_name": "推进公共机构开展能源审计及后评估", "share_id": own.share,
        "milestone_id": cast.milestone, "year": 2022, "milestone": "完成20家能源审计", "unit": "崇明区机管局",
        "due_on": "2022-11-30", "rung": "after-5", "provisional": False, "request": None,
    }  # fmt: skip


def test_a_night_missed_loses_nothing_and_a_second_run_doubles_nothing(
    services: Services, cast: Cast, districts: Districts
) -> None:
    remind(services, AFTER)
    assert (len(told(services, "share_due")), len(told(services, "share_overdue"))) == (0, 2)
    assert raise_cards(services, morning(2022, 12, 21))["raised"] == 4
    before = (of_shares(services), [(card.share_id, card.rung, card.earned_on) for card in cards(services)])
    rungs = dict.fromkeys(("before-30", "before-7", "before-3", "before-1", "day-0"), True)
    assert before[0] == {districts[name].share: {**rungs, "after-5": False} for name in LATE}
    assert {(rung, on) for _, rung, on in before[1]} == {
        ("late-1", date(2022, 12, 1)), ("late-15", date(2022, 12, 21)),
    }  # fmt: skip
    assert remind(services, AFTER) == {"recorded": 0, "told": 0}
    assert raise_cards(services, morning(2022, 12, 21))["raised"] == 0
    after = (of_shares(services), [(card.share_id, card.rung, card.earned_on) for card in cards(services)])
    assert after == before


def test_two_processes_at_once_remind_and_card_each_once(
    services: Services, cast: Cast, clock: HandClock, districts: Districts
) -> None:
    others = [bootstrap(services.settings, clock=clock) for _ in range(3)]
    failed: list[Any] = []

    def work(other: Services) -> None:
        remind(other, AFTER)
        failed.append(raise_cards(other, AFTER)["failed"])

    threads = [Thread(target=work, args=(other,)) for other in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for other in others:
        other.close()
    assert failed == [0, 0, 0]
    assert len(told(services, "share_overdue")) == len(cards(services)) == 2
    with services.reading() as tx:
        assert audit.verify(tx)[1] is None


def test_what_was_handed_in_in_time_is_neither_late_nor_reminded_of(
    services: Services, cast: Cast, clock: HandClock, districts: Districts
) -> None:
    clock.now = morning(2022, 11, 29)
    for name in LATE:
        districts.hand_in(name)
    remind(services, AFTER)
    assert of_shares(services) == {}
    assert raise_cards(services, morning(2022, 12, 23))["raised"] == 0
    clock.now = morning(2022, 12, 23)
    do(services, "share", districts["崇明"].share, "return_for_rework", cast.olga, reason="缺页")
    raise_cards(services, morning(2022, 12, 26))
    assert [card.share_id for card in cards(services)] == [districts["崇明"].share]


def test_a_withdrawn_share_is_late_again_and_a_reopened_one_begins_anew(
    services: Services, cast: Cast, clock: HandClock, districts: Districts
) -> None:
    own = districts["崇明"]
    raise_cards(services, morning(2022, 12, 21))
    clock.now = morning(2022, 12, 21)
    districts.hand_in("崇明")
    do(services, "share", own.share, "withdraw", own.owner)
    do(services, "share", own.share, "submit", own.owner, details={"text": "已补齐。"})
    do(services, "share", own.share, "accept", cast.rashid)
    do(services, "share", own.share, "reopen", cast.olga, reason="核查不实")
    raise_cards(services, morning(2022, 12, 22))
    found = [(card.rung, card.episode) for card in cards(services) if card.share_id == own.share]
    assert found == [("late-1", 1), ("late-15", 1), ("late-1", 2)]


def test_a_red_card_of_a_share_drafts_the_notice_to_its_unit(
    services: Services, cast: Cast, clock: HandClock, districts: Districts
) -> None:
    raise_cards(services, morning(2022, 12, 21))
    with services.reading() as tx:
        notices = tx.execute(select(Notice.__table__)).all()
    assert {(row.kind, row.unit_id, row.milestone_id) for row in notices} == {
        ("red_card", districts[name].unit, cast.milestone) for name in LATE
    }
    clock.now = morning(2022, 12, 21)
    notice = next(row.id for row in notices if row.unit_id == districts["金山"].unit)
    do(services, "notice", notice, "sign_off", cast.sven)
    with services.reading() as tx:
        content = tx.execute(select(Notice.facts).where(Notice.id == notice)).scalar_one()["content"]
    assert (content["addressee"], content["milestone"], content["due_on"], content["days_late"]) == (
        "金山区机管局", "完成20家能源审计", "2022-11-30", 15,
    )  # fmt: skip
    assert [(row["target"], row["reached"]) for row in content["indicators"]] == [("20", "—")]


def test_the_card_of_a_share_is_lifted_once_the_share_is_in(
    services: Services, cast: Cast, clock: HandClock, districts: Districts
) -> None:
    raise_cards(services, AFTER)
    own, clock.now = districts["金山"], AFTER
    card = next(card.id for card in cards(services) if card.share_id == own.share)
    do(services, "card", card, "acknowledge", own.owner)
    with pytest.raises(Exception, match="share_done"):
        do(services, "card", card, "request_verification", own.owner)
    districts.accept(["金山"])
    do(services, "card", card, "request_verification", own.owner)
    do(services, "card", card, "lift", cast.amira)
    assert {(c.share_id, c.state) for c in cards(services)} == {
        (own.share, "lifted"), (districts["崇明"].share, "raised"),
    }  # fmt: skip
    (lifted,) = told(services, "card_lifted")
    assert (lifted.audience["unit_id"], lifted.facts["unit"]) == (own.unit, "金山区机管局")


def test_nobody_is_late_with_a_share_of_a_milestone_that_is_settled(
    services: Services, cast: Cast, districts: Districts
) -> None:
    do(services, "milestone", cast.milestone, "waive", None, reason="联席会议议定")
    remind(services, AFTER)
    assert raise_cards(services, morning(2022, 12, 23))["raised"] == 0
    with services.transaction() as tx:  # even where a share was left open under it
        tx.execute(update(Share).where(Share.id == districts["崇明"].share).values(state="issued"))
    remind(services, AFTER)
    assert of_shares(services) == {}
    assert raise_cards(services, morning(2022, 12, 23))["raised"] == 0
    assert light(services, morning(2022, 12, 23)) == {"changed": 0}
    assert set(lights(services).values()) == {"green"}


def test_a_suspended_task_reminds_and_cards_nobody(
    services: Services, cast: Cast, clock: HandClock, districts: Districts
) -> None:
    clock.now = morning(2022, 11, 15)
    do(services, "task", cast.task, "suspend", cast.amira, reason="政策调整")
    assert remind(services, AFTER)["told"] == 0
    assert raise_cards(services, morning(2022, 12, 23))["raised"] == 0


def test_shares_show_lights_of_their_own(services: Services, cast: Cast, districts: Districts) -> None:
    seen = []
    for day in (morning(2022, 10, 28), morning(2022, 11, 15), morning(2022, 12, 1), morning(2022, 12, 21)):
        light(services, day)
        found = lights(services)
        seen.append((found[districts["崇明"].share], found[districts["黄浦"].share], _own(services, cast)))
    assert seen == [
        ("green", "green", "green"), ("blue", "green", "green"), ("yellow", "green", "blue"), ("red", "green", "blue"),
    ]  # fmt: skip
    assert light(services, morning(2022, 12, 21)) == {"changed": 0}


def _own(services: Services, cast: Cast) -> str:
    with services.reading() as tx:
        return str(tx.execute(select(Milestone.light).where(Milestone.id == cast.milestone)).scalar_one())


def test_a_moved_date_of_a_share_overtakes_its_rungs_and_leaves_the_milestone_alone(
    services: Services, cast: Cast, clock: HandClock, districts: Districts
) -> None:
    remind(services, morning(2022, 11, 15))
    clock.now = morning(2022, 11, 25)
    own = districts["崇明"]
    do(services, "share", own.share, "amend", cast.olga, reason="延至年底", details={"due_on": "2022-12-15"})
    remind(services, morning(2022, 11, 25))
    with services.reading() as tx:
        rows = tx.execute(select(Reminder.__table__).where(Reminder.due_on == date(2022, 12, 15))).all()
    assert [(row.subject_kind, row.subject_id, row.rung, row.overtaken) for row in rows] == [
        ("share", own.share, "before-30", True)
    ]
    raise_cards(services, morning(2022, 12, 9))
    assert {card.share_id for card in cards(services)} == {districts["金山"].share}


def test_a_milestones_own_moves_are_not_its_shares(services: Services, cast: Cast, clock: HandClock) -> None:
    """A share moved ahead ends no lateness of the milestone, and the other way round."""
    raise_cards(services, morning(2023, 2, 1))
    found = break_down_late(services, cast, clock)
    raise_cards(services, morning(2023, 4, 20))
    own = [(card.rung, card.episode) for card in cards(services) if card.share_id is None]
    assert own == [("late-1", 1), ("late-15", 1)]
    assert [(card.share_id, card.rung) for card in cards(services) if card.share_id] == [(found, "late-1")]


def break_down_late(services: Services, cast: Cast, clock: HandClock) -> int:
    """A share whose own date is moved from 30 November to 18 April: its id."""
    clock.now = morning(2022, 11, 1)
    share = break_down(services, cast, ["崇明"])["崇明"].share
    with services.transaction() as tx:
        add(tx, DueMove, milestone_id=cast.milestone, share_id=share, from_on=DUE_ON, to_on=date(2023, 4, 19),
            basis=DueBasis.ADJUSTMENT, moved_at=morning(2022, 11, 2))  # fmt: skip
        tx.execute(update(Share).where(Share.id == share).values(due_on=date(2023, 4, 19)))
    return share
