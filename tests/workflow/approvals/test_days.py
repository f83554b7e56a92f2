"""Working days of approvals: limits and time in steps without suspensions; the job and the inbox call the same late."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from models import Approval, Seat
from models.states import AtLimit
from tests.people import START, Cast, HandClock, do, submit
from workflow import visibility
from workflow.adapters.calendars import read_calendar
from workflow.approvals.boxes import is_over, read_viewer
from workflow.approvals.days import Span, limit_of, over_since, worked
from workflow.approvals.overdue import over
from workflow.bootstrap import Services
from workflow.reckoning import day_begins

CALENDAR = read_calendar()
DAYS = st.integers(0, 40).map(lambda n: date(2022, 1, 20) + timedelta(days=n))
SPANS = st.lists(st.tuples(DAYS, DAYS).map(lambda ends: Span(min(ends), max(ends))), max_size=4)


def inside(day: date, spans: list[Span]) -> bool:
    return any(span.from_on < day <= span.to_on for span in spans)


@given(spans=SPANS, stops=SPANS)
def test_each_working_day_counts_once_and_none_of_a_suspension(spans: list[Span], stops: list[Span]) -> None:
    days = (date(2022, 1, 1) + timedelta(days=n) for n in range(90))
    counted = [
        day for day in days if CALENDAR.is_working(day) and inside(day, spans) and not inside(day, stops)
    ]
    assert worked(CALENDAR, spans, stops) == len(counted)


@given(opened=DAYS, days=st.integers(1, 15), today=DAYS)
def test_a_limit_is_over_from_the_first_day_after_it(opened: date, days: int, today: date) -> None:
    """The spread `Spring Festival 2022` is in these days: seven days off and two Saturdays worked for them."""
    limit = limit_of(CALENDAR, day_begins(opened), days, None, today)
    assert limit.over == (limit.on < today) == (opened < over_since(CALENDAR, days, today))
    assert CALENDAR.is_working(limit.on)


def test_the_job_and_the_inbox_agree_on_what_is_late_day_by_day(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    """Through two suspensions, one of them said to have begun before it was recorded."""
    submit(services, cast)
    with services.transaction() as tx:
        seats = Seat.__table__
        tx.execute(update(Seat).where(seats.c.state == "open").values(limit_days=4, at_limit=AtLimit.URGE))
    late = []
    for n in range(40):
        clock.now = START + timedelta(days=n)
        today = clock.now.date()
        if n == 3:
            do(services, "task", cast.task, "suspend", cast.amira, reason="等待文件")
        if n == 11:
            do(services, "task", cast.task, "resume", cast.amira, reason="文件已到")
        if n == 12:
            earlier = {"from_on": str(today - timedelta(days=1))}
            do(services, "task", cast.task, "suspend", cast.amira, reason="等待文件", details=earlier)
        if n == 26:
            do(services, "task", cast.task, "resume", cast.amira, reason="文件已到")
        with services.reading() as tx:
            viewer = read_viewer(tx, cast.rashid, clock.now)
            listed = visibility.approvals(Approval.id).where(is_over(viewer))
            found = tx.execute(listed, visibility.bound(cast.rashid, clock.now)).scalars().all()
            assert [approval for approval, _ in over(tx, clock.now)] == found, today
            late.append(bool(found))
            lost = tx.execute(select(Seat.days_lost).where(Seat.state == "open")).scalar_one()
    assert late == sorted(late)
    assert (True in late, False in late, lost > 0) == (True, True, True)
