"""Definition cards 口径: how an indicator is counted, added up over units and years, and judged. Pure, checked whole.

What the plan's document leaves open stands in a card as a gap; a milestone is not accepted before its gaps are settled.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from models.states import Basis, Comparator, IndicatorKind, Reporting

Quantity = Annotated[Decimal, Field(max_digits=24, decimal_places=8)]
Positive = Annotated[Decimal, Field(gt=0, max_digits=24, decimal_places=12)]
Words = Annotated[str, Field(min_length=1, max_length=500)]
COUNTED = (IndicatorKind.COUNT, IndicatorKind.AMOUNT)
BESIDE_THE_FIGURE = frozenset(
    {
        "formula",
        "numerator",
        "denominator",
        "exclusions",
        "reported_unit",
        "digits",
        "certifier",
        "attested",
        "gaps",
    }
)
"""Fields that say what is counted and how it is shown. All others take part in the arithmetic or in the judgement."""


class Measured(StrEnum):
    """What a report states: one quantity, or numerator and denominator."""

    QUANTITY = "quantity"
    RATIO = "ratio"


class OverTime(StrEnum):
    """Whether each report says what came on top since the last one, or how things stand."""

    ADDED = "added"
    LATEST = "latest"


class Aggregation(StrEnum):
    """How units' figures become one: Σ, Σ numerator / Σ denominator, or the latest report of anybody."""

    SUM = "sum"
    RATIO = "ratio"
    LATEST = "latest"


class OverYears(StrEnum):
    """How the years' figures become the task's goal."""

    ADDED = "added"
    COMPOUNDED = "compounded"
    LATEST = "latest"


class Direction(StrEnum):
    AT_LEAST = "at_least"
    AT_MOST = "at_most"


class ChangeIn(StrEnum):
    """Of a change: in per cent of the baseline, or in percentage points over it."""

    PERCENT = "percent"
    POINTS = "points"


class Once(StrEnum):
    """Of a list: how often an institution may count, over all years or in each."""

    EVER = "ever"
    YEARLY = "yearly"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Exclusion(_Part):
    """What does not count, and why."""

    what: Words
    reason: Words


class Baseline(_Part):
    """What a change is measured against: of a ratio numerator and denominator."""

    quantity: Quantity
    base: Positive | None = None
    year: int = Field(ge=1990, le=2100)
    source: Words


class Gap(_Part):
    """What the document leaves open about a field of the card, as a question to the office."""

    field: str = Field(min_length=1, max_length=40)
    question: Words


class DefinitionCard(_Part):
    """One indicator's definition. Quantities are in the indicator's unit unless `reported_unit` names another.

    `scale`: what a ratio of one whole is in the indicator's unit (100 for %). `conversion`: how much of the
    indicator's unit one reported unit is (m² → 万平方米: 0.0001). `digits` are those shown; compared is never rounded.
    """

    kind: IndicatorKind
    formula: Words
    measured: Measured = Measured.QUANTITY
    numerator: Words | None = None
    denominator: Words | None = None
    scale: Positive = Decimal(1)
    exclusions: tuple[Exclusion, ...] = Field(default=(), max_length=20)
    baseline: Baseline | None = None
    change_in: ChangeIn | None = None
    direction: Direction = Direction.AT_LEAST
    over_time: OverTime = OverTime.LATEST
    aggregation: Aggregation = Aggregation.LATEST
    over_years: OverYears = OverYears.LATEST
    reported_unit: str | None = Field(default=None, min_length=1, max_length=60)
    conversion: Positive = Decimal(1)
    digits: int | None = Field(default=None, ge=0, le=8)
    certifier: Words | None = None
    listed: bool = False
    once: Once | None = None
    attested: Reporting = Reporting.NONE
    gaps: tuple[Gap, ...] = Field(default=(), max_length=10)

    @model_validator(mode="after")
    def _fits_together(self) -> DefinitionCard:
        faults = [
            InitErrorDetails(type=PydanticCustomError(f"card_{code}", code), loc=(field,), input=None)
            for field, code in _faults(self)
        ]
        if faults:
            raise ValidationError.from_exception_data("DefinitionCard", faults)
        return self

    @property
    def is_ratio(self) -> bool:
        return self.measured is Measured.RATIO

    def leaves_open(self, field: str) -> bool:
        """Whether the card says itself that this is not settled yet."""
        return any(gap.field == field for gap in self.gaps)


def _faults(card: DefinitionCard) -> Iterator[tuple[str, str]]:
    """Fields that contradict each other, by field and code (`field.card_<code>` are the words)."""
    yield from _ratio_faults(card)
    if card.kind is IndicatorKind.CHANGE:
        yield from _change_faults(card)
    elif card.baseline or card.change_in:
        yield "baseline", "only_of_change"
    if card.over_years is OverYears.COMPOUNDED and (
        card.kind is not IndicatorKind.CHANGE or card.change_in is ChangeIn.POINTS
    ):
        yield "over_years", "only_percent_compounds"
    if card.listed and card.kind not in COUNTED:
        yield "listed", "only_counted"
    elif card.listed and (card.over_time is not OverTime.ADDED or card.aggregation is not Aggregation.SUM):
        yield "listed", "lists_add_up"
    if card.once and not card.listed:
        yield "once", "only_listed"
    if card.attested is not Reporting.NONE and card.kind is not IndicatorKind.MAINTAINED:
        yield "attested", "only_maintained"
    if any(gap.field not in DefinitionCard.model_fields for gap in card.gaps):
        yield "gaps", "gap_field"


def _ratio_faults(card: DefinitionCard) -> Iterator[tuple[str, str]]:
    for field in ("numerator", "denominator"):
        if card.is_ratio and getattr(card, field) is None and not card.leaves_open(field):
            yield field, "ratio_parts"
    if card.is_ratio and card.aggregation is Aggregation.SUM:
        yield "aggregation", "ratios_do_not_add"
    if card.is_ratio and card.conversion != 1:
        yield "conversion", "ratio_has_scale"
    if not card.is_ratio and card.aggregation is Aggregation.RATIO:
        yield "aggregation", "no_ratio"
    if not card.is_ratio and card.scale != 1:
        yield "scale", "only_ratio_has_scale"
    if card.kind in COUNTED and card.is_ratio:
        yield "measured", "counted_is_quantity"


def _change_faults(card: DefinitionCard) -> Iterator[tuple[str, str]]:
    if card.baseline is None and not card.leaves_open("baseline"):
        yield "baseline", "change_needs_baseline"
    if card.baseline and (card.baseline.base is None) is card.is_ratio:
        yield "baseline", "baseline_like_figure"
    if card.baseline and card.baseline.quantity == 0 and card.change_in is not ChangeIn.POINTS:
        yield "baseline", "baseline_zero"
    if card.change_in is None and not card.leaves_open("change_in"):
        yield "change_in", "percent_or_points"


@lru_cache(maxsize=4096)
def read_card(text: str) -> DefinitionCard:
    """The card that a row keeps as JSON text."""
    return DefinitionCard.model_validate_json(text)


def write_card(card: DefinitionCard) -> dict[str, Any]:
    """The card as a row keeps it: what was left at its default is left out."""
    return dict(json.loads(card.model_dump_json(exclude_defaults=True)))


@lru_cache(maxsize=256)
def default_card(kind: str, comparator: str, basis: str) -> DefinitionCard:
    """How an indicator counts before anybody gave it a card: as the plan's words have it.

    Increments add up, over reports and units; a level is the latest report; what a report states is taken as it is.
    """
    adds = basis == Basis.ANNUAL_INCREMENT
    return DefinitionCard.model_construct(
        kind=IndicatorKind(kind),
        formula=kind,
        direction=Direction.AT_MOST if comparator == Comparator.AT_MOST else Direction.AT_LEAST,
        over_time=OverTime.ADDED if adds else OverTime.LATEST,
        aggregation=Aggregation.SUM if adds else Aggregation.LATEST,
        over_years=OverYears.ADDED if adds else OverYears.LATEST,
    )


def card_of(definition: str | None, kind: str, comparator: str, basis: str) -> DefinitionCard:
    """An indicator's card: its own (JSON text), else the default."""
    return default_card(kind, comparator, basis) if definition is None else read_card(definition)


def counts_alike(before: DefinitionCard, after: DefinitionCard) -> bool:
    """Whether both come to the same figure and the same judgement, whatever was reported: only words differ."""
    judged_by = set(DefinitionCard.model_fields) - BESIDE_THE_FIGURE
    return all(getattr(before, name) == getattr(after, name) for name in judged_by)


def opens(before: DefinitionCard, after: DefinitionCard) -> bool:
    """Whether something is left open that was not before."""
    return not set(after.gaps) <= set(before.gaps)
