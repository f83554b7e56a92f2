"""Attestation: what was reached holds on, period by period; where it does not, the milestone is open again."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from models import Attestation, DueMove, Milestone, Task
from models.states import Role
from tests.people import Cast, HandClock, add_person, do
from tests.workflow.lifecycles import judged as j
from tests.workflow.lifecycles import situations as a
from tests.workflow.lifecycles.witness import refused, watching
from tests.workflow.scan.clockwork import morning
from workflow.adapters.calendars import read_calendar
from workflow.attesting import call_owed
from workflow.bootstrap import Services
from workflow.errors import Malformed, NotFound, NotPermitted, NotReady, ReasonRequired, WrongState
from workflow.histories import histories
from workflow.ladder import lateness

FOUND = {"found_on": "2022-03-15", "text": "食堂仍在提供一次性餐具。", "due_on": "2022-03-31"}
HELD = {"text": "经检查，未发现使用一次性用品。"}


@pytest.fixture
def called(services: Services, cast: Cast, clock: HandClock) -> int:
    """Accepted in January 2022; in the middle of March February is due: its attestation's id."""
    j.accepted(services, cast)
    clock.go_to(2022, 3, 15)
    with services.transaction() as tx:
        call_owed(tx, cast.milestone, clock())
    return a.latest(services, Attestation)


def report(services: Services, kind: str, subject: int, who: int, **changed: Any) -> None:
    do(services, kind, subject, "report_violation", who, reason="检查发现。", details=FOUND | changed)


def moves(services: Services) -> list[tuple[date | None, date, str]]:
    with services.reading() as tx:
        rows = tx.execute(select(DueMove.from_on, DueMove.to_on, DueMove.basis).order_by(DueMove.id))
        return [(row.from_on, row.to_on, str(row.basis)) for row in rows]


def test_the_lead_attests_in_words(services: Services, cast: Cast, called: int) -> None:
    with watching(services) as seen:
        do(services, "attestation", called, "attest", cast.olga, details=HELD)
    assert seen.events == [("attestation", "attest", "attested", cast.olga)]
    (row,) = j.attestations(services)
    assert (row.text, row.closed_by, row.closed_at) == (HELD["text"], cast.olga, services.clock())
    with refused(services, WrongState):
        do(services, "attestation", called, "attest", cast.olga, details=HELD)


@pytest.mark.parametrize("details", [None, {}, {"text": ""}])
def test_without_words_nothing_is_attested(services: Services, cast: Cast, called: int, details: Any) -> None:
    with refused(services, Malformed):
        do(services, "attestation", called, "attest", cast.olga, details=details)


def test_a_violation_reopens_the_milestone_and_moves_its_date(
    services: Services, cast: Cast, called: int
) -> None:
    with watching(services) as seen:
        report(services, "attestation", called, cast.amira)
    assert seen.events == [
        ("attestation", "report_violation", "violated", cast.amira),
        ("milestone", "reopen", "in_progress", None),
        ("milestone", "redate", "in_progress", None),
    ]
    assert seen.letters == [
        ("reopened", {"role": "owner", "unit_id": cast.lead}),
        ("redated", {"role": "owner", "unit_id": cast.lead}),
        ("violation_reported", {"role": "supervisor", "office": True}),
    ]
    assert moves(services) == [(date(2022, 12, 30), date(2022, 3, 31), "ruling")]
    (row,) = j.attestations(services)
    assert (row.violation, row.found_on, row.text) == (FOUND["text"], date(2022, 3, 15), None)


def test_late_counts_from_the_day_by_which_it_must_hold_again(
    services: Services, cast: Cast, called: int
) -> None:
    report(services, "attestation", called, cast.amira)
    with services.reading() as tx:
        history = histories(tx, [cast.milestone])[cast.milestone]
    calendar = read_calendar()
    late = {day: lateness(history, calendar, date(2022, *day)).days_late for day in ((3, 31), (4, 1), (4, 7))}
    assert late == {(3, 31): 0, (4, 1): 1, (4, 7): 4}, "3 to 5 April are Qingming, 2 April is worked for it"


def test_what_was_attested_stays_beside_what_is_found_later(
    services: Services, cast: Cast, called: int
) -> None:
    do(services, "attestation", called, "attest", cast.olga, details=HELD)
    report(services, "attestation", called, cast.olga)
    (row,) = j.attestations(services)
    assert (row.state, row.text, row.violation) == ("violated", HELD["text"], FOUND["text"])
    assert a.state_of(services, Milestone, cast.milestone) == "in_progress"
    with refused(services, WrongState):
        report(services, "attestation", called, cast.olga)


def test_a_second_violation_of_an_open_milestone_is_only_recorded(
    services: Services, cast: Cast, called: int
) -> None:
    report(services, "milestone", cast.milestone, cast.amira)
    with watching(services) as seen:
        report(services, "attestation", called, cast.amira, due_on="2022-04-29")
    assert seen.events == [("attestation", "report_violation", "violated", cast.amira)]
    assert a.due_on(services, cast.milestone) == date(2022, 3, 31)


def test_a_violation_between_periods_is_reported_on_the_milestone(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    j.accepted(services, cast)
    clock.go_to(2022, 3, 15)
    with watching(services) as seen:
        report(services, "milestone", cast.milestone, cast.olga)
    assert seen.acts == ["milestone.report_violation", "milestone.reopen", "milestone.redate"]
    assert a.due_on(services, cast.milestone) == date(2022, 3, 31)


def test_a_date_that_is_the_milestones_already_is_not_moved(
    services: Services, cast: Cast, called: int
) -> None:
    report(services, "attestation", called, cast.amira, due_on="2022-12-30")
    assert moves(services) == []
    assert a.state_of(services, Milestone, cast.milestone) == "in_progress"


def test_a_violation_takes_a_closed_task_into_work_again(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    j.accepted(services, cast)
    do(services, "milestone", cast.second, "waive", None, reason=a.REASON)
    clock.go_to(2022, 3, 15)
    assert a.state_of(services, Task, cast.task) == "completed"
    report(services, "milestone", cast.milestone, cast.amira)
    assert a.state_of(services, Task, cast.task) == "in_progress"


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"found_on": "2022-03-16"}, "not_in_future", "found_on"),
        ({"due_on": "2022-03-14"}, "not_in_past", "due_on"),
        ({"found_on": "2022-01-31"}, "found_since", "found_on"),
    ],
)
def test_dates_of_a_violation_make_sense(
    services: Services, cast: Cast, called: int, changed: Any, code: str, field: str
) -> None:
    with refused(services, NotReady) as error:
        report(services, "attestation", called, cast.amira, **changed)
    assert [(lack.code, lack.facts["field"]) for lack in error.value.missing] == [(code, field)]


def test_a_violation_takes_a_reason(services: Services, cast: Cast, called: int) -> None:
    for kind, subject in (("attestation", called), ("milestone", cast.milestone)):
        with refused(services, ReasonRequired):
            do(services, kind, subject, "report_violation", cast.amira, details=FOUND)


def test_what_need_not_hold_on_has_no_violation(services: Services, cast: Cast, clock: HandClock) -> None:
    a.an_accepted_milestone(services, cast)
    clock.go_to(2022, 3, 15)
    with refused(services, NotReady) as error:
        report(services, "milestone", cast.milestone, cast.amira)
    assert [lack.code for lack in error.value.missing] == ["maintained"]


def test_of_a_cancelled_task_nothing_is_attested(services: Services, cast: Cast, called: int) -> None:
    do(services, "task", cast.task, "cancel", cast.amira, reason=a.REASON)
    with refused(services, NotReady):
        do(services, "attestation", called, "attest", cast.olga, details=HELD)
    with refused(services, NotReady):
        report(services, "attestation", called, cast.amira)


CAST = ("olga", "rashid", "lena", "jun", "amira", "sven", "ines", "karl", "petra")
ATTESTS, FINDS = {"olga"}, {"olga", "amira"}


def test_nobody_but_those_named_may(services: Services, cast: Cast, called: int) -> None:
    """An inspector may report what they find; of a task they have no sight of there is nothing to find."""
    tried = (("attest", HELD, ATTESTS), ("report_violation", FOUND, FINDS))
    for name in CAST:
        refusal = NotFound if name in ("petra", "ines") else NotPermitted
        for action, details, may in tried:
            if name not in may:
                with refused(services, refusal):
                    do(
                        services,
                        "attestation",
                        called,
                        action,
                        getattr(cast, name),
                        reason="—",
                        details=details,
                    )


def test_an_inspector_who_reads_the_plan_reports_what_they_find(
    services: Services, cast: Cast, called: int
) -> None:
    with services.transaction() as tx:
        who = add_person(tx, "insp", "督查", (Role.INSPECTOR, cast.office), (Role.AUDITOR, None))
    with refused(services, NotPermitted):
        do(services, "attestation", called, "attest", who, details=HELD)
    report(services, "attestation", called, who)
    assert a.state_of(services, Milestone, cast.milestone) == "in_progress"


def test_once_accepted_again_later_periods_are_attested_again(
    services: Services, cast: Cast, called: int, clock: HandClock
) -> None:
    report(services, "attestation", called, cast.amira)
    clock.go_to(2022, 4, 20)
    j.hand_in(services, cast, cast.rashid, cast.jun, cast.amira)
    with services.transaction() as tx:
        assert call_owed(tx, cast.milestone, morning(2022, 5, 31)) == []
        call_owed(tx, cast.milestone, morning(2022, 6, 1))
    periods = [(row.from_on, str(row.state)) for row in j.attestations(services)]
    assert periods == [(date(2022, 2, 1), "violated"), (date(2022, 5, 1), "due")]
