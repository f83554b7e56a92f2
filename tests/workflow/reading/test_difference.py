"""Another edition shows as the changes that were made, and no others."""

from __future__ import annotations

from tests.workflow.reading.shipped import edited, text
from workflow.reading import read
from workflow.reading.difference import Change, What, compare


def changes(old: str, new: str) -> list[Change]:
    return compare(read(text()), read(edited(old, new)))


def test_the_same_document_has_no_changes() -> None:
    assert compare(read(text()), read(text())) == []


def test_a_changed_goal_and_cell() -> None:
    found = changes(
        "推廣70家公共機構太陽能和空氣源熱泵熱水項目。\n35家",
        "推廣90家公共機構太陽能和空氣源熱泵熱水項目。\n55家",
    )
    assert [(c.what, c.field, c.task) for c in found] == [
        (What.GOAL, "goal", 17),
        (What.MILESTONE, "2022", 17),
    ]


def test_an_added_and_a_removed_unit() -> None:
    found = changes("市機管局、市水務局\n力", "市機管局、市教委\n力")
    assert [(c.before, c.after) for c in found] == [("市水務局", None), (None, "市教委")]


def test_another_first_unit_is_a_change_of_order() -> None:
    (found,) = changes("市機管局、市水務局\n力", "市水務局、市機管局\n力")
    assert (found.what, found.field) == (What.UNIT, "order")


def test_a_milestone_that_came() -> None:
    (found,) = changes("完成平台建設\n-", "完成平台建設\n平台驗收")
    assert (found.before, found.field) == (None, "2023")
    assert found.after is not None


def test_an_inserted_task_is_one_added_task_and_the_rest_are_renumbered() -> None:
    row = "37\n推進公共機構節水巡檢\n市水務局\n到2023年,完成節水巡檢。\n-\n完成節水巡檢\n"
    end = "\n5個\n5個\n\n相關詞條"
    found = changes(end, end.replace("\n\n相", f"\n{row}\n相"))
    assert [(c.what, c.before, c.other_task) for c in found] == [(What.TASK, None, 37)]
    assert [
        c.other_task for c in compare(read(edited(end, end.replace("\n\n相", f"\n{row}\n相"))), read(text()))
    ] == [None]


def test_a_changed_overall_goal() -> None:
    (found,) = changes("控制在171萬噸標準煤以內", "控制在170萬噸標準煤以內")
    assert found.what is What.OVERALL_GOAL
    assert "171" in (found.before or "")
    assert "170" in (found.after or "")
