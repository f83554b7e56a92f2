"""Waivers: asked for in time, granted by the office and its leader; the milestone is waived, and its task goes on."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from models import Approval, Extension, Milestone, OutboxRow, Task, Waiver
from models.states import Role
from tests.people import Cast, HandClock, add_person, do, file, round_of, sign
from tests.workflow.lifecycles import situations as a
from tests.workflow.lifecycles.adjusted import adjust, codes, row, rows, sound
from tests.workflow.lifecycles.witness import refused, watching
from workflow.bootstrap import Services
from workflow.errors import NotPermitted, NotReady, ReasonRequired, WrongState


@pytest.fixture
def chief(services: Services, cast: Cast) -> int:
    """The office's leader."""
    with services.transaction() as tx:
        return add_person(tx, "chief", "主任", (Role.LEADER, cast.office))


def ask(services: Services, cast: Cast, who: int | None = None) -> int:
    do(services, "milestone", cast.milestone, "request_waiver", who or cast.olga, reason=a.WHY)
    return a.latest(services, Waiver)


def state(services: Services, waiver: int) -> tuple[str, str]:
    """Of the waiver, and of its approval."""
    approval = row(services, Approval, round_of(services, "waiver", waiver))
    return row(services, Waiver, waiver).state, approval.state


def test_asking_opens_an_approval_over_what_would_not_be_reached(services: Services, cast: Cast) -> None:
    a.a_started_milestone(services, cast)
    with watching(services) as seen:
        waiver = ask(services, cast)
    assert seen.acts == ["milestone.request_waiver", "waiver.request", "approval.open"]
    assert seen.letters == [("to_sign_waiver", {"role": Role.SUPERVISOR, "unit_id": cast.office})]
    assert json.loads(row(services, Approval, round_of(services, "waiver", waiver)).signed_facts) == {
        "milestone": cast.milestone, "reason": a.WHY,
        "targets": [[cast.indicator, "能源审计", "300", "家", "at_least"]],
    }  # fmt: skip
    (kept,) = rows(services, Waiver)
    assert (kept.state, kept.reason, kept.requested_by, kept.requested_unit_id) == (
        "requested", a.WHY, cast.olga, cast.lead,
    )  # fmt: skip


def test_the_supervisor_signs_and_then_the_leader_and_it_is_waived(
    services: Services, cast: Cast, chief: int
) -> None:
    waiver = a.a_requested_waiver(services, cast)
    sign(services, "waiver", waiver, cast.amira)
    assert row(services, Milestone, cast.milestone).state == "in_progress"
    with watching(services) as seen:
        sign(services, "waiver", waiver, chief)
    assert seen.acts == ["approval.approve", "approval.conclude", "waiver.grant", "milestone.waive"]
    assert seen.letters == [("waiver_granted", {"person_id": cast.olga})]
    assert row(services, Milestone, cast.milestone).state == "waived"
    assert state(services, waiver) == ("granted", "approved")
    sound(services)


def test_the_last_that_is_waived_completes_the_task(services: Services, cast: Cast, chief: int) -> None:
    waiver = a.a_requested_waiver(services, cast)
    do(services, "milestone", cast.second, "waive", None, reason=a.REASON)
    sign(services, "waiver", waiver, cast.amira, chief)
    assert row(services, Task, cast.task).state == "completed"


def test_a_refusal_tells_who_asked(services: Services, cast: Cast) -> None:
    waiver = a.a_requested_waiver(services, cast)
    with watching(services) as seen:
        do(
            services,
            "approval",
            round_of(services, "waiver", waiver),
            "return",
            cast.amira,
            reason="仍需完成。",
        )
    assert seen.acts == ["approval.return", "waiver.refuse"]
    assert seen.letters == [("waiver_refused", {"person_id": cast.olga})]
    assert row(services, Milestone, cast.milestone).state == "in_progress"


def test_who_asked_takes_it_back(services: Services, cast: Cast) -> None:
    waiver = a.a_requested_waiver(services, cast)
    with refused(services, NotPermitted):
        do(services, "waiver", waiver, "withdraw", cast.amira)
    do(services, "waiver", waiver, "withdraw", cast.olga)
    assert state(services, waiver) == ("withdrawn", "withdrawn")
    later = ask(services, cast)
    sign(services, "waiver", later, cast.amira)
    with refused(services, NotReady) as error:
        do(services, "waiver", later, "withdraw", cast.olga)
    assert codes(error) == ["nobody_decided"]


def test_one_is_open_at_a_time_in_time_and_with_a_reason(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    waiver = a.a_requested_waiver(services, cast)
    with refused(services, NotReady) as error:
        ask(services, cast)
    assert error.value.missing[0].facts == {"waiver_id": waiver}
    do(services, "waiver", waiver, "withdraw", cast.olga)
    with refused(services, ReasonRequired):
        do(services, "milestone", cast.milestone, "request_waiver", cast.olga)
    with refused(services, NotPermitted):
        ask(services, cast, cast.amira)
    clock.now = datetime(2022, 12, 30, 16, 0, tzinfo=UTC)
    with refused(services, NotReady) as error:
        ask(services, cast)
    assert codes(error) == ["in_time"]


def test_another_target_voids_it_and_another_date_does_not(services: Services, cast: Cast) -> None:
    """What would be given up is another: the signers have seen 300."""
    waiver = a.a_requested_waiver(services, cast)
    do(
        services,
        "milestone",
        cast.milestone,
        "redate",
        cast.amira,
        reason=a.REASON,
        details={"due_on": "2023-01-31"},
    )
    assert state(services, waiver) == ("requested", "open")
    adjust(services, cast, "retarget", {"quantity": "280"}, indicator_id=cast.indicator)
    assert state(services, waiver) == ("withdrawn", "voided")
    with services.reading() as tx:
        told = tx.execute(select(OutboxRow.facts).where(OutboxRow.topic == "approval_voided")).scalar_one()
    assert told["changed"] == ["targets"]


def test_what_was_submitted_meanwhile_comes_back_and_is_waived(
    services: Services, cast: Cast, chief: int
) -> None:
    waiver = a.a_requested_waiver(services, cast)
    do(services, "milestone", cast.milestone, "report", cast.olga, details=a.progress(cast.indicator, "300"))
    do(services, "milestone", cast.milestone, "attach", cast.olga, details=file())
    do(services, "milestone", cast.milestone, "submit", cast.olga, details={"text": "目标已完成。"})
    with watching(services) as seen:
        sign(services, "waiver", waiver, cast.amira, chief)
    assert seen.acts[-4:] == ["waiver.grant", "milestone.recall", "approval.void", "milestone.waive"]
    assert row(services, Milestone, cast.milestone).state == "waived"


def test_both_may_be_asked_and_what_is_waived_needs_no_more_time(
    services: Services, cast: Cast, chief: int
) -> None:
    waiver = a.a_requested_waiver(services, cast)
    extension = a.request_extension(services, cast)
    sign(services, "waiver", waiver, cast.amira, chief)
    assert row(services, Extension, extension).state == "withdrawn"
    assert row(services, Approval, round_of(services, "extension", extension)).state == "withdrawn"


def test_a_cancelled_task_asks_for_nothing(services: Services, cast: Cast) -> None:
    waiver = a.a_requested_waiver(services, cast)
    do(services, "task", cast.task, "cancel", cast.amira, reason=a.REASON)
    assert state(services, waiver) == ("withdrawn", "withdrawn")
    with refused(services, WrongState):
        sign(services, "waiver", waiver, cast.amira)
