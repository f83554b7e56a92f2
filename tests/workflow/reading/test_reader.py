"""What the shipped plan says as a whole: counts, names, units, dates, sources."""

from __future__ import annotations

import hashlib
from datetime import date

from models.states import DueBasis
from tests.workflow.reading.shipped import reading, text
from workflow.adapters.simplified import simplify
from workflow.reading import read


def test_the_plan_has_nine_programmes_36_tasks_67_milestones_seven_goals() -> None:
    plan = reading()
    assert [len(plan.programmes), len(plan.tasks), len(plan.goals)] == [9, 36, 7]
    assert sum(len(task.milestones) for task in plan.tasks) == 67
    assert [task.number for task in plan.tasks] == list(range(1, 37))
    assert sum(len(chapter.tasks) for chapter in plan.chapters) == 37


def test_title_issuer_and_date_are_read_from_the_notice() -> None:
    plan = reading()
    assert plan.title == "上海市公共機構綠色低碳循環發展行動方案"
    assert plan.issuer == "上海市公共機構節能工作聯席會議辦公室"
    assert plan.issued_on == date(2022, 1, 14)
    assert {name: source.line for name, source in plan.sources.items()} == {
        "title": 1,
        "issuer": 18,
        "issued_on": 20,
    }


def test_programmes_are_named_without_their_ordinal() -> None:
    names = [programme.name for programme in reading().programmes]
    assert names[0] == "基礎工程"
    assert names[7] == "信息化工程"
    assert not any("、" in name for name in names)


def test_a_shared_level_prefix_is_two_units() -> None:
    units = reading().tasks[15].units
    assert [unit.name for unit in units] == [
        *(
            "市機管局",
            "區機管局",
            "市發展改革委",
            "市教委",
            "市衛生健康委",
            "市民政局",
            "市財政局",
            "區財政局",
        )
    ]
    assert [unit.name for unit in units if unit.group] == ["區機管局", "區財政局"]


def test_an_alias_is_read_as_its_unit_and_keeps_its_printed_name() -> None:
    last = reading().tasks[5].units[-1]
    assert (last.name, last.printed) == ("市衛生健康委", "市衛健委")


def test_the_first_unit_that_is_no_group_is_proposed_as_lead() -> None:
    leads = {task.number: [u.name for u in task.units if u.proposed_lead] for task in reading().tasks}
    assert all(len(lead) == 1 for lead in leads.values())
    assert leads[2] == ["市機管局"]
    assert leads[13] == ["市發展改革委"]


def test_a_bare_year_is_due_on_its_last_working_day() -> None:
    due = {m.year: m.due_on for m in reading().tasks[0].milestones}
    assert due == {2022: date(2022, 12, 30), 2023: date(2023, 12, 29)}


def test_without_a_calendar_the_weekend_decides() -> None:
    due = [m.due_on for m in read(text(), is_working=lambda day: day.weekday() < 4).tasks[0].milestones]
    assert due == [date(2022, 12, 29), date(2023, 12, 28)]


def test_a_month_that_only_the_body_prints_is_the_due_date() -> None:
    creation, acceptance = reading().tasks[21].milestones
    assert (acceptance.due_on, acceptance.due_basis) == (date(2023, 6, 30), DueBasis.PRINTED)
    assert creation.due_basis is DueBasis.YEAR_END


def test_a_named_event_falls_back_to_the_years_end() -> None:
    for milestone in reading().tasks[9].milestones:
        assert (milestone.due_basis, milestone.event) == (DueBasis.EVENT, "宣傳周")
    others = [m for task in reading().tasks if task.number != 10 for m in task.milestones]
    assert not any(m.due_basis is DueBasis.EVENT for m in others)


def test_cells_over_two_lines_are_one_cell() -> None:
    assert [m.text for m in reading().tasks[13].milestones] == ["30萬平方米", "30萬平方米"]
    waste = reading().tasks[26].milestones[0]
    assert waste.text == "20個 人均生活垃圾排放量≤0.8千克/人"
    assert [i.line for i in waste.indicators] == [353, 354]


def test_every_source_is_the_hash_of_its_lines() -> None:
    lines = text().split("\n")
    for task in reading().tasks:
        for source in (task.source, *task.sources.values(), *(m.source for m in task.milestones)):
            printed = "\n".join(lines[source.line - 1 : source.last_line])
            assert source.sha256 == hashlib.sha256(printed.encode()).hexdigest()
        assert lines[task.source.line - 1] == str(task.number)
        assert lines[task.sources["goal"].line - 1] == task.goal


def test_the_same_plan_in_simplified_script_reads_the_same() -> None:
    plan, simplified = reading(), read(simplify(text(), {}))
    assert [t.number for t in simplified.tasks] == [t.number for t in plan.tasks]
    for one, other in zip(plan.tasks, simplified.tasks, strict=True):
        assert [m.due_basis for m in one.milestones] == [m.due_basis for m in other.milestones]
        assert [(i.quantity, i.comparator, i.kind) for m in one.milestones for i in m.indicators] == [
            (i.quantity, i.comparator, i.kind) for m in other.milestones for i in m.indicators
        ]
    assert [d.field for d in simplified.discrepancies] == [d.field for d in plan.discrepancies]


def test_full_width_punctuation_reads_the_same() -> None:
    wide = text().translate(str.maketrans(",:();%", "，：（）；％"))
    assert len(read(wide).discrepancies) == len(read(text()).discrepancies)
    assert [i.quantity for i in read(wide).goals] == [i.quantity for i in reading().goals]
