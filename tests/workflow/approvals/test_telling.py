"""Moves that decide nothing: urge 催办, copy 抄送, comment; and who sees an approval for having been asked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models import ApprovalComment, ApprovalParty, Seat
from tests.people import HandClock
from tests.workflow.approvals.ground import Ground
from tests.workflow.lifecycles.witness import refused, watching
from workflow.errors import NotFound, NotPermitted, NotReady

JOINT: dict[str, Any] = {"key": "joint", "role": "reviewer", "of": "joint", "mode": "all"}


@pytest.fixture
def open_one(ground: Ground) -> Ground:
    ground.define([JOINT])
    ground.submit()
    return ground


def test_whoever_has_yet_to_sign_is_urged(open_one: Ground) -> None:
    open_one.approve("jun")
    with watching(open_one.services) as seen:
        open_one.move("olga", "urge")
    assert seen.events == [("approval", "urge", "open", open_one.people["olga"])]
    assert seen.letters == [
        ("urged", {"role": "reviewer", "unit_id": open_one.units[code]}) for code in ("CZJ", "FGW")
    ]
    today = open_one.services.clock().date()
    assert [row.urged_on for row in open_one.rows(Seat)] == [None, today, today]


def test_a_signer_is_urged_once_a_working_day(open_one: Ground, clock: HandClock) -> None:
    """14 January 2022 is a Friday: neither on Saturday nor on Sunday again."""
    open_one.move("olga", "urge", seat_id=open_one.seat("joint/JW"))
    with refused(open_one.services, NotReady) as error:
        open_one.move("amira", "urge", seat_id=open_one.seat("joint/JW"))
    assert [(lack.code, lack.facts["day"]) for lack in error.value.missing] == [("urged_today", "2022-01-14")]
    with watching(open_one.services) as seen:
        open_one.move("amira", "urge")
    assert len(seen.letters) == 2
    for _ in range(2):
        clock.now += timedelta(days=1)
        with refused(open_one.services, NotReady):
            open_one.move("olga", "urge")
    clock.now += timedelta(days=1)
    open_one.move("olga", "urge")


def test_who_has_signed_is_not_urged(open_one: Ground) -> None:
    open_one.approve("jun")
    with refused(open_one.services, NotReady) as error:
        open_one.move("olga", "urge", seat_id=open_one.seat("joint/JW"))
    assert [lack.code for lack in error.value.missing] == ["own_seat"]


@pytest.mark.parametrize("who", ["jun", "owen", "bao", "karl"])
def test_only_who_submitted_or_oversees_urges(open_one: Ground, who: str) -> None:
    with refused(open_one.services, NotPermitted):
        open_one.move(who, "urge")


def test_who_is_copied_sees_it_from_now_on(open_one: Ground) -> None:
    assert open_one.offers("petra") == set()
    with watching(open_one.services) as seen:
        open_one.move("jun", "copy", people=["petra"])
    assert seen.events == [("approval", "copy", "open", open_one.people["jun"])]
    assert seen.letters == [("copied", {"person_id": open_one.people["petra"]})]
    assert open_one.offers("petra") == {"copy", "comment"}
    with refused(open_one.services, NotPermitted):
        open_one.approve("petra")


def test_what_is_over_may_still_be_copied_and_spoken_about(open_one: Ground) -> None:
    open_one.approve("jun", "cai", "gao")
    open_one.move("olga", "copy", people=["petra"])
    open_one.move("petra", "comment", text="已阅。")
    assert open_one.state == "approved"


def test_a_comment_is_kept_and_who_is_mentioned_is_told(open_one: Ground) -> None:
    with watching(open_one.services) as seen:
        open_one.move("jun", "comment", text="请核对第三季度数据。", mentions=["petra"])
    assert seen.letters == [("mentioned", {"person_id": open_one.people["petra"]})]
    with open_one.services.reading() as tx:
        (said,) = tx.execute(select(ApprovalComment.__table__)).all()
        party = tx.execute(
            select(ApprovalParty.because).where(ApprovalParty.person_id == open_one.people["petra"])
        )
        assert party.scalars().all() == ["mentioned"]
    assert (said.text, said.said_by, said.mentions) == (
        "请核对第三季度数据。", open_one.people["jun"], [open_one.people["petra"]],
    )  # fmt: skip
    assert open_one.asked == ["joint/CZJ", "joint/FGW", "joint/JW"]


@pytest.mark.parametrize("action", ["copy", "comment"])
@pytest.mark.parametrize(
    ("who", "refusal"), [("petra", NotFound), ("karl", NotPermitted), ("lena", NotPermitted)]
)
def test_nobody_speaks_who_has_no_part_in_it(
    open_one: Ground, action: str, who: str, refusal: type[NotFound | NotPermitted]
) -> None:
    details: dict[str, Any] = {"people": ["leo"]} if action == "copy" else {"text": "请看。"}
    with refused(open_one.services, refusal):
        open_one.move(who, action, **details)


def test_a_person_is_copied_once_and_remembered_once(open_one: Ground) -> None:
    for _ in range(2):
        open_one.move("jun", "copy", people=["petra"])
    with open_one.services.reading() as tx:
        assert len(tx.execute(select(ApprovalParty.id)).all()) == 1
