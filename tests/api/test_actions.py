"""Actions over HTTP: what is open, what it takes, and every way of being refused."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from models import AuditEvent, OutboxRow
from tests.api.desks import Desks
from tests.people import Cast, do, submit
from workflow.bootstrap import Services


def counts(services: Services) -> tuple[int, ...]:
    """Audit events and outbox rows."""
    with services.reading() as tx:
        return tuple(
            tx.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (AuditEvent, OutboxRow)
        )


def test_what_is_open_is_listed_with_what_it_lacks(desks: Desks, services: Services, cast: Cast) -> None:
    do(services, "task", cast.task, "acknowledge", cast.olga)
    do(services, "milestone", cast.milestone, "start", cast.olga)
    answer = desks.olga.get(f"/milestones/{cast.milestone}/actions")
    rows = {row["action"]: row for row in answer.json()["actions"]}
    assert list(rows) == [
        "report", "enter_items", "attach", "detach", "draft_criteria", "tie", "correct", "break_down", "submit",
        "request_extension", "request_waiver",
    ]  # fmt: skip
    assert [lack["code"] for lack in rows["submit"]["missing"]] == ["progress", "target", "evidence"]
    assert all(lack["text"] != lack["code"] for lack in rows["submit"]["missing"])
    assert not rows["submit"]["ready"]
    assert rows["report"]["ready"]
    assert rows["report"]["details_schema"]["properties"]["figures"]["type"] == "array"
    assert rows["attach"]["href"] == f"/api/v1/milestones/{cast.milestone}/evidence"
    assert rows["detach"]["reason"] == "required"


@pytest.mark.parametrize(
    ("language", "label"), [("zh-Hans", "签收"), ("zh-TW,zh;q=0.8", "簽收"), ("en-GB", "Acknowledge")]
)
def test_actions_are_named_in_the_readers_language(
    desks: Desks, cast: Cast, language: str, label: str
) -> None:
    answer = desks.olga.get(f"/tasks/{cast.task}/actions", {"Accept-Language": language})
    assert answer.json()["actions"][0]["label"].lower() == label.lower()


def test_an_act_answers_with_its_event_and_where_the_subject_stands(desks: Desks, cast: Cast) -> None:
    answer = desks.olga.act(f"/tasks/{cast.task}", "acknowledge", {"If-Match": '"1"'})
    assert answer.status_code == 200, answer.text
    done = answer.json()
    assert done["event"]["from_state"] == "assigned"
    assert done["event"]["at"] == "2022-01-14T01:00:00Z"
    assert done["subject"] == {"kind": "task", "id": cast.task, "state": "acknowledged", "version": 2}
    assert answer.headers["ETag"] == '"2"'


def test_what_followed_at_once_is_told(desks: Desks, services: Services, cast: Cast) -> None:
    approval = submit(services, cast)
    do(services, "approval", approval, "approve", cast.rashid)
    do(services, "approval", approval, "approve", cast.jun)
    done = desks.amira.act(f"/approvals/{approval}", "approve", details={"opinion": "同意"}).json()
    assert [(e["subject_kind"], e["action"]) for e in done["followed"]] == [
        ("approval", "conclude"),
        ("milestone", "accept"),
    ]


@pytest.mark.parametrize(
    ("who", "body", "headers", "status", "code"),
    [
        ("nobody", {"action": "acknowledge"}, {}, 401, "not_signed_in"),
        ("petra", {"action": "acknowledge"}, {}, 404, "not_found"),
        ("jun", {"action": "acknowledge"}, {}, 403, "not_permitted"),
        ("olga", {"action": "start"}, {}, 409, "wrong_state"),
        ("olga", {"action": "fly"}, {}, 422, "unknown_action"),
        ("olga", {"action": "acknowledge"}, {"If-Match": '"7"'}, 412, "stale"),
        ("olga", {"action": "acknowledge"}, {"If-Match": "seven"}, 422, "malformed"),
        ("olga", {"action": "acknowledge", "wish": 1}, {}, 422, "malformed"),
        ("olga", {"action": "acknowledge", "details": {"x": 1}}, {}, 422, "malformed"),
        ("olga", {}, {}, 422, "malformed"),
        ("amira", {"action": "cancel"}, {}, 422, "reason_required"),
        ("amira", {"action": "cancel", "reason": "  "}, {}, 422, "reason_required"),
        ("amira", {"action": "close_out"}, {}, 409, "wrong_state"),
        ("amira", {"action": "complete"}, {}, 403, "not_permitted"),
    ],
)
def test_a_refusal_says_why_and_leaves_everything_untouched(
    desks: Desks, services: Services, cast: Cast, who: str, body: Any, headers: Any, status: int, code: str
) -> None:
    before = counts(services)
    answer = getattr(desks, who).post(f"/tasks/{cast.task}/actions", headers, json=body)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code)
    assert problem["status"] == status
    assert problem["instance"] == f"/api/v1/tasks/{cast.task}/actions"
    assert answer.headers["content-type"] == "application/problem+json"
    assert counts(services) == before


def test_all_that_is_missing_comes_in_one_answer(desks: Desks, services: Services, cast: Cast) -> None:
    do(services, "task", cast.task, "acknowledge", cast.olga)
    do(services, "milestone", cast.milestone, "start", cast.olga)
    answer = desks.olga.act(f"/milestones/{cast.milestone}", "submit", details={"text": "完成"})
    assert answer.status_code == 409
    assert [lack["code"] for lack in answer.json()["missing"]] == ["progress", "target", "evidence"]


def test_each_field_that_is_off_is_named(desks: Desks, services: Services, cast: Cast) -> None:
    do(services, "task", cast.task, "acknowledge", cast.olga)
    do(services, "milestone", cast.milestone, "start", cast.olga)
    details = {"figures": [{"indicator_id": "x", "quantity": "many"}], "as_of_on": "soon", "mood": "good"}
    answer = desks.olga.act(
        f"/milestones/{cast.milestone}", "report", {"Accept-Language": "en"}, details=details
    )
    lacks = {lack["field"]: lack["text"] for lack in answer.json()["missing"]}
    assert answer.status_code == 422
    assert set(lacks) == {"figures.0.indicator_id", "figures.0.quantity", "as_of_on", "mood"}
    assert lacks["as_of_on"] == "as_of_on: must be a date such as 2022-06-30."


def test_evidence_is_never_attached_by_the_common_door(desks: Desks, services: Services, cast: Cast) -> None:
    do(services, "task", cast.task, "acknowledge", cast.olga)
    do(services, "milestone", cast.milestone, "start", cast.olga)
    details = {"file_name": "a.pdf", "media_type": "application/pdf", "size": 1, "sha256": "0" * 64,
               "store_key": "../../etc/passwd", "true_on": "2022-01-01"}  # fmt: skip
    answer = desks.olga.act(f"/milestones/{cast.milestone}", "attach", details=details)
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_action")


def test_parallel_signers_do_not_trip_over_each_other(desks: Desks, services: Services, cast: Cast) -> None:
    """An approval's ETag is what is signed, not how many have signed."""
    approval = submit(services, cast)
    seen = desks.jun.get(f"/approvals/{approval}").headers["ETag"]
    assert desks.rashid.act(f"/approvals/{approval}", "approve", {"If-Match": seen}).status_code == 200
    assert desks.jun.act(f"/approvals/{approval}", "approve", {"If-Match": seen}).status_code == 200
    do(services, "approval", approval, "return", cast.amira, reason="缺页")
    late = desks.amira.act(f"/approvals/{approval}", "approve", {"If-Match": seen})
    assert (late.status_code, late.json()["code"]) == (412, "stale")


def test_an_unseen_approval_is_not_found_whatever_etag_is_guessed(
    desks: Desks, services: Services, cast: Cast
) -> None:
    approval = submit(services, cast)
    answer = desks.petra.act(f"/approvals/{approval}", "approve", {"If-Match": '"guess"'})
    assert answer.status_code == 404


def test_the_request_id_goes_through_answer_and_audit_event(
    desks: Desks, services: Services, cast: Cast
) -> None:
    answer = desks.olga.act(f"/tasks/{cast.task}", "acknowledge", {"X-Request-Id": "req-77"})
    assert answer.headers["X-Request-Id"] == "req-77"
    history = desks.olga.get(f"/tasks/{cast.task}/history").json()["items"]
    assert {entry["request"] for entry in history} == {"req-77"}
    assert history[0]["actor"] == {"id": cast.olga, "name": "欧文洁"}


def test_a_request_id_of_bad_signs_is_replaced(desks: Desks, cast: Cast) -> None:
    answer = desks.olga.get("/tasks", {"X-Request-Id": 'x"} injected {"'})
    assert len(answer.headers["X-Request-Id"]) == 16
