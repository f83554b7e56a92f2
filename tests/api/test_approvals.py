"""One approval over HTTP: its route so far and to come, its diagram, decisions on many at once, and what its ETag is
bound to."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import func, select, update

from models import Absence, AuditEvent, Decision, OutboxRow, Person
from models.states import Role
from tests.api.approval_ground import ACCEPT, REVIEW, defined, people_step, strangers, submitted
from tests.api.desks import Desk, Desks, give_token
from tests.people import START, Cast, HandClock, add, add_person, approval_of, do, file, submit
from workflow.approvals.diagram import label
from workflow.bootstrap import Services


def shown(desk: Desk, approval: int, **headers: str) -> dict[str, Any]:
    answer = desk.get(f"/approvals/{approval}", headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def steps(told: dict[str, Any]) -> list[tuple[str, str, int | None]]:
    return [(step["key"], step["state"], step["working_days"]) for step in told["steps"]]


def signers(told: dict[str, Any]) -> list[tuple[str, list[tuple[str, str | None]] | None]]:
    return [
        (seat["step_key"], seat["may_sign"] and [
            (who["name"], who["substitute_for"] and who["substitute_for"]["name"]) for who in seat["may_sign"]
        ])
        for seat in told["seats"]
    ]  # fmt: skip


# The route


def test_the_route_tells_what_was_signed_and_who_comes_next(
    desks: Desks, services: Services, cast: Cast, clock: HandClock
) -> None:
    approval = submit(services, cast)
    clock.go_to(2022, 1, 18)
    assert (
        desks.rashid.act(f"/approvals/{approval}", "approve", details={"opinion": "同意。"}).status_code
        == 200
    )
    clock.go_to(2022, 1, 21)
    told = shown(desks.olga, approval)
    assert steps(told) == [
        ("unit_review", "carried", 2),
        ("countersign", "current", 3),
        ("accept", "to_come", None),
    ]
    assert signers(told) == [
        ("unit_review", None),
        ("countersign", [("钟军", None)]),
        ("accept", [("安敏", None)]),
    ]
    assert told["definition"] == {"key": "milestone", "edition": 1}
    assert told["standing_at"] == ["countersign"]
    assert told["limit_on"] == "2022-01-27"
    assert told["seats"][0]["decision"]["opinion"] == "同意。"
    assert [(move["action"], move["actor"] and move["actor"]["name"]) for move in told["moves"]] == [
        ("open", "欧文洁"), ("approve", "任志德"),
    ]  # fmt: skip
    assert [step["label"] for step in told["steps"]][1] == "会签"


def test_a_substitute_is_named_with_whom_they_stand_in_for(
    desks: Desks, services: Services, cast: Cast
) -> None:
    approval = submit(services, cast)
    with services.transaction() as tx:
        second = add_person(tx, "rita", "任丽", (Role.OWNER, cast.lead))
        give_token(tx, second, "token-of-rita")
        add(
            tx, Absence, person_id=cast.rashid, substitute_id=second, from_on=START.date(), to_on=START.date()
        )
    told = shown(desks.olga, approval)
    assert signers(told)[0] == ("unit_review", [("任志德", None), ("任丽", "任志德")])
    rita = Desk(desks.nobody.client, "rita")
    assert rita.act(f"/approvals/{approval}", "approve").status_code == 200
    decision = shown(desks.olga, approval)["seats"][0]["decision"]
    assert (decision["decided_by"]["name"], decision["substitute_for"]["name"]) == ("任丽", "任志德")
    history = desks.olga.get(f"/tasks/{cast.task}/history").json()["items"]
    acts = [
        (each["actor"]["name"], each["substitute_for"]) for each in history if each["action"] == "approve"
    ]
    assert acts == [("任丽", {"id": cast.rashid, "name": "任志德"})]


def test_a_seat_that_nobody_can_sign_says_so(desks: Desks, services: Services, cast: Cast) -> None:
    approval = submit(services, cast)
    with services.transaction() as tx:
        table: Any = Person.__table__
        tx.execute(update(table).where(table.c.id == cast.jun).values(state="departed"))
    assert signers(shown(desks.olga, approval))[1] == ("countersign", [])


def test_a_return_to_a_step_counts_both_passes_and_keeps_the_moves(
    desks: Desks, services: Services, cast: Cast, clock: HandClock
) -> None:
    approval = submitted(services, cast, REVIEW, ACCEPT)
    path = f"/approvals/{approval}"
    clock.go_to(2022, 1, 17)
    desks.rashid.act(path, "approve")
    clock.go_to(2022, 1, 19)
    back = desks.amira.act(path, "return_to_step", reason="请补充意见。", details={"step": "unit_review"})
    assert back.status_code == 200, back.text
    clock.go_to(2022, 1, 20)
    told = shown(desks.amira, approval)
    assert steps(told) == [("unit_review", "current", 2), ("accept", "to_come", 2)]
    move = told["moves"][-1]
    assert (move["action"], move["reason"], move["label"]) == (
        "return_to_step",
        "请补充意见。",
        "退回上一步",
    ) or move["label"]
    assert [seat["state"] for seat in told["seats"]] == ["set_aside", "open", "returned", "waiting"]


def test_moves_name_whom_they_moved(desks: Desks, services: Services, cast: Cast) -> None:
    approval = submit(services, cast)
    with services.transaction() as tx:
        second = add_person(tx, "rita", "任丽", (Role.REVIEWER, cast.lead))
    path = f"/approvals/{approval}"
    given = {"person_id": second}
    assert desks.rashid.act(path, "transfer", reason="出差。", details=given).status_code == 200
    said = {"text": "请核对。", "mentions": [cast.lena]}
    assert desks.rashid.act(path, "comment", details=said).status_code == 200
    assert desks.rashid.act(path, "copy", details={"people": [cast.petra]}).status_code == 200
    told = shown(desks.olga, approval)
    assert [(m["action"], [p["name"] for p in m["people"]]) for m in told["moves"]] == [
        ("open", []), ("transfer", ["任丽"]), ("comment", ["雷娜"]), ("copy", ["裴特"]),
    ]  # fmt: skip
    assert told["seats"][0]["person"]["name"] == "任丽"
    assert [
        (c["text"], c["said_by"]["name"], [m["name"] for m in c["mentions"]]) for c in told["comments"]
    ] == [("请核对。", "任志德", ["雷娜"])]
    assert {(p["person"]["name"], p["because"]) for p in told["parties"]} == {
        ("任丽", "named"), ("任志德", "named"), ("雷娜", "mentioned"), ("裴特", "copied"),
    }  # fmt: skip


def test_earlier_rounds_are_listed_for_who_sees_them(desks: Desks, services: Services, cast: Cast) -> None:
    strangers(services, cast, "xin")
    first = submit(services, cast)
    desks.rashid.act(f"/approvals/{first}", "return", reason="缺少盖章页。")
    defined(services, people_step("any", "xin"), ACCEPT)
    do(services, "milestone", cast.milestone, "submit", cast.olga, details={"text": "已补充。"})
    second = desks.olga.get("/approvals", params={"box": "opened", "state": "open"}).json()["items"][0]["id"]
    assert [(r["round"], r["state"]) for r in shown(desks.olga, second)["earlier_rounds"]] == [
        (1, "returned")
    ]
    xin = Desk(desks.nobody.client, "xin")
    assert shown(xin, second)["earlier_rounds"] == []
    assert xin.get(f"/approvals/{first}").status_code == 404
    over = shown(desks.olga, first)
    assert steps(over) == [
        ("unit_review", "ended", 0),
        ("countersign", "not_reached", None),
        ("accept", "not_reached", None),
    ]


def test_petra_and_nobody_are_told_nothing(desks: Desks, services: Services, cast: Cast) -> None:
    approval = submit(services, cast)
    for path in (f"/approvals/{approval}", f"/approvals/{approval}/diagram"):
        assert desks.petra.get(path).status_code == 404
        assert desks.nobody.get(path).status_code == 401
    for path in ("/approvals", "/approvals/counts"):
        assert desks.nobody.get(path).status_code == 401
    sent = {"action": "approve", "items": [{"id": approval}]}
    assert desks.nobody.post("/approvals/bulk", json=sent).status_code == 401
    refused = desks.petra.post("/approvals/bulk", json=sent).json()
    assert (refused["done"], refused["items"][0]["problem"]["code"]) == (0, "not_found")


# The diagram

NODE = re.compile(
    r'^    seat\d+\["[^"\n]*"\]:::(waiting|open|signed|lapsed|returned|opposed|removed|set_aside)$'
)
LINES = re.compile(
    r'^(flowchart LR|  (begin|finish)\(\["[^"\n]*"\]\)|  subgraph step\d+\["[^"\n]*"\]|    direction TB|  end'
    r"|    seat\d+ -\.- seat\d+|  \w+ --> \w+|  classDef \w+ [\w:#,\- ]+)$"
)


@pytest.mark.parametrize(
    "name", ['钟"军', "end", "a] --> b[", "`x`", "<script>", "甲\n  end\n乙", "#quot;", "；;%%{init}"]
)
def test_a_diagram_is_one_whatever_people_are_called(
    desks: Desks, services: Services, cast: Cast, name: str
) -> None:
    approval = submit(services, cast)
    with services.transaction() as tx:
        table: Any = Person.__table__
        tx.execute(update(table).where(table.c.id == cast.rashid).values(name=name))
    desks.rashid.act(f"/approvals/{approval}", "approve")
    answer = desks.olga.get(f"/approvals/{approval}/diagram")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    lines = answer.text.removesuffix("\n").split("\n")
    assert [line for line in lines if not (NODE.match(line) or LINES.match(line))] == []
    assert [NODE.match(line)[1] for line in lines if NODE.match(line)] == ["signed", "open", "waiting"]  # type: ignore[index]
    assert label(name) in answer.text


def test_a_diagram_speaks_the_readers_language(desks: Desks, services: Services, cast: Cast) -> None:
    approval = submit(services, cast)
    told = {
        language: desks.olga.get(f"/approvals/{approval}/diagram", {"Accept-Language": language}).text
        for language in ("zh-Hans", "zh-Hant", "en")
    }
    assert "会签" in told["zh-Hans"]
    assert "會簽" in told["zh-Hant"]
    assert len(set(told.values())) == 3


def test_a_signature_that_carried_over_is_told_as_such_and_whose_it_is(
    desks: Desks, services: Services, cast: Cast
) -> None:
    again = people_step("any", "jun", key="again")
    approval = submitted(services, cast, REVIEW, again, people_step("any", "jun"), same_person="carry_over")
    path = f"/approvals/{approval}"
    desks.rashid.act(path, "approve")
    desks.jun.act(path, "approve")
    moves = shown(desks.olga, approval)["moves"]
    told = [(m["action"], m["actor"] and m["actor"]["name"], [p["name"] for p in m["people"]]) for m in moves]
    assert told[2:4] == [("approve", "钟军", []), ("carry_over", None, ["钟军"])]
    drawn = desks.olga.get(f"{path}/diagram", {"Accept-Language": "en"}).text
    assert [line.split('"')[1] for line in drawn.splitlines() if NODE.match(line)] == [
        "市机管局 Reviewer · Signed 任志德", "钟军 · Signed", "钟军 · Carried over",
    ]  # fmt: skip


# Many at once


def two(services: Services, cast: Cast) -> list[int]:
    """Approvals of both milestones, at the lead's reviewer."""
    first = submit(services, cast)
    do(services, "milestone", cast.second, "start", cast.olga)
    figures = {
        "figures": [{"indicator_id": cast.second_indicator, "quantity": "300"}],
        "as_of_on": START.date(),
    }
    do(services, "milestone", cast.second, "report", cast.olga, details=figures)
    do(services, "milestone", cast.second, "attach", cast.olga, details=file("二.pdf", "2" * 64))
    do(services, "milestone", cast.second, "submit", cast.olga, details={"text": "完成。"})
    return [first, approval_of(services, cast.second)]


def rows(services: Services) -> tuple[int, ...]:
    with services.reading() as tx:
        return tuple(
            tx.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (Decision, AuditEvent, OutboxRow)
        )


def test_of_many_each_is_decided_by_itself(desks: Desks, services: Services, cast: Cast) -> None:
    first, second = two(services, cast)
    assert desks.rashid.act(f"/approvals/{first}", "approve").status_code == 200
    before = rows(services)
    sent = {
        "action": "approve",
        "details": {"opinion": "同意。"},
        "items": [{"id": n} for n in (first, second, 999)],
    }
    answer = desks.rashid.post("/approvals/bulk", json=sent)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["done"], told["refused"]) == (1, 2)
    assert [(item["ok"], item["id"]) for item in told["items"]] == [
        (False, None),
        (True, second),
        (False, None),
    ]
    lacks = told["items"][0]["problem"]["missing"]
    assert ([lack["code"] for lack in lacks], told["items"][2]["problem"]["code"]) == (
        ["seat_open"],
        "not_found",
    )
    assert rows(services) == (before[0] + 1, before[1] + 1, before[2] + 1)


def test_what_was_seen_of_each_is_held_against_it(desks: Desks, services: Services, cast: Cast) -> None:
    first, second = two(services, cast)
    seen = {row["id"]: row["etag"] for row in desks.rashid.get("/approvals?box=to_sign").json()["items"]}
    do(services, "milestone", cast.second, "withdraw", cast.olga)
    do(services, "milestone", cast.second, "submit", cast.olga, details={"text": "另行说明。"})
    sent = {"action": "approve", "items": [{"id": n, "if_match": seen[n]} for n in (first, second)]}
    told = desks.rashid.post("/approvals/bulk", json=sent).json()
    assert [item["ok"] for item in told["items"]] == [True, False]
    assert (told["items"][1]["problem"]["code"], told["items"][1]["problem"]["status"]) == ("stale", 412)


def test_one_key_decides_each_item_once(desks: Desks, services: Services, cast: Cast) -> None:
    approvals = two(services, cast)
    sent = {"action": "approve", "items": [{"id": n} for n in approvals]}
    once, again = (
        desks.rashid.post("/approvals/bulk", {"Idempotency-Key": "one"}, json=sent) for _ in range(2)
    )
    assert once.json() == again.json()
    assert once.json()["done"] == 2
    with services.reading() as tx:
        assert tx.execute(select(func.count()).select_from(Decision)).scalar_one() == 2


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"action": "conclude", "items": [{"id": 1}]}, "unknown_action"),
        ({"action": "approve", "items": []}, "malformed"),
        ({"action": "approve", "items": [{"id": 1, "version": 3}]}, "malformed"),
        ({"action": "approve", "items": [{"id": 1}] * 201}, "malformed"),
    ],
)
@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "en"])
def test_what_cannot_be_read_is_refused_whole_in_the_readers_words(
    desks: Desks, services: Services, cast: Cast, sent: dict[str, Any], code: str, language: str
) -> None:
    answer = desks.rashid.post("/approvals/bulk", {"Accept-Language": language}, json=sent)
    told = answer.json()
    assert (answer.status_code, told["code"], answer.headers["Content-Language"]) == (422, code, language)
    assert told["detail"] != code


def test_a_return_in_bulk_wants_its_reason(desks: Desks, services: Services, cast: Cast) -> None:
    approvals = two(services, cast)
    sent: dict[str, Any] = {"action": "return", "items": [{"id": n} for n in approvals]}
    told = desks.rashid.post("/approvals/bulk", json=sent).json()
    assert [item["problem"]["code"] for item in told["items"]] == ["reason_required"] * 2
    told = desks.rashid.post("/approvals/bulk", json={**sent, "reason": "口径不一致。"}).json()
    assert [item["state"] for item in told["items"]] == ["returned"] * 2


# What was seen


def test_signers_at_the_same_time_do_not_trip_over_each_other(
    desks: Desks, services: Services, cast: Cast
) -> None:
    strangers(services, cast, "xin", "yang", "zhao")
    approval = submitted(services, cast, people_step("all", "xin", "yang", "zhao"), ACCEPT)
    people = [Desk(desks.nobody.client, login) for login in ("xin", "yang", "zhao")]
    seen = [desk.get(f"/approvals/{approval}").headers["ETag"] for desk in people]
    assert len(set(seen)) == 1
    for desk, etag in zip(people, seen, strict=True):
        assert desk.act(f"/approvals/{approval}", "approve", {"If-Match": etag}).status_code == 200


@pytest.mark.parametrize("end", ["return", "withdraw", "void"])
def test_a_round_that_is_over_is_stale(desks: Desks, services: Services, cast: Cast, end: str) -> None:
    approval = submit(services, cast)
    etag = desks.rashid.get(f"/approvals/{approval}").headers["ETag"]
    if end == "return":
        assert (
            desks.rashid.act(
                f"/approvals/{approval}", "return", {"If-Match": etag}, reason="缺页。"
            ).status_code
            == 200
        )
    elif end == "withdraw":
        do(services, "milestone", cast.milestone, "withdraw", cast.olga)
    else:
        do(services, "approval", approval, "void", None, reason="目标调整。")
    late = desks.rashid.act(f"/approvals/{approval}", "approve", {"If-Match": etag})
    assert (late.status_code, late.json()["code"]) == (412, "stale")
    assert desks.rashid.get(f"/approvals/{approval}").headers["ETag"] != etag
