"""Entering cards into a draft: kept with the plan, checked against it, given to the indicators at confirming."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from duban.indicators import FOLDER
from models import AuditEvent, Finding, Indicator, Person, Plan, Task
from models.states import FindingState, PlanState
from tests.people import do
from tests.workflow.definitions.samples import AUDITS, SCHOOLS
from tests.workflow.lifecycles.witness import refused, watching
from tests.workflow.plans.test_confirming import confirm, rule, rule_all
from workflow.acts import facts
from workflow.adapters.definition_files import read_definitions
from workflow.bootstrap import Services
from workflow.errors import Malformed, NotPermitted, NotReady, WrongState
from workflow.lifecycles import TASK

HERS = {"task": 4, "year": 2022, "metric": "能源审计", "card": AUDITS}


def define(services: Services, plan: int, who: int, *definitions: Any) -> None:
    do(services, "plan", plan, "define", who, details={"definitions": list(definitions)})


def kept(services: Services, plan: int) -> Any:
    with services.reading() as tx:
        return tx.execute(select(Plan.definitions).where(Plan.id == plan)).scalar_one()


def indicator(services: Services, task: int, year: int | None, metric: str) -> Any:
    with services.reading() as tx:
        statement = select(Indicator.__table__).join(Task, Task.id == Indicator.task_id)
        found = [
            row
            for row in tx.execute(statement.where(Task.number == task, Indicator.metric == metric))
            if (year is None and row.milestone_id is None)
            or (row.year == year and row.milestone_id is not None)
        ]
        return found[0]


def test_cards_are_kept_with_the_draft_and_the_act_is_recorded(
    services: Services, plan: int, amira: int
) -> None:
    with watching(services) as seen:
        define(services, plan, amira, HERS)
    assert seen.events == [("plan", "define", PlanState.DRAFT, amira)]
    assert seen.letters == []
    assert kept(services, plan) == [HERS]
    with services.reading() as tx:
        text = tx.execute(select(AuditEvent.text).order_by(AuditEvent.id.desc()).limit(1)).scalar_one()
    assert json.loads(text)["details"]["definitions"][0]["card"]["formula"] == AUDITS["formula"]


def test_entering_again_replaces_and_a_card_of_none_takes_back(
    services: Services, plan: int, amira: int
) -> None:
    define(
        services, plan, amira, HERS, {"task": 23, "year": None, "metric": "学校达到创建要求", "card": SCHOOLS}
    )
    define(services, plan, amira, HERS | {"card": {**AUDITS, "formula": "另一种"}})
    assert [(each["task"], each["card"]["formula"]) for each in kept(services, plan)] == [
        (4, "另一种"), (23, SCHOOLS["formula"]),
    ]  # fmt: skip
    define(services, plan, amira, HERS | {"card": None})
    assert [each["task"] for each in kept(services, plan)] == [23]


@pytest.mark.parametrize("off", [{"task": 44}, {"year": 2024}, {"metric": "能源审计家数"}, {"year": None}])
def test_what_the_plan_does_not_have_is_refused_by_name(
    services: Services, plan: int, amira: int, off: dict[str, Any]
) -> None:
    with refused(services, NotReady) as error:
        define(services, plan, amira, HERS, HERS | {"metric": "节约型公共机构后评估"} | off)
    (lack,) = error.value.missing
    asked = HERS | {"metric": "节约型公共机构后评估"} | off
    assert lack.code == "known_indicator"
    assert lack.facts == {
        "field": "definitions.1", "task": asked["task"], "year": asked["year"] or "—", "metric": asked["metric"]
    }  # fmt: skip


def test_the_same_indicator_twice_is_refused(services: Services, plan: int, amira: int) -> None:
    with refused(services, NotReady) as error:
        define(services, plan, amira, HERS, HERS)
    assert [lack.code for lack in error.value.missing] == ["defined_once"]


def test_a_card_that_contradicts_itself_is_refused_by_entry_and_field(
    services: Services, plan: int, amira: int
) -> None:
    with refused(services, Malformed) as error:
        define(
            services,
            plan,
            amira,
            HERS,
            HERS | {"year": 2023, "card": {**AUDITS, "once": "ever", "scale": "2"}},
        )
    assert [(lack.code, lack.facts["field"]) for lack in error.value.missing] == [
        ("field.card_only_ratio_has_scale", "definitions.1.card.scale"),
        ("field.card_only_listed", "definitions.1.card.once"),
    ]


def test_only_a_supervisor_enters_cards_and_only_into_a_draft(
    services: Services, plan: int, amira: int
) -> None:
    with services.reading() as tx:
        olga = tx.execute(select(Person.id).where(Person.login.like("owner%")).limit(1)).scalar_one()
    with refused(services, NotPermitted):
        define(services, plan, olga, HERS)
    rule_all(services, plan, amira)
    confirm(services, plan, amira)
    with refused(services, WrongState):
        define(services, plan, amira, HERS)


def test_confirming_gives_each_indicator_its_card_and_the_cards_kind(
    services: Services, plan: int, amira: int
) -> None:
    _, entries = read_definitions(FOLDER / "definition_cards.yaml")
    define(services, plan, amira, *entries)
    define(services, plan, amira, {"task": 12, "year": 2023, "metric": "购买碳汇",
                                   "card": {"kind": "deliverable", "formula": "购买协议签订计1"}})  # fmt: skip
    rule_all(services, plan, amira)
    confirm(services, plan, amira)
    audits = indicator(services, 4, 2022, "能源审计")
    assert (audits.definition["once"], audits.kind) == ("ever", "count")
    bought = indicator(services, 12, 2023, "购买碳汇")
    assert (bought.kind, bought.definition["kind"]) == ("deliverable", "deliverable")
    publicity = indicator(services, 12, 2022, "相关宣传")
    assert (publicity.kind, publicity.definition) == ("judged", None)
    area = indicator(services, 14, None, "既有建筑调适、节能和绿色化改造")
    assert Decimal(area.definition["conversion"]) == Decimal("0.0001")
    with services.reading() as tx:
        standing = facts(tx, TASK, audits.task_id, None, services.clock())
    assert {i.card.listed for i in standing.indicators if i.metric == "能源审计"} == {True}
    assert kept(services, plan)[0]["task"] == 2, "what was entered stays with the plan"


def test_a_goal_that_a_ruling_adds_can_have_a_card_and_losing_it_stops_the_plan(
    services: Services, plan: int, amira: int
) -> None:
    added: dict[str, object] = {"take": "add", "quantity": "90", "unit": "个", "text": "绿色化改造项目"}
    card = {"task": 14, "year": None, "metric": "绿色化改造项目", "card": AUDITS}
    with refused(services, NotReady):
        define(services, plan, amira, card)
    rule_all(services, plan, amira, t14_quantity=added)
    define(services, plan, amira, card, card | {"year": 2023})
    with services.reading() as tx:
        of_14 = select(Finding.id).where(Finding.task_number == 14, Finding.field == "quantity")
        rulings = list(tx.execute(of_14).scalars())
    for each in rulings:
        do(services, "finding", each, "reopen", amira, reason="重新研究")
        do(services, "finding", each, "rule", amira, reason="不增列", details={"take": "note"})
    with refused(services, NotReady) as error:
        confirm(services, plan, amira)
    (lack,) = error.value.missing
    assert (lack.code, lack.facts["count"], lack.facts["metric"]) == ("definitions_fit", 2, "绿色化改造项目")
    define(services, plan, amira, card | {"card": None}, card | {"year": 2023, "card": None})
    confirm(services, plan, amira)


def test_a_gap_may_still_be_noted_once_the_plan_is_confirmed(
    services: Services, plan: int, amira: int
) -> None:
    rule_all(services, plan, amira)
    confirm(services, plan, amira)
    with services.reading() as tx:
        gap = (
            select(Finding.id)
            .where(Finding.plan_id == plan, Finding.kind == "rate_without_denominator")
            .limit(1)
        )
        found = tx.execute(gap).scalar_one()
        ruled = tx.execute(select(Finding.id).where(Finding.sort == "discrepancy").limit(1)).scalar_one()
    with refused(services, NotReady) as error:
        rule(services, found, amira, take="appendix")
    assert [lack.code for lack in error.value.missing] == ["ruling_note"]
    with watching(services) as seen:
        rule(services, found, amira, take="note")
    assert seen.events == [("finding", "rule", FindingState.RULED, amira)]
    with refused(services, NotReady) as error:
        do(services, "finding", ruled, "reopen", amira, reason="重新研究")
    assert [lack.code for lack in error.value.missing] == ["still_draft"]
