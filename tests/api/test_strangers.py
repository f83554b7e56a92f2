"""Every endpoint is tried by nobody, and every subject by Petra, who belongs to another unit."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from models import AuditEvent
from tests.api.desks import Desks, give_token
from tests.people import Cast, submit
from tests.workflow.test_visibility import hang
from workflow.bootstrap import Services

OPEN_TO_ALL = {
    "/health",
    "/ready",
    "/api/v1/sessions",
    "/api/v1/tokens/sign-in",
    "/api/v1/activations",
    "/calendars/{secret}.ics",
}
"""What nobody may ask for as well: the ways in, and whether the process lives."""
KEPT_FROM_ALL = (
    "tasks", "parts", "milestones", "approvals", "criteria", "attestations", "cards", "notices", "evidence",
    "findings", "instructions", "adjustments", "items", "work-plans", "reports", "problems", "indicators",
    "shares", "extensions", "waivers",
)  # fmt: skip


def routes(app: FastAPI) -> list[tuple[str, str]]:
    """Every method and path that the API describes."""
    return [(method, path) for path, methods in app.openapi()["paths"].items() for method in methods]


def test_nobody_gets_anything_but_the_ways_in(app: FastAPI, desks: Desks) -> None:
    described = routes(app)
    assert len(described) > 50
    for method, path in described:
        if path in OPEN_TO_ALL:
            continue
        url = path.format(id=1, token_id=1, code="x", credential_id=1, grant_id=1, job="seal")
        answer = desks.nobody.client.request(method, url, json={"action": "acknowledge"})
        assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in"), (method, path)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_petra_finds_no_subject_of_a_task_that_is_not_hers(
    app: FastAPI, desks: Desks, services: Services, cast: Cast
) -> None:
    submit(services, cast)
    with services.transaction() as tx:
        hang(tx, cast)
        before = tx.execute(select(func.count()).select_from(AuditEvent)).scalar_one()
    tried = 0
    for method, path in routes(app):
        noun = path.removeprefix("/api/v1/").split("/")[0]
        if noun not in KEPT_FROM_ALL:
            continue
        url = path.format(id=1)
        asked: dict[str, Any] = {"json": {"action": "acknowledge"}}
        if url.endswith("/evidence") and method == "post":
            asked = {"params": {"file_name": "a.pdf", "true_on": "2022-01-10"}, "content": b"%PDF-"}
        if url.endswith("/decisions"):
            asked = {"json": {"ids": [1], "action": "approve"}}
        if url.endswith("/bulk"):
            asked = {"json": {"items": [{"id": 1}], "action": "approve"}}
        answer = desks.petra.client.request(method, url, headers=desks.petra.headers(), **asked)
        if "{id}" in path:
            assert answer.status_code in (404, 422), (method, path, answer.text)
            assert answer.json()["code"] in ("not_found", "unknown_action"), (method, path)
        elif url.endswith("/counts"):
            assert {count["total"] for count in answer.json().values()} == {0}
        else:
            assert [item for item in answer.json()["items"] if item.get("ok", True)] == [], path
        tried += 1
    assert tried > 25
    with services.reading() as tx:
        assert tx.execute(select(func.count()).select_from(AuditEvent)).scalar_one() == before


@pytest.mark.parametrize("path", ["/jobs", "/schedules", "/outbox", "/outbox/1/actions", "/audit/verify"])
@pytest.mark.parametrize("who", ["olga", "petra", "lena", "sven", "ines"])
def test_the_house_is_kept_by_supervisors_and_admins(desks: Desks, path: str, who: str) -> None:
    answer = getattr(desks, who).get(path)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")


def test_a_token_that_only_reads_does_not_act(desks: Desks, services: Services, cast: Cast) -> None:
    with services.transaction() as tx:
        give_token(tx, cast.olga, "reader", "read")
    reader = {"Authorization": "Bearer reader"}
    path = f"/api/v1/tasks/{cast.task}"
    assert desks.nobody.client.get(path, headers=reader).status_code == 200
    answer = desks.nobody.client.post(f"{path}/actions", headers=reader, json={"action": "acknowledge"})
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


@pytest.mark.parametrize("header", ["Bearer", "Bearer wrong", "Basic dG9rZW4=", "Bearer token-of-olga2"])
def test_a_wrong_token_is_nobody(desks: Desks, header: str) -> None:
    answer = desks.nobody.client.get("/api/v1/tasks", headers={"Authorization": header})
    assert answer.status_code == 401
