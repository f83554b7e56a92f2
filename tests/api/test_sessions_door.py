"""A session's cookie alone changes nothing: the request must show that it comes from our own pages."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from models import Credential
from tests.api.desks import Desks
from tests.people import START, Cast, add
from workflow.bootstrap import Services


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"X-CSRF-Token": "wrong"}, 403),
        ({"X-CSRF-Token": "right"}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://testserver"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "X-CSRF-Token": "wrong"}, 403),
        ({"Origin": "http://testserver"}, 200),
        ({"Origin": "http://elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_a_change_needs_more_than_the_cookie(
    desks: Desks, services: Services, cast: Cast, headers: dict[str, str], status: int
) -> None:
    with services.transaction() as tx:
        add(
            tx, Credential, person_id=cast.olga, kind="session", csrf="right", scopes=["read", "act"],
            secret_hash=hashlib.sha256(b"cookie").hexdigest(), created_at=START, seen_at=START,
            expires_at=START + timedelta(hours=1),
        )  # fmt: skip
    client = desks.nobody.client
    client.cookies.set("duban_session", "cookie")
    path = f"/api/v1/tasks/{cast.task}"
    assert client.get(path).status_code == 200
    answer = client.post(f"{path}/actions", headers=headers, json={"action": "acknowledge"})
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["code"] == "cross_site"


def test_a_session_cookie_is_no_bearer_token(desks: Desks) -> None:
    desks.nobody.client.cookies.set("duban_session", "token-of-olga")
    assert desks.nobody.client.get("/api/v1/tasks").status_code == 401
