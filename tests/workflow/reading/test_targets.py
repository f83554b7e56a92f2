"""Goals and cells of other plans than the shipped one: what the rules promise for any of them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from models.states import Basis, Comparator
from models.states import IndicatorKind as Kind
from workflow.reading.cells import continues, group_cells
from workflow.reading.conventions import MUNICIPAL
from workflow.reading.shape import Indicator, Passage, Strength
from workflow.reading.targets import cell_indicators, complete, goal_indicators
from workflow.reading.units import split_units


def goal(text: str) -> tuple[Indicator, ...]:
    return goal_indicators(Passage(text, 1))


def cell(text: str) -> tuple[Indicator, ...]:
    return cell_indicators([Passage(text, 1)], 2025)


@pytest.mark.parametrize(
    ("text", "quantity", "unit", "comparator"),
    [
        ("50家以上", "50", "家", Comparator.AT_LEAST),
        ("不少于50家", "50", "家", Comparator.AT_LEAST),
        ("≥50%", "50", "%", Comparator.AT_LEAST),
        ("达到1,200万平方米", "1200", "万平方米", Comparator.AT_LEAST),
        ("控制在3.5万吨标准煤以内", "3.5", "万吨标准煤", Comparator.AT_MOST),
        ("不超过20 千克/人", "20", "千克/人", Comparator.AT_MOST),
        ("下降至0.5千克/人", "0.5", "千克/人", Comparator.AT_MOST),
        ("50家", "50", "家", Comparator.NONE),
        ("下降2%", "-2", "%", Comparator.NONE),
    ],
)
def test_a_figure_and_how_it_is_bound(text: str, quantity: str, unit: str, comparator: Comparator) -> None:
    (found,) = cell(text)
    assert (found.quantity, found.unit, found.comparator) == (Decimal(quantity), unit, comparator)


def test_figures_are_dealt_to_nouns_one_by_one() -> None:
    found = goal("人均能耗、人均水耗分别较2020年下降6%和5.5%")
    assert [(i.metric, i.quantity, i.baseline_year) for i in found] == [
        ("人均能耗", Decimal(-6), 2020),
        ("人均水耗", Decimal("-5.5"), 2020),
    ]


def test_a_date_binds_its_sentence_and_not_the_next() -> None:
    found = goal("到2025年,建设充电桩100个,改造路灯50盏。安装电表30台。")
    assert [i.year for i in found] == [2025, 2025, None]


def test_striving_holds_for_its_clause_only() -> None:
    found = goal("到2025年,力争建设充电桩100个,改造路灯50盏")
    assert [i.strength for i in found] == [Strength.STRIVE, Strength.FIRM]


def test_a_deed_beside_a_figure_is_not_lost() -> None:
    counted, made = cell("改造20家,完成评估报告")
    assert (counted.quantity, counted.kind) == (Decimal(20), Kind.COUNT)
    assert (made.metric, made.comparator, made.year) == ("评估报告", Comparator.DONE, 2025)


def test_two_kinds_of_documents_are_not_one_piece() -> None:
    assert cell("发布倡议和行为指南")[0].quantity is None
    assert cell("发布行为指南")[0].quantity == 1


def test_years_that_do_not_sum_to_the_goal_are_levels() -> None:
    for cells, basis in ((("20家", "30家"), Basis.ANNUAL_INCREMENT), (("20家", "50家"), Basis.LEVEL)):
        _, completed = complete(goal("改造50家学校"), [cell(text) for text in cells], "改造")
        assert {i.basis for year in completed for i in year} == {basis}


def test_a_single_year_is_no_sum() -> None:
    _, completed = complete(goal("改造50家学校"), [cell("50家")], "改造")
    assert completed[0][0].basis is Basis.LEVEL


def test_a_cell_that_only_counts_takes_its_noun_from_the_goal_with_the_same_measure() -> None:
    _, completed = complete(goal("改造50家学校,安装80个水表"), [cell("30个"), cell("10家")], "节水")
    assert [year[0].metric for year in completed] == ["水表", "学校"]


def test_units_are_split_at_every_separator_and_named_once() -> None:
    units = split_units("省、市、县教育局;市水务局,市教育局、各有关单位", MUNICIPAL)
    assert [(unit.name, unit.group) for unit in units] == [
        ("省教育局", False),
        ("市教育局", False),
        ("县教育局", True),
        ("市水务局", False),
        ("各有关单位", True),
    ]


@pytest.mark.parametrize(
    ("texts", "grouped"),
    [
        (["目标", "10家", "20家"], [[0], [1], [2]]),
        (["目标一,", "目标二。", "10家", "20家"], [[0, 1], [2], [3]]),
        (["目标。", "30万", "平方米", "30万", "平方米"], [[0], [1, 2], [3, 4]]),
        (["目标。", "30万", "平方米", "30万平方米"], None),
        (["目标。", "10家", "完成", "10家", "评估"], None),
        (["目标", "10家", "20家", "30家"], None),
    ],
)
def test_lines_make_cells_only_where_it_is_clear(texts: list[str], grouped: list[list[int]] | None) -> None:
    assert group_cells(texts, 2) == grouped


def test_a_line_goes_on_with_an_open_number_only() -> None:
    assert continues("30萬", "平方米")
    assert not continues("20個", "人均排放量≤0.8千克")
