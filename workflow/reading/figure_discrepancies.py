"""Where body and appendix print different figures, or only one of them prints one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from models.states import Basis
from workflow.reading.shape import BodyTask, Discrepancy, Field, Indicator, Passage, Task
from workflow.reading.signs import fold
from workflow.reading.targets import body_figures, is_figure, similarity

_ABOUT_THE_SAME = 0.5


def differing_figures(told: BodyTask, row: Task) -> Iterator[Discrepancy]:
    """Goal against body first; then body figures without a counterpart; then levels that only a cell prints.

    Yearly portions are no readings of their own: they are the goal, divided.
    """
    body = body_figures(told.texts)
    printed = [figure for figure in body if not figure.worded]
    goal = [aim for aim in row.goal_indicators if is_figure(aim) and not aim.worded]
    unmatched = [figure for figure in printed if not any(_equal(figure, aim) for aim in goal)]
    for aim in goal:
        if any(_equal(figure, aim) for figure in printed):
            continue
        other = _counterpart(aim, unmatched)
        if other:
            unmatched.remove(other)
        yield _differ(row, other, aim)
    yield from (_differ(row, figure, None) for figure in unmatched)
    yield from _lone_levels(row, body)


def _lone_levels(row: Task, body: Sequence[Indicator]) -> Iterator[Discrepancy]:
    seen: list[Indicator] = []
    for cell in (cell for milestone in row.milestones for cell in milestone.indicators if is_figure(cell)):
        portion = cell.basis is Basis.ANNUAL_INCREMENT
        known = [*(figure for figure in body if not figure.worded), *seen]
        if not portion and not any(_equal(cell, figure) for figure in known):
            seen.append(cell)
            same_time = [f for f in body if fold(f.unit) == fold(cell.unit) and f.year in (None, cell.year)]
            yield _differ(row, same_time[0] if same_time else None, cell)


def _equal(one: Indicator, other: Indicator) -> bool:
    return (one.quantity, fold(one.unit)) == (other.quantity, fold(other.unit))


def _counterpart(aim: Indicator, candidates: Sequence[Indicator]) -> Indicator | None:
    fitting = [figure for figure in candidates if fold(figure.unit) == fold(aim.unit)]
    best = max(fitting, key=lambda figure: similarity(figure.metric, aim.metric), default=None)
    return best if best and similarity(best.metric, aim.metric) >= _ABOUT_THE_SAME else None


def _differ(row: Task, body: Indicator | None, appendix: Indicator | None) -> Discrepancy:
    return Discrepancy(row.number, Field.QUANTITY, _passage(body), _passage(appendix))


def _passage(figure: Indicator | None) -> Passage | None:
    return Passage(figure.quote, figure.line) if figure else None
