"""docs/indicators.md says what the shipped plan and its definition cards say, and leaves no task out."""

from __future__ import annotations

from duban.indicators import BY_CRITERIA, document, shipped_tasks
from tests.house.sources import text_of


def rows() -> list[list[str]]:
    return [
        line.strip("| \n").split(" | ")
        for line in document().splitlines()
        if line.startswith("| ") and "---" not in line
    ][1:]


def test_the_table_is_what_the_shipped_plan_makes_of_it() -> None:
    assert text_of("docs/indicators.md") == document(), "run `make indicators`"


def test_every_task_and_each_of_its_indicators_has_a_row() -> None:
    numbers = [int(row[0].split()[0]) for row in rows()]
    assert sorted(set(numbers)) == list(range(1, 37))
    asked = [
        (task.number, str(milestone.values["year"]), indicator.values["metric"])
        for task in shipped_tasks()
        for milestone in task.milestones
        for indicator in milestone.indicators
    ]
    assert [(int(row[0].split()[0]), row[1], row[2]) for row in rows() if row[1] != "goal"] == asked


def test_what_has_no_number_is_judged_by_criteria_and_what_has_one_by_its_formula() -> None:
    for row in rows():
        judged = row[4].startswith("judged")
        assert (row[5] == BY_CRITERIA) is judged, row
        if row[3] != "–":
            assert row[5] not in ("–", BY_CRITERIA), row
