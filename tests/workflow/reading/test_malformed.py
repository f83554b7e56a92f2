"""A document that is no plan, or a broken one, gets a list of what is wrong at which line; nothing is guessed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workflow.reading.shipped import edited, text, without_line
from workflow.adapters.plan_documents import decode
from workflow.reading import Reading, Unreadable, read


def problems(document: str) -> list[tuple[str, int]]:
    with pytest.raises(Unreadable) as refusal:
        read(document)
    return [(missing.code, missing.facts["line"]) for missing in refusal.value.missing]


def test_a_document_without_an_appendix() -> None:
    assert problems(text().split("\n附表\n")[0]) == [("reading_appendix_missing", 0)]


def test_an_empty_document_lacks_everything() -> None:
    assert {code for code, _ in problems("")} == {
        *("reading_appendix_missing", "reading_date_missing", "reading_chapters_missing")
    }


def test_a_row_without_its_number() -> None:
    assert ("reading_number_unexpected", 209 - 1) in problems(without_line(203))


def test_a_row_that_lost_a_cell_says_how_many_it_has() -> None:
    with pytest.raises(Unreadable) as refusal:
        read(without_line(289))
    (missing,) = refusal.value.missing
    assert missing.code == "reading_row_incomplete"
    assert missing.facts == {"line": 285, "number": 17, "found": 4, "expected": 5}


def test_a_document_cut_off_in_mid_row() -> None:
    cut = "\n".join(text().split("\n")[:288])
    assert problems(cut) == [("reading_row_incomplete", 285)]


def test_a_row_with_a_line_too_many_is_not_guessed_at() -> None:
    assert problems(edited("\n35家\n35家\n", "\n35家\n大約\n35家\n")) == [("reading_cells_unclear", 285)]


def test_every_problem_is_told_at_once() -> None:
    broken = edited("\n2022年1月14日\n", "\n").replace("責任單位\n行動目標", "行動目標")
    assert [code for code, _ in problems(broken)] == ["reading_date_missing", "reading_column_missing"]


def test_a_programme_without_rows() -> None:
    assert ("reading_programme_without_rows", 178 - 1) in problems(
        edited("一、\n基礎工程\n1\n", "一、\n空工程\n一、\n基礎工程\n1\n")
    )


def test_an_impossible_date_of_issue_is_no_date() -> None:
    assert problems(edited("\n2022年1月14日\n", "\n2022年2月30日\n")) == [("reading_date_missing", 0)]


def test_a_text_without_a_plan_is_refused() -> None:
    assert len(problems("今天天氣很好。\n" * 50)) == 3


@pytest.mark.parametrize(
    "data", [b"", b" \n", b"\x00\x01\x02" * 99, b"\x89PNG\r\n\x1a\n" + bytes(range(256)), b"\xff\xfe\x00"]
)
def test_bytes_that_are_no_text_are_refused(data: bytes) -> None:
    with pytest.raises(Unreadable):
        decode(data)


def test_bytes_cut_off_in_mid_character_name_the_line() -> None:
    with pytest.raises(Unreadable) as refusal:
        decode(text().encode()[:-1] + "聯".encode()[:2] + b"\xff")
    assert refusal.value.missing[0].facts["line"] == 420


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_the_plan_is_read_in_every_usual_encoding(encoding: str) -> None:
    assert len(read(decode(text().encode(encoding))).tasks) == 36


def test_windows_line_ends_change_nothing() -> None:
    assert read(text().replace("\n", "\r\n")).discrepancies == read(text()).discrepancies


def reads_or_refuses(document: str) -> None:
    """A reading, or a refusal whose every problem has a line; any other exception fails the test."""
    try:
        outcome: Reading | Unreadable = read(document)
    except Unreadable as refusal:
        outcome = refusal
    problems = outcome.missing if isinstance(outcome, Unreadable) else ()
    assert isinstance(outcome, Reading) or problems
    assert all(isinstance(missing.facts["line"], int) for missing in problems)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400))
def test_any_text_is_read_or_refused(document: str) -> None:
    reads_or_refuses(document)


LINES = text().split("\n")
FRAGMENTS = [
    "",
    "-",
    "1",
    "17",
    "一、",
    "附表",
    "2022年",
    "2023年",
    "≥%",
    "年底之前",
    "30萬",
    "市、區",
    "到2023年,達到",
    "《",
    "(",
]


EDITS = st.lists(
    st.tuples(st.integers(0, len(LINES) - 1), st.sampled_from([*FRAGMENTS, *LINES[160:415]])), max_size=8
)
PLACES = st.integers(0, len(text()))
SIGNS = st.text(alphabet="0123456789%家萬平方米≥≤,。、到年月底20達力爭的", max_size=30)
FEW, MANY = 25, 1000
"""Reading a whole plan takes long: few of its thousand ways to be broken with every run, many in a soak."""


def replaced(edits: list[tuple[int, str]]) -> str:
    lines = list(LINES)
    for place, line in edits:
        lines[place] = line
    return "\n".join(lines)


def put_in(place: int, signs: str) -> str:
    return text()[:place] + signs + text()[place:]


@settings(max_examples=FEW, deadline=None)
@given(EDITS)
def test_a_plan_with_lines_replaced_is_read_or_refused(edits: list[tuple[int, str]]) -> None:
    reads_or_refuses(replaced(edits))


@settings(max_examples=FEW, deadline=None)
@given(PLACES, SIGNS)
def test_a_plan_with_signs_put_in_is_read_or_refused(place: int, signs: str) -> None:
    reads_or_refuses(put_in(place, signs))


@pytest.mark.soak
@settings(max_examples=MANY, deadline=None)
@given(EDITS, PLACES, SIGNS)
def test_a_plan_broken_in_many_ways_is_read_or_refused(
    edits: list[tuple[int, str]], place: int, signs: str
) -> None:
    reads_or_refuses(replaced(edits))
    reads_or_refuses(put_in(place, signs))
