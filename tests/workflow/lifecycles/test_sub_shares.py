"""One level further: a unit's share broken down to its department and its subordinate organ."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import select

from models import (
    Part,
    Share,
)
from tests.people import Cast, do
from tests.workflow.lifecycles import districts as d
from tests.workflow.lifecycles import situations as a
from tests.workflow.lifecycles.figures import further_indicator, lacks, reached, reached_on_share, row_of
from tests.workflow.lifecycles.witness import watching
from workflow.bootstrap import Services
from workflow.recipients import audience

WHY = "经核对有误。"


def sub_take_in(services: Services, cast: Cast, here: d.Districts, below: tuple[int, int]) -> None:
    for share, owner, quantity in ((below[0], here.dun, "60"), (below[1], here.hua, "40")):
        d.hand_in(services, cast, share, owner, quantity)
        do(services, "share", share, "accept", here.ren)


def test_a_subordinate_organ_gets_a_part_in_the_task_and_a_department_works_with_its_organ(
    services: Services, cast: Cast, here: d.Districts, below: tuple[int, int]
) -> None:
    with services.reading() as tx:
        statement = select(Part.unit_id, Part.role).where(Part.task_id == cast.task).order_by(Part.ordinal)
        parts = [tuple(row) for row in tx.execute(statement)]
    assert parts[-1] == (here.hospital, "contributor")
    assert here.energy not in {unit for unit, _ in parts}
    assert [row_of(services, share).text for share in below] == ["300家能源审计"] * 2


def test_letters_for_a_department_find_its_own_people(
    services: Services, cast: Cast, here: d.Districts, below: tuple[int, int]
) -> None:
    with services.reading() as tx:
        assert audience(tx, {"role": "owner", "unit_id": here.energy}, services.clock()) == [here.dun]
        assert set(audience(tx, {"role": "owner", "unit_id": here.qingpu}, services.clock())) == {
            here.qing, here.dun,
        }  # fmt: skip


def test_sub_shares_are_for_ones_own_units_and_no_level_further(
    services: Services, cast: Cast, here: d.Districts, shares: list[int], below: tuple[int, int]
) -> None:
    for unit, missing in (
        (here.chongming, "sub_unit"),
        (cast.joint, "sub_unit"),
        (here.energy, "one_share_each"),
    ):
        details = {"portions": [d.portion(cast, unit)]}
        assert lacks(services, "share", shares[0], "break_down", here.qing, details=details) == [missing]
    d.a_share_under_way(services, below[1], here.hua)
    details = {"portions": [d.portion(cast, here.energy)]}
    assert "top_level" in lacks(services, "share", below[1], "break_down", here.hua, details=details)


def test_a_unit_that_broke_its_share_down_does_not_report_itself_and_waits_for_all(
    services: Services, cast: Cast, here: d.Districts, shares: list[int], below: tuple[int, int]
) -> None:
    report = a.progress(cast.indicator, "1")
    assert lacks(services, "share", shares[0], "report", here.qing, details=report) == ["broken_down"]
    d.hand_in(services, cast, below[0], here.dun, "60")
    do(services, "share", below[0], "accept", here.qing)
    assert reached_on_share(services, shares[0]) == 60
    assert lacks(services, "share", shares[0], "submit", here.qing, details={"text": "完成"}) == [
        "sub_shares_in"
    ]
    d.hand_in(services, cast, below[1], here.hua, "40")
    do(services, "share", below[1], "accept", here.qing)
    do(services, "share", shares[0], "submit", here.qing, details={"text": "完成"})
    do(services, "share", shares[0], "accept", cast.olga)
    assert (reached_on_share(services, shares[0]), reached(services, cast.indicator)) == (
        Decimal(100),
        Decimal(100),
    )


def test_a_further_sub_share_keeps_what_others_brought(
    services: Services, cast: Cast, here: d.Districts, shares: list[int]
) -> None:
    d.a_share_under_way(services, shares[0], here.qing)
    first = {"portions": [d.portion(cast, here.energy, "60")]}
    do(services, "share", shares[0], "break_down", here.qing, details=first)
    share = d.shares_of(services, cast.milestone)[-1]
    d.hand_in(services, cast, share, here.dun, "60")
    do(services, "share", share, "accept", here.ren)
    second = {"portions": [d.portion(cast, here.hospital, "40")]}
    do(services, "share", shares[0], "break_down", here.qing, details=second)
    assert reached_on_share(services, shares[0]) == 60


def test_nothing_is_accepted_into_a_share_that_was_handed_in(
    services: Services, cast: Cast, here: d.Districts, shares: list[int], below: tuple[int, int]
) -> None:
    sub_take_in(services, cast, here, below)
    do(services, "share", shares[0], "submit", here.qing, details={"text": "完成"})
    assert lacks(services, "share", below[0], "reopen", here.qing, reason=WHY) == ["share_above_open"]
    do(services, "share", shares[0], "withdraw", here.qing)
    do(services, "share", below[0], "reopen", here.qing, reason=WHY)
    assert reached_on_share(services, shares[0]) == 40


def test_a_supervisor_who_reopens_a_sub_share_takes_back_all_that_counted_it(
    services: Services, cast: Cast, here: d.Districts, shares: list[int], below: tuple[int, int]
) -> None:
    sub_take_in(services, cast, here, below)
    do(services, "share", shares[0], "submit", here.qing, details={"text": "完成"})
    with watching(services) as seen:
        do(services, "share", below[0], "reopen", cast.amira, reason=WHY)
    assert seen.acts == ["share.reopen", "share.return_for_rework"]
    do(services, "share", below[0], "submit", here.dun, details={"text": "完成"})
    do(services, "share", below[0], "accept", here.qing)
    do(services, "share", shares[0], "submit", here.qing, details={"text": "完成"})
    do(services, "share", shares[0], "accept", cast.olga)
    assert reached(services, cast.indicator) == 100
    with watching(services) as seen:
        do(services, "share", below[0], "reopen", cast.amira, reason=WHY)
    assert seen.acts == ["share.reopen", "share.reopen"]
    assert (reached_on_share(services, shares[0]), reached(services, cast.indicator)) == (Decimal(40), None)
    assert a.state_of(services, Share, shares[0]) == "in_progress"


def test_with_a_share_its_open_sub_shares_are_waived(
    services: Services, cast: Cast, here: d.Districts, shares: list[int], below: tuple[int, int]
) -> None:
    d.hand_in(services, cast, below[0], here.dun, "60")
    do(services, "share", below[0], "accept", here.ren)
    with watching(services) as seen:
        do(services, "share", shares[0], "waive", cast.olga, reason=WHY)
    assert seen.events == [("share", "waive", "waived", cast.olga), ("share", "waive", "waived", None)]
    assert [a.state_of(services, Share, share) for share in below] == ["accepted", "waived"]
    assert lacks(services, "share", below[0], "reopen", here.qing, reason=WHY) == ["share_above_open"]
    assert lacks(services, "share", below[0], "reopen", cast.amira, reason=WHY) == ["share_above_open"]


def test_where_a_unit_waives_all_its_sub_shares_it_reports_itself(
    services: Services, cast: Cast, here: d.Districts, shares: list[int], below: tuple[int, int]
) -> None:
    for share in below:
        do(services, "share", share, "waive", here.qing, reason=WHY)
    d.report(services, cast, shares[0], here.qing, "9")
    assert reached_on_share(services, shares[0]) == 9
    assert lacks(services, "share", below[0], "reopen", here.qing, reason=WHY) == ["already_reported"]


def test_a_share_is_not_due_before_its_sub_shares(
    services: Services, cast: Cast, here: d.Districts, shares: list[int], below: tuple[int, int]
) -> None:
    earlier = {"due_on": "2022-11-30"}
    assert lacks(services, "share", shares[0], "amend", cast.olga, reason=WHY, details=earlier) == [
        "sub_shares_due"
    ]
    for share in below:
        do(services, "share", share, "amend", here.qing, reason=WHY, details=earlier)
    do(services, "share", shares[0], "amend", cast.olga, reason=WHY, details=earlier)
    late = {"due_on": "2022-12-01"}
    assert lacks(services, "share", below[0], "amend", here.qing, reason=WHY, details=late) == ["due_by"]


def test_a_target_that_was_broken_down_further_is_not_taken_away(
    services: Services, cast: Cast, here: d.Districts, shares: list[int], below: tuple[int, int]
) -> None:
    none: Any = {"targets": []}
    assert lacks(services, "share", shares[0], "amend", cast.olga, reason=WHY, details=none) == [
        "target_reported"
    ]
    more = further_indicator(services, cast)
    foreign = {"targets": [{"indicator_id": cast.indicator}, {"indicator_id": more}]}
    assert lacks(services, "share", below[0], "amend", here.qing, reason=WHY, details=foreign) == [
        "own_indicator"
    ]
