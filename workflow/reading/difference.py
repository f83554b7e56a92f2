"""What another edition of a document changes: data to confirm, never a silent overwrite."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from workflow.reading.alignment import align
from workflow.reading.shape import Indicator, Milestone, Reading, Task
from workflow.reading.signs import bare
from workflow.reading.targets import similarity


class What(StrEnum):
    """What a change is about."""

    PLAN = "plan"
    OVERALL_GOAL = "overall_goal"
    PROGRAMME = "programme"
    TASK = "task"
    UNIT = "unit"
    GOAL = "goal"
    MILESTONE = "milestone"


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `task` and `other_task` are the numbers in the old and in the new edition; `field` names
    the part (`title`, a unit, a year); `before` None is added, `after` None is removed."""

    what: What
    field: str
    before: str | None
    after: str | None
    task: int | None = None
    other_task: int | None = None


def compare(old: Reading, new: Reading) -> list[Change]:
    """Every change from `old` to `new`. Tasks are matched by order, name and units, so that an inserted row
    is one added task and not a change of all that follow."""
    changes = list(_plan(old, new))
    for before, after in align(old.tasks, new.tasks, _likeness):
        if before and after:
            changes += _task(before, after)
        elif before:
            changes.append(Change(What.TASK, "task", before.name, None, task=before.number))
        elif after:
            changes.append(Change(What.TASK, "task", None, after.name, other_task=after.number))
    return changes


def _plan(old: Reading, new: Reading) -> Iterator[Change]:
    printed = [("title", old.title, new.title), ("issuer", old.issuer, new.issuer)]
    for field, before, after in [*printed, ("issued_on", str(old.issued_on), str(new.issued_on))]:
        if before != after:
            yield Change(What.PLAN, field, before, after)
    goals = _listed(What.OVERALL_GOAL, [_goal(g) for g in old.goals], [_goal(g) for g in new.goals])
    programmes = _listed(What.PROGRAMME, [p.name for p in old.programmes], [p.name for p in new.programmes])
    yield from goals
    yield from programmes


def _task(old: Task, new: Task) -> Iterator[Change]:
    numbers = (old.number, new.number)
    printed = [("number", str(old.number), str(new.number)), ("name", old.name, new.name)]
    for field, before, after in printed:
        if before != after:
            yield Change(What.TASK, field, before, after, *numbers)
    if old.goal != new.goal:
        yield Change(What.GOAL, "goal", old.goal, new.goal, *numbers)
    yield from _units(old, new)
    yield from _milestones(old, new)


def _units(old: Task, new: Task) -> Iterator[Change]:
    before, after = [unit.name for unit in old.units], [unit.name for unit in new.units]
    for name in before:
        if name not in after:
            yield Change(What.UNIT, name, name, None, old.number, new.number)
    for name in after:
        if name not in before:
            yield Change(What.UNIT, name, None, name, old.number, new.number)
    if before != after and sorted(before) == sorted(after):
        yield Change(What.UNIT, "order", "、".join(before), "、".join(after), old.number, new.number)


def _milestones(old: Task, new: Task) -> Iterator[Change]:
    before = {milestone.year: milestone for milestone in old.milestones}
    after = {milestone.year: milestone for milestone in new.milestones}
    for year in sorted(before.keys() | after.keys()):
        one, other = _milestone(before.get(year)), _milestone(after.get(year))
        if one != other:
            yield Change(What.MILESTONE, str(year), one, other, old.number, new.number)


def _listed(what: What, old: Sequence[str], new: Sequence[str]) -> Iterator[Change]:
    """Items of two lists: what stands at the same place was changed, the rest came or went."""
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        for place in range(max(b - a, d - c) if tag != "equal" else 0):
            before = old[a + place] if a + place < b else None
            after = new[c + place] if c + place < d else None
            yield Change(what, before or after or "", before, after)


def _goal(goal: Indicator) -> str:
    return f"{goal.metric} {goal.comparator} {goal.quantity} {goal.unit} {goal.year or ''}".strip()


def _milestone(milestone: Milestone | None) -> str | None:
    return f"{milestone.text} ({milestone.due_on})" if milestone else None


def _likeness(one: Task, other: Task) -> float:
    """How much two rows are the same task: mostly their names, some of their goals."""
    if bare(one.name) == bare(other.name):
        return 1.0
    goals = SequenceMatcher(None, bare(one.goal), bare(other.goal), autojunk=False).ratio()
    return 0.6 * similarity(one.name, other.name) + 0.4 * goals
