"""Criteria and attestations over HTTP: a judged milestone's whole way, what is shown of it, and to whom."""

from __future__ import annotations

from typing import Any

import pytest

from models import Criteria, Part
from models.states import PartRole, PartState, Role
from schedules.attestations import call_attestations
from tests.api.desks import Desks, give_token
from tests.people import Cast, HandClock, add, add_person, do
from tests.workflow.lifecycles import judged as j
from tests.workflow.lifecycles import situations as a
from tests.workflow.store.samples import PDF
from workflow.bootstrap import Services

VIOLATION = {"found_on": "2022-03-15", "text": "食堂仍在提供一次性餐具。", "due_on": "2022-03-31"}


def good(answer: Any) -> Any:
    assert answer.status_code < 300, answer.text
    return answer.json()


def test_a_judged_milestone_is_drafted_covered_marked_and_accepted(
    desks: Desks, services: Services, cast: Cast
) -> None:
    path = f"/milestones/{j.make_judged(services, cast)}"
    a.a_started_milestone(services, cast)
    good(desks.olga.act(path, "draft_criteria", details={"points": j.POINTS}))
    (row,) = good(desks.amira.get("/criteria", params={"milestone": cast.milestone, "state": "drafted"}))[
        "items"
    ]
    good(desks.amira.act(f"/criteria/{row['id']}", "approve", headers={"If-Match": '"1"'}))
    good(desks.olga.act(path, "report", details=j.NOTE))
    points = [point["id"] for point in good(desks.olga.get(f"/criteria/{row['id']}"))["points"]]
    proof = good(
        desks.olga.post(
            f"{path}/evidence", content=PDF,
            params={"file_name": "制度.pdf", "true_on": "2022-01-10", "criteria": points[:2]},
        )
    )["id"]  # fmt: skip
    refusal = desks.olga.act(path, "submit", details={"text": "已完成。"})
    assert refusal.status_code == 409
    assert [lack["code"] for lack in refusal.json()["missing"]] == ["criteria_covered"]
    assert j.POINTS[2] in refusal.json()["missing"][0]["text"]
    good(desks.olga.act(path, "tie", details={"evidence_id": proof, "criterion_ids": points}))
    good(desks.olga.act(path, "submit", details={"text": "已完成。"}))
    approval = good(desks.olga.get(path))["approval"]["id"]
    for desk in (desks.rashid, desks.jun):
        good(desk.act(f"/approvals/{approval}", "approve"))
    given = [{"criterion_id": point, "mark": "met"} for point in points]
    given[1] |= {"mark": "partly", "note": "专人尚未发文。"}
    done = good(desks.amira.act(f"/approvals/{approval}", "approve", details={"marks": given}))
    assert [event["action"] for event in done["followed"]] == ["conclude", "accept"]
    shown = good(desks.olga.get(path))
    assert shown["state"] == "accepted"
    assert shown["criteria"] == good(desks.karl.get(f"/criteria/{row['id']}"))
    assert [(p["text"], p["mark"], p["note"], p["evidence"]) for p in shown["criteria"]["points"]] == [
        (j.POINTS[0], "met", None, [proof]),
        (j.POINTS[1], "partly", "专人尚未发文。", [proof]),
        (j.POINTS[2], "met", None, [proof]),
    ]
    assert shown["criteria"]["points"][0]["marked_by"] == {"id": cast.amira, "name": "安敏"}


def test_a_counted_milestone_shows_no_criteria(desks: Desks, cast: Cast) -> None:
    assert good(desks.olga.get(f"/milestones/{cast.milestone}"))["criteria"] is None
    assert good(desks.olga.get("/criteria"))["items"] == []


def test_a_reader_is_told_whose_act_it_is(desks: Desks, services: Services, cast: Cast) -> None:
    path = f"/criteria/{j.drafted(services, cast)}"
    refusal = desks.olga.act(path, "approve")
    assert (refusal.status_code, refusal.json()["code"]) == (403, "not_permitted")
    stale = desks.amira.act(path, "approve", headers={"If-Match": '"9"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert [row["action"] for row in good(desks.amira.get(f"{path}/actions"))["actions"]] == [
        "approve",
        "return",
    ]
    assert [row["action"] for row in good(desks.olga.get(f"{path}/actions"))["actions"]] == ["redraft"]


def test_a_contributor_reads_the_points_but_sees_no_other_units_evidence(
    desks: Desks, services: Services, cast: Cast
) -> None:
    approval, criteria = j.to_be_accepted(services, cast), a.latest(services, Criteria)
    given = j.marks(services, "partly", "met", "met", note1="青浦区尚缺。")
    do(services, "approval", approval, "approve", cast.amira, details=given)
    with services.transaction() as tx:
        add(tx, Part, task_id=cast.task, unit_id=cast.other, role=PartRole.CONTRIBUTOR, ordinal=3,
            state=PartState.ASSIGNED)  # fmt: skip
    mine = good(desks.petra.get(f"/criteria/{criteria}"))
    assert [(point["text"], point["evidence"]) for point in mine["points"]] == [(p, []) for p in j.POINTS]
    assert (mine["points"][0]["mark"], mine["points"][0]["note"]) == ("partly", None)
    theirs = good(desks.jun.get(f"/criteria/{criteria}"))
    assert [point["evidence"] for point in theirs["points"]] == [j.evidence(services)] * 3
    assert theirs["points"][0]["note"] == "青浦区尚缺。"


@pytest.mark.parametrize("path", ["/criteria", "/attestations"])
def test_petra_and_nobody_find_nothing(
    desks: Desks, services: Services, cast: Cast, clock: HandClock, path: str
) -> None:
    if path == "/criteria":
        j.drafted(services, cast)
    else:
        j.accepted(services, cast)
        clock.go_to(2022, 3, 15)
        call_attestations(services, clock())
    assert len(good(desks.karl.get(path))["items"]) == 1
    assert good(desks.petra.get(path))["items"] == []
    for asked in (
        desks.petra.get(f"{path}/1"),
        desks.petra.get(f"{path}/1/actions"),
        desks.petra.act(f"{path}/1", "attest"),
    ):
        assert asked.status_code in (404, 422)
    assert desks.nobody.get(path).status_code == 401


def test_an_attestation_is_called_attested_and_found_wrong(
    desks: Desks, services: Services, cast: Cast, clock: HandClock
) -> None:
    j.accepted(services, cast)
    clock.go_to(2022, 3, 15)
    call_attestations(services, clock())
    (row,) = good(
        desks.olga.get("/attestations", params={"milestone": cast.milestone, "due_to": "2022-03-14"})
    )["items"]
    assert (row["state"], row["from_on"], row["upto_on"], row["due_on"], row["unit"]["name"]) == (
        "due", "2022-02-01", "2022-02-28", "2022-03-14", "市机管局",
    )  # fmt: skip
    path = f"/attestations/{row['id']}"
    good(desks.olga.act(path, "attest", details={"text": "未发现使用。"}))
    done = good(desks.amira.act(path, "report_violation", reason="抽查发现。", details=VIOLATION))
    assert [event["action"] for event in done["followed"]] == ["reopen", "redate"]
    shown = good(desks.karl.get(path))
    assert (shown["state"], shown["text"], shown["violation"], shown["found_on"]) == (
        "violated", "未发现使用。", VIOLATION["text"], VIOLATION["found_on"],
    )  # fmt: skip
    milestone = good(desks.olga.get(f"/milestones/{cast.milestone}"))
    assert (milestone["state"], milestone["due_on"]) == ("in_progress", "2022-03-31")
    assert [move["to_on"] for move in milestone["due_moves"]] == ["2022-03-31"]
    assert good(desks.olga.get("/attestations", params={"state": "due"}))["items"] == []


def test_nobody_calls_an_attestation_by_hand(desks: Desks, services: Services, cast: Cast) -> None:
    j.accepted(services, cast)
    refusal = desks.amira.act(f"/milestones/{cast.milestone}", "call_attestation")
    assert (refusal.status_code, refusal.json()["code"]) == (422, "unknown_action")


def test_an_inspector_of_the_office_reports_what_they_may_see(
    desks: Desks, services: Services, cast: Cast, clock: HandClock
) -> None:
    j.accepted(services, cast)
    clock.go_to(2022, 3, 15)
    path = f"/milestones/{cast.milestone}"
    assert desks.ines.act(path, "report_violation", reason="抽查发现。", details=VIOLATION).status_code == 404
    with services.transaction() as tx:
        both = add_person(tx, "insp", "督查", (Role.INSPECTOR, cast.office), (Role.AUDITOR, None))
        give_token(tx, both, "token-of-insp")
    headers = {"Authorization": "Bearer token-of-insp"}
    act = {"action": "report_violation", "reason": "抽查发现。", "details": VIOLATION}
    answer = desks.nobody.client.post(f"/api/v1{path}/actions", headers=headers, json=act)
    assert answer.status_code == 200, answer.text
