"""Returning: to who submitted, to an earlier step, from the start again or straight back, and withdrawing."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from models import Approval, ApprovalParty, Decision, OutboxRow, Seat
from tests.people import do
from tests.workflow.approvals.ground import Ground
from tests.workflow.lifecycles.witness import refused, watching
from workflow.errors import NotPermitted, NotReady, ReasonRequired

REVIEW: dict[str, Any] = {"key": "review", "people": ["rashid"]}
JOINT: dict[str, Any] = {"key": "joint", "role": "reviewer", "of": "joint", "mode": "all"}
ACCEPT: dict[str, Any] = {"key": "accept", "role": "supervisor", "of": "office"}
BACK = {"resume": ["straight_back"]}
EITHER = {"resume": ["restart", "straight_back"]}


def handed_in(ground: Ground, *steps: dict[str, Any], **more: Any) -> None:
    ground.define(list(steps or (REVIEW, JOINT, ACCEPT)), **more)
    ground.submit()


# To who submitted


def test_a_return_to_the_submitter_ends_the_round_and_the_next_begins_from_the_start(ground: Ground) -> None:
    handed_in(ground)
    ground.approve("rashid", "jun")
    with refused(ground.services, ReasonRequired):
        ground.move("cai", "return", reason=None)
    with watching(ground.services) as seen:
        ground.move("cai", "return", reason="口径不一致。")
    assert seen.events == [
        ("approval", "return", "returned", ground.people["cai"]),
        ("milestone", "return_for_rework", "returned", None),
    ]
    assert seen.letters == [("returned", {"person_id": ground.people["olga"]})]
    assert ground.seats["joint/FGW"] == "lapsed"
    ground.submit(text="已更正。")
    assert ground.asked == ["review/rashid"]
    assert ground.decisions == []


def test_straight_back_in_the_next_round_what_others_signed_stands(ground: Ground) -> None:
    """Also beside the one who returned it; the signatures keep the digest that they were given over."""
    handed_in(ground, returns=BACK)
    ground.approve("rashid", "jun")
    before = {row.decided_by: row.digest for row in ground.rows(Decision)}
    ground.move("cai", "return", reason="口径不一致。")
    with watching(ground.services) as seen:
        ground.submit(text="已更正。")
    assert ground.seats == {
        "review/rashid": "signed", "joint/JW": "signed", "joint/CZJ": "open", "joint/FGW": "open",
        "accept/LB": "waiting",
    }  # fmt: skip
    assert ground.decisions == [("carried", "rashid"), ("carried", "jun")]
    assert {row.decided_by: row.digest for row in ground.rows(Decision)} == before
    assert [topic for topic, _ in seen.letters] == ["to_sign", "to_sign", "resubmitted", "resubmitted"]
    ground.approve("cai", "gao", "amira")
    assert ground.state == "approved"


def test_who_signed_before_is_copied_the_difference(ground: Ground) -> None:
    handed_in(ground, returns=BACK)
    ground.approve("rashid")
    ground.move("cai", "return", reason="口径不一致。")
    ground.submit(text="已更正。")
    with ground.services.reading() as tx:
        told = tx.execute(
            select(OutboxRow.audience, OutboxRow.facts).where(OutboxRow.topic == "resubmitted")
        ).one()
        party = select(ApprovalParty.because).where(ApprovalParty.person_id == ground.people["rashid"])
        assert (
            "copied" in tx.execute(party.where(ApprovalParty.approval_id == ground.approval)).scalars().all()
        )
    assert told.audience == {"person_id": ground.people["rashid"]}
    assert told.facts["changed"] == ["text"]


def test_only_who_had_signed_for_a_unit_by_a_move_need_not_sign_again(ground: Ground) -> None:
    """A unit's seat is the unit's, whoever of it was given it."""
    handed_in(ground, returns=BACK)
    ground.approve("rashid")
    ground.move("jun", "transfer", person_id="jia", reason="由其负责。")
    ground.approve("jia")
    ground.move("cai", "return", reason="口径不一致。")
    ground.submit(text="已更正。")
    assert ground.seats["joint/JW"] == "signed"


def test_nobodys_signature_stands_under_their_own_submission(ground: Ground) -> None:
    """Owen reviewed the first round; he hands in the second, and somebody else reviews it."""
    handed_in(ground, {"key": "review", "role": "reviewer", "of": "lead"}, ACCEPT, returns=BACK)
    ground.approve("owen")
    ground.move("amira", "return", reason="缺少盖章页。")
    ground.submit("owen", text="已更正。")
    assert ground.asked == ["review/JGJ"]
    assert ground.decisions == []


def test_who_was_added_and_returned_it_is_not_passed_over(ground: Ground) -> None:
    """Their seat was made by a move: in the next round the signer who added them is asked, and may do so again."""
    handed_in(ground, returns=BACK)
    ground.approve("rashid")
    ground.move("cai", "add_signers", people=["leo"], place="after")
    ground.approve("cai", "jun")
    ground.move("leo", "return", reason="请补充。")
    ground.submit(text="已补充。")
    assert ground.asked == ["joint/CZJ", "joint/FGW"]


def test_a_limit_that_passed_in_silence_is_no_signature_that_stands(ground: Ground) -> None:
    step = {**JOINT, "limit": {"days": 7, "then": "pass"}}
    handed_in(ground, REVIEW, step, returns=BACK)
    ground.approve("rashid")
    ground.move(None, "meet_limit", seat_id=ground.seat("joint/JW"), days=7)
    ground.move("cai", "return", reason="口径不一致。")
    ground.submit(text="已更正。")
    assert ground.asked == ["joint/CZJ", "joint/FGW", "joint/JW"]


def test_where_nobody_would_be_left_to_ask_everybody_is(ground: Ground) -> None:
    """The definition has changed meanwhile: the step that it was returned from is gone."""
    handed_in(ground, REVIEW, ACCEPT, returns=BACK)
    ground.approve("rashid")
    ground.move("amira", "return", reason="缺少盖章页。")
    handed_in(ground, REVIEW, returns=BACK)
    assert ground.asked == ["review/rashid"]


# To an earlier step


def test_returned_to_a_step_everybody_from_it_on_signs_again(ground: Ground) -> None:
    handed_in(ground)
    ground.approve("rashid", "jun", "cai", "gao")
    with watching(ground.services) as seen:
        ground.move("amira", "return_to_step", step="review", reason="请核实第三季度。")
    assert seen.events == [("approval", "return_to_step", "open", ground.people["amira"])]
    assert seen.letters == [
        ("sent_back", {"person_id": ground.people["rashid"]}),
        ("to_sign", {"person_id": ground.people["rashid"]}),
    ]
    states = [(ground.named(row), str(row.state)) for row in ground.rows(Seat)]
    assert states[:5] == [
        ("review/rashid", "set_aside"), ("joint/JW", "set_aside"), ("joint/CZJ", "set_aside"),
        ("joint/FGW", "set_aside"), ("accept/LB", "returned"),
    ]  # fmt: skip
    assert states[5:] == [
        ("review/rashid", "open"), ("joint/JW", "waiting"), ("joint/CZJ", "waiting"), ("joint/FGW", "waiting"),
        ("accept/LB", "waiting"),
    ]  # fmt: skip
    assert (ground.state, ground.milestone_state) == ("open", "submitted")


def test_straight_back_only_the_step_signs_again_and_then_who_returned_it(ground: Ground) -> None:
    handed_in(ground, returns=EITHER)
    ground.approve("rashid", "jun", "cai", "gao")
    ground.move("amira", "return_to_step", step="review", resume="straight_back", reason="请核实。")
    assert ground.asked == ["review/rashid"]
    ground.approve("rashid")
    assert ground.asked == ["accept/LB"]
    assert [state for name, state in ground.seats.items() if name.startswith("joint")] == ["signed"] * 3


def test_inside_a_countersigning_the_other_signers_are_not_disturbed(ground: Ground) -> None:
    """One signed and stays so, one is asked and may sign meanwhile."""
    handed_in(ground, returns=BACK)
    ground.approve("rashid", "jun")
    ground.move("cai", "return_to_step", step="review", reason="请核实。")
    assert ground.asked == ["joint/FGW", "review/rashid"]
    ground.approve("gao")
    assert ground.asked == ["review/rashid"]
    ground.approve("rashid")
    assert ground.asked == ["joint/CZJ"]
    ground.approve("cai")
    assert ground.asked == ["accept/LB"]
    assert ground.decisions.count(("approve", "jun")) == 1


def test_who_was_asked_along_with_the_one_who_returned_it_stays_so(ground: Ground) -> None:
    handed_in(ground, REVIEW, {**JOINT, "mode": "any"}, returns=BACK)
    ground.approve("rashid")
    ground.move("cai", "add_signers", people=["leo"], place="beside")
    ground.approve("leo")
    ground.move("cai", "return_to_step", step="review", reason="请核实。")
    ground.approve("rashid")
    assert ground.state == "open", "leo was asked along with 财政局, and signs for nobody else"
    ground.approve("cai")
    assert ground.state == "approved"


def test_an_added_signer_who_returned_it_still_hangs_on_who_added_them(ground: Ground) -> None:
    handed_in(ground, REVIEW, {**JOINT, "mode": "any"}, returns=BACK)
    ground.approve("rashid")
    ground.move("cai", "add_signers", people=["leo"], place="before")
    ground.move("leo", "return_to_step", step="review", reason="请核实。")
    ground.approve("rashid", "leo")
    assert ground.state == "open"
    ground.approve("cai")
    assert ground.state == "approved"


def test_a_definition_may_bar_returns_to_steps_and_ways_to_go_on(ground: Ground) -> None:
    handed_in(ground, REVIEW, ACCEPT, returns={"to_steps": False})
    ground.approve("rashid")
    with refused(ground.services, NotReady) as error:
        ground.move("amira", "return_to_step", step="review", resume="straight_back")
    assert [lack.code for lack in error.value.missing] == ["resume_allowed", "steps_not_returned_to"]


@pytest.mark.parametrize("step", ["accept", "nowhere"])
def test_it_goes_back_to_a_step_before_ones_own(ground: Ground, step: str) -> None:
    handed_in(ground)
    ground.approve("rashid")
    with refused(ground.services, NotReady) as error:
        ground.move("cai", "return_to_step", step=step)
    assert [(lack.code, lack.facts["known"]) for lack in error.value.missing] == [("earlier_step", "review")]


def test_a_vote_is_not_returned(ground: Ground) -> None:
    handed_in(ground, {**JOINT, "mode": "vote", "vote": {"count": 2}})
    with refused(ground.services, NotReady) as error:
        ground.move("jun", "return")
    assert [lack.code for lack in error.value.missing] == ["votes_not_returned"]


def test_only_who_has_a_seat_returns_it(ground: Ground) -> None:
    handed_in(ground)
    for who in ("olga", "lena"):
        with refused(ground.services, NotPermitted):
            ground.move(who, "return")
    with refused(ground.services, NotReady):
        ground.move("jun", "return")


# Withdrawing


def test_who_submitted_withdraws_before_anybody_has_decided(ground: Ground) -> None:
    handed_in(ground)
    withdraw(ground, "olga")
    assert (ground.state, ground.milestone_state) == ("withdrawn", "in_progress")
    assert ground.seats["review/rashid"] == "lapsed"
    ground.submit()
    ground.approve("rashid")
    with refused(ground.services, NotReady):
        withdraw(ground, "olga")


def test_nobody_else_withdraws_it(ground: Ground) -> None:
    handed_in(ground)
    for who in ("owen", "amira"):
        with refused(ground.services, NotPermitted):
            withdraw(ground, who)


def test_a_round_that_came_straight_back_is_withdrawn_before_anybody_decides_in_it(ground: Ground) -> None:
    handed_in(ground, returns=BACK)
    ground.approve("rashid")
    ground.move("jun", "return", reason="口径不一致。")
    ground.submit(text="已更正。")
    withdraw(ground, "olga")
    assert ground.state == "withdrawn"
    with ground.services.reading() as tx:
        rounds = (
            tx.execute(select(Approval.round).where(Approval.milestone_id == ground.milestone))
            .scalars()
            .all()
        )
    assert sorted(rounds) == [1, 2]


def withdraw(ground: Ground, who: str) -> None:
    do(ground.services, "milestone", ground.milestone, "withdraw", ground.people[who])
