"""The shipped plan's indicators as a table: `make indicators` writes docs/indicators.md with it.

Made from `plans/shanghai-2022/` alone: its reading, its term table and its definition cards, no database.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import yaml

from models.states import IndicatorKind, Reporting
from workflow.adapters.definition_files import read_definitions
from workflow.adapters.editions import to_simplified
from workflow.adapters.shipped import PLANS
from workflow.definition_cards import Aggregation, DefinitionCard, Direction, card_of
from workflow.definitions import Definition
from workflow.drafting import TaskDraft, draft
from workflow.figures import plain
from workflow.plans import simplified
from workflow.words import DEFAULT_LANGUAGE, catalogue

FOLDER = PLANS / "shanghai-2022"
HEAD = """\
# Indicators

The 36 tasks of `plans/shanghai-2022/`, one row per indicator: first the task's goal, then each year. Made by
`make indicators` from the plan's reading and its `definition_cards.yaml`; change those. Figures are those that the
appendix prints, before any ruling. *By criteria*: no number is printed, the milestone is accepted by its approved
criteria 验收要点. *Aggregation* is how units' figures become one. A gap is what the document leaves open about the
definition, as a question to the office: no milestone is accepted before its own are answered.
"""
COLUMNS = ("task", "year", "metric", "target", "kind", "formula", "aggregation", "due", "open gaps")
BY_CRITERIA = "by criteria"
SIGNS = {Direction.AT_LEAST: "≥", Direction.AT_MOST: "≤"}
AGGREGATIONS = {
    Aggregation.SUM: "Σ",
    Aggregation.RATIO: "Σ numerator / Σ denominator",
    Aggregation.LATEST: "latest",
}


def document() -> str:
    """The whole of docs/indicators.md as Markdown, ending in a newline."""
    cards = shipped_cards()
    rows = [row for task in shipped_tasks() for row in _rows(task, cards)]
    return "".join([HEAD, "\n", _row(COLUMNS), _row(["---"] * len(COLUMNS)), *map(_row, rows)])


def shipped_tasks() -> list[TaskDraft]:
    """The plan's tasks as read, before any ruling."""
    printed = yaml.safe_load((FOLDER / "reading.yaml").read_text(encoding="utf-8"))
    return draft(printed, simplified(printed, to_simplified), [])


def shipped_cards() -> dict[tuple[int, int | None, str], DefinitionCard]:
    """The plan's definition cards, by task, year and metric."""
    _, entries = read_definitions(FOLDER / "definition_cards.yaml")
    definitions = [Definition.model_validate(entry) for entry in entries]
    return {each.key: each.card for each in definitions if each.card is not None}


def _rows(task: TaskDraft, cards: Mapping[Any, DefinitionCard]) -> Iterator[list[str]]:
    name = f"{task.number} {task.values['name']}"
    for goal in task.goals:
        yield [name, "goal", *_cells(goal, cards.get((task.number, None, goal["metric"])), "")]
    for milestone in task.milestones:
        year, due = milestone.values["year"], _due(milestone.values)
        for indicator in milestone.indicators:
            card = cards.get((task.number, year, indicator.values["metric"]))
            yield [name, str(year), *_cells(indicator.values, card, due)]


def _cells(values: Mapping[str, Any], card: DefinitionCard | None, due: str) -> list[str]:
    if card is None and values["kind"] == IndicatorKind.JUDGED:
        return [values["metric"], "–", _kind(values["kind"]), BY_CRITERIA, "–", due, ""]
    known = card or card_of(None, values["kind"], values["comparator"], values["basis"])
    return [
        values["metric"],
        _target(values, known),
        _kind(known.kind),
        _formula(known, values["unit"]) if card else "–",
        AGGREGATIONS[known.aggregation],
        due,
        "<br>".join(f"`{gap.field}` {gap.question}" for gap in known.gaps),
    ]


def _target(values: Mapping[str, Any], card: DefinitionCard) -> str:
    quantity: Decimal | None = values["quantity"]
    return (
        "–"
        if quantity is None
        else f"{SIGNS[card.direction]} {plain(quantity)} {values['unit'] or ''}".rstrip()
    )


def _formula(card: DefinitionCard, unit: str | None) -> str:
    """The formula, with numerator and denominator, what is left out, the unit of reports, and what a list holds to."""
    parts = [card.formula]
    if card.is_ratio:
        parts.append(f"{card.numerator or '？'} / {card.denominator or '？'} × {plain(card.scale)}")
    parts += [f"− {exclusion.what}" for exclusion in card.exclusions]
    if card.reported_unit:
        parts.append(f"1 {card.reported_unit} = {plain(card.conversion)} {unit}")
    if card.once:
        parts.append(f"by list, an institution once ({card.once})")
    if card.attested != Reporting.NONE:
        parts.append(f"attested {card.attested}")
    return "<br>".join(parts)


def _kind(kind: str) -> str:
    return f"{kind} {catalogue(DEFAULT_LANGUAGE)[f'indicator_kind.{kind}']}"


def _due(values: Mapping[str, Any]) -> str:
    due_on: date = values["due_on"]
    return f"{due_on.isoformat()} {values['due_basis']}"


def _row(cells: Any) -> str:
    return f"| {' | '.join(str(cell).replace('|', '&#124;') for cell in cells)} |\n"


if __name__ == "__main__":
    print(document(), end="")
