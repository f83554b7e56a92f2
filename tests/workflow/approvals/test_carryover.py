"""The same person in consecutive steps: asked again, or their signature carries over, and whose the record says."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models import AuditEvent, Decision, Indicator
from tests.api.test_lists import counted
from tests.people import START, HandClock, add
from tests.workflow.approvals.ground import Ground
from tests.workflow.approvals.offices import Absence
from tests.workflow.approvals.test_signing import ACCEPT, JOINT, handed_in
from tests.workflow.definitions.samples import AUDITS
from tests.workflow.lifecycles.witness import refused, watching
from tests.workflow.test_proofs import alter
from workflow.approvals.proofs import Unproved, verify
from workflow.errors import NotReady

TODAY = START.date()


def test_who_signs_one_step_is_asked_again_in_the_next(ground: Ground) -> None:
    steps = [{"key": "first", "people": ["leo"]}, {"key": "second", "people": ["leo"]}]
    handed_in(ground, *steps)
    ground.approve("leo")
    assert ground.asked == ["second/leo"]


def test_or_their_signature_carries_over(ground: Ground) -> None:
    steps = [{"key": "first", "people": ["leo"]}, {"key": "second", "people": ["leo", "jun"], "mode": "all"}]
    handed_in(ground, *steps, same_person="carry_over")
    with watching(ground.services) as seen:
        ground.approve("leo")
    assert ground.decisions == [("approve", "leo"), ("carried", "leo")]
    assert ground.asked == ["second/jun"]
    assert seen.letters == [("to_sign", {"person_id": ground.people["jun"]})]
    assert [row.digest for row in ground.rows(Decision)] == [ground.rows(Decision)[0].digest] * 2


def test_a_signature_carries_over_to_the_end(ground: Ground) -> None:
    steps = [{"key": key, "people": ["leo"]} for key in ("first", "second", "third")]
    handed_in(ground, *steps, same_person="carry_over")
    ground.approve("leo")
    assert ground.state == "approved"


def test_no_signature_carries_over_without_the_right(ground: Ground) -> None:
    """Bao reviews for the lead, which submits: he may not accept, though he supervises."""
    handed_in(ground, {"key": "review", "role": "reviewer", "of": "lead"}, ACCEPT, same_person="carry_over")
    ground.approve("bao")
    assert ground.asked == ["accept/LB"]


def test_what_is_signed_in_somebodys_stead_carries_over_nowhere(ground: Ground) -> None:
    """Asha signs for Gao, and supervises as well: two eyes are not four."""
    ground.absence(Absence("gao", "asha", TODAY, TODAY))
    handed_in(ground, {"key": "first", "people": ["gao"]}, ACCEPT, same_person="carry_over")
    ground.approve("asha")
    assert ground.asked == ["accept/LB"]
    with refused(ground.services, NotReady):
        ground.approve("asha")
    ground.approve("amira")


def test_acceptance_is_not_brought_along_where_definitions_have_gaps(ground: Ground) -> None:
    """Who accepts does so by a settled definition (口径): it is asked for on its own."""
    card = {**AUDITS, "gaps": [{"field": "formula", "question": "是否计入？"}]}
    with ground.services.transaction() as tx:
        add(
            tx, Indicator, task_id=ground.task, milestone_id=ground.milestone, ordinal=1, metric="能源审计",
            quantity=None, unit="家", comparator="at_least", basis="level", kind="count", definition=card,
        )  # fmt: skip
    steps = [{"key": "first", "people": ["leo"]}, {"key": "second", "people": ["leo"]}]
    handed_in(ground, *steps, same_person="carry_over")
    ground.approve("leo")
    assert ground.asked == ["second/leo"]
    with refused(ground.services, NotReady) as error:
        ground.approve("leo")
    assert {lack.code for lack in error.value.missing} == {"definitions_settled"}


# Everybody who signed the step, not only who signs it last

ALL: dict[str, Any] = {**JOINT, "mode": "all"}
SECOND: dict[str, Any] = {**ALL, "key": "second"}


def carried(ground: Ground, *steps: dict[str, Any], **more: Any) -> None:
    handed_in(ground, *steps, same_person="carry_over", **more)


def recorded(ground: Ground) -> list[tuple[str, list[tuple[str, str]]]]:
    """What the chain says of signatures that were carried: from which step, whose, and to which seat."""
    own = select(AuditEvent.text).where(AuditEvent.action == "carry_over").order_by(AuditEvent.id)
    seats = {ground.seat(name): name for name in ground.seats}
    with ground.services.reading() as tx:
        told = [json.loads(text)["details"] for text in tx.execute(own).scalars()]
    return [
        (
            each["from_step"],
            [(ground.logins[s["person_id"]], seats[s["seat_id"]]) for s in each["signatures"]],
        )
        for each in told
    ]


def test_a_countersigning_of_the_same_units_is_signed_by_all_who_signed_the_one_before(
    ground: Ground,
) -> None:
    carried(ground, ALL, SECOND, ACCEPT)
    ground.approve("gao", "jun")
    with watching(ground.services) as seen:
        ground.approve("cai")
    assert ground.asked == ["accept/LB"]
    assert ground.decisions[3:] == [("carried", "gao"), ("carried", "jun"), ("carried", "cai")]
    told = [("gao", "second/FGW"), ("jun", "second/JW"), ("cai", "second/CZJ")]
    assert recorded(ground) == [("joint", told)]
    assert seen.events == [
        ("approval", "approve", "open", ground.people["cai"]),
        ("approval", "carry_over", "open", None),
    ]
    assert seen.letters == [("to_sign", {"role": "supervisor", "unit_id": ground.units["LB"]})]
    assert len({row.digest for row in ground.rows(Decision)}) == 1
    with ground.services.reading() as tx:
        assert verify(tx) == (1, None)


def test_along_several_steps_to_the_end(ground: Ground) -> None:
    steps = [{**ALL, "key": key} for key in ("first", "second", "third")]
    carried(ground, *steps)
    with watching(ground.services) as seen:
        ground.approve("gao", "jun", "cai")
    assert (ground.state, ground.milestone_state) == ("approved", "accepted")
    assert [step for step, _ in recorded(ground)] == ["first", "second"]
    assert seen.acts[2:6] == [
        "approval.approve", "approval.carry_over", "approval.carry_over", "approval.conclude",
    ]  # fmt: skip
    assert "to_sign" not in seen.topics


def test_whose_grant_has_ended_meanwhile_is_asked_again(ground: Ground, clock: HandClock) -> None:
    """Jia signs on the last day of her grant; on the next the step is carried."""
    carried(ground, ALL, SECOND)
    clock.now += timedelta(days=6)
    ground.approve("jia", "gao")
    clock.now += timedelta(days=1)
    with watching(ground.services) as seen:
        ground.approve("cai")
    assert ground.asked == ["second/JW"]
    assert ground.decisions[3:] == [("carried", "gao"), ("carried", "cai")]
    assert seen.letters == [("to_sign", {"role": "reviewer", "unit_id": ground.units["JW"]})]


def test_whoever_stood_in_for_another_is_asked_again_and_so_is_the_absent(ground: Ground) -> None:
    ground.absence(Absence("jun", "petra", TODAY, TODAY))
    carried(ground, ALL, SECOND)
    ground.approve("petra", "gao", "cai")
    assert ground.asked == ["second/JW"]


def test_what_one_signed_oneself_is_not_carried_to_the_accepters_seat_after_signing_for_another(
    ground: Ground,
) -> None:
    """Amira approves, and with the signature that carries the step she stands in for Gao: two eyes are not four."""
    ground.absence(Absence("gao", "amira", TODAY, TODAY))
    carried(ground, {"key": "first", "people": ["amira", "gao"], "mode": "all"}, ACCEPT)
    ground.move("amira", "approve", seat_id=ground.seat("first/amira"))
    ground.move("amira", "approve", seat_id=ground.seat("first/gao"))
    assert ground.asked == ["accept/LB"]


def test_silence_carries_nothing_but_the_step_and_with_it_what_others_signed(
    ground: Ground, clock: HandClock
) -> None:
    carried(ground, ALL, SECOND)
    ground.approve("gao", "jun")
    with watching(ground.services) as seen:
        ground.move(None, "meet_limit", reason=None, seat_id="joint/CZJ", days=3)
    assert seen.topics == ["urged"]
    with watching(ground.services) as seen:
        ground.move("amira", "remove_signer", seat_id="joint/CZJ")
    assert ground.asked == ["second/CZJ"]
    assert ground.decisions[2:] == [("carried", "gao"), ("carried", "jun")]
    assert seen.acts == ["approval.remove_signer", "approval.carry_over"]


def test_in_a_sequence_they_follow_until_somebody_must_be_asked(ground: Ground) -> None:
    """Who comes after them signs on what they will have said."""
    people = {"key": "second", "people": ["jun", "cai", "leo", "gao"], "mode": "sequence"}
    carried(ground, ALL, people)
    ground.approve("gao", "jun")
    with watching(ground.services) as seen:
        ground.approve("cai")
    assert ground.seats | {"joint/JW": "signed"} == ground.seats
    assert ground.asked == ["second/leo"]
    assert recorded(ground) == [("joint", [("jun", "second/jun"), ("cai", "second/cai")])]
    assert seen.letters == [("to_sign", {"person_id": ground.people["leo"]})]
    ground.approve("leo")
    assert ground.asked == ["second/gao"]


def test_in_a_vote_they_count_until_it_is_won_and_who_was_against_is_asked(ground: Ground) -> None:
    vote = {**JOINT, "mode": "vote", "vote": {"count": 2}}
    carried(ground, {**vote, "key": "first"}, {**vote, "key": "second", "vote": {"count": 3}}, ACCEPT)
    ground.move("jun", "oppose")
    ground.approve("gao", "cai")
    assert ground.asked == ["second/JW"]
    ground.move("jun", "approve")
    assert ground.asked == ["accept/LB"]
    assert ground.decisions[3:5] == [("carried", "gao"), ("carried", "cai")]


def test_no_more_are_carried_than_the_step_needs(ground: Ground) -> None:
    carried(ground, ALL, {**JOINT, "key": "second"}, ACCEPT)
    with watching(ground.services) as seen:
        ground.approve("gao", "jun", "cai")
    assert ground.decisions[3:] == [("carried", "gao")]
    assert [ground.seats[f"second/{unit}"] for unit in ("JW", "CZJ", "FGW")] == ["lapsed", "lapsed", "signed"]
    assert [audience["unit_id"] for _, audience in seen.letters] == [ground.units["LB"]]


def test_nobody_is_carried_to_two_seats_of_a_step(ground: Ground) -> None:
    """Mei reviews for two units: she signed for one of them, and is carried there."""
    carried(ground, ALL, SECOND)
    ground.move("mei", "approve", seat_id=ground.seat("joint/FGW"))
    ground.approve("jun", "cai")
    told = [("mei", "second/FGW"), ("jun", "second/JW"), ("cai", "second/CZJ")]
    assert recorded(ground) == [("joint", told)]
    again = ground.fresh()
    again.define([ALL, {**SECOND, "mode": "vote", "vote": {"count": 2}}], same_person="carry_over")
    again.submit()
    for unit in ("FGW", "CZJ"):
        again.move("mei", "approve", seat_id=again.seat(f"joint/{unit}"))
    again.approve("jun")
    assert again.decisions[3:] == [("carried", "mei"), ("carried", "jun")]


def test_a_step_that_was_returned_to_is_asked_whoever_signed_before_it(ground: Ground) -> None:
    carried(ground, ALL, {"key": "review", "role": "reviewer", "of": "lead"}, {**ALL, "key": "third"})
    ground.approve("gao", "jun", "cai", "rashid")
    ground.move("cai", "return_to_step", step="review")
    assert ground.asked == ["review/JGJ"]
    ground.approve("rashid")
    assert ground.asked == ["third/CZJ", "third/FGW", "third/JW"]


def test_a_signature_of_the_round_before_is_carried_no_further(ground: Ground) -> None:
    """It stands over what was submitted then, and opens nothing over what is submitted now."""
    carried(ground, ALL, SECOND, returns={"resume": ["straight_back"]})
    ground.approve("gao")
    ground.move("cai", "return")
    ground.submit(text="已更正。")
    ground.approve("jun", "cai")
    assert ground.asked == ["second/FGW"]
    with ground.services.reading() as tx:
        assert verify(tx) == (2, None)


def test_many_signers_take_no_more_reading_than_one(ground: Ground) -> None:
    counts = []
    for steps in (
        [{"key": k, "people": ["jun"]} for k in ("a", "b")],
        [{**ALL, "key": k} for k in ("a", "b")],
    ):
        here = ground.fresh()
        here.define([*steps, ACCEPT], same_person="carry_over")
        here.submit()
        here.approve(*("gao", "cai") if len(here.asked) > 1 else ())
        with counted(ground.services) as told:
            here.approve("jun")
        assert here.asked == ["accept/LB"]
        counts.append(sum(each.startswith("SELECT") for each in told))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("values", [{"verdict": "carried"}, {"verdict": "approve"}, {"decided_by": 1}])
def test_a_carried_signature_that_is_another_than_was_recorded_is_named(
    ground: Ground, values: dict[str, Any]
) -> None:
    carried(ground, ALL, SECOND)
    ground.approve("gao", "jun", "cai")
    alter(ground.services, Decision, **values)
    with ground.services.reading() as tx:
        assert verify(tx) == (1, Unproved(ground.approval, "decision"))
