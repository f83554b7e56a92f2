"""From a draft to tasks: the reading with the rulings applied, as rows to be written. Pure.

Year cells stay as the appendix prints them; a ruling on a figure sets the task's goal, and close-out uses that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from models.states import Basis, Comparator, DueBasis, IndicatorKind, Origin


@dataclass(frozen=True, slots=True)
class Ruled:
    """A ruling on one finding: which reading is taken, and what it sets."""

    task_number: int | None
    field: str
    take: str
    body_text: str | None
    text: str | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    due_on: date | None = None
    year: int | None = None
    units: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class IndicatorDraft:
    values: Mapping[str, Any]
    goal: int | None = None
    """Place of the goal (in the task's goals) that this year's figure adds up to."""


@dataclass(frozen=True, slots=True)
class MilestoneDraft:
    values: Mapping[str, Any]
    indicators: tuple[IndicatorDraft, ...]


@dataclass(frozen=True, slots=True)
class TaskDraft:
    number: int
    programme: int | None
    """Place of its programme; None for a task that the appendix has no row for."""
    values: Mapping[str, Any]
    goals: tuple[Mapping[str, Any], ...]
    milestones: tuple[MilestoneDraft, ...]
    units: tuple[int, ...] = ()
    """Units of a task added by ruling, the first leads; else the appointments say."""


def draft(
    printed: Mapping[str, Any], simplified: Mapping[str, Any], rulings: Sequence[Ruled]
) -> list[TaskDraft]:
    """Every task of the reading (both records of the same shape) and those that rulings add."""
    tasks = [
        _task(place, plain, shown, [r for r in rulings if r.task_number == plain["number"]])
        for place, (programme, shown_programme) in enumerate(
            zip(printed["programmes"], simplified["programmes"], strict=True)
        )
        for plain, shown in zip(programme["tasks"], shown_programme["tasks"], strict=True)
    ]
    years = sorted({m.values["year"] for task in tasks for m in task.milestones})
    last = max((m.values["due_on"] for task in tasks for m in task.milestones), default=None)
    added = [r for r in rulings if r.field == "missing_row" and r.take == "add"]
    number = max((task.number for task in tasks), default=0)
    return tasks + [_added(number + n, ruling, years, last) for n, ruling in enumerate(added, 1)]


def _task(
    programme: int, printed: Mapping[str, Any], shown: Mapping[str, Any], rulings: Sequence[Ruled]
) -> TaskDraft:
    name = next((r.text or r.body_text for r in rulings if r.field == "name" and r.take == "body"), None)
    goals = _goals(printed, shown, rulings)
    milestones = [
        _milestone(plain, said, rulings, goals)
        for plain, said in zip(printed["milestones"], shown["milestones"], strict=True)
    ]
    return TaskDraft(
        number=printed["number"],
        programme=programme,
        values={
            "number": printed["number"], "name": name or shown["name"], "printed_name": printed["name"],
            "goal": shown["goal"], "printed_goal": printed["goal"], "origin": Origin.DOCUMENT,
            "source_line": printed["source"]["line"], "source_sha256": printed["source"]["sha256"],
        },
        goals=tuple(goals),
        milestones=_with_added(milestones, goals, len(shown["goal_indicators"])),
    )  # fmt: skip


def _goals(
    printed: Mapping[str, Any], shown: Mapping[str, Any], rulings: Sequence[Ruled]
) -> list[dict[str, Any]]:
    goals = [_indicator(said) for said in shown["goal_indicators"]]
    for ruling in rulings:
        if ruling.field != "quantity" or ruling.quantity is None:
            continue
        if ruling.take == "add":
            goals.append(_added_goal(ruling))
        elif goal := _numeric(goals, ruling.unit):
            goal |= {"printed_quantity": goal["quantity"], "quantity": ruling.quantity}
    return goals


def _numeric(goals: Iterable[dict[str, Any]], unit: str | None) -> dict[str, Any] | None:
    """The goal that a ruling on a figure means: of that unit, else the first that is a number."""
    numbers = [goal for goal in goals if goal["quantity"] is not None]
    return next((goal for goal in numbers if goal["unit"] == unit), numbers[0] if numbers else None)


def _added_goal(ruling: Ruled) -> dict[str, Any]:
    return {
        "metric": ruling.text or ruling.body_text or "", "quantity": ruling.quantity, "printed_quantity": None,
        "unit": ruling.unit, "comparator": Comparator.AT_LEAST, "strength": "firm", "basis": Basis.CUMULATIVE,
        "kind": IndicatorKind.COUNT, "year": ruling.year, "quote": ruling.body_text, "source_line": None,
    }  # fmt: skip


def _with_added(
    milestones: Sequence[MilestoneDraft], goals: Sequence[Mapping[str, Any]], printed: int
) -> tuple[MilestoneDraft, ...]:
    """A goal that a ruling added (those beyond the `printed` ones) has no year cell: the last year reports it."""
    if not milestones or len(goals) == printed:
        return tuple(milestones)
    added = tuple(
        IndicatorDraft({**goal, "basis": Basis.ANNUAL_INCREMENT}, place)
        for place, goal in enumerate(goals)
        if place >= printed
    )
    last = milestones[-1]
    return (*milestones[:-1], MilestoneDraft(last.values, last.indicators + added))


def _indicator(shown: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "metric": shown["metric"], "quantity": None if shown["quantity"] is None else Decimal(shown["quantity"]),
        "printed_quantity": None, "unit": shown["unit"] or None, "comparator": shown["comparator"],
        "strength": shown["strength"], "basis": shown["basis"], "kind": shown["kind"], "year": shown["year"],
        "quote": shown["quote"], "source_line": shown["line"],
    }  # fmt: skip


def _milestone(
    printed: Mapping[str, Any],
    shown: Mapping[str, Any],
    rulings: Sequence[Ruled],
    goals: Sequence[Mapping[str, Any]],
) -> MilestoneDraft:
    ruled = next(
        (r for r in rulings if r.field == "date" and r.due_on and r.due_on.year == printed["year"]), None
    )
    return MilestoneDraft(
        values={
            "year": printed["year"], "text": shown["text"], "printed_text": printed["text"],
            "due_on": ruled.due_on if ruled else date.fromisoformat(printed["due_on"]),
            "due_basis": DueBasis.RULING if ruled else printed["due_basis"],
            "event": None if ruled else shown.get("event"),
            "source_line": printed["source"]["line"],
        },
        indicators=tuple(
            IndicatorDraft(indicator, goal_of(indicator, goals))
            for indicator in map(_indicator, shown["indicators"])
        ),
    )  # fmt: skip


def goal_of(indicator: Mapping[str, Any], goals: Sequence[Mapping[str, Any]]) -> int | None:
    """The goal that a year's figure belongs to: the same metric, or one whose name holds it, else the only one of
    its unit. A figure without a number (a judged cell) belongs to none."""
    if indicator["quantity"] is None:
        return None
    same_unit = [
        n
        for n, goal in enumerate(goals)
        if goal["unit"] == indicator["unit"] and goal["quantity"] is not None
    ]
    metric = indicator["metric"]
    named = [n for n in same_unit if metric in goals[n]["metric"] or goals[n]["metric"] in metric]
    if named:
        return named[0]
    return same_unit[0] if len(same_unit) == 1 else None


def _added(number: int, ruling: Ruled, years: Sequence[int], last: date | None) -> TaskDraft:
    """A task that stands in the body only: due with the plan's last year unless the ruling says otherwise."""
    name = ruling.text or ruling.body_text or ""
    due_on = ruling.due_on or last
    milestone = {
        "year": ruling.year or (due_on.year if due_on else years[-1]), "text": name,
        "printed_text": ruling.body_text or name,
        "due_on": due_on, "due_basis": DueBasis.RULING, "source_line": None,
    }  # fmt: skip
    values = {
        "number": number, "name": name, "printed_name": ruling.body_text or name, "goal": name,
        "printed_goal": ruling.body_text or name, "origin": Origin.RULING, "source_line": None, "source_sha256": None,
    }  # fmt: skip
    return TaskDraft(number, None, values, (), (MilestoneDraft(milestone, ()),), ruling.units)
