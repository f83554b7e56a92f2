"""Definitions of approvals by the API: entered as a text, faults named by line; read by all, withdrawn with care."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import func, select

from api.bodies import LARGEST_BODY
from models import ApprovalDefinition, AuditEvent
from tests.api.desks import Desk, Desks
from tests.people import Cast
from workflow import audit
from workflow.bootstrap import Services

PATH = "/approval-definitions"
YAML = {"Content-Type": "application/yaml"}
OFFICE = {"key": "accept", "role": "supervisor", "of": "office"}
OF_TASK = """\
# 第4项任务先由分管处会签
key: milestone_4
purpose: acceptance
holds_for: {plan: shanghai-2022, task: 4}
steps:
  - key: unit_review
    role: reviewer
    of: lead
  - key: accept
    role: supervisor
    of: office
"""
LINES = OF_TASK.replace("of: lead", "of: town").replace("role: supervisor", "roll: supervisor")


def enter(desk: Desk, text: str = OF_TASK, **headers: str) -> Any:
    return desk.post(PATH, {**YAML, **headers}, content=text.encode())


def kept(services: Services) -> tuple[int, int]:
    with services.reading() as tx:
        counted = [
            tx.execute(select(func.count()).select_from(model)).scalar_one()
            for model in (ApprovalDefinition, AuditEvent)
        ]
        return counted[0], counted[1]


def test_a_text_is_entered_and_read_as_it_was_written(desks: Desks, services: Services) -> None:
    answer = enter(desks.amira)
    assert answer.status_code == 201, answer.text
    entered = answer.json()
    assert answer.headers["Location"] == f"/api/v1{PATH}/{entered['id']}"
    assert (entered["key"], entered["edition"], entered["is_new"], entered["warnings"]) == (
        "milestone_4",
        1,
        True,
        [],
    )
    assert entered["source"] == OF_TASK
    assert entered["entered_by"]["name"] == "安敏"
    found = desks.petra.get(f"{PATH}/{entered['id']}").json()
    assert {name: value for name, value in entered.items() if name in found} == found
    assert (
        [step["key"] for step in found["definition"]["steps"]] == found["steps"] == ["unit_review", "accept"]
    )
    assert found["holds_for"]["task"] == 4
    with services.reading() as tx:
        assert audit.verify(tx)[1] is None
        event = tx.execute(select(AuditEvent.action, AuditEvent.root_kind, AuditEvent.subject_id)).one()
    assert event == ("enter", "approval_definition", entered["id"])


def test_the_same_again_is_no_new_edition(desks: Desks, services: Services) -> None:
    first, before = enter(desks.amira).json(), kept(services)
    again = enter(desks.amira, OF_TASK.replace("# 第4项任务先由分管处会签\n", ""))
    assert (again.status_code, again.json()["id"], again.json()["is_new"]) == (200, first["id"], False)
    assert kept(services) == (before[0], before[1])


def test_json_is_taken_too_and_shown_as_yaml(desks: Desks) -> None:
    body = {"key": "town", "purpose": "acceptance", "holds_for": {"kind": "rate"}, "steps": [OFFICE]}
    entered = desks.amira.post(PATH, json=body)
    assert entered.status_code == 201, entered.text
    text = (
        "key: town\npurpose: acceptance\nholds_for:\n  kind: rate\nsteps:\n"
        "- key: accept\n  role: supervisor\n  of: office\n"
    )
    assert entered.json()["source"] == text
    assert enter(desks.amira, text).status_code == 200, "the text says the same"


def test_every_fault_is_named_with_its_line_in_the_readers_language(desks: Desks, services: Services) -> None:
    before = kept(services)
    answer = enter(desks.amira, LINES, **{"Accept-Language": "en"})
    assert (answer.status_code, answer.json()["code"]) == (422, "definition_invalid")
    first, second = answer.json()["missing"]
    assert first == {
        "code": "field.enum", "field": "steps.0.of", "line": 8, "column": 9,
        "text": "Line 8, column 9: steps.0.of: must be one of lead, joint, office.",
    }  # fmt: skip
    assert (second["code"], second["field"], second["line"], second["column"]) == (
        "field.definition_unknown", "steps.1.roll", 10, 5,
    )  # fmt: skip
    assert enter(desks.amira, LINES).json()["missing"][0]["text"].startswith("第8行第9列：")
    assert kept(services) == before


def test_json_has_no_lines(desks: Desks) -> None:
    answer = desks.amira.post(
        PATH, json={"key": "town", "purpose": "acceptance", "steps": [{**OFFICE, "of": "x"}]}
    )
    assert answer.json()["missing"] == [
        {
            "code": "field.enum",
            "field": "steps.0.of",
            "text": "steps.0.of：须为以下之一：lead, joint, office。",
        }
    ]


@pytest.mark.parametrize(
    ("content", "kind", "code"),
    [
        (b"\xff\xfe", "application/yaml", "field.yaml_encoding"),
        (b"", "application/yaml", "field.definition_mapping"),
        (b"key: *a", "", "field.yaml_anchor"),
        (b"[" * 40000, "text/plain", "field.yaml_depth"),
        (b'key: "\\0"', "application/yaml", "field.definition_characters"),
        (b"# " + b"a" * 70000, "application/yaml", "field.yaml_too_long"),
        (b'{"key": "\\u0000"}', "application/json", "field.definition_characters"),
        (b'{"key": "\\ud800"}', "application/json; charset=utf-8", "field.definition_characters"),
        (b'{"\\ud800": 1, "\\ud800": 2}', "application/json", "field.yaml_key_twice"),
        (b'"\\ud800": ["\\ud800"]', "application/yaml", "field.definition_characters"),
        (b"[" * 40000, "application/json", "field.json_invalid"),
        (b"null", "application/json", "field.definition_mapping"),
    ],
)
def test_rubbish_is_refused_in_words(
    desks: Desks, services: Services, content: bytes, kind: str, code: str
) -> None:
    before = kept(services)
    answer = desks.amira.post(PATH, {"Content-Type": kind} if kind else {}, content=content)
    assert (answer.status_code, answer.json()["missing"][0]["code"]) == (422, code)
    assert kept(services) == before


@pytest.mark.parametrize("number", [2**63, 10**200])
@pytest.mark.parametrize("name", ["task", "programme"])
def test_a_number_that_no_database_is_asked_for_is_a_fault(desks: Desks, name: str, number: int) -> None:
    scope = {"plan": "shanghai-2022", name: number}
    body = {"key": "waiver_4", "purpose": "waiver", "holds_for": scope, "steps": [OFFICE]}
    answer = desks.amira.post(PATH, json=body)
    assert answer.status_code == 422, answer.text
    assert [lack["field"] for lack in answer.json()["missing"]] == [f"holds_for.{name}"]


def test_a_body_beyond_all_bounds_is_not_read(desks: Desks) -> None:
    assert desks.amira.post(PATH, YAML, content=b"a" * (LARGEST_BODY + 1)).status_code == 413


@pytest.mark.parametrize("who", ["olga", "rashid", "jun", "sven", "lena", "ines", "karl", "petra"])
def test_only_a_supervisor_enters_and_withdraws(desks: Desks, services: Services, who: str) -> None:
    """And of who may not, no text is read: a fault in it is not told."""
    own, before = enter(desks.amira).json()["id"], kept(services)
    desk = getattr(desks, who)
    for answer in (
        enter(desk),
        enter(desk, "key: *a"),
        desk.post(f"{PATH}/{own}/withdrawal", json={"reason": "。"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    assert kept(services) == before


def test_nobody_enters_reads_or_withdraws(desks: Desks) -> None:
    assert enter(desks.nobody).status_code == 401
    assert desks.nobody.post(f"{PATH}/1/withdrawal", json={"reason": "。"}).status_code == 401
    for path in (PATH, f"{PATH}/1", f"{PATH}/for?milestone=1"):
        assert desks.nobody.get(path).status_code == 401


def test_an_idempotency_key_enters_once(desks: Desks, services: Services) -> None:
    first = enter(desks.amira, **{"Idempotency-Key": "k"})
    before = kept(services)
    again = enter(desks.amira, **{"Idempotency-Key": "k"})
    assert (again.status_code, again.json()) == (201, first.json())
    assert kept(services) == before


def test_a_warning_comes_with_the_answer(desks: Desks) -> None:
    text = OF_TASK.replace("    of: lead\n", "    of: lead\n    mode: vote\n    vote: {count: 1}\n")
    (told,) = enter(desks.amira, text).json()["warnings"]
    assert (told["code"], told["line"], told["field"]) == ("definition_vote_of_one", 10, "steps.0.vote")


# Lists


def keys(desk: Desk, **asked: Any) -> list[str]:
    return [row["key"] for row in desk.get(PATH, params=asked).json()["items"]]


def test_the_list_has_what_is_in_force_by_purpose_plan_and_key(desks: Desks, cast: Cast) -> None:
    enter(desks.amira)
    enter(desks.amira, OF_TASK.replace("role: reviewer", "role: leader"))
    assert set(keys(desks.petra, purpose="acceptance")) == {"milestone", "milestone_4"}
    assert keys(desks.karl, plan=cast.plan) == ["milestone_4"]
    assert keys(desks.karl, key="milestone_4", superseded=True, sort="id") == ["milestone_4"] * 2
    assert keys(desks.karl, purpose="acceptance", sort="-narrowness")[0] == "milestone_4"
    (row,) = desks.olga.get(PATH, params={"key": "milestone"}).json()["items"]
    assert (row["edition"], row["entered_by"], row["superseded_at"]) == (1, None, None)
    assert row["steps"] == ["unit_review", "countersign", "accept"]
    assert desks.olga.get(PATH, params={"purpose": "supper"}).status_code == 422


def test_what_ships_has_a_text_as_well(desks: Desks) -> None:
    (row,) = desks.olga.get(PATH, params={"key": "milestone"}).json()["items"]
    found = desks.olga.get(f"{PATH}/{row['id']}").json()
    assert found["source"].startswith("key: milestone\n") or "key: milestone\n" in found["source"]
    assert enter(desks.amira, found["source"]).status_code == 200, "it says the same"
    assert desks.olga.get(f"{PATH}/77").status_code == 404


# Which one holds


def test_for_a_milestone_the_narrowest_is_told_and_why(desks: Desks, cast: Cast) -> None:
    path = f"{PATH}/for?milestone={cast.milestone}"
    found = desks.olga.get(path).json()
    assert (found["key"], found["others"]) == ("milestone", [])
    assert found["because"] == "适用范围为全部：在该用途现行且适用于此的1个流程中范围最小。"
    enter(desks.amira)
    found = desks.olga.get(path, {"Accept-Language": "en"}).json()
    assert (found["key"], [row["key"] for row in found["others"]]) == ("milestone_4", ["milestone"])
    assert found["because"] == (
        "Holds for task 4, plan shanghai-2022: the narrowest of 2 in force for this purpose that hold here."
    )


def test_for_a_task_it_is_told_by_purpose(desks: Desks, cast: Cast) -> None:
    body = {"key": "plan_of_task", "purpose": "work_plan", "holds_for": {"plan": "shanghai-2022", "task": 4},
            "steps": [OFFICE]}  # fmt: skip
    assert desks.amira.post(PATH, json=body).status_code == 201
    found = desks.jun.get(f"{PATH}/for", params={"task": cast.task, "purpose": "work_plan"}).json()
    assert found["key"] == "plan_of_task"


def test_who_does_not_see_the_subject_is_not_told(desks: Desks, cast: Cast) -> None:
    for asked in ({"milestone": cast.milestone}, {"task": cast.task}, {"milestone": 77}):
        assert desks.petra.get(f"{PATH}/for", params=asked).status_code == 404
    for asked in ({}, {"milestone": cast.milestone, "task": cast.task}):
        answer = desks.olga.get(f"{PATH}/for", params=asked)
        assert (answer.status_code, answer.json()["missing"][0]["code"]) == (422, "definition_of_one")


# Withdrawn


def test_an_edition_is_withdrawn_with_a_reason(desks: Desks, services: Services, cast: Cast) -> None:
    own = enter(desks.amira).json()["id"]
    path = f"{PATH}/{own}/withdrawal"
    assert desks.amira.post(path, json={}).status_code == 422
    answer = desks.amira.post(path, json={"reason": "恢复一般流程。"})
    assert (answer.status_code, answer.json()["superseded_at"]) == (200, "2022-01-14T01:00:00Z")
    assert desks.olga.get(f"{PATH}/for?milestone={cast.milestone}").json()["key"] == "milestone"
    again = desks.amira.post(path, json={"reason": "再一次。"})
    assert (again.status_code, again.json()["missing"][0]["code"]) == (409, "definition_in_force")
    with services.reading() as tx:
        texts = tx.execute(select(AuditEvent.text).order_by(AuditEvent.seq)).scalars()
        assert [(t["action"], t["reason"]) for t in map(json.loads, texts)] == [
            ("enter", None),
            ("withdraw", "恢复一般流程。"),
        ]


def test_the_last_that_holds_everywhere_stays(desks: Desks, services: Services) -> None:
    (row,) = desks.olga.get(PATH, params={"key": "milestone"}).json()["items"]
    before = kept(services)
    answer = desks.amira.post(f"{PATH}/{row['id']}/withdrawal", json={"reason": "不再需要。"})
    assert (answer.status_code, answer.json()["missing"][0]["code"]) == (409, "definition_last_general")
    assert "acceptance" in answer.json()["missing"][0]["text"]
    assert desks.amira.post(f"{PATH}/77/withdrawal", json={"reason": "。"}).status_code == 404
    assert kept(services) == before
