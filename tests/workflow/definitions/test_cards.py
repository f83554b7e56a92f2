"""A definition card is checked whole: what contradicts itself is named by field, in words, in three languages."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from tests.workflow.definitions.samples import AREA, AUDITS, SCHOOLS, TURNOVER, WASTE, card
from workflow.acts import lacks
from workflow.definition_cards import (
    BESIDE_THE_FIGURE,
    DefinitionCard,
    card_of,
    counts_alike,
    default_card,
    opens,
    read_card,
    write_card,
)
from workflow.sentences import lack_sentence
from workflow.words import LANGUAGES, catalogue

BASELINE: dict[str, Any] = TURNOVER["baseline"]
GAP = {"field": "denominator", "question": "？"}
FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({**SCHOOLS, "denominator": None}, "denominator", "ratio_parts"),
    ({**SCHOOLS, "numerator": None}, "numerator", "ratio_parts"),
    ({**SCHOOLS, "aggregation": "sum"}, "aggregation", "ratios_do_not_add"),
    ({**SCHOOLS, "conversion": "0.01"}, "conversion", "ratio_has_scale"),
    ({**AUDITS, "aggregation": "ratio"}, "aggregation", "no_ratio"),
    ({**AUDITS, "scale": "100"}, "scale", "only_ratio_has_scale"),
    ({**SCHOOLS, "kind": "count"}, "measured", "counted_is_quantity"),
    ({**TURNOVER, "baseline": None}, "baseline", "change_needs_baseline"),
    ({**TURNOVER, "baseline": {**BASELINE, "base": None}}, "baseline", "baseline_like_figure"),
    ({**TURNOVER, "baseline": {**BASELINE, "quantity": "0"}}, "baseline", "baseline_zero"),
    ({**TURNOVER, "change_in": None}, "change_in", "percent_or_points"),
    ({**SCHOOLS, "baseline": BASELINE}, "baseline", "only_of_change"),
    ({**SCHOOLS, "change_in": "points"}, "baseline", "only_of_change"),
    ({**SCHOOLS, "over_years": "compounded"}, "over_years", "only_percent_compounds"),
    ({**TURNOVER, "change_in": "points", "over_years": "compounded"}, "over_years", "only_percent_compounds"),
    ({**SCHOOLS, "listed": True}, "listed", "only_counted"),
    ({**AUDITS, "listed": True, "aggregation": "latest"}, "listed", "lists_add_up"),
    ({**AUDITS, "once": "ever"}, "once", "only_listed"),
    ({**AUDITS, "attested": "quarterly"}, "attested", "only_maintained"),
    ({**AUDITS, "gaps": [{"field": "colour", "question": "？"}]}, "gaps", "gap_field"),
]


@pytest.mark.parametrize(("body", "field", "code"), FAULTS, ids=[code for _, _, code in FAULTS])
def test_what_contradicts_itself_is_named(body: dict[str, Any], field: str, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        DefinitionCard.model_validate(body)
    (missing,) = lacks(refused.value)
    assert (missing.code, missing.facts["field"]) == (f"field.card_{code}", field)
    for language in LANGUAGES:
        said = lack_sentence(missing, language)
        assert said.startswith(field), language
        assert said != catalogue(language)["field.invalid"].format(field=field), language


def test_everything_that_is_wrong_is_named_at_once() -> None:
    with pytest.raises(ValidationError) as refused:
        DefinitionCard.model_validate({"kind": "rate", "formula": "x", "measured": "ratio", "once": "ever"})
    assert [lack.facts["field"] for lack in lacks(refused.value)] == ["numerator", "denominator", "once"]


def test_what_is_left_open_as_a_gap_may_be_missing() -> None:
    opened = card({**SCHOOLS, "denominator": None, "gaps": [GAP]})
    assert opened.leaves_open("denominator")
    assert not opened.leaves_open("numerator")


@pytest.mark.parametrize("body", [AUDITS, AREA, SCHOOLS, WASTE, TURNOVER])
def test_a_card_is_kept_and_read_back_as_it_was(body: dict[str, Any]) -> None:
    kept = write_card(card(body))
    assert read_card(json.dumps(kept)) == card(body)
    assert "exclusions" not in kept, "what is at its default is left out"


def test_without_a_card_an_indicator_counts_by_the_plans_words() -> None:
    increment = default_card("count", "none", "annual_increment")
    assert (increment.over_time, increment.aggregation, increment.over_years) == ("added", "sum", "added")
    level = default_card("rate", "at_most", "level")
    assert (level.over_time, level.aggregation, level.direction) == ("latest", "latest", "at_most")
    assert card_of(None, "rate", "at_most", "level") == level


@pytest.mark.parametrize("field", sorted(set(DefinitionCard.model_fields) - BESIDE_THE_FIGURE))
def test_a_card_that_differs_in_its_arithmetic_does_not_count_alike(field: str) -> None:
    before = card(TURNOVER)
    changed: dict[str, Any] = {
        "kind": "rate", "measured": "quantity", "scale": "1", "baseline": None, "change_in": "points",
        "direction": "at_most", "over_time": "added", "aggregation": "latest", "over_years": "latest",
        "conversion": "2", "listed": True, "once": "ever",
    }  # fmt: skip
    after = before.model_copy(update={field: changed[field]})
    assert not counts_alike(before, after)


def test_words_and_closed_gaps_count_alike() -> None:
    before = card({**SCHOOLS, "gaps": [GAP, {"field": "formula", "question": "哪一年？"}]})
    after = card({**SCHOOLS, "formula": "2022年比例", "certifier": "市教委", "digits": 1})
    assert counts_alike(before, after)
    assert not opens(before, after)
    assert opens(after, before)


def test_the_default_card_counts_like_the_card_that_says_the_same() -> None:
    assert counts_alike(default_card("count", "none", "annual_increment"), card(AUDITS))
    assert not counts_alike(default_card("rate", "none", "level"), card(SCHOOLS))
