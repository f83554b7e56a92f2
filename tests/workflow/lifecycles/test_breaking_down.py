"""Breaking down 分解: who may be given a share, of what, by when; one each, and nothing counted twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from models import (
    ProgressEntry,
    Share,
    ShareTarget,
)
from tests.people import Cast, HandClock, do
from tests.workflow.lifecycles import districts as d
from tests.workflow.lifecycles import situations as a
from tests.workflow.lifecycles.figures import further_indicator, lacks, reached, row_of
from tests.workflow.lifecycles.witness import watching
from workflow.bootstrap import Services

WHY = "经核对有误。"


def test_breaking_down_issues_each_share_and_tells_its_unit(
    services: Services, cast: Cast, here: d.Districts
) -> None:
    a.a_started_milestone(services, cast)
    with watching(services) as seen:
        first, second = d.break_down(
            services, cast, d.portion(cast, here.qingpu, "20.5", text=" 完成20家 ", due_on="2022-11-30"),
            d.portion(cast, here.chongming, None),
        )  # fmt: skip
    assert seen.events == [
        ("milestone", "break_down", "in_progress", cast.olga),
        ("share", "issue", "issued", cast.olga),
        ("share", "issue", "issued", cast.olga),
    ]
    assert seen.letters == [
        ("share_issued", {"role": "owner", "unit_id": here.qingpu}),
        ("share_issued", {"role": "owner", "unit_id": here.chongming}),
    ]
    row = row_of(services, first)
    assert (row.text, row.due_on, row.issued_by) == ("完成20家", date(2022, 11, 30), cast.olga)
    row = row_of(services, second)
    assert (row.text, row.due_on) == ("300家能源审计", date(2022, 12, 30)), "the milestone's own"
    with services.reading() as tx:
        targets = tx.execute(select(ShareTarget.quantity, ShareTarget.reached).order_by(ShareTarget.id)).all()
    assert [tuple(target) for target in targets] == [(Decimal("20.5"), None), (None, None)]


@pytest.mark.parametrize(
    ("make", "missing"),
    [
        (lambda cast, here: d.portion(cast, cast.other), ["working_part"]),
        (lambda cast, here: d.portion(cast, here.energy), ["working_part"]),
        (lambda cast, here: d.portion(cast, here.qingpu, due_on="2022-12-31"), ["due_by"]),
        (lambda cast, here: d.portion(cast, here.qingpu, due_on="2022-01-13"), ["not_in_past"]),
        (lambda cast, here: {"unit_id": here.qingpu}, ["portion_said"]),
        (lambda cast, here: d.portion(cast, here.qingpu, "-1"), ["not_negative"]),
        (
            lambda cast, here: {"unit_id": here.qingpu, "targets": [{"indicator_id": cast.goal}]},
            ["own_indicator"],
        ),
        (
            lambda cast, here: {"unit_id": here.qingpu, "targets": [{"indicator_id": cast.indicator}] * 2},
            ["one_target_each", "one_target_each"],
        ),
    ],
)
def test_a_portion_that_cannot_be_is_refused_with_all_others(
    services: Services, cast: Cast, here: d.Districts,
    make: Callable[[Cast, d.Districts], dict[str, Any]], missing: list[str],
) -> None:  # fmt: skip
    a.a_started_milestone(services, cast)
    portions = [d.portion(cast, here.jinshan), make(cast, here)]
    details = {"portions": portions}
    assert lacks(services, "milestone", cast.milestone, "break_down", cast.olga, details=details) == missing


def test_a_unit_has_one_share_of_a_milestone(
    services: Services, cast: Cast, here: d.Districts, shares: list[int]
) -> None:
    again = {"portions": [d.portion(cast, here.qingpu)]}
    assert lacks(services, "milestone", cast.milestone, "break_down", cast.olga, details=again) == [
        "one_share_each"
    ]
    do(services, "share", shares[0], "waive", cast.olga, reason=WHY)
    assert lacks(services, "milestone", cast.milestone, "break_down", cast.olga, details=again) == [
        "share_waived"
    ]
    twice = {"portions": [d.portion(cast, cast.joint), d.portion(cast, cast.joint)]}
    assert (
        lacks(services, "milestone", cast.milestone, "break_down", cast.olga, details=twice)
        == ["unit_twice"] * 2
    )


def test_breaking_down_a_second_time_keeps_what_was_accepted(
    services: Services, cast: Cast, here: d.Districts, shares: list[int]
) -> None:
    d.take_in(services, cast, shares[0], here.qing, "120")
    assert reached(services, cast.indicator) == 120
    (further,) = d.break_down(services, cast, d.portion(cast, cast.joint, "1"))
    assert reached(services, cast.indicator) == 120
    assert a.state_of(services, Share, further) == "issued"


def test_what_was_reported_directly_is_corrected_to_nothing_before_it_is_broken_down(
    services: Services, cast: Cast, here: d.Districts
) -> None:
    a.a_started_milestone(services, cast)
    do(services, "milestone", cast.milestone, "report", cast.olga, details=a.progress(cast.indicator, "7"))
    details = {"portions": [d.portion(cast, here.qingpu)]}
    assert lacks(services, "milestone", cast.milestone, "break_down", cast.olga, details=details) == [
        "already_reported"
    ]
    entry = {"entry_id": a.latest(services, ProgressEntry), "quantity": "0"}
    do(services, "milestone", cast.milestone, "correct", cast.olga, details=entry, reason=WHY)
    d.break_down(services, cast, d.portion(cast, here.qingpu))
    assert reached(services, cast.indicator) is None
    again = {"entry_id": a.latest(services, ProgressEntry), "quantity": "9"}
    assert lacks(services, "milestone", cast.milestone, "correct", cast.olga, details=again, reason=WHY) == [
        "broken_down"
    ]
    report = a.progress(cast.indicator, "9")
    assert lacks(services, "milestone", cast.milestone, "report", cast.olga, details=report) == [
        "broken_down"
    ]


def test_after_its_date_a_milestone_is_broken_down_with_dates_to_come(
    services: Services, cast: Cast, here: d.Districts, clock: HandClock
) -> None:
    a.a_started_milestone(services, cast)
    clock.go_to(2023, 1, 5)
    details = {"portions": [d.portion(cast, here.qingpu)]}
    assert lacks(services, "milestone", cast.milestone, "break_down", cast.olga, details=details) == [
        "due_named"
    ]
    (share,) = d.break_down(services, cast, d.portion(cast, here.qingpu, due_on="2023-01-20"))
    assert row_of(services, share).due_on == date(2023, 1, 20)


def test_one_indicator_is_broken_down_and_another_reported_by_the_lead(
    services: Services, cast: Cast, here: d.Districts, shares: list[int]
) -> None:
    measures = further_indicator(services, cast)
    do(services, "milestone", cast.milestone, "report", cast.olga, details=a.progress(measures, "10"))
    for share, owner in zip(shares, (here.qing, here.chong, here.jin), strict=True):
        d.take_in(services, cast, share, owner)
    assert (reached(services, cast.indicator), reached(services, measures)) == (Decimal(300), Decimal(10))
    do(services, "milestone", cast.milestone, "submit", cast.olga, details={"text": "完成"})
