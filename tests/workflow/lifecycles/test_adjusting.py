"""Each kind of adjustment, approved: carried out at once, under the same lock; what was there stays known."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from models import (
    Approval,
    DueMove,
    Evidence,
    Indicator,
    Milestone,
    Part,
    Plan,
    Share,
    TargetMove,
    Task,
)
from models.states import DueBasis, Origin, Role
from schedules.suspensions import resume_suspended
from tests.people import Cast, HandClock, accept, add, approval_of, do
from tests.workflow.lifecycles import districts as d
from tests.workflow.lifecycles import situations as a
from tests.workflow.lifecycles.adjusted import adjust, approve, codes, row, rows, sound
from tests.workflow.lifecycles.witness import refused, watching
from tests.workflow.scan.clockwork import morning
from workflow.bootstrap import Services
from workflow.errors import NotReady
from workflow.target_moves import originals


def test_a_moved_target_recalls_what_lies_with_the_signers(services: Services, cast: Cast) -> None:
    a.a_submitted_milestone(services, cast)
    approval = approval_of(services, cast.milestone)
    adjustment = a.a_proposed_adjustment(services, cast)
    with watching(services) as seen:
        approve(services, cast, adjustment)
    assert seen.acts == [
        "approval.approve", "approval.conclude", "adjustment.approve", "target_move.move_target", "milestone.recall",
        "approval.void",
    ]  # fmt: skip
    assert row(services, Milestone, cast.milestone).state == "in_progress"
    assert row(services, Approval, approval).state == "voided"


def test_a_goal_moves_by_an_adjustment_of_its_own(services: Services, cast: Cast) -> None:
    version = row(services, Task, cast.task).version
    adjust(services, cast, "retarget", {"quantity": "580"}, indicator_id=cast.goal)
    assert row(services, Indicator, cast.goal).quantity == 580
    assert row(services, Task, cast.task).version == version + 2, "proposed on it, and its goal moved"
    with services.reading() as tx:
        assert originals(tx, cast.task) == {cast.goal: 600}


def test_the_original_stays_known_however_often_it_moves(services: Services, cast: Cast) -> None:
    for quantity in ("280", "290.5", "300"):
        adjust(services, cast, "retarget", {"quantity": quantity}, indicator_id=cast.indicator)
    with services.reading() as tx:
        assert originals(tx, cast.task) == {cast.indicator: 300}
    assert [str(move.to_quantity) for move in rows(services, TargetMove)] == ["280", "290.5", "300"]


def test_a_date_moves_with_the_shares_that_would_be_later(services: Services, cast: Cast) -> None:
    a.a_started_milestone(services, cast)
    with services.transaction() as tx:
        extra = {name: add(tx, Share, **_share(cast, unit, due, state)) for name, unit, due, state in (
            ("early", cast.joint, date(2022, 9, 30), "issued"), ("late", cast.lead, date(2022, 12, 30), "in_progress"),
            ("done", cast.other, date(2022, 12, 30), "accepted"),
        )}  # fmt: skip
    with watching(services) as seen:
        adjust(services, cast, "redate", {"due_on": "2022-11-30"}, milestone_id=cast.milestone)
    assert ("milestone", "redate", "in_progress", None) in seen.events
    kept = row(services, Milestone, cast.milestone)
    assert (kept.due_on, kept.due_basis) == (date(2022, 11, 30), DueBasis.ADJUSTMENT)
    due = {name: row(services, Share, share).due_on for name, share in extra.items()}
    assert due == {"early": date(2022, 9, 30), "late": date(2022, 11, 30), "done": date(2022, 12, 30)}
    moves = [(m.share_id, m.from_on, m.to_on, m.basis, m.reason) for m in rows(services, DueMove)]
    assert moves == [
        (None, date(2022, 12, 30), date(2022, 11, 30), DueBasis.ADJUSTMENT, a.REASON),
        (extra["late"], date(2022, 12, 30), date(2022, 11, 30), DueBasis.ADJUSTMENT, a.REASON),
    ]


def _share(cast: Cast, unit: int, due: date, state: str) -> dict[str, Any]:
    return {
        "task_id": cast.task, "milestone_id": cast.milestone, "unit_id": unit, "text": "完成审计", "due_on": due,
        "state": state, "issued_at": morning(2022, 1, 14),
    }  # fmt: skip


def parts(services: Services, task: int) -> dict[int, tuple[str, str]]:
    return {part.unit_id: (part.role, part.state) for part in rows(services, Part, Part.task_id == task)}


def test_units_come_change_and_leave(services: Services, cast: Cast) -> None:
    a.an_acknowledged_task(services, cast)
    units = [{"unit_id": cast.other, "role": "lead"}, {"unit_id": cast.lead, "role": "contributor"},
             {"unit_id": cast.joint, "role": None}]  # fmt: skip
    with watching(services) as seen:
        adjust(services, cast, "assign", {"units": units})
    assert parts(services, cast.task) == {
        cast.lead: ("contributor", "acknowledged"),
        cast.other: ("lead", "assigned"),
    }
    assert [act for act in seen.acts if act.startswith("part")] == [
        "part.remove",
        "part.change_role",
        "part.assign",
    ]
    assert [(topic, to["unit_id"]) for topic, to in seen.letters if "unit_id" in to][2:5] == [
        ("part_ended", cast.joint), ("assigned", cast.lead), ("assigned", cast.other),
    ]  # fmt: skip
    do(services, "part", a.part_of(services, cast.task, cast.other), "acknowledge", cast.petra)
    sound(services)


def test_where_signers_change_a_submission_comes_back(services: Services, cast: Cast) -> None:
    a.a_submitted_milestone(services, cast)
    adjust(services, cast, "assign", {"units": [{"unit_id": cast.other, "role": "contributor"}]})
    assert row(services, Milestone, cast.milestone).state == "submitted"
    adjust(services, cast, "assign", {"units": [{"unit_id": cast.other, "role": "joint"}]})
    assert row(services, Milestone, cast.milestone).state == "in_progress"


def test_who_holds_open_shares_does_not_leave(services: Services, cast: Cast) -> None:
    a.an_acknowledged_task(services, cast)
    with services.transaction() as tx:
        share = add(tx, Share, **_share(cast, cast.joint, date(2022, 9, 30), "issued"))
    with pytest.raises(NotReady) as error:
        a.propose(services, cast, "assign", {"units": [{"unit_id": cast.joint, "role": None}]})
    assert codes(error) == ["holds_shares"]
    with services.transaction() as tx:
        table: Any = Share.__table__
        tx.execute(table.delete().where(table.c.id == share))
    adjust(services, cast, "assign", {"units": [{"unit_id": cast.joint, "role": None}]})


def test_a_milestone_is_added_like_any_other(services: Services, cast: Cast) -> None:
    indicator = {"metric": "能源审计", "quantity": "20", "unit": "家", "kind": "count", "comparator": "at_least",
                 "basis": "annual_increment", "goal_id": cast.goal}  # fmt: skip
    change = {"year": 2024, "text": "再审计20家", "due_on": "2024-06-28", "indicators": [indicator]}
    adjust(services, cast, "add_milestone", change)
    added = row(services, Milestone, a.latest(services, Milestone))
    assert (added.year, added.state, added.due_basis) == (2024, "planned", DueBasis.ADJUSTMENT)
    (kept,) = rows(services, Indicator, Indicator.milestone_id == added.id)
    assert (kept.quantity, kept.goal_id, kept.definition, kept.printed_quantity) == (
        20,
        cast.goal,
        None,
        None,
    )
    a.an_acknowledged_task(services, cast)
    do(services, "milestone", added.id, "start", cast.olga)


def test_a_completed_task_with_a_further_milestone_is_complete_no_more(
    services: Services, cast: Cast
) -> None:
    a.a_finished_task(services, cast)
    adjust(services, cast, "add_milestone", {"year": 2024, "text": "回头看", "due_on": "2024-06-28"})
    assert row(services, Task, cast.task).state == "in_progress"


@pytest.mark.parametrize("situation", [a.a_planned_milestone, a.a_submitted_milestone])
def test_a_cancelled_milestone_is_waived(services: Services, cast: Cast, situation: Any) -> None:
    situation(services, cast)
    adjust(services, cast, "cancel_milestone", {}, milestone_id=cast.milestone)
    assert row(services, Milestone, cast.milestone).state == "waived"
    assert row(services, Task, cast.task).state != "completed"


def test_the_last_milestone_that_is_cancelled_completes_the_task(services: Services, cast: Cast) -> None:
    accept(services, cast)
    adjust(services, cast, "cancel_milestone", {}, milestone_id=cast.second)
    assert row(services, Task, cast.task).state == "completed"


def test_a_task_is_cancelled(services: Services, cast: Cast) -> None:
    a.a_submitted_milestone(services, cast)
    adjust(services, cast, "cancel", {})
    assert row(services, Task, cast.task).state == "cancelled"
    assert row(services, Milestone, cast.milestone).state == "in_progress"


def test_a_suspension_that_was_decided_ends_by_itself(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    a.a_task_under_way(services, cast)
    adjust(services, cast, "suspend", {"until_on": "2022-03-14"})
    kept = row(services, Task, cast.task)
    assert (kept.state, kept.suspended_on, kept.suspended_until_on) == (
        "suspended", date(2022, 1, 14), date(2022, 3, 14),
    )  # fmt: skip
    clock.now = morning(2022, 3, 14)
    assert resume_suspended(services, clock.now)["resumed"] == 1


def test_a_suspension_whose_end_has_passed_is_not_approved(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    a.a_task_under_way(services, cast)
    adjustment = a.propose(services, cast, "suspend", {"until_on": "2022-03-14"})
    clock.now = morning(2022, 3, 14)
    with refused(services, NotReady) as error:
        approve(services, cast, adjustment)
    assert codes(error) == ["ends_later"]


@pytest.mark.parametrize("from_on", ["2021-12-31", "2022-03-11"])
def test_a_suspension_takes_no_day_before_the_work_nor_one_that_an_earlier_one_took(
    services: Services, cast: Cast, clock: HandClock, from_on: str
) -> None:
    """The task was assigned on 14 January, and taken up again on 14 March."""
    a.a_task_under_way(services, cast)
    adjust(services, cast, "suspend", {"until_on": "2022-03-14"})
    clock.now = morning(2022, 3, 14)
    resume_suspended(services, clock.now)
    clock.now = morning(2022, 3, 21)
    with pytest.raises(NotReady) as error:
        a.propose(services, cast, "suspend", {"until_on": "2022-04-01", "from_on": from_on})
    assert [(lack.code, lack.facts["field"], lack.facts["earliest"]) for lack in error.value.missing] == [
        ("stopped_since", "change.from_on", "2022-03-14")
    ]
    before = row(services, Milestone, cast.milestone).due_on
    adjust(services, cast, "suspend", {"until_on": "2022-04-01", "from_on": "2022-03-14"})
    assert row(services, Milestone, cast.milestone).due_on == before


def test_a_task_is_split_with_what_is_still_planned(services: Services, cast: Cast) -> None:
    a.a_started_milestone(services, cast)
    change = {"name": "推进教育系统能源审计", "units": [{"unit_id": cast.joint, "role": "lead"}],
              "milestone_ids": [cast.second]}  # fmt: skip
    with watching(services) as seen:
        adjustment = adjust(services, cast, "split", change)
    new = row(services, Task, a.latest(services, Task))
    assert (new.number, new.name, new.state, new.origin) == (5, change["name"], "assigned", Origin.MEETING)
    assert new.origin_details["split_from"] == cast.task
    assert new.origin_details["adjustment_id"] == adjustment
    assert parts(services, new.id) == {cast.joint: ("lead", "assigned")}
    (milestone,) = rows(services, Milestone, Milestone.task_id == new.id)
    source = row(services, Milestone, cast.second)
    assert source.state == "waived"
    assert (milestone.year, milestone.text, milestone.due_on) == (source.year, source.text, source.due_on)
    (indicator,) = rows(services, Indicator, Indicator.milestone_id == milestone.id)
    assert (indicator.quantity, indicator.goal_id) == (300, None)
    assert ("assigned", {"role": Role.OWNER, "unit_id": cast.joint}) in seen.letters
    sound(services)


def test_what_was_begun_does_not_go_with_a_split(services: Services, cast: Cast) -> None:
    a.a_started_milestone(services, cast)
    change = {
        "name": "分出",
        "units": [{"unit_id": cast.joint, "role": "lead"}],
        "milestone_ids": [cast.milestone],
    }
    with pytest.raises(NotReady) as error:
        a.propose(services, cast, "split", change)
    assert codes(error) == ["split_planned"]


def test_what_was_broken_down_does_not_go_with_a_split(services: Services, cast: Cast) -> None:
    """It is planned still, but what its shares bring would be left behind. Waived shares bring nothing."""
    a.a_planned_milestone(services, cast)
    with services.transaction() as tx:
        here = d.settle_districts(tx, cast)
    (share,) = d.break_down(services, cast, d.portion(cast, here.qingpu))
    change = {
        "name": "分出",
        "units": [{"unit_id": cast.joint, "role": "lead"}],
        "milestone_ids": [cast.milestone],
    }
    with pytest.raises(NotReady) as error:
        a.propose(services, cast, "split", change)
    assert codes(error) == ["split_divided"]
    do(services, "share", share, "waive", cast.olga, reason=a.REASON)
    adjust(services, cast, "split", change)
    assert row(services, Milestone, cast.milestone).state == "waived"


def test_a_merged_task_ends_and_the_other_ones_lead_is_told(services: Services, cast: Cast) -> None:
    (other,) = a.further_tasks(services, cast, 1)
    with watching(services) as seen:
        adjust(services, cast, "merge", {"into_task_id": other.task})
    assert row(services, Task, cast.task).state == "cancelled"
    assert row(services, Task, other.task).state == "assigned"
    assert ("task", "take_over", None, None) in seen.events
    assert ("task_taken_over", {"role": Role.OWNER, "unit_id": cast.lead}) in seen.letters


@pytest.mark.parametrize("ended", ["cancelled", "elsewhere"])
def test_a_task_is_not_merged_into_one_that_ended_or_is_of_another_plan(
    services: Services, cast: Cast, ended: str
) -> None:
    (other,) = a.further_tasks(services, cast, 1)
    adjustment = a.propose(services, cast, "merge", {"into_task_id": other.task})
    if ended == "cancelled":
        do(services, "task", other.task, "cancel", cast.amira, reason=a.REASON)
    else:
        with services.transaction() as tx:
            plan = dict(tx.execute(select(Plan.__table__)).one()._mapping) | {"id": 9, "code": "other"}
            tx.execute(insert(Plan), plan)
            table: Any = Task.__table__
            tx.execute(table.update().where(table.c.id == other.task).values(plan_id=9))
    with refused(services, NotReady) as error:
        approve(services, cast, adjustment)
    assert codes(error) == ["merged_alive"]


def test_accepted_evidence_and_signed_text_stay_as_they_were(services: Services, cast: Cast) -> None:
    """Adjusting the second year touches nothing of the first."""
    accept(services, cast)
    signed = row(services, Approval, approval_of(services, cast.milestone))
    adjust(services, cast, "retarget", {"quantity": "250"}, indicator_id=cast.second_indicator)
    assert row(services, Approval, signed.id) == signed
    with services.reading() as tx:
        assert tx.execute(select(func.count()).select_from(Evidence)).scalar_one() == 1
