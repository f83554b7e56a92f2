"""Routes and hours over HTTP: an admin's to settle, recorded; no secret of a channel is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from starlette.testclient import TestClient

from models import AuditEvent
from models.states import Role
from tests.api.desks import Desk, Desks, give_token
from tests.people import Cast, add_person
from tests.receivers import KEY
from workflow.bootstrap import Services
from workflow.channels import Channels, office_channels

GIVEN = {
    "hours": {"opens": "09:00", "closes": "17:30"},
    "routes": [{"channels": ["inbox"]}, {"severity": "red", "channels": ["sms"], "robots": ["office"]}],
}


@pytest.fixture
def ada(app: FastAPI, desks: Desks, services: Services, client: TestClient) -> Desk:
    """An admin of the whole plan, of an installation with a robot."""
    robots = {"office": {"url": f"wecombot://{KEY}"}}
    settings = type(services.settings)(**{**services.settings.model_dump(), "robots": robots})
    app.state.services = replace(services, settings=settings)
    with services.transaction() as tx:
        give_token(tx, add_person(tx, "ada", "管理员", (Role.ADMIN, None)), "token-of-ada")
    return Desk(client, "ada")


def put(desk: Desk, given: Any) -> Any:
    return desk.client.put("/api/v1/office/channels", headers=desk.headers(), json=given)


def events(services: Services) -> list[Any]:
    with services.reading() as tx:
        return list(tx.execute(select(AuditEvent.__table__).where(AuditEvent.action == "settle_channels")))


def test_an_admin_settles_routes_and_hours_on_the_offices_chain(
    ada: Desk, services: Services, cast: Cast
) -> None:
    before = ada.get("/office/channels").json()
    assert (before["hours"], before["robots"], before["sms"]) == (
        {"opens": "08:00", "closes": "18:00"},
        ["office"],
        False,
    )
    assert before["next_opening"] == "2022-01-14T01:00:00Z", "it is nine o'clock on a working day"
    answer = put(ada, GIVEN)
    assert answer.status_code == 200
    assert KEY not in answer.text
    with services.reading() as tx:
        assert office_channels(tx) == Channels.model_validate(GIVEN)
    (event,) = events(services)
    assert (event.root_kind, event.root_id) == ("unit", cast.office)
    assert '"opens":"09:00"' in event.text


def test_what_would_lose_a_message_is_refused_and_leaves_all_as_it_was(ada: Desk, services: Services) -> None:
    wrong = {
        "hours": {"opens": "18:00", "closes": "08:00"},
        "routes": [{"topics": ["gossip"], "channels": ["mail"], "robots": ["nobody"]}],
    }
    refused = put(ada, wrong)
    assert refused.status_code == 422
    assert sorted(lack["code"] for lack in refused.json()["missing"]) == [
        "hours_in_order", "known_robot", "known_topic", "route_for_all",
    ]  # fmt: skip
    assert all(lack["text"] for lack in refused.json()["missing"])
    assert (
        put(ada, {"routes": []}).status_code
        == put(ada, {"routes": [{"channels": ["pigeon"]}]}).status_code
        == 422
    )
    assert events(services) == []
    with services.reading() as tx:
        assert office_channels(tx) == Channels()


def test_others_may_not_settle_and_only_who_keeps_house_looks(
    ada: Desk, desks: Desks, services: Services
) -> None:
    assert desks.amira.get("/office/channels").status_code == 200
    for other in (desks.petra, desks.olga, desks.lena, desks.amira):
        assert put(other, GIVEN).json()["code"] == "not_permitted"
    assert desks.petra.get("/office/channels").json()["code"] == "not_permitted"
    assert put(desks.nobody, GIVEN).status_code == 401
    assert events(services) == []
