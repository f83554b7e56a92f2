"""Adjustments and rulings by the API: 300 → 280 is seen, many are decided by one request, and others see nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select

from models import Adjustment, AuditEvent, KeptAnswer, OutboxRow, Task
from tests.api.desks import Desk, Desks
from tests.people import Cast, do
from tests.workflow.lifecycles import situations as a
from workflow.bootstrap import Services

MINUTES = "公共机构节能工作联席会议第3次会议"
REASON = "部分单位搬迁，暂不具备审计条件。"


@pytest.fixture
def meeting(services: Services, cast: Cast) -> int:
    return a.a_meeting(services, cast)


def proposal(cast: Cast, meeting: int, quantity: str = "280") -> dict[str, Any]:
    return {"kind": "retarget", "meeting_id": meeting, "decision": 1, "indicator_id": cast.indicator,
            "change": {"quantity": quantity}}  # fmt: skip


def propose(desk: Desk, cast: Cast, meeting: int) -> Any:
    details = proposal(cast, meeting)
    return desk.act(f"/tasks/{cast.task}", "propose_adjustment", reason=REASON, details=details)


def approve(desk: Desk, adjustment: int = 1) -> Any:
    approval = desk.get(f"/adjustments/{adjustment}").json()["approval_id"]
    return desk.act(f"/approvals/{approval}", "approve")


def counts(services: Services) -> tuple[int, ...]:
    with services.reading() as tx:
        return tuple(
            tx.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (AuditEvent, OutboxRow, Adjustment)
        )


def test_a_target_is_adjusted_and_the_original_stays_visible(desks: Desks, cast: Cast, meeting: int) -> None:
    done = propose(desks.olga, cast, meeting)
    assert done.status_code == 200, done.text
    assert [event["subject_kind"] for event in done.json()["followed"]] == ["adjustment", "approval"]
    (waiting,) = desks.sven.get("/adjustments", params={"state": "proposed"}).json()["items"]
    assert (waiting["kind"], waiting["change"], waiting["decision"]) == ("retarget", {"quantity": "280"}, 1)
    assert waiting["meeting"]["name"] == MINUTES
    assert waiting["proposed_by"]["id"] == cast.olga
    assert desks.sven.get("/adjustments/1/actions").json()["actions"] == []
    path = f"/approvals/{waiting['approval_id']}"
    (boxed,) = desks.sven.get("/approvals", params={"box": "to_sign"}).json()["items"]
    assert (boxed["purpose"], boxed["subject_kind"], boxed["subject_id"]) == ("adjustment", "adjustment", 1)
    assert desks.amira.get("/approvals", params={"box": "to_sign"}).json()["items"] != [], "proposed by Olga"
    offered = {row["action"]: row for row in desks.sven.get(f"{path}/actions").json()["actions"]}
    assert {"approve", "return"} <= set(offered)
    assert offered["approve"]["ready"]
    assert desks.sven.act("/adjustments/1", "approve").status_code == 403
    etag = {"If-Match": desks.sven.get(path).headers["ETag"]}
    assert desks.sven.act(path, "approve", etag).status_code == 200
    assert desks.sven.act(path, "approve", etag).status_code in (409, 412)
    assert desks.sven.get("/adjustments/1").json()["decided_by"]["id"] == cast.sven
    milestone = desks.olga.get(f"/milestones/{cast.milestone}").json()
    assert [(m["target"], m["original"]) for m in milestone["indicators"]] == [("280", "300")]
    (move,) = milestone["target_moves"]
    assert (move["from_quantity"], move["to_quantity"], move["basis"]) == ("300", "280", "adjustment")
    assert (move["metric"], move["adjustment_id"], move["meeting"]["id"]) == ("能源审计", 1, meeting)
    assert (move["reason"], move["moved_by"]["id"]) == (REASON, cast.sven)
    task = desks.olga.get(f"/tasks/{cast.task}").json()
    assert [m["original"] for m in task["milestones"][0]["indicators"]] == ["300"]
    assert [m["original"] for m in task["milestones"][1]["indicators"]] == [None]
    assert (task["goals"][0]["original"], task["target_moves"]) == (None, [])


def test_the_story_is_read_in_order(desks: Desks, cast: Cast, meeting: int) -> None:
    propose(desks.amira, cast, meeting)
    approve(desks.sven)
    told = desks.olga.get(f"/tasks/{cast.task}/history").json()["items"]
    assert [entry["label"] for entry in told] == [
        "提请调整", "提请", "发起审批", "同意", "审批通过", "批准", "变更目标值",
    ]  # fmt: skip


def test_a_goals_moves_stand_with_the_task(desks: Desks, cast: Cast, meeting: int) -> None:
    details = proposal(cast, meeting, "580") | {"indicator_id": cast.goal}
    desks.amira.act(f"/tasks/{cast.task}", "propose_adjustment", reason=REASON, details=details)
    approve(desks.sven)
    task = desks.karl.get(f"/tasks/{cast.task}").json()
    assert (task["goals"][0]["target"], task["goals"][0]["original"]) == ("580", "600")
    assert [move["to_quantity"] for move in task["target_moves"]] == ["580"]


def test_others_neither_see_nor_decide(desks: Desks, services: Services, cast: Cast, meeting: int) -> None:
    propose(desks.amira, cast, meeting)
    before = counts(services)
    approval = desks.amira.get("/adjustments/1").json()["approval_id"]
    for path in (
        "/adjustments/1",
        "/adjustments/1/actions",
        f"/meetings/{meeting}",
        f"/approvals/{approval}",
    ):
        assert desks.petra.get(path).status_code == 404
    assert desks.petra.get("/adjustments").json()["items"] == []
    for path in ("/adjustments/1", f"/approvals/{approval}"):
        assert desks.petra.act(path, "approve").status_code == 404
        for desk in (desks.amira, desks.olga, desks.jun, desks.karl):
            assert desk.act(path, "approve").status_code == 403
    assert desks.jun.get("/adjustments/1").status_code == 200
    assert counts(services) == before


def test_a_shortfall_and_a_surplus_by_the_api(desks: Desks, services: Services, cast: Cast) -> None:
    a.a_started_milestone(services, cast)
    figures = a.progress(cast.indicator, "285") | {"as_of_on": "2022-01-14"}
    path = f"/milestones/{cast.milestone}"
    desks.olga.act(path, "report", details=figures)
    offered = {row["action"]: row for row in desks.amira.get(f"{path}/actions").json()["actions"]}
    assert offered["rule_shortfall"]["ready"]
    details = {"indicator_id": cast.indicator, "take": "carry_over"}
    done = desks.amira.act(path, "rule_shortfall", reason="结转下年。", details=details)
    assert done.status_code == 200, done.text
    second = desks.olga.get(f"/milestones/{cast.second}").json()
    assert [(m["target"], m["original"]) for m in second["indicators"]] == [("315", "300")]
    again = desks.amira.act(path, "rule_shortfall", reason="结转下年。", details=details)
    assert (again.status_code, again.json()["missing"][0]["code"]) == (409, "something_short")
    assert "无需裁定" in again.json()["missing"][0]["text"]


# Many by one request


def item(cast: Cast, task: int, **more: Any) -> dict[str, Any]:
    return {"task_id": task, "kind": "cancel", "change": {}, "reason": REASON, **more}


def test_many_are_proposed_and_a_bad_one_refuses_no_other(
    desks: Desks, services: Services, cast: Cast, meeting: int
) -> None:
    others = [each.task for each in a.further_tasks(services, cast, 2)]
    items = [
        item(cast, cast.task, kind="retarget", indicator_id=cast.indicator, change={"quantity": "280"}),
        item(cast, others[0], kind="retarget", indicator_id=cast.indicator, change={"quantity": "280"}),
        item(cast, others[0], reason=None),
        item(cast, 10**6),
        item(cast, others[0], kind="dance"),
        item(cast, others[1], decision=9),
        item(cast, others[1]),
    ]
    answer = desks.amira.post(f"/meetings/{meeting}/adjustments", json={"items": items})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["done"], found["refused"]) == (2, 5)
    assert [(each["place"], each["ok"], each["id"]) for each in found["items"]] == [
        (0, True, 1), (1, False, None), (2, False, None), (3, False, None), (4, False, None), (5, False, None),
        (6, True, 2),
    ]  # fmt: skip
    problems = [each["problem"] for each in found["items"] if not each["ok"]]
    assert [problem["code"] for problem in problems] == [
        "not_ready", "reason_required", "not_found", "malformed", "not_ready",
    ]  # fmt: skip
    assert problems[0]["missing"][0]["field"] == "indicator_id"
    assert problems[3]["missing"][0]["field"] == "kind"
    with services.reading() as tx:
        assert tx.execute(select(Adjustment.task_id).order_by(Adjustment.id)).scalars().all() == [
            cast.task,
            others[1],
        ]


def test_a_request_that_is_sent_again_acts_once_for_each(
    desks: Desks, services: Services, cast: Cast, meeting: int
) -> None:
    """Only what was refused is tried again."""
    (other,) = a.further_tasks(services, cast, 1)
    key = {"Idempotency-Key": "minutes-3"}
    do(services, "task", other.task, "cancel", cast.amira, reason=REASON)
    body = {"items": [item(cast, cast.task), item(cast, other.task)]}
    first = desks.amira.post(f"/meetings/{meeting}/adjustments", key, json=body).json()
    again = desks.amira.post(f"/meetings/{meeting}/adjustments", key, json=body).json()
    assert (first["done"], first["refused"]) == (1, 1)
    assert again["items"][0] == first["items"][0]
    assert [each["items"][1]["problem"]["code"] for each in (first, again)] == ["wrong_state", "wrong_state"]
    with services.reading() as tx:
        assert tx.execute(select(func.count()).select_from(Adjustment)).scalar_one() == 1
        assert tx.execute(select(func.count()).select_from(KeptAnswer)).scalar_one() == 1
    other_body = {"items": [item(cast, cast.task, kind="suspend")]}
    third = desks.amira.post(f"/meetings/{meeting}/adjustments", key, json=other_body).json()
    assert third["items"][0]["problem"]["code"] == "idempotency_mismatch"


def test_many_are_suspended_by_one_request(
    desks: Desks, services: Services, cast: Cast, meeting: int
) -> None:
    """Two months for two tasks; the third was never taken on, and says so."""
    a.an_acknowledged_task(services, cast)
    second, third = a.further_tasks(services, cast, 2)
    do(services, "task", second.task, "acknowledge", cast.olga)
    body = {"task_ids": [cast.task, second.task, third.task], "until_on": "2022-03-14", "decision": 2,
            "reason": "受疫情影响，暂缓两个月。"}  # fmt: skip
    found = desks.amira.post(f"/meetings/{meeting}/suspensions", json=body).json()
    assert [(each["ok"], each["state"]) for each in found["items"]] == [
        (True, "suspended"), (True, "suspended"), (False, None),
    ]  # fmt: skip
    assert found["items"][2]["problem"]["code"] == "wrong_state"
    task = desks.olga.get(f"/tasks/{cast.task}").json()
    assert (task["state"], task["suspended_until_on"]) == ("suspended", "2022-03-14")
    with services.reading() as tx:
        event = tx.execute(select(AuditEvent.text).where(AuditEvent.action == "suspend")).scalars().first()
    assert f'"meeting_id":{meeting}' in (event or "")


def test_a_suspension_that_ends_before_it_begins_is_refused_for_each(
    desks: Desks, services: Services, cast: Cast, meeting: int
) -> None:
    a.an_acknowledged_task(services, cast)
    before = counts(services)
    body = {"task_ids": [cast.task], "until_on": "2022-01-14", "reason": REASON}
    found = desks.amira.post(f"/meetings/{meeting}/suspensions", json=body).json()
    assert [lack["field"] for lack in found["items"][0]["problem"]["missing"]] == ["until_on"]
    assert counts(services) == before


def test_many_are_decided_by_one_request(desks: Desks, services: Services, cast: Cast, meeting: int) -> None:
    (other,) = a.further_tasks(services, cast, 1)
    for task in (cast.task, other.task):
        desks.amira.act(
            f"/tasks/{task}", "propose_adjustment", reason=REASON,
            details={"kind": "cancel", "meeting_id": meeting, "change": {}},
        )  # fmt: skip
    unsaid = desks.sven.post("/adjustments/decisions", json={"ids": [1], "action": "refuse"}).json()
    assert unsaid["items"][0]["problem"]["code"] == "reason_required"
    body = {"ids": [1, 2, 9], "action": "approve"}
    found = desks.sven.post("/adjustments/decisions", json=body).json()
    assert [(each["ok"], each["id"], each["state"]) for each in found["items"]] == [
        (True, 1, "approved"), (True, 2, "approved"), (False, None, None),
    ]  # fmt: skip
    with services.reading() as tx:
        states = tx.execute(select(Task.state).order_by(Task.id)).scalars().all()
    assert states == ["cancelled", "cancelled"]
    own = desks.amira.post("/adjustments/decisions", json={"ids": [1], "action": "refuse"}).json()
    assert own["items"][0]["problem"]["code"] == "not_permitted"


def test_who_does_not_know_the_meeting_or_the_task_gets_nothing(
    desks: Desks, services: Services, cast: Cast, meeting: int
) -> None:
    before = counts(services)
    items = {"items": [item(cast, cast.task)]}
    suspensions = {"task_ids": [cast.task], "until_on": "2022-03-14", "reason": REASON}
    assert desks.petra.post(f"/meetings/{meeting}/adjustments", json=items).status_code == 404
    assert desks.petra.post(f"/meetings/{meeting}/suspensions", json=suspensions).status_code == 404
    decided = desks.petra.post("/adjustments/decisions", json={"ids": [1], "action": "approve"}).json()
    assert decided["items"][0]["problem"]["code"] == "not_found"
    mine = desks.olga.post(f"/meetings/{meeting}/suspensions", json=suspensions).json()
    assert mine["items"][0]["problem"]["code"] == "not_permitted"
    assert counts(services) == before


@pytest.mark.parametrize(
    "details",
    [{"meeting_id": 10**30}, {"indicator_id": 10**30}, {"decision": 10**30},
     {"change": {"quantity": "1e999"}}, {"change": {"quantity": "NaN"}}, {"change": None}],
)  # fmt: skip
def test_rubbish_is_refused_in_words(
    desks: Desks, services: Services, cast: Cast, meeting: int, details: dict[str, Any]
) -> None:
    before = counts(services)
    asked = proposal(cast, meeting) | details
    answer = desks.amira.act(f"/tasks/{cast.task}", "propose_adjustment", reason=REASON, details=asked)
    assert answer.status_code in (409, 422), answer.text
    assert answer.json()["missing"]
    assert counts(services) == before


def test_tasks_that_are_split_off_and_opened_at_once_take_a_number_each(
    desks: Desks, services: Services, cast: Cast, meeting: int
) -> None:
    """None waits for ever for another's number, and none is refused for it."""
    units = [{"unit_id": cast.lead, "role": "lead"}]
    for own in (cast, *a.further_tasks(services, cast, 2)):
        details = {"kind": "split", "meeting_id": meeting,
                   "change": {"name": "分出", "units": units, "milestone_ids": [own.milestone]}}  # fmt: skip
        desks.amira.act(f"/tasks/{own.task}", "propose_adjustment", reason=REASON, details=details)
    opening = {
        "origin": "instruction", "origin_details": {"by": "王副市长", "on": "2022-01-10", "text": "请研究。"},
        "name": "立项", "units": units, "milestones": [{"text": "完成", "due_on": "2022-11-30"}],
    }  # fmt: skip
    approvals = [desks.sven.get(f"/adjustments/{n + 1}").json()["approval_id"] for n in range(3)]
    together = Barrier(5)

    def act(n: int) -> int:
        together.wait()
        if n < 3:
            return int(desks.sven.act(f"/approvals/{approvals[n]}", "approve").status_code)
        return int(desks.amira.act(f"/plans/{cast.plan}", "open_item", details=opening).status_code)

    with ThreadPoolExecutor(5) as threads:
        assert list(threads.map(act, range(5))) == [200] * 5
    with services.reading() as tx:
        numbers = (
            tx.execute(select(Task.number).where(Task.number > 101).order_by(Task.number)).scalars().all()
        )
    assert numbers == [102, 103, 104, 105, 106]
