"""Work plan 实施方案: required with the receipt, handed in with checkpoints that fit, approved by another."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update

from models import Approval, Checkpoint, Indicator, OutboxRow, Plan, WorkPlan
from models.states import Comparator, Role
from tests.people import Cast, HandClock, add_person, do, round_of
from tests.workflow.lifecycles import situations as a
from tests.workflow.lifecycles.witness import refused, watching
from workflow.bootstrap import Services
from workflow.errors import Malformed, NotPermitted, NotReady, ReasonRequired, WrongState


def work_plan(services: Services) -> Any:
    with services.reading() as tx:
        return tx.execute(select(WorkPlan.__table__)).one_or_none()


def decide(services: Services, plan: int, action: str, who: int, reason: str | None = a.REASON) -> None:
    """In a seat of its approval; reopening is an act on the work plan itself."""
    kind, subject = (
        ("work_plan", plan) if action == "reopen" else ("approval", round_of(services, "work_plan", plan))
    )
    do(services, kind, subject, action, who, reason=reason)


def checkpoints(services: Services) -> list[tuple[Any, ...]]:
    with services.reading() as tx:
        columns = (Checkpoint.ordinal, Checkpoint.due_on, Checkpoint.quantity, Checkpoint.task_id)
        return [tuple(row) for row in tx.execute(select(*columns).order_by(Checkpoint.ordinal))]


def lacks(error: Any) -> list[tuple[str, Any]]:
    return [(lack.code, lack.facts["field"]) for lack in error.value.missing]


def test_fifteen_working_days_after_the_receipt_the_work_plan_is_due(services: Services, cast: Cast) -> None:
    """14 January 2022 was a Friday. Spring Festival: 31 January to 4 February, the weekend before was worked."""
    with watching(services) as seen:
        do(services, "task", cast.task, "acknowledge", cast.olga)
    found = work_plan(services)
    assert (found.task_id, found.state, found.due_on) == (cast.task, "required", date(2022, 2, 9))
    assert seen.acts == ["task.acknowledge", "work_plan.require"]
    assert ("work_plan_required", {"role": "owner", "unit_id": cast.lead}) in seen.letters
    with services.reading() as tx:
        facts = tx.execute(
            select(OutboxRow.facts).where(OutboxRow.topic == "work_plan_required")
        ).scalar_one()
    assert (facts["due_on"], facts["work_plan_id"], facts["task_number"]) == ("2022-02-09", found.id, 4)


@pytest.mark.parametrize(("days", "due_on"), [(0, None), (1, date(2022, 1, 17)), (10, date(2022, 1, 28))])
def test_the_plan_says_in_how_many_days(
    services: Services, cast: Cast, days: int, due_on: date | None
) -> None:
    do(services, "plan", cast.plan, "set_work_plan_limit", cast.amira, details={"days": days})
    with watching(services) as seen:
        do(services, "task", cast.task, "acknowledge", cast.olga)
    found = work_plan(services)
    assert (found.due_on if found else None) == due_on
    assert ("work_plan_required" in seen.topics) is (due_on is not None)


def test_a_task_is_worked_on_without_its_work_plan(services: Services, cast: Cast) -> None:
    a.a_closed_task(services, cast)
    assert work_plan(services).state == "required"


def test_handing_in_keeps_words_and_checkpoints(services: Services, cast: Cast) -> None:
    plan = a.a_required_work_plan(services, cast)
    with watching(services) as seen:
        do(services, "work_plan", plan, "submit", cast.olga, details=a.planned(cast))
    found = work_plan(services)
    assert (found.state, found.text, found.submitted_by) == ("submitted", "分两批推进。", cast.olga)
    assert found.submitted_at == services.clock()
    assert checkpoints(services) == [
        (1, date(2022, 6, 30), Decimal(150), cast.task),
        (2, date(2022, 12, 30), Decimal(300), cast.task),
    ]
    assert seen.events == [
        ("work_plan", "submit", "submitted", cast.olga),
        ("approval", "open", "open", cast.olga),
    ]
    assert seen.letters == [("to_sign_work_plan", {"role": "supervisor", "unit_id": cast.office})]


def test_what_is_handed_in_again_takes_the_place_of_what_was_before(services: Services, cast: Cast) -> None:
    plan = a.a_submitted_work_plan(services, cast)
    decide(services, plan, "return", cast.amira, reason="进度偏慢。")
    do(services, "work_plan", plan, "submit", cast.olga, details=a.planned(cast, ("2022-09-30", "300")))
    assert checkpoints(services) == [(1, date(2022, 9, 30), Decimal(300), cast.task)]


@pytest.mark.parametrize(
    ("situation", "action", "to", "topic"),
    [
        (a.a_submitted_work_plan, "approve", "approved", "work_plan_approved"),
        (a.a_submitted_work_plan, "return", "returned", "work_plan_returned"),
        (a.an_approved_work_plan, "reopen", "returned", "work_plan_reopened"),
    ],
)
def test_what_the_office_says_is_told_to_the_lead(
    services: Services, cast: Cast, situation: Any, action: str, to: str, topic: str
) -> None:
    plan = situation(services, cast)
    with watching(services) as seen:
        decide(services, plan, action, cast.amira)
    found = work_plan(services)
    assert found.state == to
    assert (found.approved_by, found.approved_at is not None) == (
        (cast.amira, True) if to == "approved" else (None, False)
    )
    assert ("work_plan", action, to, None if action != "reopen" else cast.amira) in seen.events
    assert next(actor for *_, actor in seen.events) == cast.amira
    assert seen.letters == [(topic, {"role": "owner", "unit_id": cast.lead})]


@pytest.mark.parametrize(
    ("situation", "action"), [(a.a_submitted_work_plan, "return"), (a.an_approved_work_plan, "reopen")]
)
def test_sending_it_back_takes_a_written_reason(
    services: Services, cast: Cast, situation: Any, action: str
) -> None:
    plan = situation(services, cast)
    with refused(services, ReasonRequired):
        decide(services, plan, action, cast.amira, reason=" ")


def test_nobody_approves_what_they_handed_in(services: Services, cast: Cast) -> None:
    plan = a.a_required_work_plan(services, cast)
    with services.transaction() as tx:
        both = add_person(tx, "both", "兼任", (Role.OWNER, cast.lead), (Role.SUPERVISOR, cast.office))
    do(services, "work_plan", plan, "submit", both, details=a.planned(cast))
    with refused(services, NotPermitted):
        decide(services, plan, "approve", both)
    with refused(services, NotPermitted):
        do(services, "work_plan", plan, "approve", cast.amira)
    decide(services, plan, "approve", cast.amira)


def test_what_lies_with_the_office_or_is_approved_is_not_handed_in_again(
    services: Services, cast: Cast
) -> None:
    plan = a.a_submitted_work_plan(services, cast)
    for _ in range(2):
        with refused(services, WrongState):
            do(services, "work_plan", plan, "submit", cast.olga, details=a.planned(cast))
        if work_plan(services).state == "submitted":
            decide(services, plan, "approve", cast.amira)


def test_what_is_signed_is_the_words_and_each_checkpoint(services: Services, cast: Cast) -> None:
    plan = a.a_submitted_work_plan(services, cast)
    with services.reading() as tx:
        first = tx.execute(select(Approval.__table__)).one()
    assert json.loads(first.signed_facts) == {
        "work_plan": plan, "text": "分两批推进。",
        "checkpoints": [[cast.milestone, "2022-06-30", "完成150家。", cast.indicator, "150"],
                        [cast.milestone, "2022-12-30", "完成300家。", cast.indicator, "300"]],
    }  # fmt: skip
    assert (first.purpose, first.subject_kind, first.round, first.opened_unit_id) == (
        "work_plan", "work_plan", 1, cast.lead,
    )  # fmt: skip
    decide(services, plan, "return", cast.amira)
    do(services, "work_plan", plan, "submit", cast.olga, details=a.planned(cast, ("2022-09-30", "300")))
    with services.reading() as tx:
        latest = tx.execute(select(Approval.__table__).order_by(Approval.id.desc()).limit(1)).one()
    assert (latest.round, latest.state) == (2, "open")
    assert latest.digest != first.digest


def test_nobody_approves_the_work_plan_of_a_task_that_is_cancelled(services: Services, cast: Cast) -> None:
    a.a_submitted_work_plan(services, cast)
    with watching(services) as seen:
        do(services, "task", cast.task, "cancel", cast.amira, reason=a.REASON)
    assert seen.acts == ["task.cancel", "work_plan.lapse", "approval.withdraw"]
    assert work_plan(services).state == "returned"


def test_nothing_is_handed_in_while_the_task_is_suspended(services: Services, cast: Cast) -> None:
    plan = a.a_required_work_plan(services, cast)
    do(services, "task", cast.task, "suspend", cast.amira, reason=a.REASON)
    with refused(services, NotReady) as error:
        do(services, "work_plan", plan, "submit", cast.olga, details=a.planned(cast))
    assert [lack.code for lack in error.value.missing] == ["task_under_way"]


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"due_on": "2022-12-31"}, [("checkpoint_by", "checkpoints.1.due_on")]),
        ({"due_on": "2022-06-29"}, [("checkpoint_order", "checkpoints.1.due_on")]),
        ({"milestone_id": 99}, [("own_milestone", "checkpoints.1.milestone_id"),
                                ("own_indicator", "checkpoints.1.indicator_id")]),
        ({"indicator_id": 99}, [("own_indicator", "checkpoints.1.indicator_id")]),
        ({"indicator_id": None}, [("checkpoint_figure", "checkpoints.1.indicator_id")]),
        ({"quantity": None}, [("checkpoint_figure", "checkpoints.1.quantity")]),
        ({"quantity": "-5"}, [("not_negative", "checkpoints.1.quantity"),
                                ("checkpoint_rises", "checkpoints.1.quantity")]),
        ({"quantity": "149.9"}, [("checkpoint_rises", "checkpoints.1.quantity")]),
    ],
)  # fmt: skip
def test_a_checkpoint_that_does_not_fit_is_named_with_its_row(
    services: Services, cast: Cast, change: dict[str, Any], wrong: list[tuple[str, str]]
) -> None:
    plan = a.a_required_work_plan(services, cast)
    details = a.planned(cast)
    details["checkpoints"][1] |= change
    with refused(services, NotReady) as error:
        do(services, "work_plan", plan, "submit", cast.olga, details=details)
    assert lacks(error) == wrong


def test_another_milestones_indicator_is_not_this_ones(services: Services, cast: Cast) -> None:
    plan = a.a_required_work_plan(services, cast)
    details = a.planned(cast)
    details["checkpoints"][0]["indicator_id"] = cast.second_indicator
    with refused(services, NotReady) as error:
        do(services, "work_plan", plan, "submit", cast.olga, details=details)
    assert lacks(error) == [("own_indicator", "checkpoints.0.indicator_id")]


def test_everything_that_does_not_fit_is_named_at_once(services: Services, cast: Cast) -> None:
    plan = a.a_required_work_plan(services, cast)
    details = a.planned(cast, ("2023-01-01", "150"), ("2022-06-30", "100"))
    with refused(services, NotReady) as error:
        do(services, "work_plan", plan, "submit", cast.olga, details=details)
    assert [code for code, _ in lacks(error)] == ["checkpoint_by", "checkpoint_order", "checkpoint_rises"]


def test_what_may_be_at_most_so_much_goes_down(services: Services, cast: Cast) -> None:
    with services.transaction() as tx:
        tx.execute(
            update(Indicator).where(Indicator.id == cast.indicator).values(comparator=Comparator.AT_MOST)
        )
    plan = a.a_required_work_plan(services, cast)
    with refused(services, NotReady) as error:
        do(services, "work_plan", plan, "submit", cast.olga, details=a.planned(cast))
    assert lacks(error) == [("checkpoint_falls", "checkpoints.1.quantity")]
    falling = a.planned(cast, ("2022-06-30", "320"), ("2022-12-30", "300"))
    do(services, "work_plan", plan, "submit", cast.olga, details=falling)


def test_checkpoints_of_several_milestones_stand_side_by_side(services: Services, cast: Cast) -> None:
    """Each milestone's own are in order; words alone are a checkpoint too."""
    plan = a.a_required_work_plan(services, cast)
    details = a.planned(cast)
    details["checkpoints"].insert(
        1, {"milestone_id": cast.second, "due_on": "2023-03-31", "text": "确定第二批名单。"}
    )
    do(services, "work_plan", plan, "submit", cast.olga, details=details)
    assert [due_on.isoformat() for _, due_on, *_ in checkpoints(services)] == [
        "2022-06-30",
        "2023-03-31",
        "2022-12-30",
    ]


@pytest.mark.parametrize("count", [0, 61])
def test_there_is_at_least_one_checkpoint_and_at_most_sixty(
    services: Services, cast: Cast, count: int
) -> None:
    plan = a.a_required_work_plan(services, cast)
    details = a.planned(cast)
    details["checkpoints"] = details["checkpoints"][:1] * count
    with refused(services, Malformed):
        do(services, "work_plan", plan, "submit", cast.olga, details=details)


def test_a_suspension_moves_the_due_date_by_the_working_days_lost(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    """Suspended on Monday 17 January 2022 and resumed on Monday the 24th: five working days."""
    a.a_required_work_plan(services, cast)
    clock.go_to(2022, 1, 17)
    do(services, "task", cast.task, "suspend", cast.amira, reason=a.REASON)
    clock.go_to(2022, 1, 24)
    with watching(services) as seen:
        do(services, "task", cast.task, "resume", cast.amira, reason="问题已解决。")
    assert work_plan(services).due_on == date(2022, 2, 16)
    assert seen.acts == ["task.resume", "work_plan.redate"]


def test_a_suspension_moves_no_work_plan_that_was_handed_in(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    a.a_submitted_work_plan(services, cast)
    do(services, "task", cast.task, "suspend", cast.amira, reason=a.REASON)
    clock.go_to(2022, 1, 24)
    with watching(services) as seen:
        do(services, "task", cast.task, "resume", cast.amira, reason="问题已解决。")
    assert work_plan(services).due_on == date(2022, 2, 9)
    assert seen.acts == ["task.resume"]


def test_the_limit_is_the_offices_to_set_before_and_after_the_plan_is_confirmed(
    services: Services, cast: Cast
) -> None:
    with refused(services, NotPermitted):
        do(services, "plan", cast.plan, "set_work_plan_limit", cast.olga, details={"days": 20})
    for wrong in (-1, 251):
        with refused(services, Malformed):
            do(services, "plan", cast.plan, "set_work_plan_limit", cast.amira, details={"days": wrong})
    with watching(services) as seen:
        do(services, "plan", cast.plan, "set_work_plan_limit", cast.amira, details={"days": 20})
    with services.reading() as tx:
        assert tx.execute(select(Plan.work_plan_days)).scalar_one() == 20
    assert seen.events == [("plan", "set_work_plan_limit", "active", cast.amira)]
