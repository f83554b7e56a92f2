"""Where the same target is worded differently: clauses of the goal that the body has almost, and cells that
name something else, or a lesser degree, than the goal they belong to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from models.states import Comparator
from workflow.reading.clauses import clauses
from workflow.reading.deeds import degree
from workflow.reading.shape import BodyTask, Discrepancy, Field, Indicator, Passage, Task
from workflow.reading.signs import bare, subsequence
from workflow.reading.targets import counterpart, is_figure

# Measured on the shipped plan: below it clauses share little more than the words of the trade.
_ALMOST = 0.75


def differing_wordings(told: BodyTask, row: Task) -> Iterator[Discrepancy]:
    """Each wording of the appendix that differs is reported once, beside the nearest words of the body."""
    yield from _goal(told, row)
    reported: set[str] = set()
    for milestone in row.milestones:
        for cell in milestone.indicators:
            if cell.quote not in reported and (aim := _other_than_goal(cell, row)):
                reported.add(cell.quote)
                body = _nearest(aim.quote, told)[0]
                yield Discrepancy(row.number, Field.WORDING, body, Passage(cell.quote, cell.line))


def _goal(told: BodyTask, row: Task) -> Iterator[Discrepancy]:
    whole = "".join(_masked(text.text) for text in told.texts)
    line = row.sources["goal"].line
    for clause in clauses(Passage(row.goal, line)):
        body, likeness = _nearest(clause.text, told)
        if body and likeness >= _ALMOST and _masked(clause.text) not in whole:
            yield Discrepancy(row.number, Field.WORDING, body, Passage(clause.quote, line))


def _nearest(text: str, told: BodyTask) -> tuple[Passage | None, float]:
    """The clause of the body most like `text`, and how alike, 0 to 1."""
    found = [clause for paragraph in told.texts for clause in clauses(paragraph)]
    ranked = [(_likeness(text, clause.text), clause) for clause in found]
    likeness, best = max(ranked, key=lambda pair: pair[0], default=(0.0, None))
    return (Passage(best.quote, best.line), likeness) if best else (None, 0.0)


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, _masked(one), _masked(other), autojunk=False).ratio()


def _masked(text: str) -> str:
    """`text` for comparing words only: every figure is one sign (figures are compared elsewhere)."""
    return re.sub(r"[0-9]+(?:\.[0-9]+)?", "0", bare(text))


def _other_than_goal(cell: Indicator, row: Task) -> Indicator | None:
    """The goal's indicator where the cell names another thing or another degree of completion."""
    aim = counterpart(cell, row.goal_indicators)
    if aim is None or is_figure(cell) != is_figure(aim):
        return None
    both_done = aim.comparator is Comparator.DONE and cell.comparator is Comparator.DONE
    if not is_figure(cell) and not both_done:
        return None
    other_degree = both_done and bool(degree(cell.quote)) and degree(cell.quote) != degree(aim.quote)
    other_thing = cell.metric != aim.metric and not subsequence(cell.metric, aim.metric) and _akin(cell, aim)
    return aim if other_degree or other_thing else None


def _akin(cell: Indicator, aim: Indicator) -> bool:
    """Whether both end in the same word: 調研報告 and 調查報告 do, 聯盟 and 活動 do not."""
    one, other = bare(cell.metric), bare(aim.metric)
    return len(one) > 1 and one[-2:] == other[-2:]
