"""Adjustments: proposed on a meeting's word, decided by somebody else, carried out at once; originals stay known."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from models import Adjustment, Approval, Indicator, OutboxRow, TargetMove
from models.states import Role, TargetBasis, UnitKind
from tests.people import Cast, accept, add_person, add_unit, do, round_of
from tests.workflow.lifecycles import situations as a
from tests.workflow.lifecycles.adjusted import approve, codes, decide, row, rows, sound
from tests.workflow.lifecycles.witness import refused, watching
from workflow.bootstrap import Services
from workflow.errors import Malformed, NotPermitted, NotReady, ReasonRequired, WrongState
from workflow.law import LAWS
from workflow.standings import load_approvals


def test_a_proposal_waits_for_the_office(services: Services, cast: Cast) -> None:
    with watching(services) as seen:
        adjustment = a.a_proposed_adjustment(services, cast)
    assert seen.acts == ["meeting.enter", "task.propose_adjustment", "adjustment.propose", "approval.open"]
    assert seen.letters == [
        ("to_sign_adjustment", {"role": Role.SUPERVISOR, "unit_id": cast.office}),
        ("to_sign_adjustment", {"role": Role.SIGNATORY, "unit_id": cast.office}),
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
        ("approval", "approve", "open", cast.sven),
        ("approval", "conclude", "approved", None),
        ("adjustment", "approve", "approved", None),
        ("target_move", "move_target", None, None),
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
    for action in ("approve", "return"):
        with refused(services, NotPermitted):
            decide(services, adjustment, action, cast.amira)


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
        decide(services, adjustment, "return", cast.sven, reason=" ")
    with watching(services) as seen:
        decide(services, adjustment, "return", cast.sven, reason="目标不变。")
    assert seen.letters == [("adjustment_refused", {"person_id": cast.amira})]
    kept = row(services, Adjustment, adjustment)
    assert (kept.state, kept.decided_by) == ("refused", cast.sven)
    assert row(services, Indicator, cast.indicator).quantity == 300
    with refused(services, WrongState):
        approve(services, cast, adjustment)


def test_who_proposed_may_withdraw(services: Services, cast: Cast) -> None:
    adjustment = a.a_proposed_adjustment(services, cast)
    with refused(services, NotPermitted):
        do(services, "adjustment", adjustment, "withdraw", cast.olga)
    with watching(services) as seen:
        do(services, "adjustment", adjustment, "withdraw", cast.amira)
    assert seen.acts == ["adjustment.withdraw", "approval.withdraw"]
    assert seen.topics == ["approval_withdrawn"]
    assert row(services, Adjustment, adjustment).state == "withdrawn"
    assert row(services, Approval, round_of(services, "adjustment", adjustment)).state == "withdrawn"


def test_what_has_moved_on_since_the_proposal_is_judged_again(services: Services, cast: Cast) -> None:
    adjustment = a.a_proposed_adjustment(services, cast)
    accept(services, cast)
    with refused(services, NotReady) as error:
        approve(services, cast, adjustment)
    assert codes(error) == ["adjusted_open"]


def test_nothing_of_a_cancelled_task_is_adjusted(services: Services, cast: Cast) -> None:
    adjustment = a.a_proposed_adjustment(services, cast)
    with watching(services) as seen:
        do(services, "task", cast.task, "cancel", cast.amira, reason=a.REASON)
    assert seen.acts == ["task.cancel", "adjustment.lapse", "approval.withdraw"]
    assert ("adjustment_lapsed", {"person_id": cast.amira}) in seen.letters
    with refused(services, WrongState):
        approve(services, cast, adjustment)
    with pytest.raises(WrongState):
        a.a_proposed_adjustment(services, cast)


def test_what_it_was_to_change_is_another_and_the_signers_are_told(services: Services, cast: Cast) -> None:
    """Who signs has seen 300 → 280; where another adjustment made it 290, that is asked no more."""
    adjustment = a.a_proposed_adjustment(services, cast)
    other = a.propose(services, cast, "retarget", {"quantity": "290"}, indicator_id=cast.indicator)
    second = a.propose(services, cast, "redate", {"due_on": "2022-11-30"}, milestone_id=cast.milestone)
    with watching(services) as seen:
        approve(services, cast, other)
    assert seen.acts[-2:] == ["adjustment.lapse", "approval.void"]
    assert ("approval_voided", {"role": Role.SUPERVISOR, "unit_id": cast.office}) in seen.letters
    assert ("adjustment_lapsed", {"person_id": cast.amira}) in seen.letters
    with services.reading() as tx:
        told = select(OutboxRow.facts).where(OutboxRow.topic == "approval_voided")
        assert tx.execute(told).scalar_one()["changed"] == ["from"]
    assert row(services, Adjustment, adjustment).state == "withdrawn"
    assert row(services, Adjustment, second).state == "proposed", "a target is nothing to it"
    assert row(services, Indicator, cast.indicator).quantity == 290
    sound(services)


def test_who_signs_sees_what_is_in_the_way(services: Services, cast: Cast) -> None:
    adjustment = a.a_proposed_adjustment(services, cast)
    accept(services, cast)
    with services.reading() as tx:
        approval = round_of(services, "adjustment", adjustment)
        standing = load_approvals(tx, [approval], cast.sven, services.clock())[approval]
    open_to = {action.name: lacks for action, lacks in LAWS["approval"].open_to(standing)}
    assert [lack.code for lack in open_to["approve"]] == ["adjusted_open"]
    assert open_to["return"] == []


def test_the_department_that_proposed_does_not_approve(services: Services, cast: Cast) -> None:
    """The office's own department owns in the lead unit: what it proposes, somebody outside of it signs."""
    with services.transaction() as tx:
        section = add_unit(
            tx, "JGJ-1", "节能处", kind=UnitKind.DEPARTMENT, parent_id=cast.lead, organ_id=cast.lead
        )
        both = add_person(tx, "both", "兼任", (Role.OWNER, section), (Role.SUPERVISOR, cast.office))
        colleague = add_person(tx, "mate", "同处", (Role.REVIEWER, section), (Role.SIGNATORY, cast.office))
    adjustment = a.propose(services, cast, "retarget", {"quantity": "280"}, both, indicator_id=cast.indicator)
    for who in (both, colleague):
        with refused(services, NotPermitted):
            approve(services, cast, adjustment, who)
    approve(services, cast, adjustment)


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
