"""Health, jobs, mail on its way, and the audit chain, over HTTP."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from sqlalchemy import text, update
from starlette.testclient import TestClient

from api.log import JsonLines
from models import Approval, ScheduleRun, Task
from tests.api.desks import Desks
from tests.apps import app_over
from tests.people import START, Cast, add, submit
from workflow import outbox
from workflow.adapters.database import Database
from workflow.bootstrap import Services


def test_health_and_readiness(desks: Desks) -> None:
    client = desks.nobody.client
    assert client.get("/health").json() == {"status": "ok"}
    assert client.get("/ready").json() == {"status": "ok"}


def test_a_database_that_is_not_migrated_is_not_ready(services: Services, tmp_path: Path) -> None:
    empty = Services(services.settings, Database(f"sqlite:///{tmp_path}/empty.db"), services.clock)
    client = TestClient(app_over(empty), raise_server_exceptions=False)
    assert client.get("/health").status_code == 200
    answer = client.get("/ready")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    empty.close()


def test_a_sound_chain_is_found_sound(desks: Desks, services: Services, cast: Cast) -> None:
    submit(services, cast)
    for reader in (desks.karl, desks.amira):
        assert reader.get("/audit/verify").json() == {
            "sound": True, "events": 9, "broken": None, "approvals": 1, "unproved": None,
        }  # fmt: skip


def test_an_approval_that_is_not_what_was_signed_is_named(
    desks: Desks, services: Services, cast: Cast
) -> None:
    approval = submit(services, cast)
    with services.transaction() as tx:
        tx.execute(update(Approval).where(Approval.id == approval).values(signed_facts='{"text":"另一份"}'))
    found = desks.karl.get("/audit/verify").json()
    assert not found["sound"]
    assert found["unproved"] == {"approval_id": approval, "what": "signed_facts"}
    assert desks.petra.get("/audit/verify").status_code == 403


def test_a_head_that_was_cut_is_named(desks: Desks, services: Services, cast: Cast) -> None:
    submit(services, cast)
    with services.transaction() as tx:
        tx.execute(update(Task).where(Task.id == cast.task).values(chain_seq=10))
    found = desks.karl.get("/audit/verify").json()
    assert not found["sound"]
    assert found["broken"] == {"root_kind": "task", "root_id": cast.task, "seq": 10, "what": "head"}


def test_jobs_are_listed_with_how_they_went(desks: Desks, services: Services) -> None:
    run = {"due_at": START, "leased_until": START, "started_at": START}
    with services.transaction() as tx:
        add(tx, ScheduleRun, job="scan", finished_at=START, outcome={"reminders": 2}, **run)
        add(tx, ScheduleRun, job="relay", error="SMTP away", **run)
    everything = desks.amira.get("/jobs", params={"sort": "-id"}).json()["items"]
    assert [(r["job"], r["outcome"], r["error"]) for r in everything] == [
        ("relay", None, "SMTP away"),
        ("scan", {"reminders": 2}, None),
    ]
    unfinished = desks.amira.get("/jobs", params={"unfinished": True}).json()["items"]
    assert [r["job"] for r in unfinished] == ["relay"]
    assert [r["job"] for r in desks.amira.get("/jobs", params={"job": "scan"}).json()["items"]] == ["scan"]


def test_a_message_given_up_is_sent_again(desks: Desks, services: Services, cast: Cast) -> None:
    submit(services, cast)
    with services.transaction() as tx:
        outbox.address(tx, START)
        tx.execute(text("UPDATE delivery SET state = 'parked', attempts = 8, error = '550'"))
    message = desks.amira.get("/outbox", params={"state": "parked"}).json()["items"][0]
    assert (message["topic"], message["error"]) == ("work_plan_required", "550")
    path = f"/outbox/{message['id']}"
    assert [row["action"] for row in desks.amira.get(f"{path}/actions").json()] == ["retry"]
    assert desks.amira.act(path, "fly").json()["code"] == "unknown_action"
    key = {"Idempotency-Key": "retry-1"}
    again = desks.amira.act(path, "retry", key)
    assert (again.status_code, again.json()["state"], again.json()["attempts"]) == (200, "waiting", 0)
    assert desks.amira.act(path, "retry", key).headers["Idempotency-Replayed"] == "true"
    assert desks.amira.act(path, "retry").json()["code"] == "wrong_state"
    assert desks.amira.act("/outbox/999", "retry").status_code == 404
    assert desks.amira.get(f"{path}/actions").json() == []


def test_every_request_is_one_line_of_json(
    desks: Desks, cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "duban.api"):
        desks.olga.get(f"/tasks/{cast.task}", {"X-Request-Id": "r-1"})
    (record,) = [record for record in caplog.records if record.name == "duban.api"]
    line = json.loads(JsonLines().format(record))
    assert (line["method"], line["path"], line["status"]) == ("GET", f"/api/v1/tasks/{cast.task}", 200)
    assert line["person_id"] == cast.olga
    assert line["level"] == "info"
