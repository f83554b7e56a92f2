"""Share 分解: from issued to accepted, with its figures and evidence; every refusal leaves all untouched."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update

from models import (
    Evidence,
    Indicator,
    ProgressEntry,
    Share,
)
from tests.people import Cast, HandClock, do, file
from tests.workflow.lifecycles import districts as d
from tests.workflow.lifecycles import situations as a
from tests.workflow.lifecycles.figures import further_indicator, lacks, reached, reached_on_share, row_of
from tests.workflow.lifecycles.witness import refused, watching
from workflow.bootstrap import Services
from workflow.errors import DubanError, NotFound, NotPermitted, ReasonRequired

WHY = "经核对有误。"


def test_each_step_leaves_its_event_and_tells_whom_it_concerns(
    services: Services, cast: Cast, here: d.Districts, shares: list[int]
) -> None:
    share = shares[0]
    lead, unit = {"role": "owner", "unit_id": cast.lead}, {"role": "owner", "unit_id": here.qingpu}
    evidence = ("evidence", "attach", "attached", here.qing)
    steps: list[tuple[str, int, dict[str, Any], str, list[tuple[str, Any]]]] = [
        ("acknowledge", here.ren, {}, "acknowledged", []),
        ("start", here.qing, {}, "in_progress", []),
        ("report", here.qing, {"details": a.progress(cast.indicator, "100")}, "in_progress", []),
        ("attach", here.qing, {"details": file()}, "in_progress", []),
        ("submit", here.qing, {"details": {"text": "已完成。"}}, "submitted", [("share_submitted", lead)]),
        ("withdraw", here.qing, {}, "in_progress", []),
        ("submit", here.qing, {"details": {"text": "已完成。"}}, "submitted", [("share_submitted", lead)]),
        ("return_for_rework", cast.rashid, {"reason": WHY}, "returned", [("share_returned", unit)]),
        ("start", here.qing, {}, "in_progress", []),
        ("submit", here.qing, {"details": {"text": "已补正。"}}, "submitted", [("share_submitted", lead)]),
        ("accept", cast.olga, {}, "accepted", [("share_accepted", unit)]),
        ("reopen", cast.olga, {"reason": WHY}, "in_progress", [("share_reopened", unit)]),
        ("amend", cast.olga, {"reason": WHY, "details": {"text": "改"}}, "in_progress", [("share_amended", unit)]),
        ("waive", cast.olga, {"reason": WHY}, "waived", [("share_waived", unit)]),
    ]  # fmt: skip
    for action, who, more, state, letters in steps:
        with watching(services) as seen:
            do(services, "share", share, action, who, **more)
        assert seen.events == [("share", action, state, who), *([evidence] if action == "attach" else [])]
        assert (seen.letters, a.state_of(services, Share, share)) == (letters, state), action
    row = row_of(services, share)
    assert (row.round, row.submission, row.submitted_by) == (3, "已补正。", here.qing)
    assert (row.digest, row.accepted_at, row.accepted_by) == (None, None, None)


@pytest.mark.parametrize("action", ["return_for_rework", "waive", "reopen", "amend", "correct", "detach"])
def test_what_is_taken_back_takes_a_reason(
    services: Services, cast: Cast, here: d.Districts, shares: list[int], action: str
) -> None:
    prepared = {
        "return_for_rework": lambda: d.hand_in(services, cast, shares[0], here.qing),
        "reopen": lambda: d.take_in(services, cast, shares[0], here.qing),
        "correct": lambda: d.a_share_under_way(services, shares[0], here.qing),
        "detach": lambda: d.a_share_under_way(services, shares[0], here.qing),
    }
    prepared.get(action, lambda: None)()
    details = {
        "amend": {"text": "改"},
        "correct": {"entry_id": 1, "quantity": 1},
        "detach": {"evidence_id": 1},
    }
    who = here.qing if action in ("correct", "detach") else cast.olga
    with refused(services, ReasonRequired):
        do(services, "share", shares[0], action, who, details=details.get(action), reason="  ")


def test_a_share_is_handed_in_with_figures_evidence_and_a_reason_where_it_falls_short(
    services: Services, cast: Cast, here: d.Districts, shares: list[int]
) -> None:
    share = d.a_share_under_way(services, shares[0], here.qing)
    submit: Any = ("share", share, "submit", here.qing)
    assert lacks(services, *submit, details={"text": "完成"}) == ["progress", "figures_stated", "evidence"]
    do(services, "share", share, "report", here.qing, details={"note": "已部署。", "as_of_on": "2022-01-14"})
    assert lacks(services, *submit, details={"text": "完成"}) == ["figures_stated", "evidence"]
    d.report(services, cast, share, here.qing, "99.99999999")
    do(services, "share", share, "attach", here.qing, details=file())
    assert lacks(services, *submit, details={"text": "完成"}) == ["short_because"]
    assert lacks(services, *submit, details={"text": "完成", "short_because": " "}) == ["short_because"]
    do(*(services, *submit), details={"text": "完成", "short_because": "一家搬迁。"})
    row = row_of(services, share)
    assert (row.state, row.short_because) == ("submitted", "一家搬迁。")


def test_a_share_that_reaches_its_target_keeps_no_reason(
    services: Services, cast: Cast, here: d.Districts, shares: list[int]
) -> None:
    d.hand_in(services, cast, shares[0], here.qing, "100")
    assert row_of(services, shares[0]).short_because is None


def test_nothing_is_reported_on_what_the_share_has_no_target_for(
    services: Services, cast: Cast, here: d.Districts, shares: list[int]
) -> None:
    measures = further_indicator(services, cast)
    share = d.a_share_under_way(services, shares[0], here.qing)
    report = a.progress(measures, "1")
    assert lacks(services, "share", share, "report", here.qing, details=report) == ["own_indicator"]


def test_a_correction_is_corrected_and_the_first_figure_no_more(
    services: Services, cast: Cast, here: d.Districts, shares: list[int]
) -> None:
    share = d.a_share_under_way(services, shares[0], here.qing)
    d.report(services, cast, share, here.qing, "0.1")
    d.report(services, cast, share, here.qing, "0.2")
    first = a.latest(services, ProgressEntry) - 1
    assert reached_on_share(services, share) == Decimal("0.3")
    do(
        services,
        "share",
        share,
        "correct",
        here.qing,
        reason=WHY,
        details={"entry_id": first, "quantity": "5"},
    )
    second = a.latest(services, ProgressEntry)
    assert reached_on_share(services, share) == Decimal("5.2")
    correct = {"entry_id": first, "quantity": "6"}
    assert lacks(services, "share", share, "correct", here.qing, reason=WHY, details=correct) == ["own_entry"]
    do(
        services,
        "share",
        share,
        "correct",
        here.qing,
        reason=WHY,
        details={"entry_id": second, "quantity": "7"},
    )
    assert reached_on_share(services, share) == Decimal("7.2")
    assert reached(services, cast.indicator) is None, "nothing is accepted yet"


def test_nobody_accepts_what_they_handed_in_themselves(
    services: Services, cast: Cast, here: d.Districts
) -> None:
    """The lead may have a share of its own."""
    a.a_started_milestone(services, cast)
    (share,) = d.break_down(services, cast, d.portion(cast, cast.lead, "300"))
    d.hand_in(services, cast, share, cast.olga, "300")
    with refused(services, NotPermitted):
        do(services, "share", share, "accept", cast.olga)
    do(services, "share", share, "accept", cast.rashid)
    assert reached(services, cast.indicator) == 300


def test_what_is_accepted_is_bound_to_bytes_and_counted(
    services: Services, cast: Cast, here: d.Districts, shares: list[int]
) -> None:
    share = d.take_in(services, cast, shares[0], here.qing, "100")
    row = row_of(services, share)
    assert (row.accepted_by, row.accepted_at, len(row.digest)) == (cast.olga, services.clock(), 64)
    assert reached(services, cast.indicator) == 100
    assert a.state_of(services, Evidence, a.latest(services, Evidence)) == "accepted"
    do(services, "share", share, "reopen", cast.olga, reason=WHY)
    assert reached(services, cast.indicator) is None
    d.report(services, cast, share, here.qing, "1")
    do(services, "share", share, "submit", here.qing, details={"text": "已完成。"})
    do(services, "share", share, "accept", cast.olga)
    assert reached(services, cast.indicator) == 101
    assert row_of(services, share).digest != row.digest


def test_of_several_latest_figures_the_last_by_day_counts(
    services: Services, cast: Cast, here: d.Districts, clock: HandClock
) -> None:
    """Not the one of the share that was issued last, nor the one that was accepted last."""
    with services.transaction() as tx:
        latest = {"kind": "rate", "formula": "最近一次", "measured": "quantity"}
        tx.execute(
            update(Indicator).where(Indicator.id == cast.indicator).values(definition=latest, kind="rate")
        )
    first, second, _ = d.three_shares(services, cast, here)
    clock.go_to(2022, 3, 1)
    for share, owner, quantity, on in (
        (first, here.qing, "5", date(2022, 2, 2)),
        (second, here.chong, "9", date(2022, 2, 1)),
    ):
        d.a_share_under_way(services, share, owner)
        d.report(services, cast, share, owner, quantity, on=on)
        do(services, "share", share, "attach", owner, details=file())
        do(services, "share", share, "submit", owner, details={"text": "报", "short_because": "滚动"})
        do(services, "share", share, "accept", cast.olga)
    assert reached(services, cast.indicator) == 5


@pytest.mark.parametrize(
    ("who", "refusal"),
    [("qing", NotPermitted), ("ren", NotPermitted), ("dun", None), ("hua", NotFound), ("chong", NotFound)],
)
def test_the_share_of_a_department_is_worked_on_by_its_own_people(
    services: Services, cast: Cast, here: d.Districts, below: tuple[int, int], who: str,
    refusal: type[DubanError] | None,
) -> None:  # fmt: skip
    do(services, "share", below[0], "acknowledge", here.dun)
    if refusal is None:
        do(services, "share", below[0], "start", getattr(here, who))
        return
    with refused(services, refusal):
        do(services, "share", below[0], "start", getattr(here, who))


@pytest.mark.parametrize("action", ["accept", "return_for_rework", "waive"])
def test_a_sub_share_is_judged_by_the_unit_that_issued_it_and_not_by_the_lead(
    services: Services, cast: Cast, here: d.Districts, below: tuple[int, int], action: str
) -> None:
    d.hand_in(services, cast, below[0], here.dun, "60")
    for who in (cast.olga, here.chong, here.hua):
        with refused(services, NotFound if who != cast.olga else NotPermitted):
            do(services, "share", below[0], action, who, reason=WHY)
    do(services, "share", below[0], action, here.qing, reason=WHY)


def test_an_owner_of_the_unit_that_handed_in_does_not_take_back_anothers(
    services: Services, cast: Cast, here: d.Districts, shares: list[int]
) -> None:
    d.hand_in(services, cast, shares[0], here.qing)
    with refused(services, NotPermitted):
        do(services, "share", shares[0], "withdraw", here.ren)
    with refused(services, NotFound):
        do(services, "share", shares[0], "withdraw", here.chong)
