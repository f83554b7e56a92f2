"""Groups of signers over HTTP: kept by supervisors, seen by who sees the plan and by their members."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.desks import ROOT, Desk, Desks
from tests.people import Cast

NEW = {"code": "finance_board", "name": "财务会审组"}


def send(desk: Desk, method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> Any:
    return desk.client.request(method, f"{ROOT}{path}", headers=desk.headers(headers), **more)


@pytest.fixture
def group(desks: Desks, cast: Cast) -> int:
    """Jun and Lena, in this order."""
    made = desks.amira.post("/signer-groups", json={**NEW, "members": [cast.jun, cast.lena]})
    assert made.status_code == 201
    assert made.headers["location"] == f"{ROOT}/signer-groups/{made.json()['id']}"
    return int(made.json()["id"])


def test_a_group_is_made_renamed_filled_and_ended(desks: Desks, cast: Cast, group: int) -> None:
    path = f"/signer-groups/{group}"
    shown = desks.amira.get(path)
    assert shown.headers["etag"] == '"1"'
    assert shown.json() == {
        **NEW, "id": group, "ended_on": None, "version": 1, "left": [],
        "members": [{"id": cast.jun, "name": "钟军"}, {"id": cast.lena, "name": "雷娜"}],
    }  # fmt: skip
    renamed = send(desks.amira, "PATCH", path, {"If-Match": '"1"'}, json={"name": "会审组"})
    assert (renamed.status_code, renamed.json()["name"], renamed.headers["etag"]) == (200, "会审组", '"2"')
    assert send(desks.amira, "PATCH", path, {"If-Match": '"1"'}, json={"name": "又一组"}).status_code == 412
    filled = send(desks.amira, "PUT", f"{path}/members", json={"members": [cast.rashid]})
    assert [member["id"] for member in filled.json()["members"]] == [cast.rashid]
    ended = desks.amira.post(f"{path}/end", json={"reason": "撤并"})
    assert (ended.status_code, ended.json()["ended_on"]) == (200, "2022-01-14")
    assert desks.amira.get("/signer-groups").json()["items"] == []
    assert [g["id"] for g in desks.amira.get("/signer-groups", params={"ended": True}).json()["items"]] == [
        group
    ]
    again = desks.amira.post(f"{path}/end", json={"reason": "撤并"})
    assert (again.status_code, again.json()["missing"][0]["code"]) == (409, "standing_group")


def test_the_same_key_makes_a_group_once(desks: Desks, cast: Cast) -> None:
    body = {**NEW, "members": [cast.jun]}
    answers = [desks.amira.post("/signer-groups", {"Idempotency-Key": "k"}, json=body) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    other = desks.amira.post("/signer-groups", json=body)
    assert (other.status_code, other.json()["missing"][0]["field"]) == (422, "code")


@pytest.mark.parametrize(
    "wrong",
    [{"members": []}, {"members": [1, 1]}, {"members": [999]}, {"members": ["x"]}, {"code": "Has Space"}, {"more": 1}],
)  # fmt: skip
def test_what_is_wrong_is_named(desks: Desks, wrong: dict[str, Any]) -> None:
    answer = desks.amira.post("/signer-groups", json={**NEW, "members": [1], **wrong})
    assert answer.status_code == 422
    assert answer.json()["missing"][0]["field"]


def test_members_and_who_sees_the_plan_see_a_group_and_petra_does_not(desks: Desks, group: int) -> None:
    path = f"/signer-groups/{group}"
    for desk in (desks.jun, desks.lena, desks.karl, desks.sven):
        assert [g["id"] for g in desk.get("/signer-groups").json()["items"]] == [group]
        assert desk.get(path).status_code == 200
        assert send(desk, "PATCH", path, json={"name": "x"}).status_code == 403
    for desk in (desks.petra, desks.olga):
        assert desk.get("/signer-groups").json()["items"] == []
        assert desk.get(path).status_code == 404
        assert send(desk, "PATCH", path, json={"name": "x"}).status_code == 404
        assert send(desk, "PUT", f"{path}/members", json={"members": [1]}).status_code == 404
        assert desk.post(f"{path}/end", json={"reason": "x"}).status_code == 404
        assert desk.post("/signer-groups", json={**NEW, "members": [1]}).status_code == 403
    assert desks.nobody.get(path).status_code == 401
