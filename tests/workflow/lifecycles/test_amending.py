"""Amending a share before it is accepted: nothing that was reported is lost, no date is out of order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from models import (
    DueMove,
    ShareTarget,
)
from tests.people import Cast, do
from tests.workflow.lifecycles import districts as d
from tests.workflow.lifecycles import situations as a
from tests.workflow.lifecycles.figures import further_indicator, lacks, reached
from tests.workflow.lifecycles.witness import refused
from workflow.bootstrap import Services
from workflow.errors import WrongState

WHY = "经核对有误。"


def test_amended_targets_keep_what_was_reported_towards_them(
    services: Services, cast: Cast, here: d.Districts, shares: list[int]
) -> None:
    measures = further_indicator(services, cast)
    share = d.a_share_under_way(services, shares[0], here.qing)
    d.report(services, cast, share, here.qing, "40")
    targets = [
        {"indicator_id": cast.indicator, "quantity": "40"},
        {"indicator_id": measures, "quantity": "2"},
    ]
    do(services, "share", share, "amend", cast.olga, reason=WHY, details={"targets": targets})
    with services.reading() as tx:
        statement = select(ShareTarget.indicator_id, ShareTarget.quantity, ShareTarget.reached)
        rows = tx.execute(
            statement.where(ShareTarget.share_id == share).order_by(ShareTarget.indicator_id)
        ).all()
    assert [tuple(row) for row in rows] == [(cast.indicator, 40, 40), (measures, 2, None)]
    dropped = {"targets": targets[1:]}
    assert lacks(services, "share", share, "amend", cast.olga, reason=WHY, details=dropped) == [
        "target_reported"
    ]


def test_a_target_is_not_added_beside_what_the_lead_reports_itself(
    services: Services, cast: Cast, here: d.Districts, shares: list[int]
) -> None:
    measures = further_indicator(services, cast)
    do(services, "milestone", cast.milestone, "report", cast.olga, details=a.progress(measures, "3"))
    targets = [{"indicator_id": cast.indicator, "quantity": "1"}, {"indicator_id": measures, "quantity": "2"}]
    amend: Any = ("share", shares[0], "amend", cast.olga)
    assert lacks(services, *amend, reason=WHY, details={"targets": targets}) == ["already_reported"]
    assert reached(services, measures) == 3


def test_a_target_that_is_taken_away_leaves_the_figure_to_the_lead(
    services: Services, cast: Cast, here: d.Districts
) -> None:
    a.a_started_milestone(services, cast)
    (share,) = d.break_down(services, cast, d.portion(cast, here.qingpu, text="配合"))
    do(services, "share", share, "amend", cast.olga, reason=WHY, details={"targets": []})
    do(services, "milestone", cast.milestone, "report", cast.olga, details=a.progress(cast.indicator, "3"))
    assert reached(services, cast.indicator) == 3


@pytest.mark.parametrize(
    ("details", "missing"),
    [
        ({}, ["something_amended"]),
        ({"text": "  "}, ["something_said"]),
        ({"due_on": "2022-12-31"}, ["due_by"]),
        ({"due_on": "2022-01-13"}, ["not_in_past"]),
        ({"targets": [{"indicator_id": 999}]}, ["own_indicator"]),
    ],
)
def test_an_amendment_that_cannot_be_is_refused(
    services: Services, cast: Cast, shares: list[int], details: dict[str, Any], missing: list[str]
) -> None:
    assert lacks(services, "share", shares[0], "amend", cast.olga, reason=WHY, details=details) == missing


def test_a_moved_date_is_recorded_with_its_reason(services: Services, cast: Cast, shares: list[int]) -> None:
    do(services, "share", shares[0], "amend", cast.olga, reason=WHY, details={"due_on": "2022-11-30"})
    with services.reading() as tx:
        move = tx.execute(select(DueMove.share_id, DueMove.from_on, DueMove.to_on, DueMove.reason)).one()
    assert tuple(move) == (shares[0], date(2022, 12, 30), date(2022, 11, 30), WHY)


@pytest.mark.parametrize("state", ["submitted", "accepted", "waived"])
def test_what_was_handed_in_is_returned_or_reopened_before_it_is_amended(
    services: Services, cast: Cast, here: d.Districts, shares: list[int], state: str
) -> None:
    begin: dict[str, Callable[..., int]] = {"submitted": d.hand_in, "accepted": d.take_in, "waived": _waive}
    begin[state](services, cast, shares[0], here.qing)
    with refused(services, WrongState):
        do(services, "share", shares[0], "amend", cast.olga, reason=WHY, details={"text": "改"})


def _waive(services: Services, cast: Cast, share: int, owner: int) -> int:
    do(services, "share", share, "waive", cast.olga, reason=WHY)
    return share
