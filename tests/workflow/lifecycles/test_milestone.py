"""Milestone 节点: from planned to accepted, with its figures, evidence and due dates."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update

from models import Approval, Card, DueMove, Evidence, Indicator, Milestone, Notice, ProgressEntry, Seat, Task
from models.states import Comparator
from tests.people import Cast, add, approval_of, do, file
from tests.workflow.lifecycles import situations as a
from tests.workflow.lifecycles.witness import refused, watching
from workflow.bootstrap import Services
from workflow.errors import Malformed, NotReady, ReasonRequired, WrongState


def test_starting_the_first_milestone_takes_the_task_into_work(services: Services, cast: Cast) -> None:
    a.an_acknowledged_task(services, cast)
    with watching(services) as seen:
        do(services, "milestone", cast.milestone, "start", cast.olga)
    assert seen.events == [
        ("milestone", "start", "in_progress", cast.olga),
        ("task", "start", "in_progress", None),
    ]
    with watching(services) as seen:
        do(services, "milestone", cast.second, "start", cast.olga)
    assert seen.acts == ["milestone.start"]


def test_a_report_is_an_entry_per_figure(services: Services, cast: Cast) -> None:
    a.a_started_milestone(services, cast)
    with watching(services) as seen:
        do(
            services,
            "milestone",
            cast.milestone,
            "report",
            cast.olga,
            details=a.progress(cast.indicator, "180"),
        )
    with services.reading() as tx:
        entries = tx.execute(
            select(
                ProgressEntry.indicator_id,
                ProgressEntry.quantity,
                ProgressEntry.unit_id,
                ProgressEntry.reported_by,
            )
        ).all()
    assert [tuple(entry) for entry in entries] == [(cast.indicator, Decimal(180), cast.lead, cast.olga)]
    assert seen.events == [("milestone", "report", "in_progress", cast.olga)]
    assert seen.letters == []


def test_a_report_in_words_alone_is_one_entry(services: Services, cast: Cast) -> None:
    a.a_started_milestone(services, cast)
    do(
        services, "milestone", cast.milestone, "report", cast.olga,
        details={"note": "已部署。", "as_of_on": "2022-01-14"},
    )  # fmt: skip
    with services.reading() as tx:
        rows = tx.execute(select(ProgressEntry.note, ProgressEntry.quantity)).all()
    assert [tuple(row) for row in rows] == [("已部署。", None)]


@pytest.mark.parametrize(
    ("details", "missing"),
    [
        ({"figures": [{"indicator_id": 999, "quantity": "1"}], "as_of_on": "2022-01-14"}, ["own_indicator"]),
        ({"note": "早", "as_of_on": "2022-01-15"}, ["not_in_future"]),
        ({"note": "  ", "as_of_on": "2022-01-14"}, ["something_said"]),
        ({"figures": [{"indicator_id": 999, "quantity": "1"}], "as_of_on": "2022-02-01"},
         ["own_indicator", "not_in_future"]),
    ],
)  # fmt: skip
def test_a_report_that_cannot_be_true_is_refused_with_all_that_is_wrong(
    services: Services, cast: Cast, details: dict[str, Any], missing: list[str]
) -> None:
    a.a_started_milestone(services, cast)
    with refused(services, NotReady) as error:
        do(services, "milestone", cast.milestone, "report", cast.olga, details=details)
    assert [lack.code for lack in error.value.missing] == missing


def test_a_count_below_zero_is_refused(services: Services, cast: Cast) -> None:
    a.a_started_milestone(services, cast)
    with refused(services, NotReady) as error:
        do(
            services,
            "milestone",
            cast.milestone,
            "report",
            cast.olga,
            details=a.progress(cast.indicator, "-1"),
        )
    assert [(lack.code, lack.facts["quantity"]) for lack in error.value.missing] == [("not_negative", "-1")]


@pytest.mark.parametrize(
    ("details", "sorts"),
    [
        ({}, ["field.missing"]),
        (
            {"as_of_on": "soon", "colour": "red"},
            ["field.date_from_datetime_parsing", "field.extra_forbidden"],
        ),
        (
            {"as_of_on": "2022-01-14", "figures": [{"indicator_id": 1, "quantity": "1.123456789"}]},
            ["field.decimal_max_places"],
        ),
    ],
)
def test_a_report_that_cannot_be_read_names_its_fields(
    services: Services, cast: Cast, details: dict[str, Any], sorts: list[str]
) -> None:
    a.a_started_milestone(services, cast)
    with refused(services, Malformed) as error:
        do(services, "milestone", cast.milestone, "report", cast.olga, details=details)
    assert [lack.code for lack in error.value.missing] == sorts


def test_an_owner_of_two_units_reports_for_the_one_named(services: Services, cast: Cast) -> None:
    a.a_started_milestone(services, cast)
    joan = a.joint_owner(services, cast)
    do(services, "milestone", cast.milestone, "report", joan, details=a.progress(cast.indicator, "20"))
    named = {**a.progress(cast.indicator, "30"), "unit_id": cast.joint}
    with refused(services, NotReady):
        do(services, "milestone", cast.milestone, "report", cast.olga, details=named)
    do(services, "milestone", cast.milestone, "report", cast.olga, details={**named, "unit_id": cast.lead})
    with services.reading() as tx:
        units = tx.execute(select(ProgressEntry.unit_id).order_by(ProgressEntry.id)).scalars().all()
    assert units == [cast.joint, cast.lead], "a unit that one does not own for is not reported for"


def test_evidence_is_attached_detached_and_superseded(services: Services, cast: Cast) -> None:
    a.a_started_milestone(services, cast)
    with watching(services) as seen:
        do(services, "milestone", cast.milestone, "attach", cast.olga, details=file("初稿.pdf"))
    assert seen.events == [
        ("milestone", "attach", "in_progress", cast.olga),
        ("evidence", "attach", "attached", cast.olga),
    ]
    first = a.latest(services, Evidence)
    better = file("定稿.pdf", "1" * 64).model_copy(update={"supersedes_id": first})
    do(services, "milestone", cast.milestone, "attach", cast.olga, details=better)
    second = a.latest(services, Evidence)
    do(
        services,
        "milestone",
        cast.milestone,
        "detach",
        cast.olga,
        reason="页码有误。",
        details={"evidence_id": second},
    )
    assert a.state_of(services, Evidence, first) == "superseded"
    assert a.state_of(services, Evidence, second) == "detached"


def test_evidence_is_detached_with_a_reason_and_only_ones_own(services: Services, cast: Cast) -> None:
    a.a_milestone_with_all_it_needs(services, cast)
    mine = {"evidence_id": a.latest(services, Evidence)}
    with refused(services, ReasonRequired):
        do(services, "milestone", cast.milestone, "detach", cast.olga, details=mine)
    do(services, "milestone", cast.second, "start", cast.olga)
    with refused(services, NotReady) as error:
        do(services, "milestone", cast.second, "detach", cast.olga, reason="错", details=mine)
    assert [lack.code for lack in error.value.missing] == ["own_evidence"]


def test_evidence_of_tomorrow_is_refused(services: Services, cast: Cast) -> None:
    a.a_started_milestone(services, cast)
    ahead = file().model_copy(update={"true_on": date(2022, 1, 15), "supersedes_id": 999})
    with refused(services, NotReady) as error:
        do(services, "milestone", cast.milestone, "attach", cast.olga, details=ahead)
    assert [lack.code for lack in error.value.missing] == ["not_in_future", "own_evidence"]


def test_submitting_opens_an_approval_and_tells_the_first_signers(services: Services, cast: Cast) -> None:
    a.a_milestone_with_all_it_needs(services, cast)
    with watching(services) as seen:
        do(services, "milestone", cast.milestone, "submit", cast.olga, details={"text": "目标已完成。"})
    assert seen.events == [
        ("milestone", "submit", "submitted", cast.olga),
        ("approval", "open", "open", cast.olga),
    ]
    assert seen.letters == [("to_sign", {"role": "reviewer", "unit_id": cast.lead})]
    with services.reading() as tx:
        row = tx.execute(
            select(Milestone.round, Milestone.submission, Milestone.submitted_at, Milestone.submitted_by,
                   Milestone.submitted_unit_id).where(Milestone.id == cast.milestone)
        ).one()  # fmt: skip
    assert tuple(row) == (1, "目标已完成。", services.clock(), cast.olga, cast.lead)


@pytest.mark.parametrize(
    ("action", "details"), [("report", {"note": "补", "as_of_on": "2022-01-14"}), ("attach", file())]
)
def test_while_submitted_nothing_is_reported_or_attached(
    services: Services, cast: Cast, action: str, details: Any
) -> None:
    a.a_submitted_milestone(services, cast)
    with refused(services, WrongState):
        do(services, "milestone", cast.milestone, action, cast.olga, details=details)


def test_a_submission_needs_its_target_to_the_last_decimal(services: Services, cast: Cast) -> None:
    a.a_started_milestone(services, cast)
    do(
        services,
        "milestone",
        cast.milestone,
        "report",
        cast.olga,
        details=a.progress(cast.indicator, "299.99999999"),
    )
    do(services, "milestone", cast.milestone, "attach", cast.olga, details=file())
    with refused(services, NotReady) as error:
        do(services, "milestone", cast.milestone, "submit", cast.olga, details={"text": "完成"})
    (lack,) = error.value.missing
    assert (lack.code, lack.facts["reached"], lack.facts["target"]) == ("target", "299.99999999", "300")
    do(
        services,
        "milestone",
        cast.milestone,
        "report",
        cast.olga,
        details=a.progress(cast.indicator, "0.00000001"),
    )
    do(services, "milestone", cast.milestone, "submit", cast.olga, details={"text": "完成"})


def test_several_targets_that_are_short_are_counted(services: Services, cast: Cast) -> None:
    with services.transaction() as tx:
        add(tx, Indicator, task_id=cast.task, milestone_id=cast.milestone, ordinal=2, metric="后评估",
            quantity=Decimal(30), unit="家", comparator=Comparator.AT_LEAST, basis="level", kind="count")  # fmt: skip
    a.a_started_milestone(services, cast)
    with refused(services, NotReady) as error:
        do(services, "milestone", cast.milestone, "submit", cast.olga, details={"text": "完成"})
    targets = next(lack for lack in error.value.missing if lack.code == "targets")
    assert targets.facts["count"] == 2


def test_who_submitted_may_withdraw_until_somebody_decides(services: Services, cast: Cast) -> None:
    a.a_submitted_milestone(services, cast)
    with watching(services) as seen:
        do(services, "milestone", cast.milestone, "withdraw", cast.olga)
    assert seen.events == [
        ("milestone", "withdraw", "in_progress", cast.olga),
        ("approval", "withdraw", "withdrawn", None),
    ]
    assert _seats(services, approval_of(services, cast.milestone)) == ["lapsed", "lapsed", "lapsed"]
    do(services, "milestone", cast.milestone, "submit", cast.olga, details={"text": "再次报送。"})
    do(services, "approval", approval_of(services, cast.milestone), "approve", cast.rashid)
    with refused(services, NotReady) as error:
        do(services, "milestone", cast.milestone, "withdraw", cast.olga)
    assert [lack.code for lack in error.value.missing] == ["nobody_decided"]


def test_a_recall_voids_the_approval_and_says_why(services: Services, cast: Cast) -> None:
    a.a_submitted_milestone(services, cast)
    approval = approval_of(services, cast.milestone)
    with watching(services) as seen:
        do(services, "milestone", cast.milestone, "recall", None, reason="裁定调整了目标。")
    assert seen.acts == ["milestone.recall", "approval.void"]
    assert seen.letters == [
        ("approval_voided", {"role": "reviewer", "unit_id": cast.lead}),
        ("recalled", {"role": "owner", "unit_id": cast.lead}),
    ]
    assert a.state_of(services, Approval, approval) == "voided"
    assert _seats(services, approval) == ["lapsed", "lapsed", "lapsed"]


def test_accepting_keeps_the_evidence_for_good(services: Services, cast: Cast) -> None:
    a.an_accepted_milestone(services, cast)
    evidence = a.latest(services, Evidence)
    assert a.state_of(services, Evidence, evidence) == "accepted"
    do(services, "milestone", cast.milestone, "reopen", cast.amira, reason=a.REASON)
    with refused(services, NotReady) as error:
        do(
            services,
            "milestone",
            cast.milestone,
            "detach",
            cast.olga,
            reason="换",
            details={"evidence_id": evidence},
        )
    assert [lack.code for lack in error.value.missing] == ["own_evidence"]


def test_reopening_takes_a_completed_task_back_into_work(services: Services, cast: Cast) -> None:
    a.a_closed_task(services, cast)
    with watching(services) as seen:
        do(services, "milestone", cast.milestone, "reopen", cast.amira, reason=a.REASON)
    assert seen.events == [
        ("milestone", "reopen", "in_progress", cast.amira),
        ("task", "resume_work", "in_progress", None),
    ]
    assert seen.letters == [("reopened", {"role": "owner", "unit_id": cast.lead})]
    assert a.state_of(services, Task, cast.task) == "in_progress"


def test_a_new_due_date_keeps_the_old_one_and_its_reason(services: Services, cast: Cast) -> None:
    a.a_planned_milestone(services, cast)
    with watching(services) as seen:
        do(services, "milestone", cast.milestone, "redate", cast.amira, reason="节能宣传周", details={
            "due_on": "2022-06-17", "basis": "event"})  # fmt: skip
    assert a.due_on(services, cast.milestone) == date(2022, 6, 17)
    with services.reading() as tx:
        move = tx.execute(select(DueMove.from_on, DueMove.to_on, DueMove.basis, DueMove.reason)).one()
    assert tuple(move) == (date(2022, 12, 30), date(2022, 6, 17), "event", "节能宣传周")
    assert seen.letters == [("redated", {"role": "owner", "unit_id": cast.lead})]
    with refused(services, NotReady) as error:
        do(
            services,
            "milestone",
            cast.milestone,
            "redate",
            cast.amira,
            reason="同",
            details={"due_on": "2022-06-17"},
        )
    assert [lack.code for lack in error.value.missing] == ["moved"]


def test_a_card_is_raised_with_the_notice_that_goes_with_it(services: Services, cast: Cast) -> None:
    a.an_acknowledged_task(services, cast)
    with watching(services) as seen:
        do(services, "milestone", cast.milestone, "raise_card", None, details=a.earned())
    assert seen.events == [
        ("milestone", "raise_card", "planned", None),
        ("card", "raise", "raised", None),
        ("notice", "draft", "drafted", None),
    ]
    assert seen.topics == ["to_sign_off", "card_raised", "card_raised", "card_raised"]
    assert [who["role"] for topic, who in seen.letters if topic == "card_raised"] == [
        "owner",
        "reviewer",
        "leader",
    ]
    with services.reading() as tx:
        notice = tx.execute(select(Notice.card_id, Notice.kind, Notice.unit_id)).one()
        card = tx.execute(select(Card.id, Card.colour, Card.raised_by)).one()
    assert tuple(notice) == (card.id, "red_card", cast.lead)
    assert (card.colour, card.raised_by) == ("red", None)


@pytest.mark.parametrize("situation", [a.a_suspended_task, a.a_cancelled_task])
def test_nothing_is_late_while_the_clock_stands_still(services: Services, cast: Cast, situation: Any) -> None:
    situation(services, cast)
    with refused(services, NotReady) as error:
        do(services, "milestone", cast.milestone, "raise_card", None, details=a.earned())
    assert [lack.code for lack in error.value.missing] == ["clock_running"]


def test_a_level_is_met_by_the_figure_of_the_latest_day(services: Services, cast: Cast) -> None:
    with services.transaction() as tx:
        mine = Indicator.__table__.c.id == cast.indicator
        tx.execute(update(Indicator).where(mine).values(basis="level", comparator="at_most"))
    a.a_started_milestone(services, cast)
    for quantity, on in (("250", date(2022, 1, 10)), ("310", date(2022, 1, 5))):
        details = a.progress(cast.indicator, quantity, on)
        do(services, "milestone", cast.milestone, "report", cast.olga, details=details)
    do(services, "milestone", cast.milestone, "attach", cast.olga, details=file())
    do(services, "milestone", cast.milestone, "submit", cast.olga, details={"text": "未超过300。"})
    assert a.state_of(services, Milestone, cast.milestone) == "submitted"


def _seats(services: Services, approval: int) -> list[str]:
    with services.reading() as tx:
        states = tx.execute(select(Seat.state).where(Seat.approval_id == approval).order_by(Seat.id))
        return [str(state) for state in states.scalars()]
