"""Webhooks over HTTP: for admins of the whole plan, their secret shown once, their deliveries listed and resent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from starlette.testclient import TestClient

from models import AuditEvent, KeptAnswer
from models.states import Role
from schedules.relay import relay
from tests.api.desks import Desk, Desks, give_token
from tests.people import Cast, HandClock, add_person
from tests.receivers import Receiver, receiving
from tests.schedules.mailroom import write
from workflow.bootstrap import Services

NEW = {"name": "市大数据中心", "url": "https://hooks.example.gov.cn/duban", "topics": ["to_sign"]}


@pytest.fixture
def wired(services: Services) -> Services:
    more = {"webhook_key": "k" * 32, "webhook_networks": "127.0.0.0/8"}
    settings = type(services.settings)(**{**services.settings.model_dump(), **more})
    return replace(services, settings=settings)


@pytest.fixture
def ada(app: FastAPI, desks: Desks, wired: Services, client: TestClient) -> Desk:
    """An admin of the whole plan."""
    app.state.services = wired
    with wired.transaction() as tx:
        give_token(tx, add_person(tx, "ada", "管理员", (Role.ADMIN, None)), "token-of-ada")
    return Desk(client, "ada")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving(lambda asked: (204, None)) as opened:
        yield opened


def acts(services: Services) -> list[str]:
    with services.reading() as tx:
        own = select(AuditEvent.action).where(AuditEvent.root_kind == "webhook")
        return list(tx.execute(own.order_by(AuditEvent.seq)).scalars())


def test_a_webhook_is_begun_with_a_secret_that_is_never_shown_again(ada: Desk, wired: Services) -> None:
    begun = ada.post("/webhooks", json=NEW)
    assert begun.status_code == 201
    assert begun.headers["Cache-Control"] == "no-store"
    made: dict[str, Any] = begun.json()
    assert made["secret"].startswith("whsec_")
    assert begun.headers["Location"] == f"/api/v1/webhooks/{made['id']}"
    seen = ada.get(f"/webhooks/{made['id']}").json()
    assert seen == {name: value for name, value in made.items() if name != "secret"}
    assert ada.get("/webhooks").json()["items"] == [seen]
    with wired.reading() as tx:
        assert tx.execute(select(KeptAnswer.id)).all() == []
        texts = "".join(tx.execute(select(AuditEvent.text)).scalars())
    assert made["secret"] not in texts


def test_another_secret_overlaps_the_old_one_and_each_act_is_an_event(ada: Desk, wired: Services) -> None:
    made = ada.post("/webhooks", json=NEW).json()
    path = f"/webhooks/{made['id']}"
    names = {row["action"]: row["href"] for row in ada.get(f"{path}/actions").json()["actions"]}
    assert names == {
        "amend": f"/api/v1{path}/amend", "rotate": f"/api/v1{path}/rotate", "pause": f"/api/v1{path}/actions",
        "end": f"/api/v1{path}/actions",
    }  # fmt: skip
    rotated = ada.post(f"{path}/rotate", json={"overlap_hours": 2}).json()
    assert rotated["secret"] != made["secret"]
    assert rotated["overlap_until"] == "2022-01-14T03:00:00Z"
    amended = ada.post(f"{path}/amend", {"If-Match": f'"{rotated["version"]}"'}, json={"topics": []})
    assert (amended.json()["topics"], amended.json()["name"]) == ([], NEW["name"])
    assert ada.post(f"{path}/amend", {"If-Match": '"1"'}, json={"topics": []}).json()["code"] == "stale"
    assert ada.act(path, "pause").json()["subject"]["state"] == "paused"
    assert ada.act(path, "resume").json()["subject"]["state"] == "active"
    assert ada.act(path, "disable", reason="x").json()["code"] == "not_permitted"
    assert ada.act(path, "end").json()["code"] == "reason_required"
    assert ada.act(path, "end", reason="系统下线").json()["subject"]["state"] == "ended"
    assert ada.post(f"{path}/rotate", json={}).json()["code"] == "wrong_state"
    assert acts(wired) == ["begin", "rotate", "amend", "pause", "resume", "end"]


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"url": "https://user:pw@x.example/"}, "webhook_target", "url"),
        ({"url": "ftp://x.example/"}, "field.string_pattern_mismatch", "url"),
        ({"topics": ["gossip"]}, "known_topic", "topics"),
        ({"name": ""}, "field.string_too_short", "name"),
    ],
)
def test_what_is_wrong_is_named(
    ada: Desk, wired: Services, change: dict[str, Any], code: str, field: str
) -> None:
    refused = ada.post("/webhooks", json={**NEW, **change})
    assert refused.status_code == 422
    assert [(lack["code"], lack["field"]) for lack in refused.json()["missing"]] == [(code, field)]
    assert acts(wired) == []


def test_without_a_key_there_are_no_webhooks(ada: Desk, app: FastAPI, services: Services) -> None:
    app.state.services = services
    refused = ada.post("/webhooks", json=NEW)
    assert (refused.status_code, refused.json()["missing"][0]["code"]) == (409, "webhook_key")
    assert acts(services) == []


def test_deliveries_are_listed_and_sent_once_more_under_the_same_id(
    ada: Desk, wired: Services, cast: Cast, clock: HandClock, receiver: Receiver
) -> None:
    made = ada.post("/webhooks", json={**NEW, "url": f"{receiver.address}/hook"}).json()
    write(wired, person_id=cast.olga)
    relay(wired, clock())
    (delivery,) = ada.get(f"/webhooks/{made['id']}/deliveries").json()["items"]
    assert (delivery["state"], delivery["channel"], delivery["person"]) == ("sent", "webhook", None)
    path = f"/outbox/{delivery['id']}"
    assert [row["action"] for row in ada.get(f"{path}/actions").json()] == ["resend"]
    assert ada.act(path, "retry").json()["code"] == "wrong_state"
    assert ada.act(path, "resend").json()["state"] == "waiting"
    relay(wired, clock())
    first, second = receiver.asked
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == delivery["message_id"]
    (mail,) = ada.get("/outbox", params={"channel": "mail"}).json()["items"]
    assert ada.act(f"/outbox/{mail['id']}", "resend").json()["code"] == "wrong_state", (
        "a mail is not sent twice"
    )


def test_nobody_but_admins_of_the_whole_plan_sees_a_webhook(ada: Desk, desks: Desks, wired: Services) -> None:
    made = ada.post("/webhooks", json=NEW).json()
    path = f"/webhooks/{made['id']}"
    for other in (desks.petra, desks.amira, desks.olga, desks.karl, desks.ines):
        assert other.get("/webhooks").json()["items"] == []
        assert other.post("/webhooks", json=NEW).json()["code"] == "not_permitted"
        for asked in (other.get(path), other.get(f"{path}/deliveries"), other.get(f"{path}/actions"),
                      other.post(f"{path}/rotate", json={}), other.post(f"{path}/amend", json={"name": "x"}),
                      other.act(path, "pause")):  # fmt: skip
            assert asked.json()["code"] == "not_found"
    assert acts(wired) == ["begin"]
