"""Task 任务: from assigned to closed out, and what stands in the way."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update

from models import Approval, DueMove, Indicator, Notice, Part, Task
from tests.people import Cast, HandClock, do
from tests.workflow.lifecycles import situations as a
from tests.workflow.lifecycles.witness import refused, watching
from workflow.bootstrap import Services
from workflow.errors import Missing, NotReady, ReasonRequired, WrongState
from workflow.needs import milestones_done
from workflow.standings import load_tasks


def test_the_lead_units_receipt_is_its_parts_as_well(services: Services, cast: Cast) -> None:
    with watching(services) as seen:
        do(services, "task", cast.task, "acknowledge", cast.lena)
    assert a.state_of(services, Task, cast.task) == "acknowledged"
    assert a.state_of(services, Part, a.the_lead_part(services, cast)) == "acknowledged"
    assert a.state_of(services, Part, a.a_joint_part(services, cast)) == "assigned"
    assert seen.events == [
        ("task", "acknowledge", "acknowledged", cast.lena),
        ("work_plan", "require", "required", cast.lena),
    ]
    assert seen.letters == [
        ("work_plan_required", {"role": "owner", "unit_id": cast.lead}),
        ("task_acknowledged", {"role": "supervisor", "office": True}),
    ]
    with services.reading() as tx:
        row = tx.execute(select(Part.acknowledged_at, Part.acknowledged_by).where(Part.unit_id == cast.lead))
        assert tuple(row.one()) == (services.clock(), cast.lena)


@pytest.mark.parametrize(
    ("situation", "action", "to", "letter"),
    [
        (a.a_task_under_way, "suspend", "suspended", "task_suspended"),
        (a.a_suspended_task, "resume", "in_progress", "task_resumed"),
        (a.a_finished_task, "close_out", "closed", "task_closed"),
        (a.a_completed_task, "reopen", "in_progress", "task_reopened"),
        (a.a_closed_task, "reopen", "in_progress", "task_reopened"),
        (a.a_new_task, "cancel", "cancelled", "task_cancelled"),
        (a.a_suspended_task, "cancel", "cancelled", "task_cancelled"),
    ],
)
def test_what_the_supervisor_does_is_state_event_and_letter_together(
    services: Services, cast: Cast, situation: Any, action: str, to: str, letter: str
) -> None:
    task = situation(services, cast)
    with watching(services) as seen:
        do(services, "task", task, action, cast.amira, reason=a.REASON)
    assert a.state_of(services, Task, task) == to
    assert seen.events == [("task", action, to, cast.amira)]
    assert seen.letters == [(letter, {"role": "owner", "unit_id": cast.lead})]


@pytest.mark.parametrize("action", ["suspend", "cancel"])
def test_stopping_a_task_takes_a_written_reason(services: Services, cast: Cast, action: str) -> None:
    a.a_task_under_way(services, cast)
    for reason in (None, "", "  "):
        with refused(services, ReasonRequired):
            do(services, "task", cast.task, action, cast.amira, reason=reason)


def test_a_suspension_moves_open_dues_by_the_working_days_lost(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    """Suspended on Monday 17 October 2022 and resumed on Monday the 24th: five working days."""
    a.a_task_under_way(services, cast)
    clock.go_to(2022, 10, 17)
    do(services, "task", cast.task, "suspend", cast.amira, reason=a.REASON)
    clock.go_to(2022, 10, 24)
    do(services, "task", cast.task, "resume", cast.amira, reason="问题已解决。")
    assert a.due_on(services, cast.milestone) == date(2023, 1, 9)
    with services.reading() as tx:
        moves = tx.execute(
            select(DueMove.milestone_id, DueMove.from_on, DueMove.to_on, DueMove.basis, DueMove.reason)
        ).all()
        assert tx.execute(select(Task.suspended_on)).scalar_one() is None
    assert [tuple(move)[:4] for move in moves] == [
        (cast.milestone, date(2022, 12, 30), date(2023, 1, 9), "suspension"),
        (cast.second, date(2023, 12, 29), date(2024, 1, 8), "suspension"),
    ]
    assert {move.reason for move in moves} == {"问题已解决。"}


def test_a_suspension_by_hand_takes_no_day_twice(services: Services, cast: Cast, clock: HandClock) -> None:
    a.a_task_under_way(services, cast)
    with refused(services, NotReady) as error:
        do(
            services,
            "task",
            cast.task,
            "suspend",
            cast.amira,
            reason=a.REASON,
            details={"from_on": "2022-01-13"},
        )
    assert [(lack.code, lack.facts["earliest"]) for lack in error.value.missing] == [
        ("stopped_since", "2022-01-14")
    ]
    clock.go_to(2022, 10, 24)
    do(services, "task", cast.task, "suspend", cast.amira, reason=a.REASON, details={"from_on": "2022-10-17"})
    do(services, "task", cast.task, "resume", cast.amira, reason="问题已解决。")
    moved = a.due_on(services, cast.milestone)
    with refused(services, NotReady):
        do(
            services,
            "task",
            cast.task,
            "suspend",
            cast.amira,
            reason=a.REASON,
            details={"from_on": "2022-10-17"},
        )
    assert a.due_on(services, cast.milestone) == moved == date(2023, 1, 9)


def test_a_suspension_moves_neither_what_is_done_nor_what_was_late_before(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    a.an_accepted_milestone(services, cast)
    clock.go_to(2024, 1, 15)
    do(services, "task", cast.task, "suspend", cast.amira, reason=a.REASON)
    clock.go_to(2024, 1, 22)
    do(services, "task", cast.task, "resume", cast.amira, reason="问题已解决。")
    assert a.due_on(services, cast.milestone) == date(2022, 12, 30)
    assert a.due_on(services, cast.second) == date(2023, 12, 29)


def test_a_suspension_that_loses_no_working_day_moves_nothing(services: Services, cast: Cast) -> None:
    a.a_suspended_task(services, cast)
    do(services, "task", cast.task, "resume", cast.amira, reason="误操作。")
    with services.reading() as tx:
        assert tx.execute(select(DueMove.id)).all() == []


def test_a_suspended_task_is_not_worked_on(services: Services, cast: Cast) -> None:
    a.a_suspended_task(services, cast)
    with refused(services, NotReady) as error:
        do(
            services,
            "milestone",
            cast.milestone,
            "report",
            cast.olga,
            details=a.progress(cast.indicator, "1"),
        )
    assert [lack.code for lack in error.value.missing] == ["task_under_way"]


def test_a_task_completes_by_itself_with_its_last_milestone(services: Services, cast: Cast) -> None:
    a.an_accepted_milestone(services, cast)
    with watching(services) as seen:
        do(services, "milestone", cast.second, "waive", None, reason=a.REASON)
    assert seen.events == [("milestone", "waive", "waived", None), ("task", "complete", "completed", None)]
    assert a.state_of(services, Task, cast.task) == "completed"


@pytest.mark.parametrize("situation", [a.a_new_task, a.a_suspended_task])
def test_a_task_completes_from_wherever_it_stands(services: Services, cast: Cast, situation: Any) -> None:
    situation(services, cast)
    for milestone in (cast.milestone, cast.second):
        do(services, "milestone", milestone, "waive", None, reason=a.REASON)
    assert a.state_of(services, Task, cast.task) == "completed"
    with services.reading() as tx:
        assert tx.execute(select(Task.suspended_on)).scalar_one() is None


def test_the_gate_names_everything_that_is_missing_at_once(services: Services, cast: Cast) -> None:
    """300 of 600 reached, a card and the notice that goes with it still open."""
    a.a_raised_card(services, cast)
    for milestone in (cast.milestone, cast.second):
        do(services, "milestone", milestone, "waive", None, reason=a.REASON)
    with refused(services, NotReady) as error:
        do(services, "task", cast.task, "close_out", cast.amira)
    missing = {lack.code: lack.facts for lack in error.value.missing}
    assert missing == {
        "goal": {"metric": "能源审计", "reached": "—", "target": "600", "unit": "家"},
        "cards_settled": {"count": 1},
        "notices_settled": {"count": 1},
    }


def test_a_task_is_not_closed_while_something_waits_for_a_signature(services: Services, cast: Cast) -> None:
    a.a_completed_task(services, cast)
    change = {"year": 2024, "text": "再审计一家", "due_on": "2024-12-30"}
    proposal = a.propose(services, cast, "add_milestone", change)
    with refused(services, NotReady) as error:
        do(services, "task", cast.task, "close_out", cast.amira)
    assert {lack.code: lack.facts for lack in error.value.missing}["approvals_settled"] == {"count": 1}
    do(services, "adjustment", proposal, "withdraw", cast.amira)
    with refused(services, NotReady) as error:
        do(services, "task", cast.task, "close_out", cast.amira)
    assert [lack.code for lack in error.value.missing] == ["goal"]


def test_the_gate_names_the_years_that_are_open_again(services: Services, cast: Cast) -> None:
    a.a_completed_task(services, cast)
    do(services, "milestone", cast.milestone, "reopen", cast.amira, reason=a.REASON)
    with refused(services, WrongState):
        do(services, "task", cast.task, "close_out", cast.amira)
    assert a.state_of(services, Task, cast.task) == "in_progress"


@pytest.mark.parametrize(("ruled", "missing"), [("70", []), ("90", ["goal"])])
def test_the_gate_uses_the_goal_as_ruled(
    services: Services, cast: Cast, ruled: str, missing: list[str]
) -> None:
    """The cells say 35 + 35; a ruling sets 90, and the gap stays until it is reached (task 17)."""
    with services.transaction() as tx:
        for indicator, quantity in (
            (cast.indicator, "35"),
            (cast.second_indicator, "35"),
            (cast.goal, ruled),
        ):
            mine = Indicator.__table__.c.id == indicator
            tx.execute(update(Indicator).where(mine).values(quantity=Decimal(quantity)))
    a.an_acknowledged_task(services, cast)
    a.carry(services, cast, cast.milestone, cast.indicator, "35")
    a.carry(services, cast, cast.second, cast.second_indicator, "35")
    if not missing:
        do(services, "task", cast.task, "close_out", cast.amira)
        assert a.state_of(services, Task, cast.task) == "closed"
        return
    with refused(services, NotReady) as error:
        do(services, "task", cast.task, "close_out", cast.amira)
    assert [lack.code for lack in error.value.missing] == missing
    assert error.value.missing[0].facts == {
        "metric": "能源审计",
        "reached": "70",
        "target": "90",
        "unit": "家",
    }


def test_cancelling_takes_back_what_waits_for_signatures(services: Services, cast: Cast) -> None:
    a.a_submitted_milestone(services, cast)
    with watching(services) as seen:
        do(services, "task", cast.task, "cancel", cast.amira, reason=a.REASON)
    assert seen.acts == ["task.cancel", "milestone.recall", "approval.void"]
    with services.reading() as tx:
        assert tx.execute(select(Approval.state)).scalars().all() == ["voided"]


@pytest.mark.parametrize(("action", "details"), [("redate", {"due_on": "2022-06-17"}), ("waive", None)])
def test_nothing_moves_in_a_cancelled_task(
    services: Services, cast: Cast, action: str, details: dict[str, str] | None
) -> None:
    a.a_cancelled_task(services, cast)
    who = cast.amira if action == "redate" else None
    with refused(services, NotReady) as error:
        do(services, "milestone", cast.second, action, who, reason=a.REASON, details=details)
    assert [lack.code for lack in error.value.missing] == ["not_cancelled"]


def test_a_notice_is_drafted_for_a_unit_and_a_milestone_of_the_task(services: Services, cast: Cast) -> None:
    draft = a.notice_draft(services, cast)
    with watching(services) as seen:
        do(services, "task", cast.task, "draft_notice", cast.amira, details=draft)
    assert seen.acts == ["task.draft_notice", "notice.draft"]
    assert seen.letters == [("to_sign_off", {"role": "signatory", "office": True})]
    assert a.state_of(services, Notice, a.latest(services, Notice)) == "drafted"
    wrong = {**draft, "unit_id": cast.other, "milestone_id": 999, "reply_on": "2022-01-13"}
    with refused(services, NotReady) as error:
        do(services, "task", cast.task, "draft_notice", cast.amira, details=wrong)
    assert [lack.code for lack in error.value.missing] == ["own_unit", "own_milestone", "not_in_past"]


def test_a_part_is_acknowledged_by_its_own_unit_and_the_leads_with_the_task(
    services: Services, cast: Cast
) -> None:
    joint = a.a_joint_part(services, cast)
    with watching(services) as seen:
        do(services, "part", joint, "acknowledge", cast.jun)
    assert seen.events == [("part", "acknowledge", "acknowledged", cast.jun)]
    with services.reading() as tx:
        row = tx.execute(select(Part.acknowledged_by, Part.version).where(Part.id == joint)).one()
    assert tuple(row) == (cast.jun, 2)
    assert a.state_of(services, Part, a.the_lead_part(services, cast)) == "assigned"
    with refused(services, WrongState):
        do(services, "part", joint, "acknowledge", cast.jun)


def test_the_gate_names_the_year_of_each_open_milestone(services: Services, cast: Cast) -> None:
    with services.reading() as tx:
        standing = load_tasks(tx, [cast.task], cast.amira, services.clock())[cast.task]
    assert milestones_done(standing) == Missing("milestones_done", {"years": "2022, 2023"})
