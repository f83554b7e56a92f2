"""Work plans, reports and problems over the API: their lists, their pages, and who sees them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import update

from models import Indicator, Part
from models.states import IndicatorKind, PartRole, PartState
from schedules.reporting import call_reports
from tests.api.desks import Desks
from tests.people import Cast, HandClock, add, do
from tests.workflow.lifecycles import situations as a
from tests.workflow.scan.clockwork import morning
from workflow.bootstrap import Services


def done(answer: Any) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


def contributes(services: Services, cast: Cast) -> None:
    """Petra's unit works on the task, without signing for it."""
    with services.transaction() as tx:
        add(tx, Part, task_id=cast.task, unit_id=cast.other, role=PartRole.CONTRIBUTOR, ordinal=3,
            state=PartState.ASSIGNED)  # fmt: skip


def test_a_work_plan_from_receipt_to_approval(desks: Desks, cast: Cast) -> None:
    done(desks.olga.act(f"/tasks/{cast.task}", "acknowledge"))
    row = desks.olga.get("/work-plans", params={"state": "required"}).json()["items"][0]
    assert (row["task"]["number"], row["due_on"], row["state"]) == (4, "2022-02-09", "required")
    path = f"/work-plans/{row['id']}"
    open_to = desks.olga.get(f"{path}/actions").json()["actions"]
    assert [(each["action"], each["label"], each["ready"]) for each in open_to] == [("submit", "报送", True)]
    done(desks.olga.act(path, "submit", details=a.planned(cast)))
    approval = f"/approvals/{desks.amira.get(path).json()['approval_id']}"
    assert desks.rashid.act(approval, "approve").status_code == 403
    assert desks.petra.act(approval, "approve").status_code == 404
    assert desks.amira.act(path, "approve").status_code == 403
    done(desks.amira.act(approval, "approve"))
    answer = desks.olga.get(path)
    view = answer.json()
    assert (view["state"], view["text"]) == ("approved", "分两批推进。")
    assert (view["submitted_by"]["id"], view["approved_by"]["id"]) == (cast.olga, cast.amira)
    assert answer.headers["ETag"] == f'"{view["version"]}"'


def test_each_checkpoint_stands_beside_what_has_been_reached(
    desks: Desks, services: Services, cast: Cast, clock: HandClock
) -> None:
    plan = a.an_approved_work_plan(services, cast)
    do(services, "milestone", cast.milestone, "start", cast.olga)
    do(services, "milestone", cast.milestone, "report", cast.olga, details=a.progress(cast.indicator, "100"))
    clock.go_to(2022, 6, 30)
    first, last = desks.olga.get(f"/work-plans/{plan}").json()["checkpoints"]
    assert (first["expected"], first["reached"], first["passed"], first["behind"]) == (
        "150",
        "100",
        False,
        None,
    )
    clock.go_to(2022, 7, 1)
    first, last = desks.olga.get(f"/work-plans/{plan}").json()["checkpoints"]
    assert (first["metric"], first["unit"], first["due_on"]) == ("能源审计", "家", "2022-06-30")
    assert (first["passed"], first["behind"]) == (True, "16.67")
    assert (last["expected"], last["passed"], last["behind"]) == ("300", False, None)


@pytest.mark.parametrize("sort", ["rate", "words"])
def test_what_is_not_judged_by_its_figure_is_only_passed_or_open(
    desks: Desks, services: Services, cast: Cast, clock: HandClock, sort: str
) -> None:
    plan = a.a_required_work_plan(services, cast)
    details = a.planned(cast)
    if sort == "words":
        for checkpoint in details["checkpoints"]:
            del checkpoint["indicator_id"], checkpoint["quantity"]
    else:
        with services.transaction() as tx:
            tx.execute(
                update(Indicator).where(Indicator.id == cast.indicator).values(kind=IndicatorKind.RATE)
            )
    do(services, "work_plan", plan, "submit", cast.olga, details=details)
    clock.go_to(2022, 7, 1)
    found = desks.olga.get(f"/work-plans/{plan}").json()["checkpoints"]
    assert [(each["passed"], each["behind"]) for each in found] == [(True, None), (False, None)]


def test_a_report_that_is_due_shows_what_filing_will_keep(
    desks: Desks, services: Services, cast: Cast, clock: HandClock
) -> None:
    a.an_acknowledged_task(services, cast)
    done(desks.amira.act(f"/plans/{cast.plan}", "set_reporting", details={"interval": "monthly"}))
    do(services, "milestone", cast.milestone, "start", cast.olga)
    do(services, "milestone", cast.milestone, "report", cast.olga, details=a.progress(cast.indicator, "180"))
    clock.now = morning(2022, 2, 7)
    call_reports(services, clock())
    row = desks.olga.get("/reports", params={"state": "due", "unit": cast.lead}).json()["items"][0]
    assert (row["from_on"], row["upto_on"], row["due_on"]) == ("2022-01-14", "2022-01-31", "2022-02-11")
    path = f"/reports/{row['id']}"
    draft = desks.olga.get(path).json()
    assert [(f["reached"], f["target"]) for f in draft["figures"]] == [("180", "300"), (None, "300")]
    assert (draft["done"], draft["filed_by"], draft["problems"]) == (None, None, [])
    refused = desks.olga.act(path, "file", details=a.told() | {"figures": draft["figures"]})
    assert (refused.status_code, refused.json()["missing"][0]["field"]) == (422, "figures")
    done(desks.olga.act(path, "file", details=a.told("缺经费。")))
    filed = desks.olga.get(path).json()
    assert filed["figures"] == draft["figures"]
    assert (filed["state"], filed["filed_by"]["id"]) == ("filed", cast.olga)
    assert [(p["text"], p["state"]) for p in filed["problems"]] == [("缺经费。", "raised")]


def test_the_offices_list_of_problems_and_its_answer(desks: Desks, cast: Cast) -> None:
    raised = desks.olga.act(f"/tasks/{cast.task}", "raise_problem", details={"text": "缺经费。"})
    assert raised.json()["followed"][0]["subject_kind"] == "problem"
    (row,) = desks.amira.get("/problems", params={"state": "raised"}).json()["items"]
    assert (row["text"], row["unit"]["name"], row["raised_by"]["id"]) == ("缺经费。", "市机管局", cast.olga)
    path = f"/problems/{row['id']}"
    assert desks.olga.act(path, "answer", details={"text": "好。"}).status_code == 403
    done(desks.amira.act(path, "answer", details={"text": "已商市财政局。"}))
    assert desks.amira.get("/problems", params={"state": "raised"}).json()["items"] == []
    view = desks.olga.get(path).json()
    assert (view["state"], view["answer"], view["answered_by"]["id"]) == (
        "answered", "已商市财政局。", cast.amira,
    )  # fmt: skip
    done(desks.olga.act(path, "settle"))
    assert desks.olga.get(path).json()["state"] == "settled"


@pytest.mark.parametrize(
    ("noun", "matches", "misses"),
    [
        ("work-plans", {"task": "task", "unit": "lead", "state": "required"}, {"unit": "joint"}),
        ("reports", {"task": "task", "unit": "lead", "state": "due"}, {"unit": "other"}),
        ("problems", {"task": "task", "unit": "lead", "state": "raised"}, {"unit": "other"}),
    ],
)
def test_lists_are_narrowed(
    desks: Desks, services: Services, cast: Cast, noun: str, matches: dict[str, str], misses: dict[str, str]
) -> None:
    a.a_due_report(services, cast)
    a.a_raised_problem(services, cast)

    def found(wanted: dict[str, str]) -> int:
        params = {name: getattr(cast, value, value) for name, value in wanted.items()}
        return len(desks.amira.get(f"/{noun}", params=params).json()["items"])

    assert found({}) == found(matches) == 1
    assert found({"task": "99"}) == found(misses) == 0
    assert desks.amira.get(f"/{noun}", params={"state": "lost"}).status_code == 422
    assert desks.amira.get(f"/{noun}", params={"sort": "-id"}).status_code == 200


def test_a_contributor_sees_the_work_plan_and_its_own_problems_only(
    desks: Desks, services: Services, cast: Cast
) -> None:
    a.a_filed_report(services, cast)
    a.a_raised_problem(services, cast)
    contributes(services, cast)
    done(desks.petra.act(f"/tasks/{cast.task}", "raise_problem", details={"text": "本单位缺人。"}))
    assert len(desks.petra.get("/work-plans").json()["items"]) == 1
    assert desks.petra.get("/reports").json()["items"] == []
    assert [row["text"] for row in desks.petra.get("/problems").json()["items"]] == ["本单位缺人。"]
    for path in ("/reports/1", "/problems/1"):
        assert desks.petra.get(path).status_code == 404
        assert desks.petra.act(path, "file").status_code in (404, 422)
    for desk in (desks.olga, desks.jun, desks.amira, desks.karl):
        assert len(desk.get("/reports").json()["items"]) == 1
        assert len(desk.get("/problems").json()["items"]) == 2


def test_a_task_and_a_plan_say_how_often_is_reported(desks: Desks, services: Services, cast: Cast) -> None:
    assert desks.olga.get(f"/tasks/{cast.task}").json()["reporting"] == "none"
    done(desks.amira.act(f"/tasks/{cast.task}", "set_reporting", details={"interval": "quarterly"}))
    assert desks.olga.get(f"/tasks/{cast.task}").json()["reporting"] == "quarterly"
    done(desks.amira.act(f"/plans/{cast.plan}", "set_work_plan_limit", details={"days": 20}))
    view = desks.olga.get(f"/plans/{cast.plan}").json()
    assert (view["work_plan_days"], view["reporting"]) == (20, "none")


def test_the_story_can_be_read_in_the_tasks_history(desks: Desks, services: Services, cast: Cast) -> None:
    plan = a.an_approved_work_plan(services, cast)
    do(services, "work_plan", plan, "reopen", cast.amira, reason="目标已调整。")
    do(services, "task", cast.task, "raise_problem", cast.olga, details={"text": "缺经费。"})
    items = desks.olga.get(f"/tasks/{cast.task}/history").json()["items"]
    assert [(item["subject_kind"], item["label"]) for item in items] == [
        ("task", "签收"),
        ("work_plan", "要求编报"),
        ("work_plan", "报送"),
        ("approval", "发起审批"),
        ("approval", "同意"),
        ("approval", "审批通过"),
        ("work_plan", "审定"),
        ("work_plan", "重新修改"),
        ("task", "提请协调事项"),
        ("problem", "提请协调"),
    ]
    assert items[7]["reason"] == "目标已调整。"
    assert date.fromisoformat(items[0]["at"][:10]) == date(2022, 1, 14)
