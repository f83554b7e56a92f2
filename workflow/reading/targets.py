"""Indicators of goals and of year cells.

A cell borrows from the goal what it does not print: `35家` is of the goal's projects. Cells whose figures sum
to the goal's figure are yearly portions (`annual_increment`), everything else is a level at its date.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from difflib import SequenceMatcher
from itertools import groupby

from models.states import Basis, Comparator
from models.states import IndicatorKind as Kind
from workflow.reading.clauses import Clause, clauses
from workflow.reading.deeds import completes, completing, deed, segments
from workflow.reading.figures import Figure, figures
from workflow.reading.shape import Indicator, Passage, Strength
from workflow.reading.signs import bare, fold, subsequence

_ACHIEVED = re.compile("达到|建成")
_SCOPE_OF_RULE = re.compile("^对|应当|不得|按照.*标准")
_ADDITIVE = (Kind.COUNT, Kind.AMOUNT)


def goal_indicators(goal: Passage) -> tuple[Indicator, ...]:
    """Everything that a goal demands, figures first within each sentence."""
    found: list[Indicator] = []
    for _, group in groupby(clauses(goal), key=lambda clause: clause.sentence):
        found += _of_sentence(list(group))
    return tuple(found)


def body_figures(texts: Sequence[Passage]) -> tuple[Indicator, ...]:
    """The target figures in the paragraphs of the body. Figures that only say whom a rule concerns
    (`對…5000平方米及以上的公共機構`, `應當`) are not targets."""
    found: list[Indicator] = []
    for text in texts:
        for clause in clauses(text):
            if not _SCOPE_OF_RULE.search(fold(clause.text)):
                found += [_figured(figure) for figure in _named(figures(clause))]
    return tuple(found)


def cell_indicators(cell: Sequence[Passage], year: int) -> tuple[Indicator, ...]:
    """What one year cell (its lines as passages) demands by itself: its figures, else the one deed it names."""
    found = [clause for line in cell for clause in clauses(line)]
    counted = [figure for clause in found for figure in figures(clause)]
    if counted:
        read = [*map(_figured, counted), *_deeds_beside(found)]
        return tuple(replace(indicator, year=year) for indicator in read)
    whole = Passage(" ".join(line.text for line in cell), cell[0].line)
    return (replace(_from_deed(whole.text, whole.text, whole.line, striving=False), year=year),)


def complete(
    goal: Sequence[Indicator], cells: Sequence[tuple[Indicator, ...]], name: str
) -> tuple[tuple[Indicator, ...], tuple[tuple[Indicator, ...], ...]]:
    """Goal and cells with what they owe each other: cells borrow metric, kind and denominator from the goal
    (or the metric from the task's `name`); figures that sum to the goal become yearly portions of a total."""
    pairs = [[(cell, counterpart(cell, goal)) for cell in year] for year in cells]
    summed = [aim for aim in goal if _sums(aim, [cell for year in pairs for cell, of in year if of is aim])]
    return (
        tuple(replace(aim, basis=Basis.CUMULATIVE) if aim in summed else aim for aim in goal),
        tuple(tuple(_borrow(cell, of, of in summed, name) for cell, of in year) for year in pairs),
    )


def counterpart(cell: Indicator, goal: Sequence[Indicator]) -> Indicator | None:
    """The goal's indicator that a cell is about: same unit for figures, any deed for a deed, nearest words."""
    fitting = [aim for aim in goal if _same_sort(cell, aim)]
    return max(fitting, key=lambda aim: similarity(cell.metric, aim.metric), default=None)


def similarity(one: str, other: str) -> float:
    """How alike two wordings are, 0 to 1; wording contained in the other is fully alike."""
    left, right = bare(one), bare(other)
    if left and right and (subsequence(left, right) or subsequence(right, left)):
        return 1.0
    return SequenceMatcher(None, left, right, autojunk=False).ratio()


def _same_sort(cell: Indicator, aim: Indicator) -> bool:
    if is_figure(cell) or is_figure(aim):
        return is_figure(cell) and is_figure(aim) and fold(cell.unit) == fold(aim.unit)
    return True


def is_figure(indicator: Indicator) -> bool:
    """Whether the indicator has a printed number (or 全部), not a deed."""
    return indicator.kind in (Kind.COUNT, Kind.AMOUNT, Kind.RATE, Kind.CHANGE)


def _sums(aim: Indicator, portions: list[Indicator]) -> bool:
    quantities = [portion.quantity for portion in portions if portion.quantity is not None]
    return is_figure(aim) and len(quantities) > 1 and sum(quantities, Decimal(0)) == aim.quantity


def _borrow(cell: Indicator, aim: Indicator | None, portion: bool, name: str) -> Indicator:
    if portion:
        cell = replace(cell, basis=Basis.ANNUAL_INCREMENT)
    if aim is None:
        return replace(cell, metric=cell.metric or name)
    if is_figure(cell):
        denominator = cell.denominator or aim.denominator
        baseline = cell.baseline_year or aim.baseline_year
        kind = aim.kind if portion else cell.kind
        cell = replace(cell, kind=kind, denominator=denominator, baseline_year=baseline)
    return replace(cell, metric=cell.metric or aim.metric)


def _of_sentence(found: list[Clause]) -> list[Indicator]:
    counted = [figure for clause in found for figure in figures(clause)]
    if counted:
        return [*(_as_total(_figured(figure)) for figure in _named(counted)), *_deeds_beside(found)]
    return [_done(group) for group in segments(found)]


def _deeds_beside(found: list[Clause]) -> list[Indicator]:
    """What clauses without a figure demand to be completed, beside clauses that count something."""
    return [_done([clause]) for clause in found if not figures(clause) and completes(clause.text)]


def _as_total(indicator: Indicator) -> Indicator:
    """A count or an amount without a ceiling in a task's goal is the total up to its date."""
    total = indicator.kind in _ADDITIVE and indicator.comparator is not Comparator.AT_MOST
    return replace(indicator, basis=Basis.CUMULATIVE) if total else indicator


def _done(group: list[Clause]) -> Indicator:
    first, carrying = group[0], completing(group)
    quote = first.sentence[first.sentence.index(first.quote) :]
    quote = quote[: quote.index(group[-1].quote) + len(group[-1].quote)]
    made = _from_deed(carrying.text, quote, first.line, carrying.striving)
    return replace(made, year=carrying.year, month=carrying.month)


def _from_deed(text: str, quote: str, line: int, striving: bool) -> Indicator:
    made = deed(text)
    strength = Strength.STRIVE if striving else Strength.FIRM
    return Indicator(
        made.metric, made.quantity, made.unit, made.comparator, strength, Basis.LEVEL, made.kind, quote, line
    )


def _named(found: list[Figure]) -> list[Figure]:
    """Figures that name nothing take over what the figure before them counts."""
    named: list[Figure] = []
    for figure in found:
        before = named[-1] if named else None
        if before and not figure.metric:
            base = figure.denominator or (before.denominator if figure.kind is Kind.RATE else None)
            figure = replace(figure, metric=before.metric, denominator=base)
        elif before and _ACHIEVED.match(fold(figure.metric)):
            figure = replace(figure, metric=before.metric + figure.metric)
        named.append(figure)
    return named


def _figured(figure: Figure) -> Indicator:
    clause = figure.clause
    return Indicator(
        metric=figure.metric,
        quantity=figure.quantity,
        unit=figure.unit,
        comparator=figure.comparator,
        strength=Strength.STRIVE if clause.striving else Strength.FIRM,
        basis=Basis.LEVEL,
        kind=figure.kind,
        quote=clause.quote,
        line=clause.line,
        year=clause.year,
        month=clause.month,
        denominator=figure.denominator,
        baseline_year=figure.baseline_year,
        worded=figure.worded,
    )
