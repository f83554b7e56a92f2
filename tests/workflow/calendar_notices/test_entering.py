"""A notice is entered by an admin of the office: judged whole, kept by editions, told of while it is missing."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from models import CalendarYear, Milestone, Reminder
from models.states import DueBasis, MilestoneState, Role
from schedules.calendar import ask_for_notice, follow_notices
from schedules.watch import light, raise_cards
from tests.people import Cast, HandClock, add, add_person, do
from tests.workflow.calendar_notices.ground import NOTICE, REASON, an_admin, editions, enter
from tests.workflow.lifecycles.witness import refused, watching
from tests.workflow.scan.clockwork import cards, morning, told
from workflow.bootstrap import Services
from workflow.calendar import working_calendar
from workflow.calendar_notices.entering import faults
from workflow.errors import NotPermitted, NotReady, ReasonRequired, WrongState


def test_every_fault_is_named_by_its_day() -> None:
    off = [date(2027, 1, 1), date(2026, 11, 30), date(2027, 1, 1), date(2027, 1, 3), date(2026, 12, 31)]
    work = [date(2027, 1, 4), date(2027, 1, 3), date(2028, 1, 1)]
    found = {
        (f.code, f.facts["field"], f.facts["on"]) for f in faults(2027, off, work, {date(2026, 12, 31): 2026})
    }
    assert found == {
        ("calendar_day_within", "days_off.1", "2026-11-30"),
        ("calendar_day_once", "days_off.2", "2027-01-01"),
        ("calendar_day_set_once", "days_off.4", "2026-12-31"),
        ("calendar_weekend_worked", "days_worked.0", "2027-01-04"),
        ("calendar_off_or_worked", "days_worked.1", "2027-01-03"),
        ("calendar_day_within", "days_worked.2", "2028-01-01"),
    }
    assert list(faults(2027, [date(2027, 1, 1)], [date(2026, 12, 26)], {})) == []


def test_a_notice_is_an_act_with_its_event_and_expects_the_next(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    admin = an_admin(services, cast)
    with services.reading() as tx:
        assert working_calendar(tx).provisional(date(2027, 5, 3))
    with watching(services) as seen:
        enter(services, admin, source="https://www.gov.cn/")
    assert seen.events == [
        ("calendar_year", "enter", "noticed", admin), ("calendar_year", "expect", "provisional", admin),
    ]  # fmt: skip
    assert seen.letters == []
    with services.reading() as tx:
        calendar = working_calendar(tx)
        states = select(CalendarYear.state, CalendarYear.verified).where(CalendarYear.year == 2027)
        assert tuple(tx.execute(states).one()) == ("noticed", True)
    assert not calendar.provisional(date(2027, 5, 3))
    assert calendar.provisional(date(2027, 12, 31))
    assert (calendar.is_working(date(2026, 12, 31)), calendar.is_working(date(2026, 12, 26))) == (False, True)
    assert [row.entered_by for row in editions(services)] == [admin]


@pytest.mark.parametrize("who", ["olga", "amira", "karl", "petra"])
def test_nobody_else_keeps_the_calendar(services: Services, cast: Cast, who: str) -> None:
    with refused(services, NotPermitted):
        enter(services, getattr(cast, who))


def test_an_admin_of_another_unit_does_not_keep_it(services: Services, cast: Cast) -> None:
    with services.transaction() as tx:
        other = add_person(tx, "adam", "安当", (Role.ADMIN, cast.other))
    with refused(services, NotPermitted):
        enter(services, other)


def test_a_notice_is_entered_once_and_corrected_with_a_reason_where_something_differs(
    services: Services, cast: Cast
) -> None:
    admin = an_admin(services, cast)
    with refused(services, NotReady) as refusal:
        enter(services, admin, days_worked=["2027-01-04"])
    assert [missing.code for missing in refusal.value.missing] == ["calendar_weekend_worked"]
    enter(services, admin)
    with refused(services, WrongState):
        enter(services, admin)
    correct: dict[str, Any] = {"details": {**NOTICE, "notice": "别号"}}
    with refused(services, ReasonRequired):
        do(services, "calendar_year", 2027, "correct", admin, **correct)
    with refused(services, NotReady):
        do(services, "calendar_year", 2027, "correct", admin, reason=REASON, details=NOTICE)
    do(services, "calendar_year", 2027, "correct", admin, reason=REASON, **correct)
    assert [row.notice for row in editions(services)] == [NOTICE["notice"], "别号"]


def test_a_missing_notice_is_asked_for_once_a_week_from_15_december(services: Services, cast: Cast) -> None:
    """The scheduler slept over the third week: it is recorded as overtaken, and nobody gets two letters at once."""
    an_admin(services, cast)
    days = [(2026, 12, 14), (2026, 12, 15), (2026, 12, 15), (2026, 12, 21), (2026, 12, 22), (2027, 1, 6)]
    asked = [ask_for_notice(services, morning(*day))["asked"] for day in days]
    assert asked == [[], [2027], [], [], [2027], [2027]]
    letters = told(services, "calendar_notice_missing")
    assert [(row.audience, row.facts["item"]) for row in letters] == [
        ({"role": "admin", "office": True}, "2027")
    ] * 3
    with services.reading() as tx:
        own = select(Reminder.rung, Reminder.overtaken).where(Reminder.subject_kind == "calendar_year")
        rungs = {row.rung: row.overtaken for row in tx.execute(own)}
    assert rungs == {"week-0": False, "week-1": False, "week-2": True, "week-3": False}
    enter(services, None)
    assert ask_for_notice(services, morning(2027, 1, 13))["asked"] == []
    assert ask_for_notice(services, morning(2027, 12, 15))["asked"] == [2028]


def test_from_january_cards_and_lights_wait_for_the_notice(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    """Due on the last working day of 2026: were 4 January worked, it would be late on it."""
    with services.transaction() as tx:
        late = add(
            tx, Milestone, task_id=cast.task, year=2026, text="…", printed_text="…", state=MilestoneState.PLANNED,
            due_on=date(2026, 12, 31), due_basis=DueBasis.YEAR_END, due_rule="preceding", due_provisional=True,
        )  # fmt: skip
    for earlier in (cast.milestone, cast.second):
        do(services, "milestone", earlier, "waive", None, reason=REASON)

    def stands(*day: int) -> tuple[int, int, str]:
        outcome = raise_cards(services, morning(*day))
        light(services, morning(*day))
        with services.reading() as tx:
            shown = tx.execute(select(Milestone.light).where(Milestone.id == late)).scalar_one()
        return outcome["raised"], outcome["held"], shown

    assert stands(2027, 1, 4) == (0, 1, "blue")
    assert stands(2027, 1, 25) == (0, 2, "blue"), "late by 15 days of the week alone, and held none the less"
    clock.now = morning(2027, 1, 25)
    enter(services, None)
    follow_notices(services, clock())
    assert stands(2027, 1, 26) == (2, 0, "red")
    assert [(card.rung, card.earned_on) for card in cards(services)] == [
        ("late-1", date(2027, 1, 4)), ("late-15", date(2027, 1, 22)),
    ]  # fmt: skip
