"""Due dates under any notice: exactly those move that a rule makes another, wherever a run broke off. No database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from workflow.adapters.calendars import read_calendar
from workflow.calendar_notices.courses import (
    Counted,
    Course,
    Due,
    Moved,
    Named,
    Paused,
    first_change,
    moves,
)
from workflow.deadlines import CalendarYear, Notice, Roll, WorkingCalendar

BEFORE = read_calendar()
DAY = timedelta(days=1)
near = st.dates(date(2026, 11, 1), date(2028, 1, 31))
days_of_notice = st.dates(date(2026, 12, 1), date(2027, 12, 31))


@st.composite
def notices(draw: st.DrawFn) -> WorkingCalendar:
    """The shipped calendar with some notice of 2027: weekdays and weekends off, weekend days worked."""
    off = draw(st.frozensets(days_of_notice, max_size=30))
    weekends = days_of_notice.filter(lambda on: on.weekday() >= 5 and on not in off)
    year = CalendarYear(2027, Notice("某号", "", False), off, draw(st.frozensets(weekends, max_size=7)))
    return WorkingCalendar({**BEFORE.years, 2027: year})


@st.composite
def courses(draw: st.DrawFn) -> Course:
    named = st.builds(Named, near, st.sampled_from(Roll))
    counted = st.builds(Counted, near, st.integers(1, 30))
    pauses = draw(st.lists(st.tuples(near, st.integers(0, 60)), max_size=2))
    stops = tuple(Paused(since, since + n * DAY) for since, n in pauses)
    return Course(draw(st.one_of(named, counted)), stops)


def walked(course: Course, calendar: WorkingCalendar) -> date:
    """The same date once more, day by day."""
    on = _start(course.start, calendar)
    for pause in course.pauses:
        if on >= pause.since:
            lost = sum(
                calendar.is_working(pause.since + n * DAY)
                for n in range(1, (pause.until - pause.since).days + 1)
            )
            on = _steps(on, lost, calendar)
    return on


def _start(start: Named | Counted, calendar: WorkingCalendar) -> date:
    if isinstance(start, Counted):
        return _steps(start.after, start.days, calendar)
    on, step = start.on, DAY if start.roll is Roll.FOLLOWING else -DAY
    while start.roll is not Roll.NONE and not calendar.is_working(on):
        on += step
    return on


def _steps(on: date, n: int, calendar: WorkingCalendar) -> date:
    while n:
        on += DAY
        n -= calendar.is_working(on)
    return on


def due(n: int, course: Course, calendar: WorkingCalendar = BEFORE) -> Due:
    return Due(1, "milestone", n, course.under(calendar), course)


@given(made=st.lists(courses(), max_size=12), notice=notices())
def test_exactly_the_dates_that_change_move_and_a_second_run_moves_none(
    made: list[Course], notice: WorkingCalendar
) -> None:
    dues = [due(n, course) for n, course in enumerate(made)]
    found = moves(dues, (BEFORE, notice))
    expected = [
        Moved(1, "milestone", n, walked(course, BEFORE), walked(course, notice))
        for n, course in enumerate(made)
        if walked(course, BEFORE) != walked(course, notice)
    ]
    assert found == expected
    if found:
        assert (first := first_change((BEFORE, notice))) is not None
        assert all(moved.from_on >= first - 31 * DAY for moved in found if not made[moved.id].pauses)
    to = {moved.id: moved.to_on for moved in found}
    after = [replace(each, on=to.get(each.id, each.on)) for each in dues]
    assert moves(after, (BEFORE, notice)) == []


@given(made=st.lists(courses(), max_size=12), first=notices(), second=notices(), done=st.integers(0, 12))
def test_a_run_that_broke_off_before_a_correction_ends_where_one_run_would(
    made: list[Course], first: WorkingCalendar, second: WorkingCalendar, done: int
) -> None:
    dues = [due(n, course, first if n < done else BEFORE) for n, course in enumerate(made)]
    to = {moved.id: moved.to_on for moved in moves(dues, (BEFORE, first, second))}
    assert [to.get(each.id, each.on) for each in dues] == [course.under(second) for course in made]


@given(on=near, course=courses(), notice=notices())
def test_what_no_rule_explains_is_somebodys_own_and_stays(
    on: date, course: Course, notice: WorkingCalendar
) -> None:
    own = Due(1, "milestone", 1, on, course)
    if on not in (course.under(BEFORE), course.under(notice)):
        assert moves([own], (BEFORE, notice)) == []
    assert moves([Due(1, "milestone", 1, on, Course(Named(on)))], (BEFORE, notice)) == []


@given(above=courses(), own=st.none() | near, notice=notices(), back=notices())
def test_a_share_is_never_due_after_what_it_is_a_part_of_and_comes_back_with_it(
    above: Course, own: date | None, notice: WorkingCalendar, back: WorkingCalendar
) -> None:
    whole = due(1, above)
    given_on = min(own, whole.on) if own else whole.on
    course = Course(Named(given_on)) if own else None
    share = Due(1, "share", 2, given_on, course, above=whole.key)
    for calendars in ((BEFORE, notice), (BEFORE, notice, back)):
        to = {moved.kind: moved.to_on for moved in moves([whole, share], calendars)}
        whole_on, share_on = to.get("milestone", whole.on), to.get("share", share.on)
        assert share_on <= whole_on
        assert share_on == (min(given_on, whole_on) if own else whole_on)
        whole, share = replace(whole, on=whole_on), replace(share, on=share_on)


def test_the_rules_by_example() -> None:
    """New Year 2027 with a bridge: the last day of 2026 off, the Saturday before it worked."""
    off = frozenset({date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 2)})
    year = CalendarYear(2027, Notice("某号", "", False), off, frozenset({date(2026, 12, 26)}))
    notice = WorkingCalendar({**BEFORE.years, 2027: year})
    year_end = Course(Named(date(2026, 12, 31), Roll.PRECEDING))
    plan = Course(Counted(date(2026, 12, 11), 15))
    paused = Course(year_end.start, (Paused(date(2026, 12, 7), date(2026, 12, 28)),))
    assert [course.under(BEFORE) for course in (year_end, plan, paused)] == [
        date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 21),
    ]  # fmt: skip
    assert [course.under(notice) for course in (year_end, plan, paused)] == [
        date(2026, 12, 30), date(2027, 1, 4), date(2027, 1, 25),
    ]  # fmt: skip
    assert first_change((BEFORE, notice)) == date(2026, 12, 26)
