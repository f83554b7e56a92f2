"""Striking takes an item out of every figure at once; what no longer reaches its target is reopened."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from models import AuditEvent, ListItem, Milestone, Share, Task
from models.states import ItemState
from tests.people import Cast, do, file
from tests.workflow.lifecycles import situations as a
from tests.workflow.lifecycles.districts import portion
from tests.workflow.lifecycles.witness import refused, watching
from tests.workflow.lists.ground import (
    Ground,
    accepted,
    brought,
    counting_reports,
    enter,
    hand_in,
    named,
    reached,
    settle_ground,
    share_state,
    submitted,
    two_accepted,
    two_shares,
)
from workflow import audit
from workflow.bootstrap import Services
from workflow.errors import NotFound, NotPermitted, NotReady, ReasonRequired, WrongState
from workflow.law import LAWS

WHY = "现场核查未见审计报告。"


@pytest.fixture
def ground(services: Services, cast: Cast) -> Ground:
    return settle_ground(services, cast)


def strike(services: Services, item: int, who: int, reason: str | None = WHY) -> None:
    do(services, "item", item, "strike", who, reason=reason)


def states(services: Services, ground: Ground, *shares: int) -> tuple[str, ...]:
    milestone = a.state_of(services, Milestone, ground.cast.milestone)
    return (milestone, *(share_state(services, share) for share in shares))


def whole(services: Services) -> None:
    """Every report of a list is the sum of its items, and the chain holds."""
    assert all(counting == summed for counting, summed in counting_reports(services).values())
    with services.reading() as tx:
        assert audit.verify(tx)[1] is None


def test_a_struck_item_counts_no_more_and_says_why(services: Services, ground: Ground) -> None:
    share, _ = two_shares(services, ground)
    first, _ = enter(services, ground, share, ground.here.qing, "第一小学", "第二小学")
    with watching(services) as seen:
        strike(services, first, ground.cast.amira)
    assert seen.acts == ["item.strike"]
    to = [{"role": "owner", "unit_id": ground.here.qingpu}, {"role": "owner", "unit_id": ground.cast.lead}]
    assert seen.letters == [("item_struck", to[0]), ("item_struck", to[1])]
    with services.reading() as tx:
        item = tx.execute(select(ListItem.__table__).where(ListItem.id == first)).one()
    assert (item.state, item.struck_reason, item.struck_by) == (ItemState.STRUCK, WHY, ground.cast.amira)
    assert item.struck_at == services.clock()
    assert brought(services, share) == 1
    whole(services)


def test_another_item_may_take_its_place(services: Services, ground: Ground) -> None:
    share, second = two_shares(services, ground)
    first, _ = enter(services, ground, share, ground.here.qing, "第一小学", "第二小学")
    strike(services, first, ground.here.qing)
    enter(services, ground, share, ground.here.qing, "第五小学")
    enter(services, ground, second, ground.here.chong, "第一小学")
    assert (brought(services, share), brought(services, second)) == (2, 1)
    whole(services)


def test_several_strikes_correct_the_same_report_in_a_row(services: Services, ground: Ground) -> None:
    share, _ = two_shares(services, ground)
    items = enter(services, ground, share, ground.here.qing, "第一小学", "第二小学", "第五小学")
    for n, item in enumerate(items, 1):
        strike(services, item, ground.cast.amira)
        assert brought(services, share) == 3 - n
        whole(services)


def test_an_accepted_share_that_is_short_now_is_reopened(services: Services, ground: Ground) -> None:
    share, second, items = two_accepted(services, ground)
    with watching(services) as seen:
        strike(services, items[0], ground.cast.amira)
    assert seen.acts == ["item.strike", "share.reopen"]
    assert seen.events[1] == ("share", "reopen", "in_progress", None)
    assert states(services, ground, share, second) == ("in_progress", "in_progress", "accepted")
    assert (brought(services, share), reached(services, ground.cast.indicator)) == (1, 2)
    with services.reading() as tx:
        text = tx.execute(select(AuditEvent.text).where(AuditEvent.action == "reopen")).scalar_one()
    assert WHY in text
    whole(services)


def test_a_share_that_still_reaches_its_target_stays_with_a_lower_figure(
    services: Services, ground: Ground
) -> None:
    share, second, items = two_accepted(services, ground, "第五小学")
    with services.reading() as tx:
        digest = tx.execute(select(Share.digest).where(Share.id == share)).scalar_one()
    assert reached(services, ground.cast.indicator) == 5
    with watching(services) as seen:
        strike(services, items[0], ground.cast.amira)
    assert seen.acts == ["item.strike"]
    assert states(services, ground, share, second) == ("in_progress", "accepted", "accepted")
    assert (brought(services, share), reached(services, ground.cast.indicator)) == (2, 4)
    with services.reading() as tx:
        assert tx.execute(select(Share.digest).where(Share.id == share)).scalar_one() == digest
    whole(services)


def test_a_submitted_milestone_is_recalled_whatever_is_left(services: Services, ground: Ground) -> None:
    share, second, items = submitted(services, ground, "第五小学")
    with watching(services) as seen:
        strike(services, items[0], ground.cast.amira)
    assert seen.acts == ["item.strike", "milestone.recall", "approval.void"]
    assert states(services, ground, share, second) == ("in_progress", "accepted", "accepted")
    with watching(services) as seen:
        strike(services, items[1], ground.cast.amira)
    assert seen.acts == ["item.strike", "share.reopen"]
    whole(services)


def test_an_accepted_milestone_that_still_reaches_its_target_stays_as_signed(
    services: Services, ground: Ground
) -> None:
    share, second, items = accepted(services, ground, "第五小学")
    assert reached(services, ground.cast.indicator) == 5
    with watching(services) as seen:
        strike(services, items[0], ground.cast.ines)
    assert seen.acts == ["item.strike"]
    assert states(services, ground, share, second) == ("accepted", "accepted", "accepted")
    assert reached(services, ground.cast.indicator) == 4
    whole(services)


def test_an_accepted_milestone_is_reopened_with_its_share_and_its_task(
    services: Services, ground: Ground
) -> None:
    share, second, items = accepted(services, ground)
    do(services, "milestone", ground.cast.second, "waive", None, reason="并入。")
    assert a.state_of(services, Task, ground.cast.task) == "completed"
    with watching(services) as seen:
        strike(services, items[0], ground.cast.amira)
    assert seen.acts == ["item.strike", "share.reopen", "milestone.reopen", "task.resume_work"]
    assert states(services, ground, share, second) == ("in_progress", "in_progress", "accepted")
    assert a.state_of(services, Task, ground.cast.task) == "in_progress"
    assert reached(services, ground.cast.indicator) == 2
    whole(services)


def test_a_reopened_share_is_made_good_and_accepted_again(services: Services, ground: Ground) -> None:
    share, _, items = accepted(services, ground)
    strike(services, items[0], ground.cast.amira)
    enter(services, ground, share, ground.here.qing, "第五小学")
    do(services, "share", share, "submit", ground.here.qing, details={"text": "已补报。"})
    do(services, "share", share, "accept", ground.cast.olga)
    assert reached(services, ground.cast.indicator) == 4
    do(services, "milestone", ground.cast.milestone, "submit", ground.cast.olga, details={"text": "已补报。"})
    whole(services)


def test_an_accepted_milestone_without_shares_is_reopened(services: Services, ground: Ground) -> None:
    cast = ground.cast
    a.a_started_milestone(services, cast)
    names = ("第一小学", "第二小学", "第三小学", "第四小学")
    do(services, "milestone", cast.milestone, "enter_items", cast.olga, details=named(cast.indicator, *names))
    do(services, "milestone", cast.milestone, "attach", cast.olga, details=file())
    do(services, "milestone", cast.milestone, "submit", cast.olga, details={"text": "已完成。"})
    strike(services, 1, cast.olga)
    assert a.state_of(services, Milestone, cast.milestone) == "in_progress"
    do(services, "item", 1, "restore", cast.amira, reason="查明属实。")
    do(services, "milestone", cast.milestone, "submit", cast.olga, details={"text": "已完成。"})
    for signer in (cast.rashid, cast.jun, cast.amira):
        do(services, "approval", 2, "approve", signer)
    with watching(services) as seen:
        strike(services, 1, cast.amira)
    assert seen.acts == ["item.strike", "milestone.reopen"]
    assert reached(services, cast.indicator) == 3
    whole(services)


def test_a_share_accepted_short_is_reopened_by_a_further_loss(services: Services, ground: Ground) -> None:
    share, _ = two_shares(services, ground)
    (item,) = enter(services, ground, share, ground.here.qing, "第一小学")
    hand_in(services, share, ground.here.qing, short="另一家撤并。")
    do(services, "share", share, "accept", ground.cast.olga)
    strike(services, item, ground.cast.amira)
    assert share_state(services, share) == "in_progress"
    whole(services)


def test_a_sub_units_loss_reopens_all_that_counted_it(services: Services, ground: Ground) -> None:
    share, second = two_shares(services, ground)
    here, cast = ground.here, ground.cast
    details = {"portions": [portion(cast, here.energy, "2")]}
    do(services, "share", share, "break_down", here.qing, details=details)
    sub = second + 1
    do(services, "share", sub, "acknowledge", here.dun)
    do(services, "share", sub, "start", here.dun)
    items = enter(services, ground, sub, here.dun, "第一小学", "第二小学", "第五小学")
    hand_in(services, sub, here.dun)
    do(services, "share", sub, "accept", here.qing)
    do(services, "share", share, "submit", here.qing, details={"text": "已完成。"})
    do(services, "share", share, "accept", cast.olga)
    assert (brought(services, share), reached(services, cast.indicator)) == (3, 3)
    strike(services, items[0], cast.amira)
    assert (brought(services, share), reached(services, cast.indicator)) == (2, 2)
    assert (share_state(services, sub), share_state(services, share)) == ("accepted", "accepted")
    strike(services, items[1], here.dun)
    assert (share_state(services, sub), share_state(services, share)) == ("in_progress", "in_progress")
    assert reached(services, cast.indicator) in (None, 0)
    whole(services)


def test_restoring_counts_it_again(services: Services, ground: Ground) -> None:
    share, _, items = two_accepted(services, ground, "第五小学")
    strike(services, items[0], ground.cast.amira)
    with watching(services) as seen:
        do(services, "item", items[0], "restore", ground.cast.amira, reason="查明属实。")
    assert (seen.acts, seen.topics) == (["item.restore"], ["item_restored", "item_restored"])
    with services.reading() as tx:
        item = tx.execute(select(ListItem.__table__).where(ListItem.id == items[0])).one()
    assert (item.state, item.struck_reason, item.struck_at, item.struck_by) == ("counted", None, None, None)
    assert (brought(services, share), reached(services, ground.cast.indicator)) == (3, 5)
    assert share_state(services, share) == "accepted"
    whole(services)


def test_restoring_does_not_reopen_what_was_accepted_short(services: Services, ground: Ground) -> None:
    share, _ = two_shares(services, ground)
    (item,) = enter(services, ground, share, ground.here.qing, "第一小学")
    strike(services, item, ground.cast.amira)
    hand_in(services, share, ground.here.qing, short="两家撤并。")
    do(services, "share", share, "accept", ground.cast.olga)
    do(services, "item", item, "restore", ground.cast.amira, reason="查明属实。")
    assert (share_state(services, share), brought(services, share)) == ("accepted", 1)
    whole(services)


def test_what_counts_elsewhere_meanwhile_is_not_restored(services: Services, ground: Ground) -> None:
    share, second = two_shares(services, ground)
    (item,) = enter(services, ground, share, ground.here.qing, "第一小学")
    strike(services, item, ground.cast.amira)
    (other,) = enter(services, ground, second, ground.here.chong, "第一小学")
    with refused(services, NotReady) as refusal:
        do(services, "item", item, "restore", ground.cast.amira, reason="查明属实。")
    (lack,) = refusal.value.missing
    assert (lack.code, lack.facts["item_id"]) == ("counted_nowhere_else", other)


def test_nothing_is_restored_into_a_figure_that_was_broken_down(services: Services, ground: Ground) -> None:
    cast = ground.cast
    a.a_started_milestone(services, cast)
    do(
        services,
        "milestone",
        cast.milestone,
        "enter_items",
        cast.olga,
        details=named(cast.indicator, "第一小学"),
    )
    strike(services, 1, cast.olga)
    details = {"portions": [portion(cast, ground.here.qingpu, "2")]}
    do(services, "milestone", cast.milestone, "break_down", cast.olga, details=details)
    with refused(services, NotReady) as refusal:
        do(services, "item", 1, "restore", cast.amira, reason="查明属实。")
    assert [lack.code for lack in refusal.value.missing] == ["broken_down"]


def test_refusals_leave_all_untouched(services: Services, ground: Ground) -> None:
    share, _ = two_shares(services, ground)
    (item,) = enter(services, ground, share, ground.here.qing, "第一小学")
    with refused(services, ReasonRequired):
        strike(services, item, ground.cast.amira, None)
    with refused(services, WrongState):
        do(services, "item", item, "restore", ground.cast.amira, reason=WHY)
    strike(services, item, ground.cast.amira)
    with refused(services, WrongState):
        strike(services, item, ground.cast.amira)
    do(services, "task", ground.cast.task, "cancel", ground.cast.amira, reason="撤销。")
    with refused(services, NotReady):
        do(services, "item", item, "restore", ground.cast.amira, reason=WHY)


MAY = {"strike": {"olga", "amira", "ines", "qing", "dun"}, "restore": {"amira"}}
SEE = {"olga", "rashid", "lena", "jun", "amira", "sven", "ines", "karl", "qing", "ren", "dun"}
PEOPLE = ("olga", "rashid", "lena", "jun", "amira", "sven", "ines", "karl", "petra")
DISTRICT = ("qing", "ren", "chong", "jin", "dun", "hua")


def _standings(services: Services, ground: Ground, item: int) -> dict[str, Any]:
    people = {name: getattr(ground.cast, name) for name in PEOPLE}
    people |= {name: getattr(ground.here, name) for name in DISTRICT}
    with services.reading() as tx:
        return {
            name: LAWS["item"].load(tx, [item], who, services.clock())[item] for name, who in people.items()
        }


def test_who_may_and_who_sees(services: Services, ground: Ground) -> None:
    share, _ = two_shares(services, ground)
    (item,) = enter(services, ground, share, ground.here.qing, "第一小学")
    standings = _standings(services, ground, item)
    for action, expected in MAY.items():
        row = LAWS["item"].action(action)
        assert {name for name, found in standings.items() if row.may(found)} == expected, action
    seen = {name for name, found in standings.items() if found.seen}
    assert seen == SEE
    with refused(services, NotFound):
        strike(services, item, ground.here.chong)
    with refused(services, NotPermitted):
        strike(services, item, ground.here.ren)
    strike(services, item, ground.cast.ines)
