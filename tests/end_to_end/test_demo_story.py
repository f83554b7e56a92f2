"""The story before it is played: whatever the seed, no deed comes before what it needs, and figures add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from duban.demo.cast import assemble
from duban.demo.courses import Course, draw_courses
from duban.demo.deeds import Deed
from duban.demo.duties import Duties
from duban.demo.scenes import Scene
from duban.demo.story import tell
from duban.demo.works import Aim, Goalpost, Place, Work
from workflow.adapters.calendars import read_calendar

STORY, CALENDAR, CAST = tell(), read_calendar(), assemble(1)
UNITS = (
    ("市机管局", "lead"), ("市教委", "joint"), ("市财政局", "joint"),
    ("青浦区机管局", "contributor"), ("崇明区机管局", "contributor"),
)  # fmt: skip
SUSPENDED = STORY.suspensions[0].task
COUNT = Aim(1, "能源审计", Decimal(300), "家", "at_least", "annual_increment", "count")
LEVEL = Aim(2, "人均排放量", Decimal("0.8"), "千克/人", "at_most", "level", "rate")
REPORT = Aim(3, "调研报告", Decimal(1), "报告", "done", "level", "deliverable")
JUDGED = Aim(4, "管理基础", None, "", "none", "level", "judged")


def works(*, aims: Sequence[Aim]) -> list[Work]:
    """36 tasks like the plan's, each asked the same in both years."""
    made = []
    for number in range(1, 37):
        told = [notice.unit for notice in STORY.notices if notice.task == number]
        units = [*UNITS, *((unit, "joint") for unit in told)]
        places = tuple(Place(number * 100 + n, n, unit, role) for n, (unit, role) in enumerate(units, 1))
        posts = tuple(
            Goalpost(number * 10 + year - 2020, year, "300家", CALENDAR.last_working_day(year), tuple(aims))
            for year in (2022, 2023)
        )
        made.append(Work(number, number, f"任务{number}", places, posts))
    return made


def courses(seed: int, aims: Sequence[Aim] = (COUNT,)) -> list[Course]:
    return list(draw_courses(works(aims=aims), STORY, CALENDAR, seed))


def deeds(course: Course, seed: int) -> list[Deed]:
    scene = Scene(course, CAST, STORY, CALENDAR, Random(f"{seed}:{course.chance}"))
    return sorted(scene.deeds(), key=lambda deed: (deed.on, deed.minute))


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_as_many_milestones_of_a_year_are_late_and_sent_back_as_the_story_says(seed: int) -> None:
    drawn = courses(seed)
    told = {(course.task, course.year) for course in STORY.courses}
    for year in (2022, 2023):
        free = [c for c in drawn if c.goalpost.year == year and (c.work.number, year) not in told]
        days = [CALENDAR.between(c.due_on, c.submitted_on) for c in free if c.submitted_on]
        assert sum(STORY.late.days[0] <= n <= STORY.late.days[1] for n in days) == STORY.late.count
        assert sum(n >= STORY.very_late.days[0] for n in days) == STORY.very_late.count
        left = STORY.left_late.count if year == STORY.left_late.year else 0
        assert len(free) - len(days) == left
        assert Counter(bool(c.returned_by) for c in free)[True] == STORY.returned.count


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_everything_is_done_on_a_working_day_after_the_start_and_before_its_submission(seed: int) -> None:
    acknowledged = {
        deed.subject: deed.on
        for deed in Duties(works(aims=(COUNT,)), CAST, STORY, CALENDAR, seed).deeds()
        if (deed.noun, deed.action) == ("tasks", "acknowledge")
    }
    for course in courses(seed)[::5]:
        done = deeds(course, seed)
        assert all(CALENDAR.is_working(deed.on) for deed in done)
        assert done[0].action == "start"
        assert done[0].on > acknowledged[course.work.id]
        open_to_work = True
        for deed in done[1:]:
            if deed.action in ("report", "attach", "submit"):
                assert open_to_work, (course.work.number, course.goalpost.year, deed)
            open_to_work = {"submit": False, "return": True}.get(deed.action, open_to_work)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_a_due_date_is_moved_before_the_milestone_is_submitted(seed: int) -> None:
    moved = {(redate.task, redate.year): redate.day for redate in STORY.moved}
    for course in courses(seed):
        told_on = moved.get((course.work.number, course.goalpost.year))
        assert told_on is None or course.submitted_on is None or told_on < course.submitted_on


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_signatures_come_step_by_step(seed: int) -> None:
    for course in courses(seed)[::5]:
        round_of_signatures: list[str] = []
        for deed in deeds(course, seed):
            if deed.action == "submit":
                round_of_signatures = []
            elif deed.noun == "approvals":
                round_of_signatures.append(deed.who)
        if course.submitted_on is not None:
            first, *middle, last = round_of_signatures
            assert first == "jgj.reviewer"
            assert {"jw.reviewer", "czj.reviewer"} <= set(middle)
            assert last in {"amira", "bohai"}


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_what_is_reported_reaches_the_target_by_the_submission(seed: int) -> None:
    for course in courses(seed, (COUNT, LEVEL, REPORT, JUDGED))[::5]:
        if course.submitted_on is None:
            continue
        told = [
            (figure["indicator_id"], Decimal(figure["quantity"]))
            for deed in deeds(course, seed)
            if deed.action == "report"
            for figure in (deed.details or {})["figures"]
        ]
        assert sum(value for aim, value in told if aim == COUNT.id) == COUNT.target
        assert [value for aim, value in told if aim == LEVEL.id][-1] <= LEVEL.asked
        assert [value for aim, value in told if aim == REPORT.id][-1] == REPORT.target
        assert JUDGED.id not in {aim for aim, _ in told}


def test_a_suspension_moves_what_would_have_come_after_it() -> None:
    held = STORY.suspensions[0]
    course = next(c for c in courses(1) if c.work.number == SUSPENDED and c.goalpost.year == 2022)
    started = replace(course, started_on=date(2022, 3, 1))
    days = [deed.on for deed in deeds(started, 1)]
    assert not [on for on in days if held.from_on <= on < held.upto_on]
    assert max(days) > held.upto_on
