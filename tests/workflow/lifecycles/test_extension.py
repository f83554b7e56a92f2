"""Extensions: asked for in time, capped, decided by an approval over what was asked; the date moves when granted."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, update

from models import Approval, DueMove, Extension, Milestone, OutboxRow
from models.states import DueBasis, Role
from tests.people import Cast, HandClock, accept, approval_of, do, file, round_of, sign
from tests.workflow.lifecycles import situations as a
from tests.workflow.lifecycles.adjusted import adjust, codes, row, rows, sound
from tests.workflow.lifecycles.witness import refused, watching
from workflow.approvals.definitions import Definition
from workflow.approvals.editions import enter
from workflow.bootstrap import Services
from workflow.errors import Malformed, NotPermitted, NotReady, ReasonRequired, WrongState
from workflow.law import LAWS
from workflow.standings import load_milestones


def ask(services: Services, cast: Cast, due_on: str = "2023-01-31", who: int | None = None) -> None:
    details = a.asked_extension(due_on)
    do(
        services,
        "milestone",
        cast.milestone,
        "request_extension",
        who or cast.olga,
        reason=a.WHY,
        details=details,
    )


def refuse(services: Services, extension: int, who: int) -> None:
    approval = round_of(services, "extension", extension)
    do(services, "approval", approval, "return", who, reason="请按期完成。")


def approval_row(services: Services, extension: int) -> Any:
    return row(services, Approval, round_of(services, "extension", extension))


def due_on(services: Services, cast: Cast) -> date:
    return a.due_on(services, cast.milestone)


def test_asking_opens_an_approval_over_what_is_asked(services: Services, cast: Cast) -> None:
    a.a_started_milestone(services, cast)
    with watching(services) as seen:
        ask(services, cast)
    assert seen.acts == ["milestone.request_extension", "extension.request", "approval.open"]
    assert seen.letters == [("to_sign_extension", {"role": Role.REVIEWER, "unit_id": cast.lead})]
    (kept,) = rows(services, Extension)
    assert (kept.state, kept.from_on, kept.due_on) == ("requested", date(2022, 12, 30), date(2023, 1, 31))
    assert (kept.reason, kept.requested_by, kept.requested_unit_id) == (a.WHY, cast.olga, cast.lead)
    approval = approval_row(services, kept.id)
    assert json.loads(approval.signed_facts) == {
        "milestone": cast.milestone, "from_on": "2022-12-30", "due_on": "2023-01-31", "reason": a.WHY,
        "progress": "已完成270家，其余30家已进场。",
    }  # fmt: skip
    assert (approval.purpose, approval.milestone_id, approval.opened_unit_id) == (
        "extension", cast.milestone, cast.lead,
    )  # fmt: skip
    assert row(services, Milestone, cast.milestone).state == "in_progress"
    assert due_on(services, cast) == date(2022, 12, 30), "asking moves nothing"


def test_when_it_is_granted_the_date_moves_with_its_reason(services: Services, cast: Cast) -> None:
    extension = a.a_requested_extension(services, cast)
    sign(services, "extension", extension, cast.rashid)
    assert due_on(services, cast) == date(2022, 12, 30)
    with watching(services) as seen:
        sign(services, "extension", extension, cast.amira)
    assert seen.events == [
        ("approval", "approve", "open", cast.amira), ("approval", "conclude", "approved", None),
        ("extension", "grant", "granted", None), ("milestone", "redate", "in_progress", None),
    ]  # fmt: skip
    assert seen.letters == [
        ("redated", {"role": Role.OWNER, "unit_id": cast.lead}),
        ("extension_granted", {"person_id": cast.olga}),
    ]
    kept = row(services, Milestone, cast.milestone)
    assert (kept.due_on, kept.due_basis) == (date(2023, 1, 31), DueBasis.EXTENSION)
    (move,) = rows(services, DueMove)
    assert (move.from_on, move.to_on, move.basis, move.reason) == (
        date(2022, 12, 30), date(2023, 1, 31), DueBasis.EXTENSION, a.WHY,
    )  # fmt: skip
    assert row(services, Extension, extension).decided_at == services.clock()
    sound(services)


@pytest.mark.parametrize("step", ["unit_review", "office_approval"])
def test_a_refusal_tells_who_asked_why_and_moves_nothing(services: Services, cast: Cast, step: str) -> None:
    extension = a.a_requested_extension(services, cast)
    who = cast.rashid
    if step == "office_approval":
        sign(services, "extension", extension, cast.rashid)
        who = cast.amira
    with watching(services) as seen:
        refuse(services, extension, who)
    assert seen.acts == ["approval.return", "extension.refuse"]
    assert seen.letters == [("extension_refused", {"person_id": cast.olga})]
    with services.reading() as tx:
        told = tx.execute(select(OutboxRow.facts).where(OutboxRow.topic == "extension_refused")).scalar_one()
    assert (told["reason"], told["extension_id"], told["milestone_id"]) == (
        "请按期完成。",
        extension,
        cast.milestone,
    )
    assert row(services, Extension, extension).state == "refused"
    assert (due_on(services, cast), rows(services, DueMove)) == (date(2022, 12, 30), [])
    ask(services, cast)


def test_who_asked_takes_it_back_before_anybody_has_decided(services: Services, cast: Cast) -> None:
    extension = a.a_requested_extension(services, cast)
    for other in (cast.rashid, cast.lena, cast.amira):
        with refused(services, NotPermitted):
            do(services, "extension", extension, "withdraw", other)
    with watching(services) as seen:
        do(services, "extension", extension, "withdraw", cast.olga)
    assert seen.acts == ["extension.withdraw", "approval.withdraw"]
    assert seen.letters == [("approval_withdrawn", {"role": Role.REVIEWER, "unit_id": cast.lead})]
    assert approval_row(services, extension).state == "withdrawn"
    later = a.request_extension(services, cast)
    sign(services, "extension", later, cast.rashid)
    with refused(services, NotReady) as error:
        do(services, "extension", later, "withdraw", cast.olga)
    assert codes(error) == ["nobody_decided"]


@pytest.mark.parametrize(("hour", "day", "in_time"), [(23, 30, True), (0, 31, False)])
def test_it_is_in_time_up_to_the_last_moment_of_the_due_date(
    services: Services, cast: Cast, clock: HandClock, hour: int, day: int, in_time: bool
) -> None:
    """Late from 00:00 of the next civil day, in Shanghai: 16:00 UTC."""
    a.a_started_milestone(services, cast)
    clock.go_to(2022, 12, 30, 23)
    if hour == 0:
        clock.now = clock.now.replace(hour=16)
    if in_time:
        ask(services, cast)
        return
    with refused(services, NotReady) as error:
        ask(services, cast)
    assert codes(error) == ["in_time"]
    assert error.value.missing[0].facts == {"due_on": "2022-12-30"}
    with services.reading() as tx:
        standing = load_milestones(tx, [cast.milestone], cast.olga, services.clock())[cast.milestone]
    open_to = {action.name: lacks for action, lacks in LAWS["milestone"].open_to(standing)}
    assert [lack.code for lack in open_to["request_extension"]] == ["in_time"], "said before it is tried"


@pytest.mark.parametrize("asked", ["2022-12-30", "2022-12-29"])
def test_the_new_date_is_later_than_the_old_one(services: Services, cast: Cast, asked: str) -> None:
    a.a_started_milestone(services, cast)
    with refused(services, NotReady) as error:
        ask(services, cast, asked)
    assert codes(error) == ["later_date"]
    assert error.value.missing[0].facts["field"] == "due_on"


def test_one_is_open_at_a_time(services: Services, cast: Cast) -> None:
    extension = a.a_requested_extension(services, cast)
    with refused(services, NotReady) as error:
        ask(services, cast, "2023-02-28")
    assert [(lack.code, lack.facts) for lack in error.value.missing] == [
        ("no_extension_open", {"extension_id": extension})
    ]


@pytest.mark.parametrize("situation", [a.a_submitted_milestone, a.an_accepted_milestone])
def test_what_is_submitted_or_accepted_is_not_extended(
    services: Services, cast: Cast, situation: Any
) -> None:
    situation(services, cast)
    with refused(services, WrongState):
        ask(services, cast)


def test_an_owner_of_the_lead_asks_and_says_why_and_what_is_done(services: Services, cast: Cast) -> None:
    a.a_started_milestone(services, cast)
    joan = a.joint_owner(services, cast)
    for other in (joan, cast.rashid, cast.amira):
        with refused(services, NotPermitted):
            ask(services, cast, who=other)
    with refused(services, ReasonRequired):
        do(services, "milestone", cast.milestone, "request_extension", cast.olga, reason=" ",
           details=a.asked_extension())  # fmt: skip
    for details in ({"due_on": "2023-01-31"}, {"progress": "进行中"}, a.asked_extension() | {"progress": ""}):
        with refused(services, Malformed):
            do(
                services,
                "milestone",
                cast.milestone,
                "request_extension",
                cast.olga,
                reason=a.WHY,
                details=details,
            )


# Caps


def granted(services: Services, cast: Cast, due_on: str) -> None:
    ask(services, cast, due_on)
    sign(services, "extension", a.latest(services, Extension), cast.rashid, cast.amira)


def test_twice_and_no_more(services: Services, cast: Cast) -> None:
    a.a_started_milestone(services, cast)
    granted(services, cast, "2023-01-10")
    granted(services, cast, "2023-01-20")
    with refused(services, NotReady) as error:
        ask(services, cast, "2023-01-30")
    assert [(lack.code, lack.facts) for lack in error.value.missing] == [
        ("extension_times", {"times": 2, "granted": 2})
    ]


def test_not_by_more_days_in_all_than_is_left(services: Services, cast: Cast) -> None:
    """90 days in all: 32 are taken, 58 are left."""
    a.a_started_milestone(services, cast)
    with refused(services, NotReady) as error:
        ask(services, cast, "2023-03-31")
    assert error.value.missing[0].facts == {"field": "due_on", "days": 90, "left": 90, "latest": "2023-03-30"}
    granted(services, cast, "2023-01-31")
    with refused(services, NotReady) as error:
        ask(services, cast, "2023-03-31")
    assert [(lack.code, lack.facts) for lack in error.value.missing] == [
        ("extension_days", {"field": "due_on", "days": 90, "left": 58, "latest": "2023-03-30"})
    ]
    granted(services, cast, "2023-03-30")


def test_what_was_refused_or_moved_by_a_ruling_takes_nothing_away(services: Services, cast: Cast) -> None:
    a.a_started_milestone(services, cast)
    for _ in range(2):
        ask(services, cast)
        refuse(services, a.latest(services, Extension), cast.rashid)
    do(
        services,
        "milestone",
        cast.milestone,
        "redate",
        cast.amira,
        reason=a.REASON,
        details={"due_on": "2023-06-30"},
    )
    granted(services, cast, "2023-09-28")


@pytest.mark.parametrize("caps", [None, {"times": 1}])
def test_the_caps_are_those_of_the_definition_in_force(services: Services, cast: Cast, caps: Any) -> None:
    """The narrowest that holds for the task; without caps there is no bound."""
    body = {
        "key": "extension_of_task_4", "purpose": "extension", "caps": caps,
        "holds_for": {"plan": "shanghai-2022", "task": 4},
        "steps": [{"key": "accept", "role": "supervisor", "of": "office"}],
    }  # fmt: skip
    with services.transaction() as tx:
        enter(tx, Definition.model_validate(body), services.clock())
    a.a_started_milestone(services, cast)
    ask(services, cast, "2023-12-29")
    sign(services, "extension", a.latest(services, Extension), cast.amira)
    if caps is None:
        ask(services, cast, "2025-12-31")
        return
    with refused(services, NotReady) as error:
        ask(services, cast, "2024-01-05")
    assert codes(error) == ["extension_times"]


# What changes while it is open


def test_a_date_that_moves_otherwise_voids_it_and_the_signers_are_told(
    services: Services, cast: Cast
) -> None:
    extension = a.a_requested_extension(services, cast)
    sign(services, "extension", extension, cast.rashid)
    with watching(services) as seen:
        do(services, "milestone", cast.milestone, "redate", cast.amira, reason=a.REASON,
           details={"due_on": "2023-01-13"})  # fmt: skip
    assert seen.acts == ["milestone.redate", "extension.lapse", "approval.void"]
    assert sorted(topic for topic, _ in seen.letters) == [
        "approval_voided", "approval_voided", "extension_lapsed", "redated",
    ]  # fmt: skip
    with services.reading() as tx:
        told = tx.execute(select(OutboxRow.facts).where(OutboxRow.topic == "approval_voided")).scalars().all()
    assert [facts["changed"] for facts in told] == [["from_on"], ["from_on"]]
    assert row(services, Extension, extension).state == "withdrawn"
    assert approval_row(services, extension).state == "voided"
    a.request_extension(services, cast)
    sound(services)


def test_days_lost_by_a_suspension_void_it_as_well(services: Services, cast: Cast, clock: HandClock) -> None:
    extension = a.a_requested_extension(services, cast)
    do(services, "task", cast.task, "suspend", cast.amira, reason=a.REASON)
    assert approval_row(services, extension).state == "open", "while nothing has moved it goes on"
    clock.go_to(2022, 1, 24)
    with watching(services) as seen:
        do(services, "task", cast.task, "resume", cast.amira, reason="恢复。")
    assert "extension.lapse" in seen.acts
    assert approval_row(services, extension).state == "voided"


def test_an_adjustment_of_the_date_voids_it_and_one_of_the_target_does_not(
    services: Services, cast: Cast
) -> None:
    extension = a.a_requested_extension(services, cast)
    adjust(services, cast, "retarget", {"quantity": "280"}, indicator_id=cast.indicator)
    adjust(services, cast, "redate", {"due_on": "2023-11-30"}, milestone_id=cast.second)
    assert approval_row(services, extension).state == "open"
    adjust(services, cast, "redate", {"due_on": "2022-11-30"}, milestone_id=cast.milestone)
    assert approval_row(services, extension).state == "voided"


def test_where_the_lead_changes_nobody_grants_what_it_asked(services: Services, cast: Cast) -> None:
    extension = a.a_requested_extension(services, cast)
    units = [{"unit_id": cast.other, "role": "lead"}, {"unit_id": cast.lead, "role": "contributor"}]
    adjust(services, cast, "assign", {"units": units})
    assert row(services, Extension, extension).state == "withdrawn"
    assert approval_row(services, extension).state == "withdrawn"


def test_what_is_submitted_meanwhile_may_still_be_given_more_time(services: Services, cast: Cast) -> None:
    a.a_milestone_with_all_it_needs(services, cast)
    extension = a.request_extension(services, cast)
    do(services, "milestone", cast.milestone, "submit", cast.olga, details={"text": "目标已完成。"})
    sign(services, "extension", extension, cast.rashid, cast.amira)
    kept = row(services, Milestone, cast.milestone)
    assert (kept.state, kept.due_on) == ("submitted", date(2023, 1, 31))
    assert row(services, Approval, approval_of(services, cast.milestone)).state == "open"


def test_what_is_accepted_meanwhile_needs_it_no_more(services: Services, cast: Cast) -> None:
    a.an_acknowledged_task(services, cast)
    extension = a.request_extension(services, cast)
    do(services, "milestone", cast.milestone, "start", cast.olga)
    do(services, "milestone", cast.milestone, "report", cast.olga, details=a.progress(cast.indicator, "300"))
    do(services, "milestone", cast.milestone, "attach", cast.olga, details=file())
    do(services, "milestone", cast.milestone, "submit", cast.olga, details={"text": "目标已完成。"})
    with watching(services) as seen:
        sign(services, "milestone", cast.milestone, cast.rashid, cast.jun, cast.amira)
    assert seen.acts[-3:] == ["milestone.accept", "extension.lapse", "approval.withdraw"]
    assert row(services, Extension, extension).state == "withdrawn"


def test_nobody_grants_it_once_the_task_is_cancelled(services: Services, cast: Cast) -> None:
    extension = a.a_requested_extension(services, cast)
    do(services, "task", cast.task, "cancel", cast.amira, reason=a.REASON)
    assert row(services, Extension, extension).state == "withdrawn"
    with refused(services, WrongState):
        sign(services, "extension", extension, cast.rashid)


def test_a_row_changed_behind_the_law_is_signed_by_nobody(services: Services, cast: Cast) -> None:
    """Bound to bytes: who signs, signs what was asked, or is refused."""
    extension = a.a_requested_extension(services, cast)
    with services.transaction() as tx:
        table: Any = Extension.__table__
        tx.execute(update(table).values(due_on=date(2023, 3, 1)))
    with refused(services, NotReady) as error:
        sign(services, "extension", extension, cast.rashid)
    assert codes(error) == ["unchanged"]


def test_a_milestone_that_was_accepted_before_is_out_of_reach(services: Services, cast: Cast) -> None:
    accept(services, cast)
    with refused(services, WrongState):
        ask(services, cast)
