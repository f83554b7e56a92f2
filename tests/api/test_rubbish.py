"""What no honest caller sends: refused in words, on both databases, and never our own failure (500)."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from api.bodies import LARGEST_BODY
from models import Grant
from tests.api.desks import Desks
from tests.people import START, Cast, add
from workflow.bootstrap import Services
from workflow.conflicts import is_collision

JSON = {"Content-Type": "application/json"}
LISTS = ("/tasks", "/parts", "/milestones", "/approvals", "/cards", "/notices", "/evidence", "/people")
NUMBERS = ("task", "plan", "milestone", "unit", "lead", "year", "programme", "unit_id")


def spelled(*cursor: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(cursor).encode()).decode().rstrip("=")


def refused(answer: Any, status: int = 422) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    problem: dict[str, Any] = answer.json()
    return problem


@pytest.mark.parametrize(
    "body",
    [
        '{"action": "acknowledge", "reason": "甲\\u0000乙"}',
        '{"action": "acknowledge", "reason": "\\\\\\u0000"}',
        '{"action": "acknowledge", "details": {"\\u0000": 1}}',
        '{"action": "\\u0000"}',
    ],
)
def test_the_character_that_no_database_keeps_is_refused_in_a_body(
    desks: Desks, cast: Cast, body: str
) -> None:
    problem = refused(desks.olga.post(f"/tasks/{cast.task}/actions", JSON, content=body))
    assert [lack["code"] for lack in problem["missing"]] == ["nul"]
    assert desks.olga.get(f"/tasks/{cast.task}").json()["state"] == "assigned"


@pytest.mark.parametrize("path", ["/units/1", "/units/1/members"])
@pytest.mark.parametrize("half", ["\\ud800", "\\uDFFF", "\\ude00\\ud83d", "\\ud83dx"])
def test_half_of_a_character_is_refused(desks: Desks, path: str, half: str) -> None:
    body = f'{{"name": "新名", "aliases": ["{half}"]}}'
    method = "PATCH" if path.endswith("1") else "PUT"
    problem = refused(
        desks.amira.client.request(method, f"/api/v1{path}", headers=desks.amira.headers(JSON), content=body)
    )
    assert [lack["code"] for lack in problem["missing"]] == ["half_character"]


def test_a_character_in_two_halves_is_taken(desks: Desks, cast: Cast) -> None:
    body = '{"action": "acknowledge", "reason": "\\ud83d\\ude00"}'
    assert desks.olga.post(f"/tasks/{cast.task}/actions", JSON, content=body).status_code == 200
    entry = desks.olga.get(f"/tasks/{cast.task}/history").json()["items"][0]
    assert entry["reason"] == "😀"


def test_a_text_that_only_speaks_of_that_character_is_taken(desks: Desks, cast: Cast) -> None:
    body = '{"action": "acknowledge", "reason": "写作 \\\\u0000"}'
    assert desks.olga.post(f"/tasks/{cast.task}/actions", JSON, content=body).status_code == 200


@pytest.mark.parametrize(
    "path", ["/tasks?q=%00", "/people?name=a%00b", "/parts?state=%00", "/tasks?sort=%00"]
)
def test_the_character_that_no_database_keeps_is_refused_in_a_query(
    desks: Desks, cast: Cast, path: str
) -> None:
    refused(desks.amira.get(path))


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("number", ["99999999999999999999", str(2**63), "-1", "1e400", "NaN"])
def test_a_number_that_no_database_counts_to_is_refused(
    desks: Desks, cast: Cast, path: str, number: str
) -> None:
    known = desks.amira.client.get("/api/v1/openapi.json").json()["paths"][f"/api/v1{path}"]["get"]
    named = {parameter["name"] for parameter in known["parameters"]} & set(NUMBERS)
    assert named
    for name in named:
        refused(desks.amira.get(path, params={name: number}))


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    ("sort", "cursor"),
    [
        ("id", spelled("id", 10**30, 1)),
        ("id", spelled("id", 1, 10**30)),
        ("id", spelled("id", True, True)),
        ("id", spelled("id", True, 1)),
        ("id", spelled("id", float("nan"), 1)),
        ("id", base64.urlsafe_b64encode(b"[" * 300).decode()),
    ],
)
def test_a_cursor_that_was_tampered_with_is_refused(desks: Desks, path: str, sort: str, cursor: str) -> None:
    problem = refused(desks.amira.get(path, params={"sort": sort, "cursor": cursor}))
    assert [lack["code"] for lack in problem["missing"]] == ["cursor"]


def test_a_cursor_with_the_character_that_no_database_keeps_is_refused(desks: Desks) -> None:
    refused(desks.amira.get("/tasks", params={"sort": "name", "cursor": spelled("name", "a\0", 1)}))


@pytest.mark.parametrize(
    "path", ["/sessions", "/tokens/sign-in", "/activations", "/units", "/tasks/1/actions"]
)
@pytest.mark.parametrize("media_type", ["application/json", "text/plain"])
def test_a_body_that_would_fill_the_memory_is_not_read(desks: Desks, path: str, media_type: str) -> None:
    """Not by its announced length, and not piece by piece, whoever sends it."""
    piece = b" " * 65_536
    headers = {"Content-Type": media_type}
    announced = desks.nobody.post(path, headers, content=piece * 17)
    assert refused(announced, 413)["code"] == "body_too_large"
    pieces = (piece for _ in range(LARGEST_BODY // len(piece) + 1))
    assert refused(desks.nobody.post(path, headers, content=pieces), 413)["code"] == "body_too_large"


@pytest.mark.parametrize("body", ["[" * 100_000, '{"a":' * 100_000, "\ufeff{}", "", "null", '"x"', "NaN"])
def test_a_body_that_is_no_object_is_refused(desks: Desks, cast: Cast, body: str) -> None:
    answer = desks.olga.post(f"/tasks/{cast.task}/actions", JSON, content=body.encode())
    assert answer.status_code in (400, 422)
    assert answer.json()["code"] == "malformed"


def test_a_row_that_is_there_already_is_a_collision(services: Services) -> None:
    """Of two who enter the same at once neither saw the other's row: the unique index decides."""

    def twice() -> None:
        with services.transaction() as tx:
            for _ in range(2):
                tx.exec_driver_sql("INSERT INTO setting (key, value) VALUES ('a', '{}')")

    with pytest.raises(IntegrityError) as found:
        twice()
    assert is_collision(found.value)


def test_another_broken_rule_is_no_collision(services: Services) -> None:
    def orphan() -> None:
        with services.transaction() as tx:
            tx.exec_driver_sql(
                "INSERT INTO group_member (group_id, unit_id, confirmed) VALUES (99, 98, true)"
            )

    with pytest.raises(IntegrityError) as found:
        orphan()
    assert not is_collision(found.value)


def test_a_collision_is_answered(
    desks: Desks, monkeypatch: pytest.MonkeyPatch, services: Services, cast: Cast
) -> None:
    def again(tx: Any, *_args: Any, **_facts: Any) -> int:
        for _ in range(2):
            tx.exec_driver_sql("INSERT INTO setting (key, value) VALUES ('a', '{}')")
        return 0

    with services.transaction() as tx:
        add(tx, Grant, person_id=cast.amira, role="admin", unit_id=None, from_on=START.date())
    monkeypatch.setattr("workflow.directory.units.enter_root", again)
    problem = refused(desks.amira.post("/units", json={"code": "X", "name": "新单位"}), 409)
    assert problem["code"] == "collision"
