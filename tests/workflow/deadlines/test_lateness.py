"""Lateness, cards and lights: example lives of an item, then laws that hold for every life."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.states import CardColour
from tests.workflow.deadlines.histories import due, happened, histories, history
from workflow.adapters.calendars import read_calendar
from workflow.adapters.ladders import read_rules
from workflow.civil import ZONE
from workflow.ladder import Earned, Entry, History, Light, Mark, earned, lateness, light, on_time

CALENDAR = read_calendar()
RULES = read_rules()
GIVEN_ON = date(2022, 1, 14)
DUE = date(2022, 12, 30)
ASSIGNED = due(GIVEN_ON, DUE)
FIRST_LATE = date(2023, 1, 3)  # the Tuesday after New Year
FIFTEENTH = date(2023, 1, 28)  # a Saturday worked for Spring Festival, which lies between
uptos = st.dates(date(2023, 1, 1), date(2023, 9, 1))


def cards(upto: date, *entries: Entry) -> list[tuple[str, int, date, int]]:
    found = earned(history(ASSIGNED, *entries), RULES, CALENDAR, upto)
    return [(card.rung, card.episode, card.earned_on, card.days_late) for card in found]


def stands(today: date, *entries: Entry) -> Light:
    return light(history(ASSIGNED, *entries), RULES, CALENDAR, today)


def test_being_late_earns_yellow_on_the_first_working_day_and_red_on_the_fifteenth() -> None:
    assert cards(date(2023, 1, 2)) == []
    assert cards(FIRST_LATE) == [("late-1", 1, FIRST_LATE, 1)]
    assert cards(FIFTEENTH - timedelta(days=1)) == [("late-1", 1, FIRST_LATE, 1)]
    assert cards(date(2024, 1, 31)) == [("late-1", 1, FIRST_LATE, 1), ("late-15", 1, FIFTEENTH, 15)]


def test_a_card_carries_its_working() -> None:
    red = earned(history(ASSIGNED), RULES, CALENDAR, FIFTEENTH)[-1]
    assert red.colour is CardColour.RED
    assert (red.working.due_on, red.working.late_from) == (DUE, FIRST_LATE)
    assert (red.working.days_late, red.working.days_not_counted, red.working.limit) == (15, 0, 15)
    assert (red.working.rule, red.working.rules_version) == ("late-15", RULES.version)
    assert red.working.source == RULES.ladder[1].source
    assert not red.working.provisional


def test_a_card_on_dates_without_a_notice_says_so() -> None:
    late = earned(history(due(GIVEN_ON, date(2027, 3, 1))), RULES, CALENDAR, date(2027, 3, 2))
    assert [card.working.provisional for card in late] == [True]


def test_a_submission_at_the_last_second_of_the_due_date_is_on_time() -> None:
    last_second = datetime(2022, 12, 30, 23, 59, 59, tzinfo=ZONE)
    accepted = happened(Mark.ACCEPTED, date(2023, 2, 20))
    assert cards(date(2023, 6, 1), happened(Mark.SUBMITTED, last_second)) == []
    assert on_time(history(ASSIGNED, happened(Mark.SUBMITTED, last_second), accepted)) is True
    one_later = last_second + timedelta(seconds=1)
    assert on_time(history(ASSIGNED, happened(Mark.SUBMITTED, one_later), accepted)) is False


def test_days_while_submitted_do_not_count_and_a_return_continues_the_count() -> None:
    life = (happened(Mark.SUBMITTED, date(2023, 1, 4)), happened(Mark.RETURNED, date(2023, 2, 6)))
    before = lateness(history(ASSIGNED, *life), CALENDAR, date(2023, 2, 6))
    after = lateness(history(ASSIGNED, *life), CALENDAR, date(2023, 2, 8))
    assert (before.days_late, after.days_late, after.episode) == (2, 4, 1)
    red = earned(history(ASSIGNED, *life), RULES, CALENDAR, date(2023, 4, 1))[-1]
    assert (red.earned_on, red.working.days_not_counted) == (date(2023, 2, 23), 20)


def test_on_time_first_but_accepted_only_after_rework_is_late() -> None:
    life = (
        happened(Mark.SUBMITTED, date(2022, 12, 20)), happened(Mark.RETURNED, date(2023, 1, 5)),
        happened(Mark.SUBMITTED, date(2023, 1, 9)), happened(Mark.ACCEPTED, date(2023, 1, 12)),
    )  # fmt: skip
    assert on_time(history(ASSIGNED, *life)) is False
    assert cards(date(2023, 6, 1), *life) == [("late-1", 1, date(2023, 1, 6), 1)]


def test_not_accepted_is_neither_on_time_nor_late() -> None:
    assert on_time(history(ASSIGNED, happened(Mark.SUBMITTED, GIVEN_ON))) is None
    reopened = (Mark.SUBMITTED, Mark.ACCEPTED, Mark.REOPENED)
    assert on_time(history(ASSIGNED, *(happened(mark, GIVEN_ON) for mark in reopened))) is None


def test_suspended_days_do_not_count() -> None:
    life = (happened(Mark.SUSPENDED, date(2023, 1, 6)), happened(Mark.RESUMED, date(2023, 3, 6)))
    assert lateness(history(ASSIGNED, *life), CALENDAR, date(2023, 3, 6)).days_late == 4
    assert lateness(history(ASSIGNED, *life), CALENDAR, date(2023, 3, 7)).days_late == 5


@pytest.mark.parametrize("end", [Mark.ACCEPTED, Mark.WAIVED])
def test_acceptance_and_waiver_end_the_episode(end: Mark) -> None:
    life = (happened(end, date(2023, 1, 5)), happened(Mark.REOPENED, date(2023, 3, 6)))
    assert cards(date(2023, 3, 6), *life) == [("late-1", 1, FIRST_LATE, 1)]
    assert cards(date(2023, 3, 7), *life)[1:] == [("late-1", 2, date(2023, 3, 7), 1)]


def test_moving_the_due_date_ahead_ends_the_episode() -> None:
    moved = due(date(2023, 1, 5), date(2023, 3, 31))
    assert cards(date(2023, 4, 3), moved) == [
        ("late-1", 1, FIRST_LATE, 1),
        ("late-1", 2, date(2023, 4, 3), 1),
    ]


def test_a_date_recorded_late_counts_from_its_recording_not_from_itself() -> None:
    backdated = due(date(2022, 6, 1), date(2022, 5, 2))
    assert cards(date(2022, 6, 2), backdated) == [("late-1", 1, date(2022, 6, 2), 1)]


def test_an_extension_asked_in_time_holds_the_cards_until_it_is_granted() -> None:
    life = (
        happened(Mark.EXTENSION_REQUESTED, DUE),
        due(date(2023, 2, 6), date(2023, 3, 31)),
        happened(Mark.EXTENSION_DECIDED, date(2023, 2, 6)),
    )
    assert cards(date(2023, 3, 31), *life) == []


def test_an_extension_refused_counts_from_the_old_date_and_earns_the_highest_rung_alone() -> None:
    life = (
        happened(Mark.EXTENSION_REQUESTED, DUE),
        happened(Mark.EXTENSION_DECIDED, date(2023, 2, 6)),
    )
    assert cards(date(2023, 2, 6), *life) == []
    assert cards(date(2023, 6, 1), *life) == [("late-15", 1, date(2023, 2, 7), 23)]


def test_a_refusal_finds_the_days_even_when_the_item_was_submitted_meanwhile() -> None:
    life = (
        happened(Mark.EXTENSION_REQUESTED, DUE),
        happened(Mark.SUBMITTED, date(2023, 1, 5)),
        happened(Mark.EXTENSION_DECIDED, date(2023, 1, 11)),
    )
    assert cards(date(2023, 6, 1), *life) == [("late-1", 1, date(2023, 1, 12), 3)]


def test_an_extension_asked_after_the_due_date_holds_nothing() -> None:
    late_request = happened(Mark.EXTENSION_REQUESTED, date(2022, 12, 31))
    assert cards(FIRST_LATE, late_request) == [("late-1", 1, FIRST_LATE, 1)]


def test_the_lights_of_a_life() -> None:
    assert stands(date(2022, 11, 29)) is Light.GREEN
    assert stands(date(2022, 11, 30)) is Light.BLUE
    assert stands(date(2023, 1, 1)) is Light.BLUE  # past the date, but no working day yet
    assert stands(FIRST_LATE) is Light.YELLOW
    assert stands(FIFTEENTH) is Light.RED


def test_what_was_done_today_shows_today() -> None:
    assert stands(DUE, happened(Mark.SUBMITTED, DUE)) is Light.GREEN
    assert stands(FIFTEENTH, happened(Mark.SUBMITTED, FIFTEENTH)) is Light.RED
    assert stands(FIFTEENTH, happened(Mark.ACCEPTED, FIFTEENTH)) is Light.GREEN
    assert stands(FIRST_LATE, happened(Mark.SUSPENDED, FIRST_LATE)) is Light.GREEN
    assert stands(FIFTEENTH, happened(Mark.EXTENSION_REQUESTED, DUE)) is Light.BLUE


def test_without_a_due_date_nothing_is_late() -> None:
    submitted = history(happened(Mark.SUBMITTED, GIVEN_ON))
    assert earned(submitted, RULES, CALENDAR, date(2024, 1, 1)) == []
    assert light(submitted, RULES, CALENDAR, date(2024, 1, 1)) is Light.GREEN


def test_a_due_date_belongs_to_a_due_entry_only() -> None:
    with pytest.raises(ValueError, match="due date"):
        Entry(Mark.DUE, datetime(2022, 1, 1, tzinfo=ZONE))
    with pytest.raises(ValueError, match="due date"):
        Entry(Mark.SUBMITTED, datetime(2022, 1, 1, tzinfo=ZONE), DUE)


@given(life=histories(), a=uptos, b=uptos)
def test_what_was_earned_stays_earned(life: History, a: date, b: date) -> None:
    early, late = sorted((a, b))
    sooner, later = earned(life, RULES, CALENDAR, early), earned(life, RULES, CALENDAR, late)
    assert later[: len(sooner)] == sooner
    assert all(card.earned_on > early for card in later[len(sooner) :])


@given(life=histories(), upto=uptos)
def test_what_happens_on_a_day_or_later_does_not_change_what_was_earned_by_it(
    life: History, upto: date
) -> None:
    midnight = datetime.combine(upto, datetime.min.time(), ZONE)
    before = History(tuple(entry for entry in life.entries if entry.recorded_at < midnight))
    assert earned(life, RULES, CALENDAR, upto) == earned(before, RULES, CALENDAR, upto)


@given(life=histories())
def test_cards_are_unique_climb_and_fall_on_working_days(life: History) -> None:
    found = earned(life, RULES, CALENDAR, date(2023, 9, 1))
    keys = [(card.episode, card.working.limit) for card in found]
    assert keys == sorted(set(keys))
    assert all(CALENDAR.is_working(card.earned_on) for card in found)
    assert all(card.days_late >= card.working.limit for card in found)


@given(life=histories())
def test_the_days_counted_are_those_counted_one_by_one(life: History) -> None:
    """A second witness: walk every day with the plainest rules and compare with the bisected count."""
    assert [
        card for card in earned(life, RULES, CALENDAR, date(2023, 9, 1)) if not _explained(life, card)
    ] == []


def _explained(life: History, card: Earned) -> bool:
    count, day = 0, card.working.late_from
    while day <= card.earned_on:
        night_before = lateness(life, CALENDAR, day - timedelta(days=1))
        past = night_before.due_on is not None and day > night_before.due_on
        count += CALENDAR.is_working(day) and past and night_before.counting
        day += timedelta(days=1)
    return count == card.days_late
