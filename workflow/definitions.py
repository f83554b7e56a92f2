"""Entering definition cards 口径 for a draft plan: kept with it, and given to the indicators when it is confirmed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeAlias

from pydantic import Field

from workflow.definition_cards import DefinitionCard, write_card
from workflow.drafting import TaskDraft
from workflow.errors import Missing
from workflow.law import Details
from workflow.plan_facts import PlanStanding

Key: TypeAlias = tuple[int, int | None, str]
"""Which indicator: task, year (None: the task's goal) and metric, as in the Simplified reading."""


class Definition(Details):
    """The card of one indicator, or of the task's goal (`year` null). Without a card an earlier one is taken back."""

    task: int = Field(ge=1, examples=[4])
    year: int | None = Field(ge=2000, le=2100, examples=[2022])
    metric: str = Field(min_length=1, max_length=300, examples=["能源审计"])
    card: DefinitionCard | None = Field(
        examples=[
            {"kind": "count", "formula": "当年完成能源审计的公共机构家数", "over_time": "added",
             "aggregation": "sum", "over_years": "added", "listed": True, "once": "ever"}
        ]
    )  # fmt: skip

    @property
    def key(self) -> Key:
        return self.task, self.year, self.metric


class Definitions(Details):
    """Cards by task, year and metric. One that was entered before for the same is replaced."""

    definitions: list[Definition] = Field(min_length=1, max_length=2000)


def known_indicators(standing: PlanStanding, details: Definitions, now: datetime) -> Iterable[Missing]:
    """Each names an indicator that the draft has (or a card to be taken back), and none is named twice."""
    seen: set[Key] = set()
    kept = cards_by_key(standing.definitions)
    for n, definition in enumerate(details.definitions):
        about = _about(definition.key) | {"field": f"definitions.{n}"}
        taken_back = definition.card is None and definition.key in kept
        if definition.key not in standing.indicators and not taken_back:
            yield Missing("known_indicator", about)
        if definition.key in seen:
            yield Missing("defined_once", about)
        seen.add(definition.key)


def definitions_fit(standing: PlanStanding) -> Missing | None:
    """No card was entered for an indicator that a later ruling took away."""
    lost = [key for key in cards_by_key(standing.definitions) if key not in standing.indicators]
    return Missing("definitions_fit", _about(lost[0]) | {"count": len(lost)}) if lost else None


def merged(earlier: Sequence[Mapping[str, Any]], entered: Definitions) -> list[dict[str, Any]]:
    """What is kept: the earlier cards, with those replaced or taken back that were entered now."""
    cards = cards_by_key(earlier)
    for definition in entered.definitions:
        cards.pop(definition.key, None)
        if definition.card is not None:
            cards[definition.key] = write_card(definition.card)
    in_order = sorted(cards.items(), key=lambda item: (item[0][0], item[0][1] or 0, item[0][2]))
    return [
        {"task": task, "year": year, "metric": metric, "card": card}
        for (task, year, metric), card in in_order
    ]


def cards_by_key(definitions: Sequence[Mapping[str, Any]]) -> dict[Key, dict[str, Any]]:
    """The cards that a plan keeps, by which indicator each is for."""
    return {(kept["task"], kept["year"], kept["metric"]): kept["card"] for kept in definitions}


def defined(task: TaskDraft, cards: Mapping[Key, dict[str, Any]]) -> TaskDraft:
    """A task whose indicators have their cards; a card's kind overrules that of the reading."""

    def with_card(year: int | None, values: Mapping[str, Any]) -> Mapping[str, Any]:
        card = cards.get((task.number, year, values["metric"]))
        return {**values, "definition": card, "kind": card["kind"]} if card else values

    milestones = tuple(
        replace(
            m,
            indicators=tuple(replace(i, values=with_card(m.values["year"], i.values)) for i in m.indicators),
        )
        for m in task.milestones
    )
    return replace(task, goals=tuple(with_card(None, goal) for goal in task.goals), milestones=milestones)


def _about(key: Key) -> dict[str, Any]:
    task, year, metric = key
    return {"task": task, "year": year or "—", "metric": metric}
