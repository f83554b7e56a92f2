"""Definition cards over HTTP: entered into the draft, read in full, changed while the task is under way."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.api.desks import Desks
from tests.api.test_plans import PETRA, PLANS, amira, enter, rule
from tests.people import Cast
from tests.workflow.definitions.samples import AUDITS, SCHOOLS
from tests.workflow.definitions.test_gate import OPEN, QUESTION, give_card
from tests.workflow.lifecycles import situations as a
from workflow.bootstrap import Services

__all__ = ["amira"]
HERS = {"task": 4, "year": 2022, "metric": "能源审计", "card": AUDITS}


def define(client: TestClient, headers: dict[str, str], plan: int, *definitions: Any) -> Any:
    body = {"action": "define", "details": {"definitions": list(definitions)}}
    return client.post(f"{PLANS}/{plan}/actions", json=body, headers=headers)


def test_cards_are_entered_into_the_draft_read_back_and_given_to_the_indicators(
    client: TestClient, amira: dict[str, str]
) -> None:
    plan = enter(client, amira).json()["id"]
    assert client.get(f"{PLANS}/{plan}/definitions", headers=amira).json() == []
    done = define(
        client, amira, plan, HERS, {"task": 23, "year": None, "metric": "学校达到创建要求", "card": SCHOOLS}
    )
    assert done.status_code == 200, done.text
    kept = client.get(f"{PLANS}/{plan}/definitions", headers=PETRA).json()
    assert [(each["task"], each["year"], each["card"]["kind"]) for each in kept] == [
        (4, 2022, "count"), (23, None, "rate"),
    ]  # fmt: skip
    for found in client.get(f"{PLANS}/{plan}/findings?sort=discrepancy", headers=amira).json():
        assert rule(client, amira, found["id"], take="note").status_code == 200
    confirmed = client.post(f"{PLANS}/{plan}/actions", json={"action": "confirm"}, headers=amira)
    assert confirmed.status_code == 200, confirmed.text
    tasks = client.get("/api/v1/tasks?limit=100", headers=amira).json()["items"]
    fourth = next(task["id"] for task in tasks if task["number"] == 4)
    seen = client.get(f"/api/v1/tasks/{fourth}", headers=amira).json()
    audits = next(i for m in seen["milestones"] for i in m["indicators"] if i["metric"] == "能源审计")
    read = client.get(f"/api/v1/indicators/{audits['id']}", headers=amira).json()
    assert (read["defined"], read["definition"]["formula"]) == (True, AUDITS["formula"])


def test_what_is_off_is_named_by_entry_and_field_in_the_readers_words(
    client: TestClient, amira: dict[str, str]
) -> None:
    plan = enter(client, amira).json()["id"]
    off = define(client, amira, plan, HERS, HERS | {"card": {**SCHOOLS, "denominator": None}})
    assert (off.status_code, off.json()["code"]) == (422, "malformed")
    (lack,) = off.json()["missing"]
    assert lack["field"] == "definitions.1.card.denominator"
    assert lack["text"] == "definitions.1.card.denominator：比率须写明分子和分母，未定的列为缺口。"
    unknown = define(client, amira, plan, HERS | {"metric": "审计"})
    assert (unknown.status_code, unknown.json()["missing"][0]["code"]) == (409, "known_indicator")
    assert "任务4没有指标“审计”（年度：2022）" in unknown.json()["missing"][0]["text"]
    assert define(client, PETRA, plan, HERS).status_code == 403


def test_a_plan_that_is_not_there_has_no_definitions(client: TestClient, amira: dict[str, str]) -> None:
    assert client.get(f"{PLANS}/99/definitions", headers=amira).status_code == 404


@pytest.fixture
def olga(services: Services, cast: Cast, desks: Desks) -> Any:
    a.a_started_milestone(services, cast)
    give_card(services, cast.indicator, OPEN)
    return desks.olga


def test_an_indicator_is_read_with_its_card_in_full(olga: Any, cast: Cast) -> None:
    read = olga.get(f"/indicators/{cast.indicator}").json()
    assert (read["metric"], read["target"], read["reached"], read["definition_open"]) == (
        "能源审计",
        "300",
        None,
        1,
    )
    assert read["definition"]["gaps"] == [{"field": "formula", "question": QUESTION}]
    assert read["definition"]["scale"] == "1"
    assert (read["task_id"], read["milestone_id"], read["defined"]) == (cast.task, cast.milestone, True)


def test_a_goal_is_read_with_what_its_years_came_to(olga: Any, cast: Cast) -> None:
    read = olga.get(f"/indicators/{cast.goal}").json()
    assert (read["milestone_id"], read["target"], read["defined"]) == (None, "600", False)
    assert read["definition"]["over_years"] == "added"


@pytest.mark.parametrize("who", ["petra", "ines"])
def test_others_do_not_know_of_an_indicator(olga: Any, desks: Desks, cast: Cast, who: str) -> None:
    answer = getattr(desks, who).get(f"/indicators/{cast.indicator}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert olga.get("/indicators/999").status_code == 404


def test_measures_say_how_many_questions_are_open(olga: Any, cast: Cast) -> None:
    (measure,) = olga.get(f"/milestones/{cast.milestone}").json()["indicators"]
    assert measure["definition_open"] == 1


def test_a_supervisor_changes_the_card_of_a_task_under_way(olga: Any, desks: Desks, cast: Cast) -> None:
    details = {"indicator_id": cast.indicator, "card": {**AUDITS, "formula": "含恰好300吨标准煤的机构"}}
    refused = olga.act(f"/tasks/{cast.task}", "define", reason="明确", details=details)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")
    done = desks.amira.act(f"/tasks/{cast.task}", "define", reason="联席会议办公室明确", details=details)
    assert done.status_code == 200, done.text
    read = olga.get(f"/indicators/{cast.indicator}").json()
    assert (read["definition"]["formula"], read["definition_open"]) == ("含恰好300吨标准煤的机构", 0)
    history = olga.get(f"/tasks/{cast.task}/history?sort=-seq").json()["items"]
    assert (history[0]["label"], history[0]["reason"]) == ("调整口径", "联席会议办公室明确")
