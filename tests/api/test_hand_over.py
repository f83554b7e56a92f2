"""Leaving: absences as their people read them, and everything that waits for somebody handed over by one request."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from models import Absence, Approval, AuditEvent, Grant, Seat
from models.states import Role
from tests.api.desks import Desk, Desks, give_token
from tests.people import Cast, HandClock, add_person, do, submit
from tests.workflow.approvals.signing import may
from tests.workflow.directory.leave import announce, open_seat
from tests.workflow.lifecycles.witness import dump, watching
from workflow import audit
from workflow.approvals.definitions import Definition
from workflow.approvals.editions import enter
from workflow.bootstrap import Services

REASON = "工作调动。"


@pytest.fixture
def adele(services: Services, client: TestClient) -> Desk:
    """An admin of the whole plan."""
    return _admin(services, client, "adele", None)


@pytest.fixture
def ulla(services: Services, cast: Cast, client: TestClient) -> Desk:
    """The admin of the joint unit, who sees neither the task nor its approval."""
    return _admin(services, client, "ulla", cast.joint)


def _admin(services: Services, client: TestClient, login: str, unit: int | None) -> Desk:
    with services.transaction() as tx:
        give_token(tx, add_person(tx, login, "艾德", (Role.ADMIN, unit)), f"token-of-{login}")
    return Desk(client, login)


@pytest.fixture
def dai(services: Services, cast: Cast) -> int:
    """A colleague of Jun's."""
    with services.transaction() as tx:
        return add_person(tx, "dai", "戴理", (Role.OWNER, cast.joint))


@pytest.fixture
def approval(services: Services, cast: Cast, dai: int) -> int:
    """An approval whose joint seat was transferred to Dai, for them alone."""
    found = submit(services, cast)
    do(services, "approval", found, "approve", cast.rashid)
    do(services, "approval", found, "transfer", cast.jun, details={"person_id": dai}, reason=REASON)
    return found


def dai_signs_in(services: Services, client: TestClient, dai: int) -> Desk:
    with services.transaction() as tx:
        give_token(tx, dai, "token-of-dai")
    return Desk(client, "dai")


def hand_over(desk: Desk, who: int, to: int, headers: dict[str, str] | None = None) -> Any:
    return desk.post(f"/people/{who}/hand-over", headers, json={"to_id": to, "reason": REASON})


@pytest.mark.parametrize("by", ["dai", "amira", "adele", "ulla"])
def test_oneself_a_supervisor_or_an_admin_hands_everything_over(
    services: Services, cast: Cast, desks: Desks, client: TestClient, adele: Desk, ulla: Desk, dai: int,
    approval: int, by: str,
) -> None:  # fmt: skip
    who = {"amira": desks.amira, "adele": adele, "ulla": ulla, "dai": dai_signs_in(services, client, dai)}[by]
    seat = open_seat(services, approval).id
    with watching(services) as seen:
        answer = hand_over(who, dai, cast.jun)
    assert answer.status_code == 200
    assert answer.json() == {
        "done": 1, "refused": 0,
        "items": [{"kind": "seat", "id": seat, "approval_id": approval, "person_id": None, "ok": True,
                   "problem": None}],
    }  # fmt: skip
    assert seen.acts == ["person.hand_over", "approval.hand_over"]
    assert seen.letters == [("seat_transferred", {"person_id": cast.jun})]
    assert may(services, approval, cast.jun)
    assert not may(services, approval, dai)
    with services.reading() as tx:
        texts = list(
            tx.execute(select(AuditEvent.text).order_by(AuditEvent.id.desc()).limit(2)).scalars()
        )  # fmt: skip
        assert audit.verify(tx)[1] is None
    seats, order = (json.loads(text) for text in texts)
    assert (order["details"]["to_id"], order["details"]["seats"], order["reason"]) == (
        cast.jun,
        [seat],
        REASON,
    )
    assert seats["details"]["by_id"] == order["actor_id"]
    assert (seats["details"]["from_id"], seats["reason"]) == (dai, REASON)


def test_nobody_else_does(services: Services, cast: Cast, desks: Desks, dai: int, approval: int) -> None:
    before = dump(services)
    for desk, status in ((desks.jun, 403), (desks.karl, 403), (desks.petra, 404), (desks.nobody, 401)):
        assert hand_over(desk, dai, cast.jun).status_code == status
    assert dump(services) == before


def test_to_whom_is_somebody_else_who_is_there(
    services: Services, cast: Cast, desks: Desks, adele: Desk, dai: int, approval: int
) -> None:
    assert adele.act(f"/people/{cast.petra}", "depart", reason="退休").status_code == 200
    before = dump(services)
    for to, code in ((dai, "somebody_else"), (999, "known_person"), (cast.petra, "known_person")):
        answer = hand_over(desks.amira, dai, to)
        assert (answer.status_code, answer.json()["missing"][0]["code"]) == (409, code)
        assert answer.json()["missing"][0]["field"] == "to_id"
    assert desks.amira.post(f"/people/{dai}/hand-over", json={"to_id": cast.jun}).status_code == 422
    assert dump(services) == before


@pytest.mark.parametrize(("to", "code"), [("olga", "not_the_submitter"), ("petra", "fits_seat")])
def test_what_the_receiver_cannot_take_is_named_and_still_waits(
    services: Services, cast: Cast, desks: Desks, adele: Desk, dai: int, approval: int, to: str, code: str
) -> None:
    seat = open_seat(services, approval)
    answer = hand_over(desks.amira, dai, getattr(cast, to)).json()
    assert (answer["done"], answer["refused"]) == (0, 1)
    (item,) = answer["items"]
    assert (item["id"], item["approval_id"], item["ok"]) == (seat.id, approval, False)
    assert item["problem"]["missing"][0]["code"] == code
    assert open_seat(services, approval) == seat
    left = adele.act(f"/people/{dai}", "depart", reason="退休")
    assert (left.status_code, left.json()["missing"][0]["code"]) == (409, "nothing_waits")
    assert "推进公共机构开展能源审计及后评估" in left.json()["missing"][0]["text"]


def test_a_supervisor_hands_nothing_to_themselves_that_is_not_theirs_to_sign(
    services: Services, cast: Cast, desks: Desks
) -> None:
    """A leader's seat, and then the acceptance: two signatures by one."""
    with services.transaction() as tx:
        leo = add_person(tx, "leo", "刘力", (Role.LEADER, cast.office))
        steps = [{"key": "lead", "people": ["leo"]}, {"key": "accept", "role": "supervisor", "of": "office"}]
        body = {"key": "milestone", "purpose": "acceptance", "steps": steps}
        enter(tx, Definition.model_validate(body), services.clock())
    submit(services, cast)
    answer = hand_over(desks.amira, leo, cast.amira).json()
    assert (answer["done"], answer["refused"]) == (0, 1)
    (item,) = answer["items"]
    assert [lack["code"] for lack in item["problem"]["missing"]] == ["not_to_oneself"]


def test_nobody_departs_before_what_waits_is_handed_over(
    services: Services, cast: Cast, desks: Desks, adele: Desk, dai: int, approval: int
) -> None:
    announce(services, cast.rashid, dai)
    offered = {row["action"]: row for row in adele.get(f"/people/{dai}/actions").json()["actions"]}
    assert offered["hand_over"]["href"] == f"/api/v1/people/{dai}/hand-over"
    assert [lack["code"] for lack in offered["depart"]["missing"]] == ["nothing_waits"]
    before = dump(services)
    assert adele.act(f"/people/{dai}", "depart", reason="退休").status_code == 409
    assert dump(services) == before
    answer = hand_over(adele, dai, cast.jun).json()
    assert [(item["kind"], item["ok"], item["person_id"]) for item in answer["items"]] == [
        ("seat", True, None),
        ("absence", True, cast.rashid),
    ]
    with services.reading() as tx:
        assert tx.execute(select(Absence.ended_at)).scalar_one() == services.clock()
    assert adele.act(f"/people/{dai}", "depart", reason="退休").status_code == 200
    assert hand_over(adele, dai, cast.jun).json() == {"done": 0, "refused": 0, "items": []}


def test_what_was_delegated_changes_hands_at_either_end(
    services: Services, cast: Cast, desks: Desks, dai: int
) -> None:
    """The delegate's work goes to the receiver and comes back to the delegator; the delegator's comes back to them."""
    with services.transaction() as tx:
        second = add_person(tx, "he", "何员", (Role.OWNER, cast.joint))
    approval = submit(services, cast)
    do(services, "approval", approval, "approve", cast.rashid)
    do(services, "approval", approval, "delegate", cast.jun, details={"person_id": dai})
    assert hand_over(desks.amira, dai, second).json()["done"] == 1
    seat = open_seat(services, approval)
    assert (seat.person_id, seat.delegated_by) == (second, cast.jun)
    assert hand_over(desks.amira, cast.jun, dai).json()["done"] == 1
    seat = open_seat(services, approval)
    assert (seat.person_id, seat.delegated_by) == (second, dai)
    assert hand_over(desks.amira, second, dai).json()["done"] == 1
    seat = open_seat(services, approval)
    assert (seat.person_id, seat.delegated_by) == (dai, None)
    assert may(services, approval, dai)


def test_seats_that_wait_for_their_turn_go_over_as_well_and_role_seats_stay(
    services: Services, cast: Cast, desks: Desks
) -> None:
    first = {"key": "review", "role": "reviewer", "of": "lead"}
    second = {"key": "board", "people": ["jun", "lena"], "mode": "sequence"}
    body = {"key": "milestone", "purpose": "acceptance", "steps": [first, second]}
    with services.transaction() as tx:
        enter(tx, Definition.model_validate(body), services.clock(), by=cast.amira)
    approval = submit(services, cast)
    answer = hand_over(desks.amira, cast.jun, cast.petra).json()
    assert (answer["done"], answer["refused"]) == (1, 0)
    assert hand_over(desks.amira, cast.rashid, cast.petra).json()["items"] == []
    refused = hand_over(desks.amira, cast.lena, cast.petra).json()["items"][0]
    assert refused["problem"]["missing"][0]["code"] == "seated_once"
    for signer in (cast.rashid, cast.petra, cast.lena):
        do(services, "approval", approval, "approve", signer)
    with services.reading() as tx:
        assert tx.execute(select(Approval.state)).scalar_one() == "approved"


def test_an_accepters_seat_goes_only_to_who_may_accept(
    services: Services, cast: Cast, desks: Desks, adele: Desk
) -> None:
    with services.transaction() as tx:
        asha = add_person(tx, "asha", "安莎", (Role.SUPERVISOR, cast.office))
    approval = submit(services, cast)
    for signer in (cast.rashid, cast.jun):
        do(services, "approval", approval, "approve", signer)
    do(services, "approval", approval, "transfer", cast.amira, details={"person_id": asha}, reason=REASON)
    refused = hand_over(adele, asha, cast.sven).json()["items"][0]
    assert refused["problem"]["missing"][0]["code"] == "fits_seat"
    assert hand_over(adele, asha, cast.amira).json()["done"] == 1
    do(services, "approval", approval, "approve", cast.amira)


def test_the_same_key_hands_over_once_and_answers_the_same(
    services: Services, cast: Cast, desks: Desks, dai: int, approval: int
) -> None:
    key = {"Idempotency-Key": "leaving"}
    first = hand_over(desks.amira, dai, cast.jun, key)
    do(services, "approval", approval, "transfer", cast.jun, details={"person_id": dai}, reason=REASON)
    before = dump(services)
    again = hand_over(desks.amira, dai, cast.jun, key)
    assert (again.status_code, again.json()) == (200, first.json())
    assert dump(services) == before
    other = hand_over(desks.amira, dai, cast.petra, key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")
    assert hand_over(desks.amira, dai, cast.jun).json()["done"] == 1


# Absences


def test_an_absence_is_announced_and_ended_by_the_common_door(
    services: Services, cast: Cast, desks: Desks
) -> None:
    path = f"/people/{cast.jun}"
    days = {"substitute_id": cast.petra, "from_on": "2022-01-17", "to_on": "2022-01-21"}
    made = desks.jun.act(path, "announce_absence", details=days, reason="年休假")
    assert made.status_code == 200
    (mine,) = desks.jun.get(f"{path}/absences").json()["items"]
    assert mine == {
        "id": mine["id"], "substitute": {"id": cast.petra, "name": "裴特"}, "from_on": "2022-01-17",
        "to_on": "2022-01-21", "reason": "年休假", "ended_at": None,
    }  # fmt: skip
    ended = desks.petra.act(path, "end_absence", details={"absence_id": mine["id"]})
    assert ended.status_code == 200
    (mine,) = desks.jun.get(f"{path}/absences").json()["items"]
    assert mine["ended_at"] == "2022-01-14T01:00:00Z"


@pytest.mark.parametrize(
    ("field", "value"),
    [("substitute_id", "x"), ("from_on", "0202-01-17"), ("to_on", "tomorrow"), ("more", 1)],
)
def test_what_is_off_in_an_announcement_is_named(desks: Desks, cast: Cast, field: str, value: Any) -> None:
    days = {"substitute_id": cast.petra, "from_on": "2022-01-17", "to_on": "2022-01-21", field: value}
    answer = desks.jun.act(f"/people/{cast.jun}", "announce_absence", details=days)
    assert (answer.status_code, answer.json()["missing"][0]["field"]) == (422, field)


def test_absences_are_read_by_oneself_the_substitute_and_who_arranges_them(
    services: Services, cast: Cast, desks: Desks, adele: Desk
) -> None:
    path = f"/people/{cast.rashid}/absences"
    assert desks.petra.get(path).status_code == 404
    announce(services, cast.rashid, cast.petra, reason="病假")
    for desk in (desks.rashid, desks.amira, desks.karl, adele):
        assert [row["reason"] for row in desk.get(path).json()["items"]] == ["病假"]
    assert [row["reason"] for row in desks.petra.get(path).json()["items"]] == [None]
    assert desks.olga.get(path).json()["items"] == []
    assert desks.jun.get(path).status_code == 404
    assert desks.nobody.get(path).status_code == 401


def test_a_substitute_signs_over_http_on_the_day_and_not_on_the_next(
    services: Services, cast: Cast, desks: Desks, clock: HandClock
) -> None:
    approval = submit(services, cast)
    announce(services, cast.rashid, cast.petra)
    path = f"/approvals/{approval}"
    assert desks.petra.act(path, "approve").status_code == 404
    clock.go_to(2022, 1, 22)
    assert desks.petra.act(path, "approve").status_code == 404
    clock.go_to(2022, 1, 21, 23)
    assert [row["id"] for row in desks.petra.get("/approvals?box=to_sign").json()["items"]] == [approval]
    assert desks.petra.act(path, "approve").status_code == 200
    decision = desks.petra.get(path).json()["seats"][0]["decision"]
    assert (decision["decided_by"]["name"], decision["substitute_for"]["name"]) == ("裴特", "任志德")


@pytest.mark.parametrize("how", ["ended", "departed"])
def test_a_right_that_ended_yesterday_does_not_sign_over_http(
    services: Services, cast: Cast, desks: Desks, adele: Desk, clock: HandClock, how: str
) -> None:
    approval = submit(services, cast)
    clock.go_to(2022, 1, 18)
    person = f"/people/{cast.rashid}"
    if how == "departed":
        assert adele.act(person, "depart", reason="退休").status_code == 200
    else:
        with services.reading() as tx:
            grant = tx.execute(select(Grant.id).where(Grant.person_id == cast.rashid)).scalar_one()
        ended = adele.act(person, "end_grant", details={"grant_id": grant, "to_on": "2022-01-17"})
        assert ended.status_code == 200
    answer = desks.rashid.act(f"/approvals/{approval}", "approve")
    assert answer.status_code == (401 if how == "departed" else 404)
    with services.reading() as tx:
        assert tx.execute(select(Seat.state).order_by(Seat.step).limit(1)).scalar_one() == "open"


def test_a_transferred_seat_whose_holder_left_the_unit_is_refused_over_http(
    services: Services,
    cast: Cast,
    desks: Desks,
    client: TestClient,
    dai: int,
    approval: int,
    clock: HandClock,
) -> None:
    desk = dai_signs_in(services, client, dai)
    clock.go_to(2022, 1, 18)
    with services.transaction() as tx:
        moved = update(Grant).where(Grant.person_id == dai).values(unit_id=cast.other)
        tx.execute(moved)
    answer = desk.act(f"/approvals/{approval}", "approve")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    assert desk.get(f"/approvals/{approval}").status_code == 200
