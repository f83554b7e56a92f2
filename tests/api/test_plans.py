"""A plan over HTTP: its document is read, findings are ruled on, the draft is confirmed."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from models.states import Role
from tests.api.desks import give_token
from tests.people import add_person
from tests.workflow.plans.conftest import FOLDER, settle_units, staff
from workflow.bootstrap import Services

PLANS = "/api/v1/plans"
DOCUMENT = (FOLDER / "document.txt").read_bytes()


@pytest.fixture
def amira(services: Services, client: TestClient) -> dict[str, str]:
    """The headers of a supervisor, over the directory of the real plan; Petra's secret is `petra`."""
    with services.transaction() as tx:
        units = settle_units(tx)
        staff(tx, units)
        give_token(
            tx, add_person(tx, "amira", "安敏", (Role.SUPERVISOR, units["office"])), "amira", "read", "act"
        )
        give_token(
            tx, add_person(tx, "petra", "裴特", (Role.OWNER, units["市水务局"])), "petra", "read", "act"
        )
    return {"Authorization": "Bearer amira"}


PETRA = {"Authorization": "Bearer petra"}


def enter(client: TestClient, headers: dict[str, str], document: bytes = DOCUMENT) -> Any:
    return client.post(f"{PLANS}?code=shanghai-2022", content=document, headers=headers)


def rule(client: TestClient, headers: dict[str, str], finding: int, **details: object) -> Any:
    body = {"action": "rule", "reason": "经联席会议办公室研究", "details": details}
    return client.post(f"/api/v1/findings/{finding}/actions", json=body, headers=headers)


def test_from_the_document_to_assigned_tasks(client: TestClient, amira: dict[str, str]) -> None:
    entered = enter(client, amira)
    assert entered.status_code == 201, entered.text
    plan = entered.json()
    assert (plan["state"], plan["title"]) == ("draft", "上海市公共机构绿色低碳循环发展行动方案")

    discrepancies = client.get(f"{PLANS}/{plan['id']}/findings?sort=discrepancy", headers=amira).json()
    assert {17, 18, 19, 27} <= {f["task_number"] for f in discrepancies if f["field"] == "quantity"}
    early = client.post(f"{PLANS}/{plan['id']}/actions", json={"action": "confirm"}, headers=amira)
    assert (early.status_code, early.json()["missing"][0]["code"]) == (409, "discrepancies_ruled")

    for found in discrepancies:
        figure = {"take": "body", "quantity": "90", "unit": "家"}
        is_17 = (found["task_number"], found["field"]) == (17, "quantity")
        assert rule(client, amira, found["id"], **(figure if is_17 else {"take": "note"})).status_code == 200
    confirmed = client.post(f"{PLANS}/{plan['id']}/actions", json={"action": "confirm"}, headers=amira)
    assert confirmed.status_code == 200, confirmed.text
    tasks = client.get("/api/v1/tasks?limit=100", headers=amira).json()
    assert len(tasks["items"]) == 36


def test_a_ruling_that_sets_nothing_says_what_it_lacks(client: TestClient, amira: dict[str, str]) -> None:
    plan = enter(client, amira).json()["id"]
    found = client.get(f"{PLANS}/{plan}/findings?sort=discrepancy", headers=amira).json()
    figure = next(f for f in found if f["task_number"] == 17 and f["field"] == "quantity")
    refused = rule(client, amira, figure["id"], take="body")
    assert (refused.status_code, refused.json()["missing"][0]["field"]) == (409, "quantity")


def test_a_broken_document_is_answered_by_line_and_nothing_enters(
    client: TestClient, amira: dict[str, str]
) -> None:
    broken = DOCUMENT.decode().replace("\n300家能源審計,30家節約型公共機構後評估\n", "\n", 1).encode()
    refused = enter(client, amira, broken)
    assert refused.status_code == 422
    assert all(lack["text"] for lack in refused.json()["missing"])
    assert client.get(PLANS, headers=amira).json()["items"] == []


def test_a_document_is_never_written_over(client: TestClient, amira: dict[str, str]) -> None:
    assert enter(client, amira).status_code == 201
    again = enter(client, amira)
    assert (again.status_code, again.json()["code"]) == (409, "plan_exists")


def test_another_edition_is_compared(client: TestClient, amira: dict[str, str]) -> None:
    plan = enter(client, amira).json()["id"]
    other = DOCUMENT.decode().replace("推廣70家", "推廣80家").encode()
    changes = client.post(f"{PLANS}/{plan}/comparison", content=other, headers=amira)
    assert changes.status_code == 200, changes.text
    assert {change["task"] for change in changes.json()} == {17}


def test_the_reading_can_be_taken_away(client: TestClient, amira: dict[str, str]) -> None:
    plan = enter(client, amira).json()["id"]
    sheet = client.get(f"{PLANS}/{plan}/export?to=xlsx", headers=amira)
    assert sheet.content.startswith(b"PK")
    simplified = client.get(f"{PLANS}/{plan}/reading?script=simplified", headers=amira).json()
    assert simplified["programmes"][0]["name"] == "基础工程"


@pytest.mark.parametrize(("headers", "status"), [(PETRA, 403), ({}, 401)])
def test_nobody_else_enters_a_plan(
    client: TestClient, amira: dict[str, str], headers: dict[str, str], status: int
) -> None:
    assert enter(client, headers).status_code == status


def test_the_outsider_rules_on_nothing(client: TestClient, amira: dict[str, str]) -> None:
    plan = enter(client, amira).json()["id"]
    found = client.get(f"{PLANS}/{plan}/findings", headers=amira).json()[0]["id"]
    assert rule(client, PETRA, found, take="note").status_code in (403, 404)
    assert client.get(f"{PLANS}/{plan}/findings", headers=PETRA).json() == []
