"""The shipped plan's cards: one for every indicator with a number, each valid, each gap about a field of the card."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal

import yaml

from duban.indicators import FOLDER, shipped_cards, shipped_tasks
from models.states import IndicatorKind
from workflow.adapters.definition_files import read_definitions
from workflow.definition_cards import Aggregation, Direction, OverYears
from workflow.definitions import Definition

CARDS = shipped_cards()
LINES = len((FOLDER / "document.txt").read_text(encoding="utf-8").splitlines())


def indicators() -> list[tuple[tuple[int, int | None, str], dict[str, object]]]:
    """Every indicator of the plan, the tasks' goals included, by what a card is keyed by."""
    found: list[tuple[tuple[int, int | None, str], dict[str, object]]] = []
    for task in shipped_tasks():
        found += [((task.number, None, goal["metric"]), dict(goal)) for goal in task.goals]
        for milestone in task.milestones:
            for drafted in milestone.indicators:
                key = (task.number, milestone.values["year"], drafted.values["metric"])
                found.append((key, dict(drafted.values)))
    return found


def test_every_numeric_indicator_has_one_card_and_no_card_is_for_nothing() -> None:
    known = indicators()
    numeric = [key for key, values in known if values["quantity"] is not None]
    assert len([key for key in numeric if key[1] is not None]) == 44
    assert set(numeric) <= set(CARDS)
    assert set(CARDS) <= {key for key, _ in known}
    _, entries = read_definitions(FOLDER / "definition_cards.yaml")
    assert Counter(Definition.model_validate(entry).key for entry in entries).most_common(1)[0][1] == 1


def test_what_is_to_be_maintained_is_attested() -> None:
    maintained = [key for key, values in indicators() if values["kind"] == IndicatorKind.MAINTAINED]
    assert {key[0] for key in maintained} == {29}
    assert all(CARDS[key].attested == "quarterly" for key in maintained)


def test_cards_agree_with_the_reading_in_kind_and_with_its_signs_in_direction() -> None:
    for key, values in indicators():
        if key not in CARDS:
            continue
        assert CARDS[key].kind == values["kind"], key
        at_most = values["comparator"] == "at_most"
        assert (CARDS[key].direction is Direction.AT_MOST) is at_most, key


def test_increments_add_up_over_units_and_years_and_rates_never_do() -> None:
    for key, values in indicators():
        if key not in CARDS:
            continue
        card = CARDS[key]
        if values["basis"] == "annual_increment":
            assert card.over_years is not OverYears.LATEST, key
        if card.kind in (IndicatorKind.COUNT, IndicatorKind.AMOUNT):
            assert card.aggregation is Aggregation.SUM, key
        if card.kind in (IndicatorKind.RATE, IndicatorKind.CHANGE):
            assert (card.measured, card.aggregation) == ("ratio", "ratio"), key


def test_units_are_converted_where_reports_come_in_smaller_ones() -> None:
    converted = {
        (key[0], card.reported_unit, card.conversion) for key, card in CARDS.items() if card.reported_unit
    }
    assert converted == {(14, "平方米", Decimal("0.0001")), (16, "千瓦", Decimal("0.0001"))}


def test_only_energy_audits_are_backed_by_a_list_and_count_once_for_ever() -> None:
    listed = {key: card.once for key, card in CARDS.items() if card.listed}
    assert listed == {(4, 2022, "能源审计"): "ever", (4, 2023, "能源审计"): "ever"}


def test_what_the_document_leaves_open_is_open() -> None:
    opened = {(key[0], key[1], gap.field) for key, card in CARDS.items() for gap in card.gaps}
    assert {
        (4, 2022, "formula"), (21, 2023, "denominator"), (27, 2022, "denominator"), (28, 2022, "denominator"),
        (31, 2022, "baseline"), (31, 2022, "change_in"), (31, None, "over_years"), (35, 2022, "denominator"),
        (35, 2022, "formula"), (36, 2022, "formula"),
    } <= opened  # fmt: skip
    assert (21, 2022, "denominator") not in opened


def test_lines_that_questions_name_are_lines_of_the_document() -> None:
    text = (FOLDER / "definition_cards.yaml").read_text(encoding="utf-8")
    named = [int(n) for group in re.findall(r"（行([\d、]+)", text) for n in group.split("、")]
    named += [int(n) for n in re.findall(r"\bL(\d+)\b", text)]
    assert len(named) > 60
    assert max(named) <= LINES


def test_every_card_says_where_it_comes_from() -> None:
    """Each task's cards stand under a comment that names its lines, or refers to one that does."""
    text = (FOLDER / "definition_cards.yaml").read_text(encoding="utf-8")
    for number in sorted({key[0] for key in CARDS}):
        block = text.split(f"\n# {number}  ", 1)
        assert len(block) == 2, number
    assert yaml.safe_load(text)["plan"] == "shanghai-2022"
