"""A milestone and its shares: what is missing, what the signers sign, what is taken back and waived."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select

from models import (
    Approval,
    Milestone,
    ProgressEntry,
    Share,
    Task,
)
from tests.people import Cast, approval_of, do
from tests.workflow.lifecycles import districts as d
from tests.workflow.lifecycles import situations as a
from tests.workflow.lifecycles.figures import lacks, reached
from tests.workflow.lifecycles.witness import refused, watching
from workflow.acts import facts
from workflow.bootstrap import Services
from workflow.errors import NotReady
from workflow.law import LAWS
from workflow.sentences import lack_sentence
from workflow.taking_in import milestone_open

WHY = "经核对有误。"


def test_submitting_names_what_is_missing_and_passes_with_a_reason(
    services: Services, cast: Cast, here: d.Districts, shares: list[int]
) -> None:
    d.take_in(services, cast, shares[0], here.qing, "300")
    with refused(services, NotReady) as error:
        do(services, "milestone", cast.milestone, "submit", cast.olga, details={"text": "完成"})
    (lack,) = error.value.missing
    assert (lack.code, lack.facts["units"]) == ("shares_in", "崇明区机管局、金山区机管局")
    details = {"text": "完成", "without_shares": "两区另行补报。"}
    do(services, "milestone", cast.milestone, "submit", cast.olga, details=details)
    with services.reading() as tx:
        row = tx.execute(select(Milestone.without_shares).where(Milestone.id == cast.milestone)).one()
        signed = tx.execute(select(Approval.signed_facts)).scalar_one()
    assert row.without_shares == "两区另行补报。"
    assert "两区另行补报。" in signed, "the signers sign that it comes without them"


def test_a_target_that_is_not_reached_names_who_has_yet_to_bring_something(
    services: Services, cast: Cast, here: d.Districts, shares: list[int]
) -> None:
    d.take_in(services, cast, shares[0], here.qing, "100")
    with refused(services, NotReady) as error:
        do(services, "milestone", cast.milestone, "submit", cast.olga, details={"text": "完成"})
    short, awaited = error.value.missing
    assert short.code == "target"
    assert (awaited.code, awaited.facts["units"]) == ("shares_awaited", "崇明区机管局、金山区机管局")
    for share, person in ((shares[1], here.chong), (shares[2], here.jin)):
        d.take_in(services, cast, share, person, "90", short="其余年内完成。")
    details = {"text": "完成"}
    assert lacks(services, "milestone", cast.milestone, "submit", cast.olga, details=details) == ["target"]


def test_who_is_without_is_not_asked_any_more_once_it_is_accepted(
    services: Services, cast: Cast, here: d.Districts, shares: list[int]
) -> None:
    _, second, third = _submitted_without(services, cast, here, shares)
    d.a_share_under_way(services, second, here.chong)
    for signer in (cast.rashid, cast.jun):
        do(services, "approval", approval_of(services, cast.milestone), "approve", signer)
    with watching(services) as seen:
        do(services, "approval", approval_of(services, cast.milestone), "approve", cast.amira)
    assert [event for event in seen.events if event[0] == "share"] == [("share", "waive", "waived", None)] * 2
    assert [letter for letter in seen.letters if letter[0] == "share_waived"] == [
        ("share_waived", {"role": "owner", "unit_id": here.chongming}),
        ("share_waived", {"role": "owner", "unit_id": here.jinshan}),
    ]
    assert [a.state_of(services, Share, share) for share in shares] == ["accepted", "waived", "waived"]
    assert reached(services, cast.indicator) == 300
    assert lacks(services, "share", third, "reopen", cast.amira, reason=WHY) == ["milestone_open"]


def _submitted_without(
    services: Services, cast: Cast, here: d.Districts, shares: list[int]
) -> tuple[int, int, int]:
    first, second, third = shares
    d.take_in(services, cast, first, here.qing, "300")
    details = {"text": "完成", "without_shares": "两区另行补报。"}
    do(services, "milestone", cast.milestone, "submit", cast.olga, details=details)
    return first, second, third


@pytest.mark.parametrize("action", ["acknowledge", "hand_in", "return", "waive"])
def test_what_does_not_count_may_move_while_the_signers_sign(
    services: Services, cast: Cast, here: d.Districts, shares: list[int], action: str
) -> None:
    """A late district that goes on working voids no approval, and nothing of it counts before it is withdrawn."""
    if action == "return":
        d.hand_in(services, cast, shares[1], here.chong)
    _submitted_without(services, cast, here, shares)
    acts: dict[str, Callable[[], object]] = {
        "acknowledge": lambda: do(services, "share", shares[1], "acknowledge", here.chong),
        "hand_in": lambda: d.hand_in(services, cast, shares[1], here.chong),
        "return": lambda: do(services, "share", shares[1], "return_for_rework", cast.olga, reason=WHY),
        "waive": lambda: do(services, "share", shares[1], "waive", cast.olga, reason=WHY),
    }
    acts[action]()
    if action == "hand_in":
        assert lacks(services, "share", shares[1], "accept", cast.olga) == ["milestone_open"]
    for signer in (cast.rashid, cast.jun, cast.amira):
        do(services, "approval", approval_of(services, cast.milestone), "approve", signer)
    assert a.state_of(services, Milestone, cast.milestone) == "accepted"


def test_reopening_what_the_signers_look_at_recalls_it(
    services: Services, cast: Cast, here: d.Districts, shares: list[int]
) -> None:
    first, *_ = _submitted_without(services, cast, here, shares)
    with watching(services) as seen:
        do(services, "share", first, "reopen", cast.olga, reason=WHY)
    assert seen.acts == ["share.reopen", "milestone.recall", "approval.void"]
    assert (reached(services, cast.indicator), a.state_of(services, Milestone, cast.milestone)) == (
        None, "in_progress",
    )  # fmt: skip


def test_only_a_supervisor_reopens_a_share_of_an_accepted_milestone_and_the_milestone_with_it(
    services: Services, cast: Cast, here: d.Districts, shares: list[int]
) -> None:
    first, *_ = _accepted_without(services, cast, here, shares)
    do(services, "milestone", cast.second, "waive", None, reason=WHY)
    assert a.state_of(services, Task, cast.task) == "completed"
    assert lacks(services, "share", first, "reopen", cast.olga, reason=WHY) == ["milestone_open"]
    with watching(services) as seen:
        do(services, "share", first, "reopen", cast.amira, reason=WHY)
    assert seen.acts == ["share.reopen", "milestone.reopen", "task.resume_work"]
    assert reached(services, cast.indicator) is None
    assert "reopened" in seen.topics


def _accepted_without(
    services: Services, cast: Cast, here: d.Districts, shares: list[int]
) -> tuple[int, int, int]:
    submitted = _submitted_without(services, cast, here, shares)
    for signer in (cast.rashid, cast.jun, cast.amira):
        do(services, "approval", approval_of(services, cast.milestone), "approve", signer)
    return submitted


def test_the_share_of_a_waived_milestone_stays_as_it_is(
    services: Services, cast: Cast, here: d.Districts, shares: list[int]
) -> None:
    d.take_in(services, cast, shares[0], here.qing)
    do(services, "milestone", cast.milestone, "waive", None, reason=WHY)
    assert [a.state_of(services, Share, share) for share in shares] == ["accepted", "waived", "waived"]
    for share in shares[:2]:
        assert lacks(services, "share", share, "reopen", cast.amira, reason=WHY) == ["milestone_open"]


def test_nothing_of_a_cancelled_task_is_accepted_or_reopened(
    services: Services, cast: Cast, here: d.Districts, shares: list[int]
) -> None:
    d.take_in(services, cast, shares[0], here.qing)
    d.hand_in(services, cast, shares[1], here.chong)
    do(services, "task", cast.task, "cancel", cast.amira, reason=WHY)
    assert lacks(services, "share", shares[1], "accept", cast.olga) == ["not_cancelled"]
    assert lacks(services, "share", shares[0], "reopen", cast.olga, reason=WHY) == ["not_cancelled"]


def test_a_waived_unit_counts_for_nothing_and_is_missed_no_more(
    services: Services, cast: Cast, here: d.Districts, shares: list[int]
) -> None:
    for share, owner in zip(shares[:2], (here.qing, here.chong), strict=True):
        d.take_in(services, cast, share, owner, "150")
    d.hand_in(services, cast, shares[2], here.jin)
    do(services, "share", shares[2], "waive", cast.olga, reason=WHY)
    do(services, "milestone", cast.milestone, "submit", cast.olga, details={"text": "完成"})
    assert reached(services, cast.indicator) == 300


def test_where_all_shares_are_waived_the_lead_reports_itself_until_one_is_taken_up(
    services: Services, cast: Cast, here: d.Districts, shares: list[int]
) -> None:
    for share in shares:
        do(services, "share", share, "waive", cast.olga, reason=WHY)
    do(services, "milestone", cast.milestone, "report", cast.olga, details=a.progress(cast.indicator, "8"))
    assert reached(services, cast.indicator) == 8
    assert lacks(services, "share", shares[0], "reopen", cast.olga, reason=WHY) == ["already_reported"]
    entry = {"entry_id": a.latest(services, ProgressEntry), "quantity": "0"}
    do(services, "milestone", cast.milestone, "correct", cast.olga, details=entry, reason=WHY)
    do(services, "share", shares[0], "reopen", cast.olga, reason=WHY)
    assert reached(services, cast.indicator) is None


@pytest.mark.parametrize(
    ("language", "state"), [("en", "Submitted"), ("zh-Hans", "已报送"), ("zh-Hant", "已報送")]
)
def test_the_state_that_stands_in_the_way_is_said_in_the_readers_words(
    services: Services, cast: Cast, here: d.Districts, language: str, state: str
) -> None:
    first, *_ = d.three_shares(services, cast, here)
    d.hand_in(services, cast, first, here.qing)
    with services.reading() as tx:
        standing = facts(tx, LAWS["share"], first, cast.olga, services.clock())
    away = replace(standing, milestone=replace(standing.milestone, state="submitted"))
    lack = milestone_open(away)
    assert lack is not None
    assert state in lack_sentence(lack, language)
