"""Any declared sheets go into a workbook and come back as they were: numbers to the last digit, text as text."""

from __future__ import annotations

import struct
import tracemalloc
import zipfile
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from io import BytesIO
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from tests.workflow.directory.books import as_bytes, repacked
from workflow.adapters.packages import MOST_ELEMENTS
from workflow.adapters.workbooks import NotAWorkbook, Value, WorkbookTooLarge, read_workbook, write_workbook
from workflow.sheets import MOST_DECIMALS, MOST_DIGITS, Cell, ImportRefused, Layout, Reader, Report
from workflow.words import LANGUAGES, say

MILESTONES = Layout(
    "milestones", "reading", ("number", "name", "due_on", "quantity"), frozenset({"due_on", "quantity"})
)
GAPS = Layout("gaps", "reading", ("number", "text"))
PLACE = 424242
LARGEST = 10 ** (MOST_DIGITS - MOST_DECIMALS)
QUANTITIES = st.integers(0, MOST_DECIMALS).flatmap(
    lambda places: st.integers(0, LARGEST * 10**places - 1).map(
        lambda digits: Decimal(digits).scaleb(-places)
    )
)


def written(rows: Iterable[tuple[Value, ...]], language: str = "en") -> bytes:
    return write_workbook((MILESTONES, GAPS), {"milestones": rows}, language)


def readers(data: bytes) -> list[Reader]:
    """One for each line of the milestones."""
    sheet, report = read_workbook(data, (MILESTONES, GAPS))[0], Report()
    return [Reader(report, sheet, line) for line in sheet.lines]


def foreign(value: Any, number_format: str | None = None) -> Cell:
    """What is read of a cell as another program wrote it; bytes: a number as it stands in the file."""
    book = load_workbook(BytesIO(written([(1, "name", None, None)])))
    cell = book["Milestones"].cell(2, 4, PLACE if isinstance(value, bytes) else value)
    cell.number_format = number_format or cell.number_format
    data = as_bytes(book)
    if isinstance(value, bytes):
        data = repacked(data, "xl/worksheets/sheet1.xml", b"<v>%d</v>" % PLACE, b"<v>%b</v>" % value)
    (line,) = readers(data)
    return line.line.cells["quantity"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_second_kind_of_sheets_comes_back_as_it_was(language: str) -> None:
    rows: list[tuple[Value, ...]] = [
        (1, "光伏", date(2022, 12, 30), Decimal("0.1")),
        (2, "充电桩", None, Decimal("300.00")),
        (3, "节水", None, None),
    ]
    read = [
        (
            line.number("number"),
            line.text("name", most=80),
            line.day("due_on", needed=False),
            line.quantity("quantity", needed=False),
        )
        for line in readers(written(rows, language))
    ]
    assert read == rows


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_template_has_the_headings_and_no_lines(language: str) -> None:
    data = write_workbook((MILESTONES, GAPS), {}, language)
    sheets = read_workbook(data, (GAPS, MILESTONES))
    assert [(sheet.key, tuple(sheet.headers), sheet.lines) for sheet in sheets] == [
        ("gaps", GAPS.columns, ()),
        ("milestones", MILESTONES.columns, ()),
    ]
    assert sheets[0].headers["text"] == ("B", say("reading.column.text", language))


@given(st.lists(QUANTITIES, min_size=1, max_size=20))
def test_every_quantity_comes_back_equal(quantities: list[Decimal]) -> None:
    lines = readers(written((1, "name", None, quantity) for quantity in quantities))
    assert [line.quantity("quantity") for line in lines] == quantities


@given(st.integers(-(10**30), 10**30))
def test_every_whole_number_comes_back_equal(number: int) -> None:
    (line,) = readers(written([(number, "name", None, None)]))
    assert line.number("number", least=-(10**30), most=10**30) == number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"0.1", "0.1"),
        (b"0.10000000000000001", "0.1"),
        (b"300.0", "300"),
        (b"1E-8", "0.00000001"),
        (b"1.0000000000000001E22", "10000000000000000000000"),
        (b"123456789012345678", "123456789012345678"),
        (b"12345678.12345678", "12345678.12345678"),
        (b"0.30000000000000004", "0.3"),
        (b"3703.6800000000003", "3703.68"),
        (b"0.33333333333333331", "0.333333333333333"),
        (date(2022, 1, 14), "2022-01-14"),
        ("１，２３４", "１，２３４"),
        (True, "是"),
    ],
)
def test_a_number_of_another_program_is_read_as_it_was_typed(value: Any, text: str) -> None:
    assert foreign(value) == Cell(text)


@pytest.mark.parametrize("number_format", ["0%", "0.00%", "#,##0.0%;[Red]-0.0%"])
def test_a_percentage_is_blamed(number_format: str) -> None:
    assert foreign(0.25, number_format) == Cell("0.25", "percent")
    assert foreign(1, number_format).fault == "percent"
    assert foreign("text", number_format) == Cell("text")


@pytest.mark.parametrize("number_format", ['0.0"%"', r"0.0\%", "#,##0.00", "0.00_%", "[$%-804]0"])
def test_a_per_cent_sign_that_is_only_printed_changes_nothing(number_format: str) -> None:
    assert foreign(25.5, number_format) == Cell("25.5")


def test_a_formula_is_not_evaluated() -> None:
    assert foreign("=1+1") == Cell("=1+1", "formula")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://evil")'])
def test_text_that_looks_like_a_formula_is_written_as_text(text: str) -> None:
    data = written([(1, text, None, None)])
    cell = load_workbook(BytesIO(data))["Milestones"]["B2"]
    assert (cell.data_type, cell.value, cell.quotePrefix) == ("s", text, True)
    assert readers(data)[0].line.cells["name"] == Cell(text)


def test_a_sheet_that_is_there_twice_is_refused() -> None:
    book = load_workbook(BytesIO(written([], "en")))
    book.create_sheet("节点与指标")
    with pytest.raises(ImportRefused) as caught:
        read_workbook(as_bytes(book), (MILESTONES,))
    assert ("row_sheet_twice", "节点与指标", "Milestones") in [
        (lack.code, lack.facts["sheet"], lack.facts.get("first")) for lack in caught.value.missing
    ]


def test_a_column_may_be_left_out_only_where_the_layout_says_so() -> None:
    book = load_workbook(BytesIO(written([(1, "光伏", None, Decimal(5))])))
    book["Milestones"].delete_cols(3)
    (line,) = readers(as_bytes(book))
    assert (line.day("due_on", needed=False), line.quantity("quantity")) == (None, Decimal(5))
    book["Milestones"].delete_cols(2)
    with pytest.raises(ImportRefused) as caught:
        readers(as_bytes(book))
    assert [lack.code for lack in caught.value.missing] == ["row_columns"]


def test_sheets_of_another_kind_are_passed_over() -> None:
    data = write_workbook((MILESTONES, GAPS), {"gaps": [(1, "缺")]}, "zh-Hans")
    assert [sheet.key for sheet in read_workbook(data, (GAPS,))] == ["gaps"]
    with pytest.raises(ImportRefused):
        read_workbook(data, (Layout("tasks", "reading", ("number",)),))


# What a stranger may have packed

SHEET_1 = "xl/worksheets/sheet1.xml"
DECLARED = 1000


def grown(inside: bytes) -> bytes:
    """A workbook whose first sheet holds something more."""
    return repacked(written([]), SHEET_1, b"</worksheet>", inside + b"</worksheet>")


def with_part(content: bytes, packing: int) -> bytes:
    """A workbook with a further part, packed in some way, that is said to unpack to few bytes."""
    out = BytesIO(written([]))
    with zipfile.ZipFile(out, "a", packing) as archive:
        archive.writestr("xl/media/picture.bin", content)
    return out.getvalue().replace(struct.pack("<I", len(content)), struct.pack("<I", DECLARED))


@pytest.mark.parametrize(
    "inside",
    [
        b'<mergeCells><mergeCell ref="$A$1:XFD1048576"/></mergeCells>',
        b'<mergeCells><mergeCell ref="&#65;1:XFD1048576"/></mergeCells>',
        b'<hyperlinks><hyperlink ref="A1:XFD1048576" location="a"/></hyperlinks>',
        b'<x:hyperlinks xmlns:x="urn:x"><x:hyperlink ref="A:XFD" location="a"/></x:hyperlinks>',
        b"<row/>" * (MOST_ELEMENTS + 1),
    ],
)
def test_few_bytes_that_would_become_very_many_cells_are_too_large(inside: bytes) -> None:
    data = grown(inside)
    assert len(data) < 20_000
    with pytest.raises(WorkbookTooLarge):
        read_workbook(data, (MILESTONES,))


@pytest.mark.parametrize("packing", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_part_that_lies_about_its_size_is_not_unpacked_any_further(packing: int) -> None:
    """Its first bytes may even be all right: whoever reads the workbook gets no more than was looked at."""
    data, peak = with_part(b"\0" * (64 * 2**20), packing), 16 * 2**20
    tracemalloc.start()
    try:
        with pytest.raises(NotAWorkbook):
            read_workbook(data, (MILESTONES,))
        assert tracemalloc.get_traced_memory()[1] < peak
    finally:
        tracemalloc.stop()


def test_bytes_that_would_take_a_pattern_for_ever_are_looked_through_at_once() -> None:
    out = BytesIO(written([(1, "name", None, None)]))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/words.bin", b"mergeCell " * 500_000)
    begun = perf_counter()
    assert len(read_workbook(out.getvalue(), (MILESTONES,))[0].lines) == 1
    assert perf_counter() - begun < 5


def test_links_and_merged_cells_of_an_ordinary_size_are_taken() -> None:
    book = load_workbook(BytesIO(written([(1, "name", None, None)])))
    book["Milestones"].merge_cells("A5:D9")
    book["Milestones"]["B2"].hyperlink = "https://example.org/"
    (line, *_) = readers(as_bytes(book))
    assert line.line.cells["name"] == Cell("name")


def test_a_number_format_that_the_workbook_does_not_declare_says_nothing() -> None:
    data = repacked(written([(5, "name", None, None)]), "xl/styles.xml", b'numFmtId="0"', b'numFmtId="200"')
    assert readers(data)[0].line.cells["number"] == Cell("5")
