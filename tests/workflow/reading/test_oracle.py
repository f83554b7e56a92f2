"""Every target of the appendix and every overall goal is read as a person read it (plan-targets.psv)."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from models.states import Basis, Comparator
from models.states import IndicatorKind as Kind
from tests.workflow.reading.shipped import oracle, reading
from workflow.reading.shape import Indicator, Strength
from workflow.reading.targets import is_figure

Row = dict[str, str]
AT_LEAST, AT_MOST, DONE, NONE = Comparator.AT_LEAST, Comparator.AT_MOST, Comparator.DONE, Comparator.NONE
# The oracle's comparator column quotes the document; these are its words in the four of the contract. A bare
# figure binds in no printed direction; 力爭 and 爭取 are strength; 達到 includes the number like 以上.
COMPARATORS = {
    ">= (以上)": AT_LEAST,
    ">= (≥)": AT_LEAST,
    ">= (達)": AT_LEAST,
    "達到": AT_LEAST,
    "力爭 >= (以上)": AT_LEAST,
    "<= (以內)": AT_MOST,
    "<= (降低至)": AT_MOST,
    "<= (≤)": AT_MOST,
    "爭取": AT_LEAST,
    "done": DONE,
    "完成": DONE,
    "初步建成": DONE,
    "基本建成": DONE,
    "啟動並完成": DONE,
    "編制完成": DONE,
    "組建": DONE,
    "發出": DONE,
    "提出": DONE,
    "全面停止": DONE,
    "bare": NONE,
    "bare (新增)": NONE,
    "bare (降低3%)": NONE,
    "提升 (bare)": NONE,
    "力爭": NONE,
    "qualitative": NONE,
    "recurring": NONE,
    "進一步提升": NONE,
    "有所提升": NONE,
    "進一步推廣": NONE,
    "(no 完成)": NONE,
    "全部, 基本級及以上": NONE,
}
# The contract has two bases for year cells; a goal's count or amount is a total up to its date. Everything else the
# oracle distinguishes (milestone, annual, qualitative, level) is a level at its date.
BASES = {
    "annual increment": Basis.ANNUAL_INCREMENT,
    "cumulative": Basis.CUMULATIVE,
    "cumulative increment": Basis.CUMULATIVE,
    "cumulative increase": Basis.CUMULATIVE,
}


def name_of(row: Row) -> str:
    return f"{row['task']}-{row['line']}-{row['metric']}"


def candidates(row: Row) -> list[Indicator]:
    """What was read where the oracle found the target: same line, and the quote is what the oracle quotes."""
    task = reading().tasks[int(row["task"]) - 1]
    read = [*task.goal_indicators, *(i for milestone in task.milestones for i in milestone.indicators)]
    same_line = [indicator for indicator in read if indicator.line == int(row["line"])]
    return [indicator for indicator in same_line if row["quote"] in indicator.quote]


def quantity_of(row: Row) -> Decimal | None:
    return Decimal(row["qty"]) if row["qty"] else None


def unit_of(row: Row) -> str:
    """The oracle's unit without its remarks: `% of 市屬事業單位`, `千克/人 (日人均)`."""
    return re.split(r" (?:of|vs|\()", row["unit"])[0]


def matched(row: Row) -> Indicator:
    fitting = [i for i in candidates(row) if i.quantity == quantity_of(row) and i.unit == unit_of(row)]
    assert len(fitting) == 1, (row, candidates(row))
    return fitting[0]


def assert_agrees(indicator: Indicator, row: Row) -> None:
    assert indicator.comparator is COMPARATORS[row["comparator"]]
    assert indicator.basis is BASES.get(row["basis"], Basis.LEVEL)
    assert (indicator.strength is Strength.STRIVE) == (
        "力爭" in row["comparator"] or "爭取" in row["comparator"]
    )


YEAR_ROWS = [row for row in oracle("app-year") if row["metric"] != "none"]
EMPTY_ROWS = [row for row in oracle("app-year") if row["metric"] == "none"]


@pytest.mark.parametrize("row", YEAR_ROWS, ids=name_of)
def test_a_year_cell_is_read_as_the_oracle_says(row: Row) -> None:
    indicator = matched(row)
    assert indicator.year == int(row["period"])
    assert_agrees(indicator, row)


@pytest.mark.parametrize("row", EMPTY_ROWS, ids=name_of)
def test_a_dash_is_no_milestone(row: Row) -> None:
    years = [milestone.year for milestone in reading().tasks[int(row["task"]) - 1].milestones]
    assert int(row["period"]) not in years


@pytest.mark.parametrize("row", oracle("app-goal"), ids=name_of)
def test_a_goal_is_read_as_the_oracle_says(row: Row) -> None:
    indicator = matched(row)
    printed = re.search(r"20\d\d", row["period"])
    assert indicator.year == (int(printed[0]) if printed else None)
    assert_agrees(indicator, row)


@pytest.mark.parametrize(("row", "goal"), list(zip(oracle("overall"), reading().goals, strict=True)))
def test_an_overall_goal_is_read_as_the_oracle_says(row: Row, goal: Indicator) -> None:
    unit, _, baseline = row["unit"].partition(" vs ")
    assert (goal.quantity, goal.unit, goal.line) == (Decimal(row["qty"]), unit, int(row["line"]))
    assert goal.comparator is COMPARATORS[row["comparator"]]
    assert goal.year == 2023
    assert goal.baseline_year == (int(baseline) if baseline else None)
    assert row["quote"] in goal.quote


def test_no_printed_figure_is_read_that_the_oracle_does_not_know() -> None:
    known = {
        (int(r["line"]), quantity_of(r), unit_of(r)) for s in ("app-year", "app-goal") for r in oracle(s)
    }
    read = [i for task in reading().tasks for i in task.goal_indicators]
    read += [i for task in reading().tasks for milestone in task.milestones for i in milestone.indicators]
    assert {(i.line, i.quantity, i.unit) for i in read if is_figure(i)} <= known


def test_cells_that_sum_to_the_goal_are_yearly_portions() -> None:
    portions = {
        task.number
        for task in reading().tasks
        for milestone in task.milestones
        for indicator in milestone.indicators
        if indicator.basis is Basis.ANNUAL_INCREMENT
    }
    assert portions == {int(row["task"]) for row in YEAR_ROWS if row["basis"] == "annual increment"}
    assert 31 in portions


@pytest.mark.parametrize(
    ("task", "kind"),
    [
        (1, Kind.JUDGED),
        (2, Kind.DELIVERABLE),
        (4, Kind.COUNT),
        (14, Kind.AMOUNT),
        (23, Kind.RATE),
        (29, Kind.MAINTAINED),
        (31, Kind.CHANGE),
    ],
)
def test_every_kind_occurs(task: int, kind: Kind) -> None:
    milestones = reading().tasks[task - 1].milestones
    assert {indicator.kind for milestone in milestones for indicator in milestone.indicators} == {kind}


@pytest.mark.parametrize(
    ("task", "metrics"),
    [
        (4, ["能源審計", "節約型公共機構後評估"]),
        (17, ["公共機構太陽能和空氣源熱泵熱水項目"]),
        (28, ["複評達標率"]),
        (30, ["無紙化辦公"]),
        (31, ["市級黨政機關及所屬事業單位公物倉通用資產周轉率"]),
    ],
)
def test_a_metric_is_the_noun_phrase_of_the_cell_or_else_of_the_goal(task: int, metrics: list[str]) -> None:
    for milestone in reading().tasks[task - 1].milestones:
        assert [indicator.metric for indicator in milestone.indicators] == metrics
