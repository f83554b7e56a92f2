"""Adding signers 加签 before, beside and after, and taking signers off 减签."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from models import Seat
from tests.people import HandClock, do
from tests.workflow.approvals.ground import Ground
from tests.workflow.lifecycles.witness import refused, watching
from workflow.errors import NotPermitted, NotReady, ReasonRequired

JOINT: dict[str, Any] = {"key": "joint", "role": "reviewer", "of": "joint", "mode": "all"}
ACCEPT: dict[str, Any] = {"key": "accept", "role": "supervisor", "of": "office"}


def handed_in(ground: Ground, *steps: dict[str, Any], **more: Any) -> None:
    ground.define(list(steps or (JOINT, ACCEPT)), **more)
    ground.submit()


def lacks(error: Any) -> list[str]:
    return [lack.code for lack in error.value.missing]


def test_who_is_added_before_signs_first(ground: Ground) -> None:
    handed_in(ground)
    with watching(ground.services) as seen:
        ground.move("jun", "add_signers", people=["petra", "chen"], place="before")
    assert seen.events == [("approval", "add_signers", "open", ground.people["jun"])]
    assert seen.letters == [("to_sign", {"person_id": ground.people[who]}) for who in ("petra", "chen")]
    assert ground.asked == ["joint/CZJ", "joint/FGW", "joint/chen", "joint/petra"]
    with refused(ground.services, NotReady) as error:
        ground.approve("jun")
    assert lacks(error) == ["seat_turn"]
    ground.approve("petra", "chen")
    assert "joint/JW" in ground.asked


def test_who_is_added_beside_signs_at_the_same_time(ground: Ground) -> None:
    handed_in(ground, {**JOINT, "mode": "any"}, ACCEPT)
    ground.move("jun", "add_signers", people=["petra"], place="beside")
    ground.approve("jun")
    assert ground.asked == ["joint/CZJ", "joint/FGW", "joint/petra"]
    ground.approve("petra")
    assert ground.asked == ["accept/LB"]


def test_who_is_added_after_signs_when_the_signer_has(ground: Ground) -> None:
    handed_in(ground, {"key": "sign", "people": ["leo"]}, ACCEPT)
    ground.move("leo", "add_signers", people=["petra"], place="after")
    assert ground.asked == ["sign/leo"]
    ground.approve("leo")
    assert ground.asked == ["sign/petra"]
    ground.approve("petra")
    assert ground.asked == ["accept/LB"]


def test_who_was_added_may_add_others(ground: Ground) -> None:
    handed_in(ground, {"key": "sign", "people": ["leo"]})
    ground.move("leo", "add_signers", people=["petra"], place="before")
    ground.move("petra", "add_signers", people=["jun"], place="before")
    assert ground.asked == ["sign/jun"]
    ground.approve("jun", "petra", "leo")
    assert ground.state == "approved"


@pytest.mark.parametrize(
    ("people", "codes"),
    [
        (["olga"], ["not_the_submitter"]),
        (["leo"], ["seated_once"]),
        (["jun"], ["seated_once"]),
        (["petra", "petra"], ["known_person"]),
        ([9999], ["known_person"]),
    ],
)
def test_only_who_may_sign_and_does_not_yet_is_added(
    ground: Ground, people: list[Any], codes: list[str]
) -> None:
    handed_in(ground, {"key": "sign", "people": ["leo", "jun"], "mode": "all"})
    ids = [ground.people.get(each, each) for each in people]
    with refused(ground.services, NotReady) as error:
        leo = ground.people["leo"]
        details = {"people": ids, "place": "beside"}
        do(ground.services, "approval", ground.approval, "add_signers", leo, details=details)
    assert lacks(error) == codes


def test_nobody_adds_signers_without_a_seat_of_their_own(ground: Ground) -> None:
    handed_in(ground)
    for who in ("olga", "lena"):
        with refused(ground.services, NotPermitted):
            ground.move(who, "add_signers", people=["petra"], place="beside")
    with refused(ground.services, NotReady):
        ground.move("amira", "add_signers", people=["petra"], place="beside")


# Taking off


def test_who_added_a_signer_takes_them_off_again(ground: Ground) -> None:
    handed_in(ground)
    ground.move("jun", "add_signers", people=["petra"], place="before")
    with refused(ground.services, ReasonRequired):
        ground.move("jun", "remove_signer", seat_id=ground.seat("joint/petra"), reason=None)
    with watching(ground.services) as seen:
        ground.move("jun", "remove_signer", seat_id=ground.seat("joint/petra"), reason="已无必要。")
    assert seen.letters == [
        ("seat_removed", {"person_id": ground.people["petra"]}),
        ("to_sign", {"role": "reviewer", "unit_id": ground.units["JW"]}),
    ]
    assert ground.seats["joint/petra"] == "removed"
    assert "joint/JW" in ground.asked
    with refused(ground.services, NotPermitted):
        ground.approve("petra")


def test_who_added_a_signer_takes_them_off_while_they_serve_there(ground: Ground, clock: HandClock) -> None:
    """Jia's grant ends on 20 January: from then on she ends no step any more."""
    handed_in(ground)
    ground.move("jia", "add_signers", people=["petra"], place="beside")
    ground.approve("jia")
    clock.now += timedelta(days=7)
    with refused(ground.services, NotPermitted):
        ground.move("jia", "remove_signer", seat_id=ground.seat("joint/petra"), reason="已无必要。")
    assert "joint/petra" in ground.asked


def test_a_supervisor_takes_off_anyone_with_all_they_added(ground: Ground) -> None:
    handed_in(ground)
    ground.move("jun", "add_signers", people=["petra"], place="before")
    ground.move("petra", "add_signers", people=["chen"], place="after")
    ground.move("amira", "remove_signer", seat_id=ground.seat("joint/JW"), reason="与其无关。")
    assert [row.state for row in ground.rows(Seat)] == [
        "removed", "open", "open", "waiting", "removed", "removed",
    ]  # fmt: skip
    ground.approve("cai", "gao")
    assert ground.asked == ["accept/LB"]


def test_taking_off_the_last_who_is_waited_for_goes_on(ground: Ground) -> None:
    handed_in(ground)
    ground.approve("cai", "gao")
    with watching(ground.services) as seen:
        ground.move("amira", "remove_signer", seat_id=ground.seat("joint/JW"), reason="与其无关。")
    assert seen.topics == ["seat_removed", "to_sign"]
    assert ground.asked == ["accept/LB"]


def test_the_last_signer_of_a_step_stays(ground: Ground) -> None:
    handed_in(ground)
    with refused(ground.services, NotReady) as error:
        ground.move("amira", "remove_signer", seat_id=ground.seat("accept/LB"))
    assert lacks(error) == ["last_signer"]


def test_a_voter_whom_the_vote_needs_stays(ground: Ground) -> None:
    handed_in(ground, {**JOINT, "mode": "vote", "vote": {"ratio": "2/3"}})
    ground.move("jun", "oppose")
    with refused(ground.services, NotReady) as error:
        ground.move("amira", "remove_signer", seat_id=ground.seat("joint/CZJ"))
    assert lacks(error) == ["vote_winnable"]


def test_who_signed_is_not_taken_off(ground: Ground) -> None:
    handed_in(ground)
    ground.approve("jun")
    with refused(ground.services, NotReady) as error:
        ground.move("amira", "remove_signer", seat_id=ground.seat("joint/JW"))
    assert lacks(error) == ["own_seat"]


@pytest.mark.parametrize("who", ["olga", "jun", "bao"])
def test_nobody_takes_off_whom_they_did_not_add(ground: Ground, who: str) -> None:
    handed_in(ground)
    with refused(ground.services, NotPermitted):
        ground.move(who, "remove_signer", seat_id=ground.seat("joint/CZJ"))
