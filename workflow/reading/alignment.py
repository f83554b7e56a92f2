"""Which chapter and task of the body belongs to which programme and row of the appendix.

Names differ between the two, tasks are missing from one of them; order is kept. So both lists are aligned as
a whole (Needleman and Wunsch, 1970): the pairing of the highest total likeness, pairs below a floor not
allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from workflow.reading.shape import BodyTask, Chapter, Programme, Task
from workflow.reading.targets import similarity

Left = TypeVar("Left")
Right = TypeVar("Right")
_FLOOR = 0.35


def align(
    left: Sequence[Left], right: Sequence[Right], likeness: Callable[[Left, Right], float]
) -> list[tuple[Left | None, Right | None]]:
    """Both lists side by side in order; None where the other side has nothing. `likeness` is 0 to 1."""
    scores = [[likeness(one, other) for other in right] for one in left]
    best = _totals(scores, len(left), len(right))
    pairs: list[tuple[Left | None, Right | None]] = []
    i = j = 0
    while i < len(left) or j < len(right):
        if i < len(left) and j < len(right) and best[i][j] == _paired(scores, best, i, j):
            pairs.append((left[i], right[j]))
            i, j = i + 1, j + 1
        elif i < len(left) and best[i][j] == best[i + 1][j]:
            pairs.append((left[i], None))
            i += 1
        else:
            pairs.append((None, right[j]))
            j += 1
    return pairs


def task_likeness(told: BodyTask, row: Task) -> float:
    """How much a task of the body is like a row: name, and the share of units that both name."""
    one, other = {unit.name for unit in told.units}, {unit.name for unit in row.units}
    shared = len(one & other) / len(one | other) if one | other else 0.0
    return 0.65 * similarity(told.name, row.name) + 0.35 * shared


def chapter_likeness(chapter: Chapter, programme: Programme) -> float:
    """How much a chapter is like a programme: half its name, half its tasks."""
    tasks = [max((task_likeness(t, row) for row in programme.tasks), default=0.0) for t in chapter.tasks]
    return 0.5 * similarity(chapter.name, programme.name) + 0.5 * (sum(tasks) / len(tasks) if tasks else 0.0)


def _totals(scores: list[list[float]], rows: int, columns: int) -> list[list[float]]:
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in reversed(range(rows)):
        for j in reversed(range(columns)):
            best[i][j] = max(_paired(scores, best, i, j), best[i + 1][j], best[i][j + 1])
    return best


def _paired(scores: list[list[float]], best: list[list[float]], i: int, j: int) -> float:
    return scores[i][j] + best[i + 1][j + 1] if scores[i][j] >= _FLOOR else -1.0
