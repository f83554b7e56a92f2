"""The real plan: imported as a draft, its contradictions ruled on, then confirmed into tasks."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest
from sqlalchemy import func, select, update

from models import (
    AuditEvent,
    Finding,
    Grant,
    Indicator,
    Milestone,
    OutboxRow,
    Part,
    Person,
    Plan,
    Programme,
    Task,
    Unit,
)
from tests.workflow.plans.conftest import reading, simplified, text
from workflow import audit
from workflow.acts import facts, perform
from workflow.bootstrap import Services
from workflow.errors import NotPermitted, NotReady, WrongState
from workflow.figures import goal_value
from workflow.lifecycles import FINDING, PLAN, TASK
from workflow.plans import PlanExists, import_plan


def rule(services: Services, finding: int, who: int, **details: object) -> None:
    with services.transaction() as tx:
        perform(
            tx,
            FINDING,
            finding,
            "rule",
            who,
            services.clock(),
            details=details,
            reason="经联席会议办公室研究",
        )


def rule_all(services: Services, plan: int, who: int, **special: dict[str, object]) -> None:
    """Note every discrepancy, except the tasks named `t<number>` for which `special` gives the ruling."""
    with services.reading() as tx:
        findings = tx.execute(
            select(Finding.id, Finding.task_number, Finding.field, Finding.body_text)
            .where(Finding.plan_id == plan, Finding.sort == "discrepancy")
            .order_by(Finding.ordinal)
        ).all()
    for row in findings:
        ruling = special.get(f"t{row.task_number}_{row.field}", {"take": "note"})
        rule(services, row.id, who, **ruling)


def confirm(services: Services, plan: int, who: int) -> None:
    with services.transaction() as tx:
        perform(tx, PLAN, plan, "confirm", who, services.clock())


def test_import_is_one_event_with_the_documents_hash(services: Services, plan: int) -> None:
    with services.reading() as tx:
        row = tx.execute(select(Plan.state, Plan.document_sha256, Plan.title).where(Plan.id == plan)).one()
        event = tx.execute(select(AuditEvent.text).where(AuditEvent.root_kind == "plan")).scalar_one()
        assert tx.execute(select(func.count()).select_from(Task)).scalar_one() == 0
    assert (row.state, row.title) == ("draft", "上海市公共机构绿色低碳循环发展行动方案")
    assert row.document_sha256 in event
    assert '"milestones":67' in event
    assert '"tasks":36' in event


def test_a_plan_is_never_written_over(services: Services, plan: int, amira: int) -> None:
    with pytest.raises(PlanExists), services.transaction() as tx:
        import_plan(tx, "shanghai-2022", reading(), text(), simplified, amira, services.clock())


def test_contradictions_are_settled_before_confirming(services: Services, plan: int, amira: int) -> None:
    with pytest.raises(NotReady) as refused:
        confirm(services, plan, amira)
    assert [lack.code for lack in refused.value.missing] == ["discrepancies_ruled"]


def test_confirming_makes_36_tasks_and_67_milestones(services: Services, plan: int, amira: int) -> None:
    rule_all(services, plan, amira)
    confirm(services, plan, amira)
    with services.reading() as tx:
        assert tx.execute(select(func.count()).select_from(Task)).scalar_one() == 36
        assert tx.execute(select(func.count()).select_from(Milestone)).scalar_one() == 67
        assert tx.execute(select(func.count()).select_from(Programme)).scalar_one() == 9
        roles = Counter(tx.execute(select(Part.role).join(Task).where(Task.number == 4)).scalars())
        told = tx.execute(
            select(func.count()).select_from(OutboxRow).where(OutboxRow.topic == "assigned")
        ).scalar_one()
        parts = tx.execute(select(func.count()).select_from(Part)).scalar_one()
        checked, broken = audit.verify(tx)
    assert roles == {"lead": 1, "joint": 1, "contributor": 19}
    assert told == parts
    assert broken is None
    assert checked == 36 + 1 + 1 + 2 + len(reading().discrepancies)


def test_a_ruling_on_90_sets_the_goal_and_leaves_the_cells(services: Services, plan: int, amira: int) -> None:
    rule_all(services, plan, amira, t17_quantity={"take": "body", "quantity": "90", "unit": "家"})
    confirm(services, plan, amira)
    with services.reading() as tx:
        task = tx.execute(select(Task.id).where(Task.number == 17)).scalar_one()
        goal = tx.execute(
            select(Indicator.quantity, Indicator.printed_quantity).where(
                Indicator.task_id == task, Indicator.milestone_id.is_(None)
            )
        ).one()
        cells = tx.execute(
            select(Indicator.quantity).where(Indicator.task_id == task, Indicator.milestone_id.is_not(None))
        ).scalars()
        assert list(cells) == [Decimal(35), Decimal(35)]
        standing = facts(tx, TASK, task, None, services.clock())
    assert tuple(goal) == (Decimal(90), Decimal(70))
    assert goal_value(standing.goals[0], standing.indicators) is None
    assert all(indicator.goal_id == standing.goals[0].id for indicator in standing.indicators)


def test_a_body_task_without_a_row_can_be_added(services: Services, plan: int, amira: int) -> None:
    rule_all(
        services, plan, amira, tNone_missing_row={"take": "add", "units": [3, 4], "due_on": "2023-12-29"}
    )
    confirm(services, plan, amira)
    with services.reading() as tx:
        added = tx.execute(select(Task.number, Task.name, Task.origin).where(Task.number == 37)).one()
    assert tuple(added) == (37, "推进大型活动碳中和", "ruling")


def test_a_draft_takes_no_items_by_hand(services: Services, plan: int, amira: int) -> None:
    with pytest.raises(WrongState), services.transaction() as tx:
        perform(tx, PLAN, plan, "open_item", amira, services.clock(), details={})


def test_only_a_supervisor_confirms(services: Services, plan: int) -> None:
    with services.reading() as tx:
        owner = tx.execute(select(Person.id).where(Person.login.like("owner%"))).scalars().first()
    assert owner is not None
    with pytest.raises(NotPermitted):
        confirm(services, plan, owner)


def test_a_lead_unit_without_people_stops_the_plan(services: Services, plan: int, amira: int) -> None:
    rule_all(services, plan, amira)
    with services.transaction() as tx:
        lead = tx.execute(select(Unit.id).where(Unit.name == "市教委")).scalar_one()
        ended = update(Grant).where(Grant.unit_id == lead, Grant.role == "reviewer")
        tx.execute(ended.values(to_on=services.clock().date()))
    services.clock.go_to(2022, 1, 17)  # type: ignore[attr-defined]
    with pytest.raises(NotReady) as refused:
        confirm(services, plan, amira)
    assert [(lack.code, lack.facts["units"]) for lack in refused.value.missing] == [
        ("leads_staffed", "市教委")
    ]
