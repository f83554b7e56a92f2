"""Handing a seat on: transfer 转办, delegate 委派 and back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models import ApprovalComment, ApprovalParty, Seat
from tests.people import START, HandClock
from tests.workflow.approvals.ground import Ground
from tests.workflow.approvals.offices import Absence
from tests.workflow.lifecycles.witness import refused, watching
from workflow.errors import NotPermitted, NotReady, ReasonRequired

JOINT: dict[str, Any] = {"key": "joint", "role": "reviewer", "of": "joint", "mode": "all"}
ACCEPT: dict[str, Any] = {"key": "accept", "role": "supervisor", "of": "office"}


def handed_in(ground: Ground, *steps: dict[str, Any], who: str = "olga", **more: Any) -> None:
    ground.define(list(steps or (JOINT, ACCEPT)), **more)
    ground.submit(who)


def lacks(error: Any) -> list[str]:
    return [lack.code for lack in error.value.missing]


# Transfer


def test_a_transferred_seat_is_the_receivers_alone(ground: Ground) -> None:
    handed_in(ground)
    for unread in (None, " \n\u3000", "\u200b\u202e"):
        with refused(ground.services, ReasonRequired):
            ground.move("jun", "transfer", person_id="jia", reason=unread)
    with watching(ground.services) as seen:
        ground.move("jun", "transfer", person_id="jia", reason="由其负责。")
    assert seen.events == [("approval", "transfer", "open", ground.people["jun"])]
    assert seen.letters == [("seat_transferred", {"person_id": ground.people["jia"]})]
    with refused(ground.services, NotPermitted):
        ground.approve("jun")
    ground.approve("jia")
    assert ground.seats["joint/jia"] == "signed"


def test_a_transfer_is_seen_for_ever_by_who_gave_and_who_received(ground: Ground) -> None:
    handed_in(ground, {"key": "sign", "people": ["leo"]})
    ground.move("leo", "transfer", person_id="petra", reason="由其负责。")
    with ground.services.reading() as tx:
        parties = tx.execute(select(ApprovalParty.person_id, ApprovalParty.because)).all()
    assert {(ground.logins[p], because) for p, because in parties} == {("leo", "named"), ("petra", "named")}


def test_a_supervisor_moves_any_seat_that_is_undecided(ground: Ground) -> None:
    handed_in(ground)
    ground.move("amira", "transfer", seat_id=ground.seat("joint/CZJ"), person_id="chen", reason="处室调整。")
    assert "joint/chen" in ground.asked
    ground.move("amira", "transfer", seat_id=ground.seat("accept/LB"), person_id="asha", reason="轮值。")
    ground.approve("chen")
    with refused(ground.services, NotReady) as error:
        ground.move(
            "amira", "transfer", seat_id=ground.seat("joint/chen"), person_id="cai", reason="处室调整。"
        )
    assert lacks(error) == ["own_seat"]


def test_a_supervisor_takes_no_seat_that_is_not_theirs(ground: Ground) -> None:
    """Else they would sign as the leader whose seat they move, and accept as well."""
    handed_in(
        ground, {"key": "lead", "role": "leader", "of": "office"}, {"key": "sign", "people": ["jun"]}, ACCEPT
    )
    for seat in ("lead/LB", "sign/jun"):
        with refused(ground.services, NotReady) as error:
            ground.move("amira", "transfer", seat_id=ground.seat(seat), person_id="amira", reason="轮值。")
        assert lacks(error) == ["not_to_oneself"]
    ground.move("amira", "transfer", seat_id=ground.seat("accept/LB"), person_id="asha", reason="轮值。")
    ground.move(
        "amira", "transfer", seat_id=ground.seat("accept/asha"), person_id="amira", reason="由本人验收。"
    )
    ground.approve("leo", "jun", "amira")
    assert ground.state == "approved"


def test_a_supervisor_who_reviews_for_the_lead_does_not(ground: Ground) -> None:
    handed_in(ground)
    with refused(ground.services, NotPermitted):
        ground.move(
            "bao", "transfer", seat_id=ground.seat("joint/CZJ"), person_id="chen", reason="处室调整。"
        )


@pytest.mark.parametrize(
    ("seat", "to", "lack"),
    [
        ("joint/JW", "olga", "not_the_submitter"),
        ("joint/JW", "petra", "fits_seat"),
        ("joint/JW", "cai", "fits_seat"),
        ("accept/LB", "sven", "fits_seat"),
        ("accept/LB", "bao", "fits_seat"),
    ],
)
def test_a_seat_goes_only_to_who_could_sign_it(ground: Ground, seat: str, to: str, lack: str) -> None:
    handed_in(ground)
    with refused(ground.services, NotReady) as error:
        ground.move("amira", "transfer", seat_id=ground.seat(seat), person_id=to, reason="轮值。")
    assert lacks(error) == [lack]


def test_nobody_has_two_seats_of_their_own_in_a_step(ground: Ground) -> None:
    handed_in(ground, {"key": "sign", "people": ["leo", "jun"], "mode": "all"})
    with refused(ground.services, NotReady) as error:
        ground.move("leo", "transfer", person_id="jun", reason="由其负责。")
    assert lacks(error) == ["seated_once"]


def test_who_is_not_there_receives_nothing(ground: Ground) -> None:
    handed_in(ground)
    with refused(ground.services, NotReady) as error:
        ground.move("jun", "transfer", person_id=9999, reason="由其负责。")
    assert lacks(error) == ["known_person"]


def test_a_received_seat_is_lost_with_the_last_grant_in_its_unit(ground: Ground, clock: HandClock) -> None:
    handed_in(ground)
    ground.move("jun", "transfer", person_id="jia", reason="由其负责。")
    clock.now += timedelta(days=7)
    with refused(ground.services, NotPermitted):
        ground.approve("jia")
    ground.move("amira", "transfer", seat_id=ground.seat("joint/jia"), person_id="jun", reason="已调离。")
    ground.approve("jun")


@pytest.mark.parametrize("who", ["olga", "lena", "karl"])
def test_nobody_transfers_what_is_not_theirs(ground: Ground, who: str) -> None:
    handed_in(ground)
    with refused(ground.services, NotPermitted):
        ground.move(who, "transfer", seat_id=ground.seat("joint/JW"), person_id="jia", reason="由其负责。")


# Delegate


def test_a_delegated_seat_is_looked_at_and_comes_back_with_an_opinion(ground: Ground) -> None:
    handed_in(ground)
    with watching(ground.services) as seen:
        ground.move("jun", "delegate", person_id="jia")
    assert seen.letters == [("seat_delegated", {"person_id": ground.people["jia"]})]
    for who in ("jun", "jia"):
        with refused(ground.services, NotPermitted):
            ground.approve(who)
    with watching(ground.services) as seen:
        ground.move("jia", "give_back", opinion="数据核对无误。")
    assert seen.events == [("approval", "give_back", "open", ground.people["jia"])]
    assert seen.letters == [("seat_given_back", {"person_id": ground.people["jun"]})]
    with ground.services.reading() as tx:
        said = tx.execute(select(ApprovalComment.text, ApprovalComment.said_by)).one()
    assert tuple(said) == ("数据核对无误。", ground.people["jia"])
    with refused(ground.services, NotPermitted):
        ground.approve("jia")
    ground.approve("jun")


def test_a_delegated_seat_may_be_taken_back(ground: Ground) -> None:
    handed_in(ground)
    ground.move("jun", "delegate", person_id="jia")
    with refused(ground.services, NotPermitted):
        ground.move("cai", "take_back")
    with watching(ground.services) as seen:
        ground.move("jun", "take_back")
    assert seen.letters == [("seat_taken_back", {"person_id": ground.people["jia"]})]
    with refused(ground.services, NotPermitted):
        ground.move("jia", "give_back", opinion="数据核对无误。")
    ground.approve("jun")


def test_what_was_not_delegated_is_neither_given_nor_taken_back(ground: Ground) -> None:
    handed_in(ground)
    for action, details in (("give_back", {"opinion": "无误。"}), ("take_back", {})):
        with refused(ground.services, NotPermitted):
            ground.move("jun", action, **details)


@pytest.mark.parametrize(("to", "lack"), [("olga", "not_the_submitter"), ("petra", "fits_seat")])
def test_a_seat_is_delegated_only_to_who_could_hold_it(ground: Ground, to: str, lack: str) -> None:
    handed_in(ground)
    with refused(ground.services, NotReady) as error:
        ground.move("jun", "delegate", person_id=to)
    assert lacks(error) == [lack]


def test_a_supervisor_delegates_only_a_seat_of_their_own(ground: Ground) -> None:
    handed_in(ground)
    with refused(ground.services, NotReady):
        ground.move("amira", "delegate", seat_id=ground.seat("joint/JW"), person_id="jia")


def test_who_delegated_a_vote_gets_no_other_one(ground: Ground) -> None:
    """It comes back to them: they would vote twice."""
    vote = {"key": "panel", "people": ["jun", "cai", "gao"], "mode": "vote", "vote": {"count": 2}}
    handed_in(ground, vote)
    ground.move("jun", "delegate", person_id="petra")
    with refused(ground.services, NotReady) as error:
        ground.move("cai", "transfer", person_id="jun", reason="由其负责。")
    assert lacks(error) == ["seated_once"]
    with refused(ground.services, NotReady) as error:
        ground.move("gao", "add_signers", people=["jun"], place="beside")
    assert lacks(error) == ["seated_once"]
    ground.move(
        "amira", "transfer", seat_id=ground.seat("panel/petra"), person_id="jun", reason="由其本人签批。"
    )
    assert ground.asked == ["panel/cai", "panel/gao", "panel/jun"]


def test_what_a_substitute_delegates_comes_back_to_the_absent_person(
    ground: Ground, clock: HandClock
) -> None:
    """Who stands in may give it back and take it back as well; the right stays the absent person's."""
    ground.absence(Absence("jun", "petra", START.date(), START.date() + timedelta(days=1)))
    handed_in(ground)
    ground.move("petra", "delegate", person_id="jia")
    (row,) = [row for row in ground.rows(Seat) if row.delegated_by]
    assert ground.logins[row.delegated_by] == "jun"
    ground.move("jia", "give_back", opinion="数据核对无误。")
    ground.approve("petra")
    assert ground.seats["joint/jun"] == "signed"


def test_a_delegated_seat_that_a_return_sets_aside_comes_back_made_anew(ground: Ground) -> None:
    handed_in(
        ground,
        {"key": "first", "people": ["leo"]},
        {"key": "second", "people": ["jun", "cai"], "mode": "all"},
    )
    ground.approve("leo")
    ground.move("jun", "delegate", person_id="gao")
    ground.move("cai", "return_to_step", step="first", reason="请核实。")
    assert ground.seats == {
        "first/leo": "open", "second/gao": "set_aside", "second/cai": "waiting", "second/jun": "waiting",
    }  # fmt: skip
