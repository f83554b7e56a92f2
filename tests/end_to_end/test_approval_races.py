"""Signers at the same moment, by real threads against a live server: one seat is signed once, a step carried once, and
an approval concluded once; who came second is told so."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from models import Approval, Credential, Decision, Milestone, OutboxRow
from models.states import Role
from tests.end_to_end.doors import Door, action, chain_holds, count, events, state_of, statuses
from tests.people import START, Cast, add_person, submit
from workflow.approvals.definitions import Definition
from workflow.approvals.editions import enter
from workflow.bootstrap import Services

ROUNDS = 3
EXPERTS = ("xin", "yang", "zhao")


def experts(
    services: Services, cast: Cast, mode: str, *after: dict[str, Any], **more: Any
) -> tuple[int, list[int]]:
    """A milestone submitted to a step of three people of another unit: the approval, and the three."""
    steps = [{"key": "experts", "people": list(EXPERTS), "mode": mode, **more}, *after]
    body = {"key": "milestone", "purpose": "acceptance", "steps": steps}
    with services.transaction() as tx:
        people = [add_person(tx, login, f"专家{login}", (Role.OWNER, cast.other)) for login in EXPERTS]
        tx.execute(insert(Credential), [
            {"person_id": person, "kind": "token", "scopes": ["read", "act"], "created_at": START, "seen_at": START,
             "secret_hash": hashlib.sha256(f"token-of-{person}".encode()).hexdigest(),
             "expires_at": START + timedelta(days=999)}
            for person in people
        ])  # fmt: skip
        enter(tx, Definition.model_validate(body), services.clock())
    return submit(services, cast), people


ACCEPT = {"key": "accept", "role": "supervisor", "of": "office"}


@pytest.mark.parametrize("last", [True, False], ids=["last step", "a step before others"])
@pytest.mark.parametrize("turn", range(ROUNDS))
def test_of_two_signers_of_an_any_step_one_decides_and_the_other_is_told(
    services: Services, cast: Cast, door: Door, last: bool, turn: int
) -> None:
    """或签: the second signature is refused with 409 and a sentence, whether or not the round went on."""
    approval, (first, second, _) = experts(services, cast, "any", *(() if last else (ACCEPT,)))
    path, sent = f"/approvals/{approval}/actions", action("approve")
    answers = door.race((first, path, sent), (second, path, sent))
    assert statuses(answers) == [200, 409]
    refused = next(answer.json() for answer in answers if answer.status_code == 409)
    if last:
        assert (refused["code"], refused["missing"]) == ("wrong_state", [])
        assert "已通过" in refused["detail"] or "审批" in refused["detail"], refused["detail"]
    else:
        assert [lack["code"] for lack in refused["missing"]] == ["seat_open"]
        assert "已" in refused["missing"][0]["text"], refused["missing"][0]["text"]
    assert count(services, Decision) == events(services, "approve") == 1
    assert events(services, "conclude") == events(services, "accept") == int(last)
    assert state_of(services, Milestone, cast.milestone) == ("accepted" if last else "submitted")
    assert chain_holds(services)


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_one_seat_of_a_role_is_signed_by_one_of_two_who_hold_it(
    services: Services, cast: Cast, door: Door, turn: int
) -> None:
    approval = submit(services, cast)
    with services.transaction() as tx:
        second = add_person(tx, "rita", "任丽", (Role.REVIEWER, cast.lead))
        tx.execute(insert(Credential), {
            "person_id": second, "kind": "token", "scopes": ["read", "act"], "created_at": START, "seen_at": START,
            "secret_hash": hashlib.sha256(f"token-of-{second}".encode()).hexdigest(),
            "expires_at": START + timedelta(days=999),
        })  # fmt: skip
    path, sent = f"/approvals/{approval}/actions", action("approve")
    answers = door.race((cast.rashid, path, sent), (second, path, sent))
    assert statuses(answers) == [200, 409]
    refused = next(answer.json() for answer in answers if answer.status_code == 409)
    assert [lack["code"] for lack in refused["missing"]] == ["seat_open"]
    assert count(services, Decision) == 1
    assert chain_holds(services)


@pytest.mark.parametrize("matched", [False, True], ids=["blind", "if-match"])
@pytest.mark.parametrize("turn", range(ROUNDS))
def test_the_last_two_signers_of_an_all_step_conclude_it_once(
    services: Services, cast: Cast, door: Door, matched: bool, turn: int
) -> None:
    """会签: both signatures count, and the round ends exactly once."""
    approval, people = experts(services, cast, "all")
    path, sent = f"/approvals/{approval}/actions", action("approve")
    with door.client(people[0]) as client:
        etag = client.get(f"/approvals/{approval}").headers["ETag"]
        assert client.post(path, **sent).status_code == 200
    more = {"headers": {"If-Match": etag}} if matched else {}
    answers = door.race(*((person, path, sent | more) for person in people[1:]))
    assert statuses(answers) == [200, 200]
    assert count(services, Decision) == events(services, "approve") == 3
    assert (events(services, "conclude"), events(services, "accept")) == (1, 1)
    assert count(services, OutboxRow, OutboxRow.topic == "accepted") == 1
    assert state_of(services, Approval, approval) == "approved"
    assert state_of(services, Milestone, cast.milestone) == "accepted"
    assert chain_holds(services)


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_the_last_two_signers_of_a_step_open_the_next_one_once(
    services: Services, cast: Cast, door: Door, turn: int
) -> None:
    approval, people = experts(services, cast, "all", ACCEPT)
    path, sent = f"/approvals/{approval}/actions", action("approve")
    answers = door.race(*((person, path, sent) for person in people))
    assert statuses(answers) == [200, 200, 200]
    asked = OutboxRow.topic == "to_sign", OutboxRow.audience["role"].as_string() == "supervisor"
    assert count(services, OutboxRow, *asked) == 1
    assert (count(services, Decision), events(services, "conclude")) == (3, 0)
    assert chain_holds(services)


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_the_votes_that_decide_at_once_end_a_vote_once(
    services: Services, cast: Cast, door: Door, turn: int
) -> None:
    """票签, two of three: the third vote comes in time to be counted, or is told that the vote is over."""
    approval, people = experts(services, cast, "vote", vote={"count": 2})
    path, sent = f"/approvals/{approval}/actions", action("approve")
    answers = door.race(*((person, path, sent) for person in people))
    assert statuses(answers) == [200, 200, 409]
    assert (events(services, "conclude"), count(services, Decision)) == (1, 2)
    assert chain_holds(services)


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_a_signature_and_a_return_never_both_end_a_round(
    services: Services, cast: Cast, door: Door, turn: int
) -> None:
    approval, (first, second, _) = experts(services, cast, "any")
    path = f"/approvals/{approval}/actions"
    answers = door.race(
        (first, path, action("approve")), (second, path, action("return", reason="数据不符。"))
    )
    assert statuses(answers) == [200, 409]
    returned = answers[1].status_code == 200
    assert state_of(services, Approval, approval) == ("returned" if returned else "approved")
    assert state_of(services, Milestone, cast.milestone) == ("returned" if returned else "accepted")
    assert chain_holds(services)


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_bulk_decisions_at_once_sign_each_seat_once(
    services: Services, cast: Cast, door: Door, turn: int
) -> None:
    approval, people = experts(services, cast, "all")
    sent = {"json": {"action": "approve", "items": [{"id": approval}, {"id": approval}]}}
    answers = door.race(*((person, "/approvals/bulk", sent) for person in people))
    assert statuses(answers) == [200, 200, 200]
    assert [(answer.json()["done"], answer.json()["refused"]) for answer in answers] == [(1, 1)] * 3
    assert (events(services, "approve"), events(services, "conclude")) == (3, 1)
    assert chain_holds(services)
