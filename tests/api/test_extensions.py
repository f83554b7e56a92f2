"""Extensions and waivers over the API: asked on the milestone, decided in the inbox, listed for those who sign."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from models import AuditEvent, Extension, OutboxRow, Part
from models.states import PartRole, PartState, Role
from tests.api.desks import Desk, Desks
from tests.people import Cast, HandClock, add, add_person
from tests.workflow.lifecycles import situations as a
from workflow.bootstrap import Services


@pytest.fixture
def started(services: Services, cast: Cast) -> int:
    return a.a_started_milestone(services, cast)


def done(answer: Any) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


def ask(desk: Desk, milestone: int, due_on: str = "2023-01-31") -> Any:
    details = a.asked_extension(due_on)
    return desk.act(f"/milestones/{milestone}", "request_extension", reason=a.WHY, details=details)


def counts(services: Services) -> tuple[int, ...]:
    with services.reading() as tx:
        return tuple(
            tx.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (AuditEvent, OutboxRow, Extension)
        )


def test_an_extension_from_the_request_to_the_new_date(desks: Desks, cast: Cast, started: int) -> None:
    offered = {
        row["action"]: row for row in desks.olga.get(f"/milestones/{started}/actions").json()["actions"]
    }
    assert (offered["request_extension"]["label"], offered["request_extension"]["ready"]) == (
        "申请延期",
        True,
    )
    followed = done(ask(desks.olga, started))["followed"]
    assert [(event["subject_kind"], event["action"]) for event in followed] == [
        ("extension", "request"), ("approval", "open"),
    ]  # fmt: skip
    (row,) = desks.jun.get("/extensions", params={"milestone": started, "state": "requested"}).json()["items"]
    assert (row["from_on"], row["due_on"], row["year"], row["task"]["number"]) == (
        "2022-12-30", "2023-01-31", 2022, 4,
    )  # fmt: skip
    assert (row["reason"], row["progress"], row["requested_by"]["id"]) == (
        a.WHY, "已完成270家，其余30家已进场。", cast.olga,
    )  # fmt: skip
    approval = f"/approvals/{row['approval_id']}"
    for desk in (desks.rashid, desks.amira):
        (waiting,) = desk.get("/approvals", params={"box": "to_sign"}).json()["items"]
        assert (waiting["purpose"], waiting["subject_id"], waiting["year"]) == ("extension", row["id"], 2022)
        done(desk.act(approval, "approve", details={"opinion": "同意。"}))
    answer = desks.olga.get(f"/extensions/{row['id']}")
    assert (answer.json()["state"], answer.headers["ETag"]) == ("granted", f'"{answer.json()["version"]}"')
    milestone = desks.olga.get(f"/milestones/{started}").json()
    assert (milestone["due_on"], milestone["due_basis"]) == ("2023-01-31", "extension")
    assert milestone["approval"] is None, "what decides on the date accepts nothing"
    told = desks.olga.get(f"/tasks/{cast.task}/history").json()["items"]
    assert [(each["subject_kind"], each["label"]) for each in told if each["subject_kind"] in ("extension",)] == [
        ("extension", "申请"), ("extension", "同意"),
    ]  # fmt: skip


def test_what_is_wrong_is_named_with_what_is_left(desks: Desks, services: Services, started: int) -> None:
    before = counts(services)
    answer = ask(desks.olga, started, "2023-06-30")
    (lack,) = answer.json()["missing"]
    assert (answer.status_code, lack["code"], lack["field"]) == (409, "extension_days", "due_on")
    assert "剩余90天" in lack["text"]
    assert "2023-03-30" in lack["text"]
    answer = ask(desks.olga, started, "2022-12-01")
    assert [each["code"] for each in answer.json()["missing"]] == ["later_date"]
    answer = desks.olga.act(f"/milestones/{started}", "request_extension", details=a.asked_extension())
    assert answer.json()["code"] == "reason_required"
    assert counts(services) == before


def test_who_is_late_is_told_before_trying(desks: Desks, clock: HandClock, started: int) -> None:
    clock.go_to(2022, 12, 31)
    offered = {
        row["action"]: row for row in desks.olga.get(f"/milestones/{started}/actions").json()["actions"]
    }
    (lack,) = offered["request_extension"]["missing"]
    assert (offered["request_extension"]["ready"], lack["code"]) == (False, "in_time")
    assert "2022-12-30" in lack["text"]


def test_a_waiver_from_the_request_to_the_waived_milestone(
    desks: Desks, services: Services, cast: Cast, started: int
) -> None:
    with services.transaction() as tx:
        add_person(tx, "chief", "主任", (Role.LEADER, cast.office))
    done(desks.olga.act(f"/milestones/{started}", "request_waiver", reason=a.WHY))
    (row,) = desks.karl.get("/waivers", params={"task": cast.task}).json()["items"]
    assert (row["state"], row["reason"], row["milestone_id"]) == ("requested", a.WHY, started)
    assert desks.olga.get(f"/waivers/{row['id']}").json() == row
    done(desks.amira.act(f"/approvals/{row['approval_id']}", "return", reason="仍需完成。"))
    assert desks.olga.get(f"/waivers/{row['id']}").json()["state"] == "refused"
    done(desks.olga.act(f"/milestones/{started}", "request_waiver", reason=a.WHY))
    (again,) = desks.olga.get("/waivers", params={"state": "requested"}).json()["items"]
    done(desks.olga.act(f"/waivers/{again['id']}", "withdraw"))
    assert desks.olga.get("/waivers", params={"state": "withdrawn"}).json()["items"][0]["id"] == again["id"]


def test_others_neither_see_nor_act(desks: Desks, services: Services, cast: Cast, started: int) -> None:
    done(ask(desks.olga, started))
    done(desks.olga.act(f"/milestones/{started}", "request_waiver", reason=a.WHY))
    before = counts(services)
    for noun in ("extensions", "waivers"):
        assert desks.petra.get(f"/{noun}").json()["items"] == []
        for path in (f"/{noun}/1", f"/{noun}/1/actions"):
            assert desks.petra.get(path).status_code == 404
            assert desks.nobody.get(path).status_code == 401
        assert desks.petra.act(f"/{noun}/1", "withdraw").status_code == 404
        for desk in (desks.rashid, desks.jun, desks.amira, desks.karl):
            assert desk.act(f"/{noun}/1", "withdraw").status_code == 403
            assert desk.act(f"/{noun}/1", "grant").status_code == 403
    assert ask(desks.petra, started).status_code == 404
    assert counts(services) == before


def test_a_contributor_reads_no_other_units_progress(
    desks: Desks, services: Services, cast: Cast, started: int
) -> None:
    """Petra's unit works on the task without signing: neither the request nor its approval is hers to read."""
    with services.transaction() as tx:
        add(tx, Part, task_id=cast.task, unit_id=cast.other, role=PartRole.CONTRIBUTOR, ordinal=3,
            state=PartState.ASSIGNED)  # fmt: skip
    done(ask(desks.olga, started))
    assert desks.petra.get(f"/milestones/{started}").status_code == 200
    assert desks.petra.get("/extensions").json()["items"] == []
    approval = desks.olga.get("/extensions/1").json()["approval_id"]
    for path in ("/extensions/1", f"/approvals/{approval}"):
        assert desks.petra.get(path).status_code == 404
    told = desks.petra.get(f"/tasks/{cast.task}/history").json()["items"]
    assert not [each for each in told if each["subject_kind"] in ("extension", "approval")]
    assert not [each for each in told if "270" in str(each)]


def test_a_stale_look_is_refused(desks: Desks, services: Services, started: int) -> None:
    done(ask(desks.olga, started))
    assert desks.olga.act("/extensions/1", "withdraw", {"If-Match": '"9"'}).status_code == 412
    etag = {"If-Match": desks.olga.get("/extensions/1").headers["ETag"]}
    assert desks.olga.act("/extensions/1", "withdraw", etag).status_code == 200
