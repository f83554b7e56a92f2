"""Cards, indicators and reports to count with, as small as they can be said."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from workflow.definition_cards import DefinitionCard, write_card
from workflow.facts import EntryFact, IndicatorFact

DAY = date(2022, 6, 30)
AUDITS: dict[str, Any] = {
    "kind": "count",
    "formula": "家数",
    "over_time": "added",
    "aggregation": "sum",
    "over_years": "added",
}
AREA: dict[str, Any] = {
    **AUDITS,
    "kind": "amount",
    "formula": "面积",
    "reported_unit": "平方米",
    "conversion": "0.0001",
}
SCHOOLS: dict[str, Any] = {
    "kind": "rate", "formula": "比例", "measured": "ratio", "numerator": "达标学校", "denominator": "学校",
    "scale": "100", "aggregation": "ratio",
}  # fmt: skip
WASTE: dict[str, Any] = {**SCHOOLS, "scale": "1", "direction": "at_most"}
TURNOVER: dict[str, Any] = {
    **SCHOOLS, "kind": "change", "change_in": "percent", "over_years": "added",
    "baseline": {"quantity": "40", "base": "100", "year": 2021, "source": "2021年报"},
}  # fmt: skip


def card(body: dict[str, Any], **more: Any) -> DefinitionCard:
    return DefinitionCard.model_validate({**body, **more})


def indicator(body: dict[str, Any] | None = None, target: str | None = None, **more: Any) -> IndicatorFact:
    """An indicator with that card; without one it counts by the plan's words."""
    kind = body["kind"] if body else "count"
    given: dict[str, Any] = {
        "id": 1, "milestone_id": 1, "metric": "指标", "unit": "",
        "quantity": None if target is None else Decimal(target), "comparator": "none",
        "basis": "annual_increment", "kind": kind,
        "definition": card(body).model_dump_json() if body else None,
    }  # fmt: skip
    return IndicatorFact(**{**given, **more})


def kept(body: dict[str, Any]) -> dict[str, Any]:
    """A card as a row keeps it."""
    return write_card(card(body))


def entry(n: int, quantity: str, base: str | None = None, *, unit: int = 1, day: int = 0, corrects: int | None = None,
          of: int = 1) -> EntryFact:  # fmt: skip
    """The n-th report, `day` days after the half year."""
    return EntryFact(
        n,
        1,
        of,
        unit,
        Decimal(quantity),
        DAY + timedelta(days=day),
        None if base is None else Decimal(base),
        corrects,
    )
