"""Shares over HTTP: broken down by form, worked on by districts, accepted by the lead, seen by whom they concern."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.desks import Desk, Desks, give_token
from tests.people import Cast
from tests.workflow.lifecycles import districts as d
from tests.workflow.lifecycles import situations as a
from tests.workflow.store.samples import PDF
from workflow.bootstrap import Services


@pytest.fixture
def here(services: Services, cast: Cast) -> d.Districts:
    with services.transaction() as tx:
        here = d.settle_districts(tx, cast)
        for name in ("qing", "ren", "chong", "jin", "dun", "hua"):
            give_token(tx, getattr(here, name), f"token-of-{name}")
        return here


def at(desks: Desks, name: str) -> Desk:
    """The desk of somebody in a district."""
    return Desk(desks.nobody.client, name)


def send(desk: Desk, share: int, content: bytes = PDF) -> Any:
    asked = {"file_name": "审计报告.pdf", "true_on": "2022-01-10"}
    return desk.post(f"/shares/{share}/evidence", params=asked, content=content)


def a_report(cast: Cast, quantity: str) -> dict[str, Any]:
    return {
        "figures": [{"indicator_id": cast.indicator, "quantity": quantity}],
        "as_of_on": "2022-01-14",
    }


def issue(desks: Desks, cast: Cast, *portions: dict[str, Any]) -> None:
    answer = desks.olga.act(
        f"/milestones/{cast.milestone}", "break_down", details={"portions": list(portions)}
    )
    assert answer.status_code == 200, answer.text
    assert [event["subject_kind"] for event in answer.json()["followed"]] == ["share"] * len(portions)


def test_a_share_from_form_to_acceptance(
    desks: Desks, services: Services, cast: Cast, here: d.Districts
) -> None:
    a.a_started_milestone(services, cast)
    issue(desks, cast, d.portion(cast, here.qingpu, "20", text="完成20家", due_on="2022-11-30"))
    qing = at(desks, "qing")
    (row,) = qing.get("/shares").json()["items"]
    assert (row["unit"]["name"], row["text"], row["due_on"]) == ("青浦区机管局", "完成20家", "2022-11-30")
    share = f"/shares/{row['id']}"
    for action in ("acknowledge", "start"):
        assert qing.act(share, action).status_code == 200
    assert qing.act(share, "report", details=a_report(cast, "20")).status_code == 200
    uploaded = send(qing, row["id"])
    assert uploaded.status_code == 201, uploaded.text
    assert (uploaded.json()["share_id"], uploaded.json()["milestone_id"]) == (row["id"], cast.milestone)
    assert send(qing, row["id"]).status_code == 200, "the same bytes are known again"
    assert qing.act(share, "submit", details={"text": "已完成。"}).status_code == 200
    waiting = desks.olga.get(f"/milestones/{cast.milestone}").json()
    measure = waiting["indicators"][0]
    assert (measure["reached"], measure["reported"], measure["target"]) == (None, "20", "300")
    assert waiting["missing_units"] == ["青浦区机管局"]
    assert desks.olga.act(share, "accept").status_code == 200
    accepted = desks.olga.get(f"/milestones/{cast.milestone}").json()
    assert (accepted["indicators"][0]["reached"], accepted["missing_units"]) == ("20", [])
    shown = qing.get(share).json()
    assert [(t["id"], t["target"], t["reached"], t["met"]) for t in shown["targets"]] == [
        (cast.indicator, "20", "20", True)
    ]
    assert (shown["state"], shown["accepted_by"]["name"]) == ("accepted", "欧文洁")
    assert len(shown["digest"]) == 64
    assert [figure["quantity"] for figure in shown["figures"]] == ["20"]
    assert [evidence["state"] for evidence in shown["evidence"]] == ["accepted"]
    assert shown["submission"] == "已完成。"


def test_what_is_open_on_a_share_names_its_upload(
    desks: Desks, services: Services, cast: Cast, here: d.Districts
) -> None:
    (share,) = d.three_shares(services, cast, here)[:1]
    d.a_share_under_way(services, share, here.qing)
    rows = {row["action"]: row for row in at(desks, "qing").get(f"/shares/{share}/actions").json()["actions"]}
    assert list(rows) == [
        "report",
        "correct",
        "enter_items",
        "attach",
        "detach",
        "tie",
        "break_down",
        "submit",
    ]
    assert rows["attach"]["href"] == f"/api/v1/shares/{share}/evidence"
    assert [lack["code"] for lack in rows["submit"]["missing"]] == ["progress", "figures_stated", "evidence"]
    assert all(lack["text"] != lack["code"] for lack in rows["submit"]["missing"])


def test_a_moved_due_date_is_told_with_its_reason(
    desks: Desks, services: Services, cast: Cast, here: d.Districts
) -> None:
    share, *_ = d.three_shares(services, cast, here)
    answer = desks.olga.act(f"/shares/{share}", "amend", reason="提前", details={"due_on": "2022-11-30"})
    assert answer.status_code == 200, answer.text
    shown = at(desks, "qing").get(f"/shares/{share}").json()
    assert [(m["from_on"], m["to_on"], m["reason"]) for m in shown["due_moves"]] == [
        ("2022-12-30", "2022-11-30", "提前")
    ]
    assert desks.olga.get(f"/milestones/{cast.milestone}").json()["due_moves"] == []


def test_a_unit_that_issues_shares_sees_them_and_the_department_its_own(
    desks: Desks, services: Services, cast: Cast, here: d.Districts
) -> None:
    share, *_ = d.three_shares(services, cast, here)
    d.a_share_under_way(services, share, here.qing)
    portions = [d.portion(cast, here.energy, "60"), d.portion(cast, here.hospital, "40")]
    answer = at(desks, "qing").act(f"/shares/{share}", "break_down", details={"portions": portions})
    assert answer.status_code == 200, answer.text
    shown = at(desks, "ren").get(f"/shares/{share}").json()
    assert [sub["unit"]["name"] for sub in shown["sub_shares"]] == ["青浦区机管局节能科", "青浦区中心医院"]
    of_energy, of_hospital = (sub["id"] for sub in shown["sub_shares"])
    assert [row["id"] for row in at(desks, "hua").get("/shares").json()["items"]] == [of_hospital]
    assert at(desks, "hua").get(f"/shares/{of_energy}").status_code == 404
    d.a_share_under_way(services, of_energy, here.dun)
    assert send(at(desks, "dun"), of_energy).status_code == 201
    assert [e["share_id"] for e in at(desks, "qing").get("/evidence").json()["items"]] == [of_energy]
    assert at(desks, "hua").get("/evidence").json()["items"] == []


@pytest.mark.parametrize(
    ("params", "count"),
    [
        ({}, 3),
        ({"state": "acknowledged"}, 1),
        ({"state": ["issued", "acknowledged"]}, 3),
        ({"light": "green", "sort": "-due_on"}, 3),
        ({"light": "red"}, 0),
        ({"unit": "qingpu"}, 1),
        ({"parent": 1}, 0),
        ({"task": 1, "milestone": 1, "sort": "unit_id"}, 3),
        ({"milestone": 2}, 0),
    ],
)
def test_shares_are_narrowed(
    desks: Desks, services: Services, cast: Cast, here: d.Districts, params: dict[str, Any], count: int
) -> None:
    share, *_ = d.three_shares(services, cast, here)
    at(desks, "qing").act(f"/shares/{share}", "acknowledge")
    params = {name: here.qingpu if value == "qingpu" else value for name, value in params.items()}
    assert len(desks.olga.get("/shares", params=params).json()["items"]) == count
