"""Shares at the same time: of two who take one in only one does, and a submission sees it whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select

from models import Approval, AuditEvent, Indicator, Share
from models.states import Role
from tests.api.desks import Desk, Desks, give_token
from tests.people import Cast, add_person, approval_of, do
from tests.workflow.lifecycles import districts as d
from tests.workflow.lifecycles import situations as a
from workflow.bootstrap import Services


@pytest.fixture
def here(services: Services, cast: Cast) -> d.Districts:
    with services.transaction() as tx:
        return d.settle_districts(tx, cast)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """The answers of acts that begin together."""
    together = Barrier(len(acts))

    def act(n: int) -> Any:
        together.wait()
        return acts[n]()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(act, range(len(acts))))


@pytest.mark.parametrize("careful", [True, False])
def test_of_two_who_accept_a_share_at_once_one_does(
    desks: Desks, services: Services, cast: Cast, here: d.Districts, careful: bool
) -> None:
    share, *_ = d.three_shares(services, cast, here)
    d.hand_in(services, cast, share, here.qing)
    seen = {"If-Match": desks.olga.get(f"/shares/{share}").headers["ETag"]} if careful else {}
    answers = at_once(
        lambda: desks.olga.act(f"/shares/{share}", "accept", seen),
        lambda: desks.rashid.act(f"/shares/{share}", "accept", seen),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412 if careful else 409]
    with services.reading() as tx:
        assert tx.execute(select(Indicator.reached).where(Indicator.id == cast.indicator)).scalar_one() == 100
        accepted = select(func.count()).where(
            AuditEvent.subject_kind == "share", AuditEvent.action == "accept"
        )
        assert tx.execute(accepted).scalar_one() == 1


@pytest.mark.parametrize("turn", range(3))
def test_a_submission_and_an_acceptance_agree_on_what_counts(
    desks: Desks, services: Services, cast: Cast, here: d.Districts, turn: int
) -> None:
    """Whichever comes first: what is signed names exactly the shares that count, and can be signed to the end."""
    first, second, third = d.three_shares(services, cast, here)
    d.take_in(services, cast, first, here.qing, "150")
    d.take_in(services, cast, second, here.chong, "150")
    d.hand_in(services, cast, third, here.jin, "7", "其余明年完成。")
    details = {"text": "完成", "without_shares": "金山另行补报。"}
    submitted, taken_in = at_once(
        lambda: desks.olga.act(f"/milestones/{cast.milestone}", "submit", details=details),
        lambda: desks.rashid.act(f"/shares/{third}", "accept"),
    )
    assert submitted.status_code == 200, submitted.text
    in_time = taken_in.status_code == 200
    if not in_time:
        assert [lack["code"] for lack in taken_in.json()["missing"]] == ["milestone_open"]
    with services.reading() as tx:
        signed = json.loads(tx.execute(select(Approval.signed_facts)).scalar_one())
        counted = (
            tx.execute(select(Share.id).where(Share.state == "accepted").order_by(Share.id)).scalars().all()
        )
        reached = tx.execute(select(Indicator.reached).where(Indicator.id == cast.indicator)).scalar_one()
    assert (
        [share for share, _ in signed["shares"]] == counted == [first, second, *([third] if in_time else [])]
    )
    assert ("without_shares" in signed) == (not in_time)
    assert reached == (307 if in_time else 300)
    for signer in (cast.rashid, cast.jun, cast.amira):
        do(services, "approval", approval_of(services, cast.milestone), "approve", signer)


def test_of_two_owners_who_break_down_at_once_one_does(
    desks: Desks, services: Services, cast: Cast, here: d.Districts
) -> None:
    with services.transaction() as tx:
        second = add_person(tx, "ola", "欧乐", (Role.OWNER, cast.lead))
        give_token(tx, second, "token-of-ola")
    a.a_started_milestone(services, cast)
    details = {"portions": [d.portion(cast, here.qingpu), d.portion(cast, here.chongming)]}
    path = f"/milestones/{cast.milestone}"
    answers = at_once(
        lambda: desks.olga.act(path, "break_down", details=details),
        lambda: Desk(desks.olga.client, "ola").act(path, "break_down", details=details),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    with services.reading() as tx:
        assert tx.execute(select(func.count()).select_from(Share)).scalar_one() == 2
