"""Items opened by hand: from an instruction, a decision or an inspection, a task that lives like any other."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update

from models import AuditEvent, Indicator, Meeting, Milestone, OutboxRow, Part, Plan, Programme, Task
from models.states import Role, UnitKind
from tests.people import START, Cast, HandClock, add, add_person, add_unit, approval_of, do, file
from tests.workflow.lifecycles.situations import latest, progress, state_of
from tests.workflow.lifecycles.witness import refused, watching
from workflow import audit
from workflow.bootstrap import Services
from workflow.errors import DubanError, Malformed, NotPermitted, NotReady, WrongState

INSTRUCTED = {"by": "王副市长", "on": "2022-01-10", "text": "请机管局牵头研究数据中心节能改造。"}
FIGURE = {
    "metric": "数据中心节能改造", "quantity": "5", "unit": "个", "kind": "count", "comparator": "at_least",
    "basis": "annual_increment",
}  # fmt: skip


def opening(cast: Cast, **instead: Any) -> dict[str, Any]:
    return {
        "origin": "instruction", "origin_details": INSTRUCTED, "name": "推进数据中心节能改造",
        "units": [{"unit_id": cast.lead, "role": "lead"}, {"unit_id": cast.joint, "role": "joint"}],
        "milestones": [{"text": "完成5个数据中心改造", "due_on": "2022-11-30", "indicators": [FIGURE]}],
        **instead,
    }  # fmt: skip


def meeting(services: Services, cast: Cast) -> int:
    with services.transaction() as tx:
        return add(
            tx, Meeting, name="联席会议第三次会议", number="〔2022〕3号", held_on=date(2022, 1, 12),
            decisions=["同意方案", "增加数据中心改造"], entered_at=START, entered_by=cast.amira,
        )  # fmt: skip


def open_one(services: Services, cast: Cast, **instead: Any) -> int:
    do(services, "plan", cast.plan, "open_item", cast.amira, details=opening(cast, **instead))
    return latest(services, Task)


def test_an_instruction_opens_a_task_like_those_of_the_document(services: Services, cast: Cast) -> None:
    with watching(services) as seen:
        task = open_one(services, cast)
    assert seen.acts == ["task.assign", "plan.open_item", "task.assign"]
    assert seen.letters == [
        ("assigned", {"role": "owner", "unit_id": cast.lead}),
        ("assigned", {"role": "owner", "unit_id": cast.joint}),
    ]
    with services.reading() as tx:
        row = tx.execute(select(Task.__table__).where(Task.id == task)).one()
        milestone = tx.execute(select(Milestone.__table__).where(Milestone.task_id == task)).one()
        figure = tx.execute(select(Indicator.__table__).where(Indicator.task_id == task)).one()
        roles = (
            tx.execute(select(Part.role).where(Part.task_id == task).order_by(Part.ordinal)).scalars().all()
        )
        assert audit.verify(tx)[1] is None
    assert (row.number, row.state, row.origin, row.origin_details) == (
        5,
        "assigned",
        "instruction",
        INSTRUCTED,
    )
    assert (row.goal, row.printed_name, row.programme_id) == (row.name, row.name, None)
    assert (milestone.year, milestone.due_on, milestone.due_basis) == (2022, date(2022, 11, 30), "ruling")
    assert (figure.quantity, figure.kind, figure.definition, figure.year) == (Decimal(5), "count", None, 2022)
    assert roles == ["lead", "joint"]


def test_the_plans_chain_and_the_tasks_both_tell_where_it_came_from(services: Services, cast: Cast) -> None:
    task = open_one(services, cast)
    with services.reading() as tx:
        statement = select(AuditEvent.root_kind, AuditEvent.root_id, AuditEvent.text)
        found = tx.execute(
            statement.where(AuditEvent.subject_kind == "task", AuditEvent.subject_id == task)
        ).all()
    own = next(json.loads(row.text) for row in found if row.root_kind == "task")
    plans = next(json.loads(row.text) for row in found if row.root_kind == "plan")
    assert own["details"] == {"plan": cast.plan, "origin": "instruction", **INSTRUCTED}
    assert (plans["facts"]["number"], plans["root_id"]) == (5, cast.plan)


def test_a_decision_of_a_meeting_is_kept_with_its_words(services: Services, cast: Cast) -> None:
    cited = {"meeting_id": meeting(services, cast), "decision": 2}
    task = open_one(services, cast, origin="meeting", origin_details=cited)
    with services.reading() as tx:
        kept = tx.execute(select(Task.origin_details).where(Task.id == task)).scalar_one()
    assert kept == {
        **cited, "name": "联席会议第三次会议", "number": "〔2022〕3号", "held_on": "2022-01-12",
        "text": "增加数据中心改造",
    }  # fmt: skip


def test_an_inspection_opens_an_item_with_a_card_and_a_programme(services: Services, cast: Cast) -> None:
    card = {"kind": "rate", "formula": "达标数÷总数", "measured": "ratio", "numerator": "达标数", "denominator": "总数",
            "scale": "100", "aggregation": "ratio"}  # fmt: skip
    rate = {**FIGURE, "quantity": "90", "unit": "%", "kind": "rate", "basis": "level", "definition": card}
    with services.reading() as tx:
        programme = tx.execute(select(Programme.id)).scalar_one()
    task = open_one(
        services, cast, origin="inspection", programme_id=programme, goal="达标率九成",
        origin_details={"place": "青浦区行政中心", "on": "2022-01-13", "finding": "计量器具未分项。"},
        milestones=[{"text": "达标", "due_on": "2022-06-30", "indicators": [rate]},
                    {"text": "总结", "due_on": "2023-06-30", "indicators": []}],
    )  # fmt: skip
    with services.reading() as tx:
        row = tx.execute(select(Task.goal, Task.programme_id).where(Task.id == task)).one()
        years = tx.execute(
            select(Milestone.year).where(Milestone.task_id == task).order_by(Milestone.id)
        ).scalars()
        kept = tx.execute(select(Indicator.definition).where(Indicator.task_id == task)).scalar_one()
        assert list(years) == [2022, 2023]
    assert tuple(row) == ("达标率九成", programme)
    assert (kept["formula"], kept["denominator"]) == ("达标数÷总数", "总数")


def test_items_are_numbered_one_after_the_other(services: Services, cast: Cast) -> None:
    open_one(services, cast)
    open_one(services, cast, name="又一项")
    with services.reading() as tx:
        assert list(tx.execute(select(Task.number).order_by(Task.id)).scalars()) == [4, 5, 6]


def test_an_opened_item_goes_from_assigned_to_closed(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    task = open_one(services, cast)
    milestone, indicator = latest(services, Milestone), latest(services, Indicator)
    do(services, "task", task, "acknowledge", cast.olga)
    clock.go_to(2022, 6, 1)
    do(services, "milestone", milestone, "start", cast.olga)
    do(services, "milestone", milestone, "report", cast.olga, details=progress(indicator, "5"))
    do(services, "milestone", milestone, "attach", cast.olga, details=file())
    do(services, "milestone", milestone, "submit", cast.olga, details={"text": "目标已完成。"})
    for signer in (cast.rashid, cast.jun, cast.amira):
        do(services, "approval", approval_of(services, milestone), "approve", signer)
    assert state_of(services, Task, task) == "completed"
    do(services, "task", task, "close_out", cast.amira)
    assert state_of(services, Task, task) == "closed"


@pytest.mark.parametrize("who", ["olga", "lena", "sven", "karl", "petra", "ines"])
def test_only_a_supervisor_opens_an_item(services: Services, cast: Cast, who: str) -> None:
    with refused(services, NotPermitted):
        do(services, "plan", cast.plan, "open_item", getattr(cast, who), details=opening(cast))


def test_a_discarded_plan_takes_no_items(services: Services, cast: Cast) -> None:
    with services.transaction() as tx:
        tx.execute(update(Plan).values(state="discarded"))
    with refused(services, WrongState):
        do(services, "plan", cast.plan, "open_item", cast.amira, details=opening(cast))


def lacks(services: Services, cast: Cast, **instead: Any) -> set[tuple[str, str]]:
    """(code, field) of everything that is wrong; nothing is written."""
    with refused(services, NotReady) as error:
        do(services, "plan", cast.plan, "open_item", cast.amira, details=opening(cast, **instead))
    return {(lack.code, lack.facts["field"]) for lack in error.value.missing}


@pytest.mark.parametrize(
    ("origin", "told", "wrong"),
    [
        ("instruction", {"by": "王", "place": "青浦"},
         {("origin_told", "on"), ("origin_told", "text"), ("origin_unasked", "place")}),
        ("instruction", {**INSTRUCTED, "on": "2022-01-15"}, {("not_in_future", "on")}),
        ("meeting", {}, {("origin_told", "meeting_id"), ("origin_told", "decision")}),
        ("meeting", {"meeting_id": 99, "decision": 1}, {("known_meeting", "meeting_id")}),
        ("inspection", {"place": "青浦", "on": "2022-01-10"}, {("origin_told", "finding")}),
    ],
)  # fmt: skip
def test_each_origin_is_told_in_full(
    services: Services, cast: Cast, origin: str, told: Any, wrong: set[tuple[str, str]]
) -> None:
    found = lacks(services, cast, origin=origin, origin_details=told)
    assert found == {(code, f"origin_details.{name}") for code, name in wrong}


def test_a_decision_is_one_that_the_meeting_took(services: Services, cast: Cast) -> None:
    cited = {"meeting_id": meeting(services, cast), "decision": 3}
    assert lacks(services, cast, origin="meeting", origin_details=cited) == {
        ("known_decision", "origin_details.decision")
    }


def test_units_are_present_organs_with_one_staffed_lead(services: Services, cast: Cast) -> None:
    with services.transaction() as tx:
        department = add_unit(
            tx, "JGJ-1", "一处", kind=UnitKind.DEPARTMENT, parent_id=cast.lead, organ_id=cast.lead
        )
    lead, joint = ({"unit_id": unit, "role": "lead"} for unit in (cast.lead, cast.joint))
    assert lacks(services, cast, units=[lead, joint]) == {("one_lead", "units")}
    assert lacks(services, cast, units=[{**lead, "role": "joint"}]) == {("one_lead", "units")}
    assert lacks(services, cast, units=[joint]) == {("lead_staffed", "units")}
    assert lacks(services, cast, units=[lead, {"unit_id": department, "role": "joint"}, {**lead, "role": "joint"}]) == {
        ("standing_part", "units.0.unit_id"), ("standing_part", "units.1.unit_id"),
        ("standing_part", "units.2.unit_id"),
    }  # fmt: skip
    with services.transaction() as tx:
        add_person(tx, "joan", "乔安", (Role.OWNER, cast.joint))
    assert open_one(services, cast, units=[joint])


def test_dates_cards_and_programmes_are_checked(services: Services, cast: Cast) -> None:
    judged = {"kind": "judged", "formula": "按要点验收"}
    wrong = [{"text": "完成", "due_on": "2022-01-13", "indicators": [{**FIGURE, "definition": judged}]}]
    assert lacks(services, cast, milestones=wrong, programme_id=99) == {
        ("own_programme", "programme_id"), ("not_in_past", "milestones.0.due_on"),
        ("card_kind", "milestones.0.indicators.0.definition.kind"),
    }  # fmt: skip


@pytest.mark.parametrize(("kind", "refused"), [("count", True), ("amount", True), ("change", False)])
def test_only_a_change_has_a_target_below_zero(
    services: Services, cast: Cast, kind: str, refused: bool
) -> None:
    below = {
        "text": "完成",
        "due_on": "2022-06-30",
        "indicators": [{**FIGURE, "kind": kind, "quantity": "-3"}],
    }
    if not refused:
        assert open_one(services, cast, milestones=[below])
        return
    assert lacks(services, cast, milestones=[below]) == {
        ("not_negative", "milestones.0.indicators.0.quantity")
    }


@pytest.mark.parametrize(
    ("instead", "field"),
    [
        ({"origin": "document"}, "origin"),
        ({"milestones": []}, "milestones"),
        ({"units": []}, "units"),
        ({"name": ""}, "name"),
        ({"milestones": [{"text": "完成", "due_on": "0202-01-01"}]}, "milestones.0.due_on"),
        ({"milestones": [{"text": "完成", "due_on": "2022-06-30", "indicators": [{**FIGURE, "basis": "cumulative"}]}]},
         "milestones.0.indicators.0.basis"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_names_its_field(
    services: Services, cast: Cast, instead: dict[str, Any], field: str
) -> None:
    with refused(services, Malformed) as error:
        do(services, "plan", cast.plan, "open_item", cast.amira, details=opening(cast, **instead))
    assert [lack.facts["field"] for lack in error.value.missing] == [field]


def test_a_refused_item_leaves_no_number_behind(services: Services, cast: Cast) -> None:
    with pytest.raises(DubanError):
        open_one(services, cast, programme_id=99)
    open_one(services, cast)
    with services.reading() as tx:
        assert tx.execute(select(Task.number).order_by(Task.id.desc()).limit(1)).scalar_one() == 5
        assert tx.execute(select(OutboxRow.id)).all()
