"""Everything on which body and appendix disagree in names, units, numbers and dates is reported, and little else."""

from __future__ import annotations

from tests.workflow.reading.shipped import edited, reading
from workflow.reading import read
from workflow.reading.shape import Discrepancy, Field, GapKind


def found(field: Field, task: int | None = None) -> list[Discrepancy]:
    return [d for d in reading().discrepancies if d.field is field and task in (None, d.task)]


def lines(discrepancy: Discrepancy) -> tuple[int | None, int | None]:
    body, appendix = discrepancy.body, discrepancy.appendix
    return body.line if body else None, appendix.line if appendix else None


def test_names_that_differ() -> None:
    assert [(d.task, *lines(d)) for d in found(Field.NAME)] == [
        (None, 142, 382),
        (2, 41, 186),
        (3, 44, 192),
        (4, 47, 198),
        (5, 50, 204),
        (9, 63, 230),
        (22, 111, 318),
    ]


def test_units_that_differ_in_text_are_told_and_marked_as_the_same_units() -> None:
    assert [(d.task, *lines(d), d.equivalent) for d in found(Field.UNITS)] == [
        (4, 49, 199, True),
        (6, 55, 211, True),
    ]


def test_units_that_really_differ_are_not_equivalent() -> None:
    text = edited("\n市機管局、市水務局\n", "\n市機管局、市教委\n")
    (units,) = [d for d in read(text).discrepancies if d.field is Field.UNITS and d.task == 26]
    assert not units.equivalent


def test_numbers_that_conflict() -> None:
    conflicts = [d for d in found(Field.QUANTITY) if d.body and d.appendix and d.task != 35]
    assert [(d.task, *lines(d)) for d in conflicts] == [
        (17, 96, 288),
        (18, 99, 294),
        (19, 102, 300),
        (27, 128, 352),
    ]
    assert "90家" in (conflicts[0].body.text if conflicts[0].body else "")
    assert "70家" in (conflicts[0].appendix.text if conflicts[0].appendix else "")


def test_numbers_that_only_the_body_prints() -> None:
    only = [d for d in found(Field.QUANTITY) if d.appendix is None]
    assert [(d.task, d.body.text if d.body else "") for d in only] == [
        (14, "到2023年,推進60個以上的契約能源管理和契約節水管理項目"),
        (14, "推進90個以上既有建築的綠色化改造項目"),
    ]


def test_numbers_that_only_the_appendix_prints() -> None:
    only = [d for d in found(Field.QUANTITY) if d.body is None]
    assert [(d.task, *lines(d)) for d in only] == [(27, None, 354), (31, None, 378)]
    (cars,) = found(Field.QUANTITY, 35)
    assert lines(cars) == (154, 407)


def test_dates_that_conflict_or_stand_only_in_the_appendix() -> None:
    (june,) = [d for d in found(Field.DATE) if d.body]
    assert (june.task, *lines(june)) == (22, 112, 320)
    assert [d.task for d in found(Field.DATE) if d.body is None] == [8, 9, 10, 12, 20, 31]


def test_a_task_of_the_body_without_a_row() -> None:
    (missing,) = found(Field.MISSING_ROW)
    assert missing.task is None
    assert missing.body is not None
    assert (missing.body.text, missing.body.line) == ("推進大型活動碳中和", 76)


def test_wordings_that_differ() -> None:
    assert [d.task for d in found(Field.WORDING)] == [2, 3, 5, 8, 8, 13, 28, 36]


def test_where_body_and_appendix_agree_nothing_is_told() -> None:
    told = {d.task for d in reading().discrepancies}
    assert told.isdisjoint({1, 7, 11, 15, 16, 21, 23, 24, 25, 26, 29, 30, 32, 33, 34})


def test_a_changed_number_is_a_new_discrepancy() -> None:
    plan = read(
        edited(
            "到2023年在全市實現20家公共機構需求回響改造,實現虛擬電廠功能,積極參與電力需求回響工作。\n10家",
            "到2023年在全市實現25家公共機構需求回響改造,實現虛擬電廠功能,積極參與電力需求回響工作。\n10家",
        )
    )
    assert [d.field for d in plan.discrepancies if d.task == 15][:1] == [Field.QUANTITY]


def tasks_with(kind: GapKind) -> list[int]:
    return list(dict.fromkeys(gap.task for gap in reading().gaps if gap.kind is kind))


def test_what_the_document_leaves_open_is_listed() -> None:
    assert tasks_with(GapKind.GROUP_WITHOUT_MEMBERS) == [2, 3, 4, 13, 14, 15, 25, 27, 29]
    assert tasks_with(GapKind.NO_DATE) == [1, 6, 13, 24, 25, 33, 35]
    assert tasks_with(GapKind.EVENT_WITHOUT_DATE) == [10]
    assert tasks_with(GapKind.RATE_WITHOUT_DENOMINATOR) == [28, 35]
    assert tasks_with(GapKind.CHANGE_WITHOUT_BASELINE) == [31]
    assert len(tasks_with(GapKind.LEAD_NOT_NAMED)) == 31
    assert {1, 6, 12, 20, 22, 24, 25, 30, 33} <= set(tasks_with(GapKind.NO_CRITERION))
    assert tasks_with(GapKind.FIGURE_NOT_READ) == []


def test_a_figure_with_an_unknown_measure_is_a_gap_and_no_guess() -> None:
    plan = read(edited("\n10家\n10家\n五、", "\n10斛\n10家\n五、"))
    assert [(g.task, g.year, g.text) for g in plan.gaps if g.kind is GapKind.FIGURE_NOT_READ] == [
        (15, 2022, "10")
    ]
