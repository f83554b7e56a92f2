"""A cell of a sheet is read as exactly what somebody wrote, or blamed by sheet, row, column and value."""

from __future__ import annotations

import pytest

from workflow.sheets import Cell, Layout, Line, Reader, Report, Sheet, read_lines
from workflow.words import LANGUAGES, say

MILESTONES = Layout("milestones", "reading", ("name", "quantity"))


def reader(text: str, fault: str | None = None) -> Reader:
    """Of a line whose quantity says `text`."""
    line = Line(2, {"quantity": Cell(text, fault)})
    headers = {"quantity": ("B", "数量")}
    return Reader(Report(), Sheet(MILESTONES, "里程碑", headers, (line,)), line)


def codes(reader: Reader) -> list[str]:
    return [lack.code for lack in reader.report.faults]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", "0"),
        ("300", "300"),
        ("0.1", "0.1"),
        ("007.50", "7.5"),
        ("1,234", "1234"),
        ("12,345,678.9", "12345678.9"),
        ("１２３４．５", "1234.5"),
        ("１，２３４", "1234"),
        ("9999999999999999.99999999", "9999999999999999.99999999"),
        ("1.0000000000", "1"),
    ],
)
def test_a_quantity_is_exact(text: str, value: str) -> None:
    line = reader(text)
    found = line.quantity("quantity")
    assert str(found) == value
    assert codes(line) == []


@pytest.mark.parametrize(
    "text",
    [
        *("-1", "-0.5", "+1", "1e3", "1E+3", "NaN", "Infinity", "一百", "100 万", "10²", "①", "٣", "25%"),
        *("1,23", "1234,567", ",123", "1.", ".5", "1.2.3", "0.123456789", "10000000000000000", "2022-01-14"),
    ],
)
def test_what_is_no_quantity_is_named(text: str) -> None:
    line = reader(text)
    assert line.quantity("quantity") is None
    (lack,) = line.report.faults
    assert lack.code == "row_quantity"
    assert lack.facts == {
        "field": "里程碑!B2", "sheet": "里程碑", "row": 2, "column": "数量", "value": text, "digits": 16, "decimals": 8,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value"),
    [("0", 0), ("2,022", 2022), ("２０２２", 2022), ("2022.0", 2022), ("2147483647", 2**31 - 1)],
)
def test_a_number_is_whole(text: str, value: int) -> None:
    line = reader(text)
    assert line.number("quantity") == value
    assert codes(line) == []


@pytest.mark.parametrize("text", ["1.5", "-1", "2147483648", "9" * 80, "many", "-"])
def test_what_is_no_whole_number_is_named(text: str) -> None:
    line = reader(text)
    assert line.number("quantity") is None
    assert codes(line) == ["row_number"]


def test_a_number_keeps_the_limits_that_it_is_given() -> None:
    assert reader("-3").number("quantity", least=-5, most=5) == -3
    line = reader("2020")
    assert line.number("quantity", least=2021, most=2025) is None
    assert line.report.faults[0].facts["least"] == 2021


def test_an_empty_cell_is_named_only_where_it_is_needed() -> None:
    assert reader("").quantity("quantity", needed=False) is None
    assert reader("").number("quantity", needed=False) is None
    for ask in (Reader.quantity, Reader.number):
        line = reader("")
        assert ask(line, "quantity") is None
        assert codes(line) == ["row_empty"]


@pytest.mark.parametrize("fault", ["formula", "merged", "percent"])
def test_a_cell_with_a_fault_has_no_quantity(fault: str) -> None:
    line = reader("12", fault)
    assert line.quantity("quantity") is None
    assert codes(line) == [f"row_{fault}"]


def test_a_row_that_stands_there_twice_is_blamed_on_the_first_column() -> None:
    lines = tuple(Line(n, {"name": Cell(name)}) for n, name in ((2, "光伏"), (3, "充电桩"), (5, "光伏")))
    sheet, report = Sheet(MILESTONES, "里程碑", {"name": ("A", "名称")}, lines), Report()
    entries = read_lines(sheet, report, lambda line: line.text("name", most=80), lambda name: (name,))
    assert [(entry.line.number, entry.row) for entry in entries] == [(2, "光伏"), (3, "充电桩")]
    (lack,) = report.faults
    assert (lack.code, lack.facts["field"], lack.facts["first"]) == ("row_twice", "里程碑!A5", 2)


def test_a_layout_is_known_by_its_words_in_every_language() -> None:
    titles = {say(MILESTONES.title_key(), language).lower() for language in LANGUAGES} | {"milestones"}
    assert MILESTONES.title_words() == dict.fromkeys(titles, "milestones")
    assert {"quantity", "数值"} <= set(MILESTONES.heading_words())
    assert set(MILESTONES.heading_words().values()) == set(MILESTONES.columns)
