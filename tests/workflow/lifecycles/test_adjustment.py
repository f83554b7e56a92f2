"""Adjustments: proposed on a meeting's word, decided by somebody else, carried out at once; originals stay known."""

from __future__ import annotations

from typing import Any

import pytest

from models import (
    Adjustment,
    Indicator,
    TargetMove,
)
from models.states import Role, TargetBasis
from tests.people import Cast, accept, add_person, do
from tests.workflow.lifecycles import situations as a
from tests.workflow.lifecycles.adjusted import approve, codes, row, rows, sound
from tests.workflow.lifecycles.witness import refused, watching
from workflow.bootstrap import Services
from workflow.errors import Malformed, NotPermitted, NotReady, ReasonRequired, WrongState
from workflow.sentences import lack_sentence


def test_a_proposal_waits_for_the_office(services: Services, cast: Cast) -> None:
    with watching(services) as seen:
        adjustment = a.a_proposed_adjustment(services, cast)
    assert seen.acts == ["meeting.enter", "task.propose_adjustment", "adjustment.propose"]
    assert seen.letters == [
        ("adjustment_proposed", {"role": Role.SIGNATORY, "office": True}),
        ("adjustment_proposed", {"role": Role.LEADER, "office": True}),
    ]
    kept = row(services, Adjustment, adjustment)
    assert (kept.state, kept.change, kept.decision, kept.reason) == (
        "proposed",
        {"quantity": "280"},
        1,
        a.REASON,
    )
    assert row(services, Indicator, cast.indicator).quantity == 300


def test_an_owner_of_the_lead_may_propose_and_no_other(services: Services, cast: Cast) -> None:
    a.propose(services, cast, "retarget", {"quantity": "280"}, cast.olga, indicator_id=cast.indicator)
    joan = a.joint_owner(services, cast)
    meeting = a.a_meeting(services, cast)
    details = {"kind": "cancel", "meeting_id": meeting, "change": {}}
    with refused(services, NotPermitted):
        do(services, "task", cast.task, "propose_adjustment", joan, reason=a.REASON, details=details)


def test_it_takes_effect_when_approved(services: Services, cast: Cast) -> None:
    adjustment = a.a_proposed_adjustment(services, cast)
    with watching(services) as seen:
        approve(services, cast, adjustment)
    assert seen.events == [
        ("adjustment", "approve", "approved", cast.sven),
        ("target_move", "move_target", None, cast.sven),
    ]
    assert seen.letters == [
        ("adjustment_approved", {"person_id": cast.amira}),
        ("adjustment_approved", {"role": Role.OWNER, "unit_id": cast.lead}),
    ]
    kept = row(services, Adjustment, adjustment)
    assert (kept.state, kept.decided_by) == ("approved", cast.sven)
    assert row(services, Indicator, cast.indicator).quantity == 280
    (move,) = rows(services, TargetMove)
    assert (move.from_quantity, move.to_quantity, move.basis) == (300, 280, TargetBasis.ADJUSTMENT)
    assert (move.adjustment_id, move.meeting_id, move.moved_by) == (adjustment, 1, cast.sven)
    assert row(services, Indicator, cast.goal).quantity == 600, "a goal has an adjustment of its own"
    sound(services)


def test_nobody_decides_on_their_own_proposal(services: Services, cast: Cast) -> None:
    adjustment = a.a_proposed_adjustment(services, cast)
    for action in ("approve", "refuse"):
        with refused(services, NotPermitted):
            do(services, "adjustment", adjustment, action, cast.amira, reason=a.REASON)


def test_another_supervisor_or_the_offices_leader_decides(services: Services, cast: Cast) -> None:
    with services.transaction() as tx:
        second = add_person(tx, "second", "安二", (Role.SUPERVISOR, cast.office))
        chief = add_person(tx, "chief", "主任", (Role.LEADER, cast.office))
    approve(services, cast, a.a_proposed_adjustment(services, cast), second)
    adjustment = a.propose(services, cast, "cancel_milestone", {}, milestone_id=cast.second)
    approve(services, cast, adjustment, chief)
    assert row(services, Adjustment, adjustment).decided_by == chief


def test_a_refusal_takes_a_reason_and_changes_nothing(services: Services, cast: Cast) -> None:
    adjustment = a.a_proposed_adjustment(services, cast)
    with refused(services, ReasonRequired):
        do(services, "adjustment", adjustment, "refuse", cast.sven)
    with watching(services) as seen:
        do(services, "adjustment", adjustment, "refuse", cast.sven, reason="目标不变。")
    assert seen.letters == [("adjustment_refused", {"person_id": cast.amira})]
    assert row(services, Indicator, cast.indicator).quantity == 300
    with refused(services, WrongState):
        approve(services, cast, adjustment)


def test_who_proposed_may_withdraw(services: Services, cast: Cast) -> None:
    adjustment = a.a_proposed_adjustment(services, cast)
    with refused(services, NotPermitted):
        do(services, "adjustment", adjustment, "withdraw", cast.olga)
    do(services, "adjustment", adjustment, "withdraw", cast.amira)
    assert row(services, Adjustment, adjustment).state == "withdrawn"


def test_what_has_moved_on_since_the_proposal_is_judged_again(services: Services, cast: Cast) -> None:
    adjustment = a.a_proposed_adjustment(services, cast)
    accept(services, cast)
    with refused(services, NotReady) as error:
        approve(services, cast, adjustment)
    assert codes(error) == ["adjusted_open"]


def test_nothing_of_a_cancelled_task_is_adjusted(services: Services, cast: Cast) -> None:
    adjustment = a.a_proposed_adjustment(services, cast)
    do(services, "task", cast.task, "cancel", cast.amira, reason=a.REASON)
    with refused(services, NotReady) as error:
        approve(services, cast, adjustment)
    assert codes(error)[0] == "adjusted_alive"
    assert "已撤销" in lack_sentence(error.value.missing[0], "zh-Hans")
    with pytest.raises(WrongState):
        a.a_proposed_adjustment(services, cast)


# What is refused when it is proposed

REFUSED: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("retarget", {"quantity": "300"}, {"indicator_id": "indicator"}, "moved_target"),
    ("retarget", {"quantity": "-1"}, {"indicator_id": "indicator"}, "not_negative"),
    ("retarget", {"quantity": "280"}, {}, "adjusted_named"),
    ("retarget", {"quantity": "280"}, {"indicator_id": "petra"}, "adjusted_indicator"),
    ("retarget", {"quantity": "280"}, {"indicator_id": "indicator", "milestone_id": "second"}, "adjusted_indicator"),
    ("redate", {"due_on": "2022-12-30"}, {"milestone_id": "milestone"}, "moved"),
    ("redate", {"due_on": "2022-01-13"}, {"milestone_id": "milestone"}, "not_in_past"),
    ("redate", {"due_on": "2022-11-30"}, {"milestone_id": "petra"}, "adjusted_milestone"),
    ("redate", {"due_on": "2022-11-30"}, {"milestone_id": "second", "indicator_id": "goal"}, "adjusted_unasked"),
    ("assign", {"units": [{"unit_id": 3, "role": "joint"}]}, {}, "moved_places"),
    ("assign", {"units": [{"unit_id": 4, "role": "lead"}]}, {}, "one_lead"),
    ("assign", {"units": [{"unit_id": 2, "role": None}]}, {}, "one_lead"),
    ("assign", {"units": [{"unit_id": 4, "role": None}]}, {}, "standing_part"),
    ("assign", {"units": [{"unit_id": 99, "role": "joint"}]}, {}, "standing_part"),
    ("add_milestone", {"year": 2023, "text": "-", "due_on": "2022-01-01"}, {}, "not_in_past"),
    ("split", {"name": "分出", "units": [{"unit_id": 3, "role": "joint"}]}, {}, "one_lead"),
    ("split", {"name": "分出", "units": [{"unit_id": 3, "role": "lead"}], "milestone_ids": [9]}, {}, "split_planned"),
    ("merge", {"into_task_id": 1}, {}, "merged_alive"),
    ("merge", {"into_task_id": 99}, {}, "merged_alive"),
    ("suspend", {"until_on": "2022-01-14"}, {}, "task_under_way"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "change", "named", "code"), REFUSED)
def test_what_cannot_be_done_is_refused_by_name(
    services: Services, cast: Cast, kind: str, change: dict[str, Any], named: dict[str, str], code: str
) -> None:
    meeting = a.a_meeting(services, cast)
    details = {"kind": kind, "meeting_id": meeting, "change": change}
    details |= {field: getattr(cast, who) for field, who in named.items()}
    with refused(services, NotReady) as error:
        do(services, "task", cast.task, "propose_adjustment", cast.amira, reason=a.REASON, details=details)
    assert code in codes(error)


@pytest.mark.parametrize(
    ("more", "code"), [({"meeting_id": 99}, "known_meeting"), ({"decision": 3}, "known_decision")]
)
def test_what_is_cited_must_be_there(services: Services, cast: Cast, more: dict[str, Any], code: str) -> None:
    details = {"kind": "cancel", "meeting_id": a.a_meeting(services, cast), "change": {}, **more}
    with refused(services, NotReady) as error:
        do(services, "task", cast.task, "propose_adjustment", cast.amira, reason=a.REASON, details=details)
    assert codes(error) == [code]


def test_a_change_of_another_kind_is_malformed_by_field(services: Services, cast: Cast) -> None:
    details = {"kind": "redate", "meeting_id": a.a_meeting(services, cast), "change": {"quantity": "280"}}
    with refused(services, Malformed) as error:
        do(services, "task", cast.task, "propose_adjustment", cast.amira, reason=a.REASON, details=details)
    assert {lack.facts["field"] for lack in error.value.missing} == {"change.due_on", "change.quantity"}
