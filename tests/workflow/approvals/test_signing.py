"""Signing in each mode, voting against, signatures that carry over, rights as they are when signing, substitutes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from models import Decision, Milestone
from tests.people import START, HandClock
from tests.workflow.approvals.ground import Ground
from tests.workflow.approvals.offices import Absence
from tests.workflow.lifecycles.witness import refused, watching
from workflow.errors import NotFound, NotPermitted, NotReady, ReasonRequired, WrongState

JOINT: dict[str, Any] = {"key": "joint", "role": "reviewer", "of": "joint"}
ACCEPT: dict[str, Any] = {"key": "accept", "role": "supervisor", "of": "office"}
VOTE: dict[str, Any] = {**JOINT, "mode": "vote", "vote": {"ratio": "2/3"}}
TODAY = START.date()


def handed_in(ground: Ground, *steps: dict[str, Any], who: str = "olga", **more: Any) -> None:
    ground.define(list(steps), **more)
    ground.submit(who)


def test_one_signs_for_all_where_any_may(ground: Ground) -> None:
    handed_in(ground, JOINT, ACCEPT)
    with watching(ground.services) as seen:
        ground.approve("cai")
    assert ground.seats == {
        "joint/JW": "lapsed",
        "joint/CZJ": "signed",
        "joint/FGW": "lapsed",
        "accept/LB": "open",
    }
    assert seen.events == [("approval", "approve", "open", ground.people["cai"])]
    assert seen.letters == [("to_sign", {"role": "supervisor", "unit_id": ground.units["LB"]})]
    with refused(ground.services, NotReady) as error:
        ground.approve("jun")
    assert [lack.code for lack in error.value.missing] == ["seat_open"]


def test_every_unit_signs_a_countersigning_in_any_order(ground: Ground) -> None:
    handed_in(ground, {**JOINT, "mode": "all"}, ACCEPT)
    with watching(ground.services) as seen:
        ground.approve("gao", "jun")
    assert seen.letters == []
    assert ground.asked == ["joint/CZJ"]
    ground.approve("cai")
    assert ground.asked == ["accept/LB"]


def test_units_sign_one_after_another_in_a_sequence(ground: Ground) -> None:
    handed_in(ground, {**JOINT, "mode": "sequence"})
    assert ground.asked == ["joint/JW"]
    with refused(ground.services, NotReady) as error:
        ground.approve("cai")
    assert [lack.code for lack in error.value.missing] == ["seat_turn"]
    ground.approve("jun")
    assert ground.asked == ["joint/CZJ"]
    ground.approve("cai", "gao")
    assert (ground.state, ground.milestone_state) == ("approved", "accepted")


def test_a_vote_is_won_by_its_share_of_the_seats(ground: Ground) -> None:
    handed_in(ground, VOTE)
    ground.move("jun", "oppose")
    ground.approve("cai")
    assert ground.state == "open"
    with watching(ground.services) as seen:
        ground.approve("gao")
    assert seen.acts == ["approval.approve", "approval.conclude", "milestone.accept", "task.complete"]
    assert ground.decisions == [("oppose", "jun"), ("approve", "cai"), ("approve", "gao")]


def test_a_vote_is_won_by_its_number_of_votes_and_the_rest_lapse(ground: Ground) -> None:
    handed_in(ground, {**VOTE, "vote": {"count": 1}}, ACCEPT)
    ground.approve("gao")
    assert ground.seats == {
        "joint/JW": "lapsed",
        "joint/CZJ": "lapsed",
        "joint/FGW": "signed",
        "accept/LB": "open",
    }


def test_a_vote_that_can_no_more_be_won_returns_it_with_the_last_reason(ground: Ground) -> None:
    handed_in(ground, VOTE)
    ground.move("jun", "oppose", reason="口径不一致。")
    with refused(ground.services, ReasonRequired):
        ground.move("cai", "oppose", reason=None)
    with watching(ground.services) as seen:
        ground.move("cai", "oppose", reason="数据未核实。")
    assert seen.acts == ["approval.oppose", "approval.lose", "milestone.return_for_rework"]
    assert seen.letters == [("returned", {"person_id": ground.people["olga"]})]
    assert ground.seats == {"joint/JW": "opposed", "joint/CZJ": "opposed", "joint/FGW": "lapsed"}


def test_against_is_said_in_votes_alone(ground: Ground) -> None:
    handed_in(ground, JOINT)
    with refused(ground.services, NotPermitted):
        ground.move("jun", "oppose")


def test_of_several_seats_the_named_one_is_opposed_only_where_it_votes(ground: Ground) -> None:
    """Jun sits in a vote that was returned to, and in a countersigning that is still open."""
    vote = {"key": "panel", "people": ["jun", "leo"], "mode": "vote", "vote": {"count": 1}}
    both = {"key": "all", "people": ["jun", "lena", "cai"], "mode": "all"}
    handed_in(ground, vote, both, returns={"resume": ["straight_back"]})
    ground.approve("leo")
    ground.move("cai", "return_to_step", step="panel")
    assert ground.asked == ["all/jun", "all/lena", "panel/jun", "panel/leo"]
    with refused(ground.services, NotReady) as error:
        ground.move("jun", "oppose", seat_id=ground.seat("all/jun"))
    assert [lack.code for lack in error.value.missing] == ["votes"]
    ground.move("jun", "oppose", seat_id=ground.seat("panel/jun"))
    assert ground.seats["panel/jun"] == "opposed"


# Rights at the moment of acting


def test_a_grant_that_ended_yesterday_does_not_sign_today(ground: Ground, clock: HandClock) -> None:
    handed_in(ground, {**JOINT, "mode": "all"})
    clock.now += timedelta(days=6)
    assert "approve" in ground.offers("jia")
    clock.now += timedelta(days=1)
    with refused(ground.services, NotFound):
        ground.approve("jia")
    ground.approve("jun")
    assert ground.seats["joint/JW"] == "signed"


@pytest.mark.parametrize("who", ["olga", "petra", "karl", "ines", "sven", "lena"])
def test_nobody_signs_without_a_seat(ground: Ground, who: str) -> None:
    handed_in(ground, JOINT)
    with refused(ground.services, NotFound if who in ("petra", "ines") else NotPermitted):
        ground.approve(who)


def test_nobody_signs_their_own_submission_though_they_review(ground: Ground) -> None:
    handed_in(ground, {"key": "review", "role": "reviewer", "of": "lead"}, who="owen")
    with refused(ground.services, NotPermitted):
        ground.approve("owen")
    ground.approve("rashid")


def test_nobody_signs_twice(ground: Ground) -> None:
    handed_in(ground, {**JOINT, "mode": "all"})
    ground.approve("jun")
    with refused(ground.services, NotReady):
        ground.approve("jun")


def test_what_is_over_takes_no_signature(ground: Ground) -> None:
    handed_in(ground, JOINT)
    ground.approve("jun")
    with refused(ground.services, WrongState):
        ground.approve("cai")


# Substitutes


def test_a_substitute_signs_and_both_names_stand_in_the_record(ground: Ground, clock: HandClock) -> None:
    ground.absence(Absence("jun", "gao", TODAY, TODAY + timedelta(days=2)))
    handed_in(ground, {**JOINT, "mode": "all"})
    ground.move("gao", "approve", seat_id=ground.seat("joint/JW"))
    (decision,) = ground.rows(Decision)
    assert (decision.decided_by, decision.substitute_for) == (ground.people["gao"], ground.people["jun"])


@pytest.mark.parametrize(("day", "may"), [(-1, False), (0, True), (2, True), (3, False)])
def test_a_substitute_signs_from_the_first_to_the_last_day(
    ground: Ground, clock: HandClock, day: int, may: bool
) -> None:
    first = TODAY + timedelta(days=1)
    ground.absence(Absence("leo", "petra", first, first + timedelta(days=2)))
    handed_in(ground, {"key": "sign", "people": ["leo"]})
    clock.now = START + timedelta(days=1 + day)
    if may:
        ground.approve("petra")
        assert ground.state == "approved"
    else:
        with refused(ground.services, NotFound):
            ground.approve("petra")


def test_the_submitter_signs_in_nobodys_stead(ground: Ground) -> None:
    ground.absence(Absence("jun", "olga", TODAY, TODAY))
    handed_in(ground, JOINT)
    with refused(ground.services, NotPermitted):
        ground.approve("olga")


def test_an_acceptance_is_not_signed_by_a_substitute_of_the_submitting_department(ground: Ground) -> None:
    ground.absence(Absence("amira", "rashid", TODAY, TODAY))
    handed_in(ground, ACCEPT)
    with refused(ground.services, NotPermitted):
        ground.approve("rashid")


def test_a_right_of_ones_own_comes_before_an_absent_persons(ground: Ground) -> None:
    ground.absence(Absence("jun", "cai", TODAY, TODAY))
    handed_in(ground, {**JOINT, "mode": "all"})
    ground.approve("cai")
    assert ground.seats["joint/CZJ"] == "signed"
    ground.approve("cai")
    assert ground.seats["joint/JW"] == "signed"


def test_a_change_of_what_is_signed_is_not_signed(ground: Ground) -> None:
    """Whatever comes by: the digest of what is there now is another."""
    handed_in(ground, JOINT)
    with ground.services.transaction() as tx:
        tx.execute(update(Milestone).where(Milestone.id == ground.milestone).values(submission="另一说明。"))
    with refused(ground.services, NotReady) as error:
        ground.approve("jun")
    assert [lack.code for lack in error.value.missing] == ["unchanged"]
