"""The course of each milestone: when it is started, submitted, sent back, submitted again. Drawn from the seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from random import Random

from duban.demo.story import Lateness, Story
from duban.demo.works import Goalpost, Work
from workflow.deadlines import WorkingCalendar

FIRST_STEPS = (12, 40)
"""Working days after the task was assigned, or after New Year, until the work on a milestone starts."""
AHEAD = (1, 40)
"""Working days before the due date on which one that is on time is submitted."""
SHORTEST_WORK = 15
REWORK = (2, 5)
RETURNED_BY = ("unit_review", "accept")
TIME_FOR_REWORK = 30
"""Working days before the due date by which one that will be sent back is first submitted."""

TIME_TO_BE_MOVED = 60
"""Working days between a due date's move and the date itself, under which nothing else happens to the milestone."""


@dataclass(frozen=True, slots=True)
class Course:
    """When what happens to a milestone. `submitted_on` None: it is not submitted before the curtain."""

    work: Work
    goalpost: Goalpost
    due_on: date
    started_on: date
    submitted_on: date | None
    returned_by: str | None = None

    @property
    def chance(self) -> str:
        """What the milestone's own chance is drawn from, beside the seed."""
        return f"{self.work.number}:{self.goalpost.year}"


def draw_courses(
    works: Sequence[Work], story: Story, calendar: WorkingCalendar, seed: int
) -> Iterator[Course]:
    """A course for every milestone of the plan."""
    told = {(post.task, post.year) for post in story.hands.told}
    posts = [
        (w, goalpost) for w in works for goalpost in w.goalposts if (w.number, goalpost.year) not in told
    ]
    for year in sorted({goalpost.year for _, goalpost in posts}):
        of_year = [(work, goalpost) for work, goalpost in posts if goalpost.year == year]
        yield from _draw_year(year, of_year, story, calendar, Random(f"{seed}:courses:{year}"))  # noqa: S311


def _draw_year(
    year: int,
    posts: Sequence[tuple[Work, Goalpost]],
    story: Story,
    calendar: WorkingCalendar,
    chance: Random,
) -> Iterator[Course]:
    told = {course.task: course.days for course in story.courses if course.year == year}
    moved = {redate.task: redate for redate in story.moved if redate.year == year}
    hurried = {n for n, r in moved.items() if calendar.between(r.day, r.due_on) < TIME_TO_BE_MOVED}
    free = [work.number for work, _ in posts if work.number not in told and work.number not in hurried]
    fates = _fates(year, free, story, chance)
    for work, goalpost in posts:
        redate = moved.get(work.number)
        due_on = redate.due_on if redate else goalpost.due_on
        course = Course(work, goalpost, due_on, _start(year, story, calendar, chance), None)
        days: int | None = told.get(work.number)
        if days is None:
            days, course = _fate(course, fates.get(work.number, "on_time"), story, chance)
        known_on = redate.day if redate else story.from_on
        yield course if days is None else _fitted(course, days, known_on, calendar, story)


def _fates(year: int, numbers: Sequence[int], story: Story, chance: Random) -> Mapping[int, str]:
    """Which tasks of a year are late, and which are sent back; suspended ones have trouble enough."""
    spared = {suspension.task for suspension in story.suspended}
    free = [number for number in numbers if number not in spared]
    chance.shuffle(free)
    fates: dict[int, str] = {}
    wanted = {
        "very_late": story.very_late.count,
        "late": story.late.count,
        "left_late": story.left_late.count if story.left_late.year == year else 0,
    }
    for fate, number in wanted.items():
        fates |= {free.pop(): fate for _ in range(min(number, len(free)))}
    for place in range(min(story.returned.count, len(free))):
        fates[free.pop()] = RETURNED_BY[place % len(RETURNED_BY)]
    return fates


def _fate(course: Course, fate: str, story: Story, chance: Random) -> tuple[int | None, Course]:
    """Working days from the due date to the first submission; and the course, marked where it comes back."""
    late: Mapping[str, Lateness] = {"late": story.late, "very_late": story.very_late}
    if fate == "left_late":
        return None, course
    if fate in late:
        return chance.randint(*late[fate].days), course
    if fate in RETURNED_BY:
        return -chance.randint(TIME_FOR_REWORK, TIME_FOR_REWORK + AHEAD[1]), replace(course, returned_by=fate)
    return -chance.randint(*AHEAD), course


def _start(year: int, story: Story, calendar: WorkingCalendar, chance: Random) -> date:
    assigned = story.confirm_on if year == story.confirm_on.year else date(year, 1, 1)
    return calendar.add(assigned, chance.randint(*FIRST_STEPS))


def _fitted(course: Course, days: int, known_on: date, calendar: WorkingCalendar, story: Story) -> Course:
    """The course with its submission, so many working days from a due date that is known by then.

    Started early enough to have something to submit.
    """
    submitted_on = max(calendar.add(course.due_on, days), calendar.add(known_on, 1))
    latest = calendar.add(submitted_on, -SHORTEST_WORK)
    earliest = calendar.add(story.confirm_on, FIRST_STEPS[0])
    started_on = max(min(course.started_on, latest), earliest)
    return replace(course, started_on=started_on, submitted_on=max(submitted_on, calendar.add(started_on, 3)))
