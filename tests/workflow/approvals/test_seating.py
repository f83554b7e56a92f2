"""Whose seats a round has: units' roles, people, groups and superiors, conditions, empty steps, and 回避."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import update

from models import Grant, Part, Person, Seat
from models.states import PartRole
from tests.workflow.approvals.ground import Ground
from tests.workflow.lifecycles.witness import refused, watching
from workflow.errors import NotReady

ACCEPT = {"key": "accept", "role": "supervisor", "of": "office"}


def seated(ground: Ground, *steps: dict[str, Any], who: str = "olga", **more: Any) -> list[str]:
    """The seats of a round that is handed in under these steps, in order."""
    ground.define(list(steps), **more)
    ground.submit(who)
    return [ground.named(row) for row in ground.rows(Seat)]


def test_a_role_is_one_seat_in_each_of_its_units(ground: Ground) -> None:
    steps = [
        {"key": "review", "role": "reviewer", "of": "lead"},
        {"key": "joint", "role": "reviewer", "of": "joint"},
        ACCEPT,
    ]
    assert seated(ground, *steps) == ["review/JGJ", "joint/JW", "joint/CZJ", "joint/FGW", "accept/LB"]


def test_people_sign_in_the_order_in_which_they_are_named(ground: Ground) -> None:
    with watching(ground.services) as seen:
        assert seated(ground, {"key": "sign", "people": ["leo", "jun"], "mode": "sequence"}) == [
            "sign/leo",
            "sign/jun",
        ]
    assert [topic for topic, _ in seen.letters] == ["to_sign"]
    assert ground.asked == ["sign/leo"]


def test_a_group_signs_by_its_members(ground: Ground) -> None:
    ground.group("panel", "gao", "jun")
    assert seated(ground, {"key": "panel", "group": "panel", "mode": "all"}) == ["panel/gao", "panel/jun"]


def test_the_superior_of_who_submitted_signs(ground: Ground) -> None:
    assert seated(ground, {"key": "above", "superior_of": "submitter"}) == ["above/lena"]


def test_above_the_units_of_an_earlier_step_sign_their_leaders(ground: Ground) -> None:
    steps: list[dict[str, Any]] = [
        {"key": "people", "people": ["cai"]},
        {"key": "units", "role": "reviewer", "of": "lead"},
        {"key": "above_people", "superior_of": "people"},
        {"key": "above_units", "superior_of": "units"},
    ]
    assert seated(ground, *steps)[2:] == ["above_people/chen", "above_units/JGJ"]


@pytest.mark.parametrize(
    ("condition", "there"),
    [
        ({"joint_units_at_least": 3}, True),
        ({"joint_units_at_least": 4}, False),
        ({"programmes": [1]}, False),
        ({"quantity_at_least": "1"}, False),
        ({"quantity_below": "100"}, True),
        ({"joint_units_at_least": 1, "quantity_at_least": "1"}, False),
    ],
)
def test_a_step_is_there_when_all_of_its_condition_holds(ground: Ground, condition: Any, there: bool) -> None:
    """A task of three joint units, in no programme, with a milestone without indicators."""
    steps: list[dict[str, Any]] = [{"key": "extra", "people": ["leo"], "only_if": condition}, ACCEPT]
    assert ("extra/leo" in seated(ground, *steps)) is there


def test_a_step_without_anybody_is_refused_skipped_or_the_supervisors(ground: Ground) -> None:
    nobody = {"key": "joint", "role": "reviewer", "of": "joint"}
    with ground.services.transaction() as tx:
        tx.execute(update(Part).where(Part.role == PartRole.JOINT).values(role=PartRole.INFORMED))
    ground.define([nobody, ACCEPT])
    with refused(ground.services, NotReady) as error:
        ground.submit()
    assert [(lack.code, lack.facts) for lack in error.value.missing] == [("signers", {"step": "joint"})]
    assert seated(ground, {**nobody, "when_empty": "skip"}, ACCEPT) == ["accept/LB"]
    again = ground.fresh()
    with again.services.transaction() as tx:
        tx.execute(update(Part).where(Part.role == PartRole.JOINT).values(role=PartRole.INFORMED))
    assert seated(again, {**nobody, "when_empty": "supervisor"}, ACCEPT) == ["joint/LB", "accept/LB"]


def test_what_no_step_is_left_to_approve_is_not_handed_in(ground: Ground) -> None:
    ground.define([{**ACCEPT, "only_if": {"joint_units_at_least": 9}}])
    with refused(ground.services, NotReady):
        ground.submit()


def test_above_so_many_signers_a_supervisor_confirms_the_list(ground: Ground) -> None:
    step = {"key": "joint", "role": "reviewer", "of": "joint", "mode": "all"}
    seats = seated(ground, {**step, "confirm_above": 2})
    assert seats == ["confirm_signers_joint/LB", "joint/JW", "joint/CZJ", "joint/FGW"]
    ground.move("amira", "remove_signer", seat_id=ground.seat("joint/FGW"), reason="与其无关。")
    ground.approve("amira")
    assert ground.asked == ["joint/CZJ", "joint/JW"]


def test_up_to_so_many_nobody_confirms_it(ground: Ground) -> None:
    assert "confirm_signers_joint/LB" not in seated(
        ground, {"key": "joint", "role": "reviewer", "of": "joint", "confirm_above": 3}
    )


OWN: list[dict[str, Any]] = [{"key": "named", "people": ["olga", "leo"], "mode": "all"}, ACCEPT]


@pytest.mark.parametrize(
    ("rule", "seats"),
    [
        ("forbid", ["named/leo", "accept/LB"]),
        ("skip", ["named/leo", "accept/LB"]),
        ("superior", ["named/lena", "named/leo", "accept/LB"]),
    ],
)
def test_nobody_signs_their_own_submission_by_name(ground: Ground, rule: str, seats: list[str]) -> None:
    assert seated(ground, *OWN, own_submission=rule) == seats


@pytest.mark.parametrize(
    ("rule", "seats"),
    [
        ("forbid", ["own/JGJ", "accept/LB"]),
        ("skip", ["accept/LB"]),
        ("superior", ["own/lena", "accept/LB"]),
    ],
)
def test_a_units_seat_that_only_the_submitter_could_sign(ground: Ground, rule: str, seats: list[str]) -> None:
    """Olga alone owns: the seat is made all the same, left out, or her superior's."""
    owen = Grant.person_id == ground.people["owen"]
    with ground.services.transaction() as tx:
        tx.execute(update(Grant).where(owen).values(from_on=date(2021, 1, 1), to_on=date(2021, 12, 31)))
    own = {"key": "own", "role": "owner", "of": "lead", "when_empty": "skip"}
    assert seated(ground, own, ACCEPT, own_submission=rule) == seats


def test_a_superior_who_is_named_beside_the_submitter_has_one_seat(ground: Ground) -> None:
    step = {"key": "named", "people": ["olga", "lena"], "mode": "all"}
    assert seated(ground, step, own_submission="superior") == ["named/lena"]


def test_who_has_left_is_not_seated(ground: Ground) -> None:
    with ground.services.transaction() as tx:
        tx.execute(update(Person).where(Person.id == ground.people["leo"]).values(state="departed"))
    assert seated(ground, {"key": "named", "people": ["leo", "jun"]}) == ["named/jun"]
