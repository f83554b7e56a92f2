"""The paper measured against GB/T 9704-2012: grid, letter head, rules, page numbers, fonts."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.documents.measures import BOTTOM, LEFT, MM, RIGHT, TOP, PrintedPage, pages_of, red_bands, text_of
from tests.documents.samples import ISSUE, notice
from workflow.adapters.paper import Press
from workflow.papers.notice import IndicatorRow, NoticeKind

BELOW = BOTTOM + 8
"""Only page numbers stand lower."""


def full(press: Press) -> bytes:
    """A notice with enough running text to fill a whole page."""
    return press.print_notice(notice(demands=("督办事项应当逐项落实到人限期完成" * 120,), indicators=()))


def number_of(page: PrintedPage) -> str:
    return "".join(letter["text"] for letter in page.letters if letter["bottom"] > BELOW).strip()


@pytest.fixture(scope="module")
def red(press: Press) -> bytes:
    return press.print_notice(notice())


def test_a_full_page_holds_22_lines_of_28_characters(press: Press) -> None:
    lines = pages_of(full(press))[1].lines(16)
    assert len(lines) == 22
    assert {len(line) for line in lines} == {28}


def test_lines_stand_on_the_grid_of_the_type_area(press: Press) -> None:
    lines = pages_of(full(press))[1].lines(16)
    pitches = {round(below[0]["bottom"] - above[0]["bottom"], 1) for above, below in pairwise(lines)}
    assert pitches <= {28.9, 29.0}
    assert abs(lines[0][0]["x0"] - LEFT) < MM
    assert abs(lines[0][-1]["x1"] - RIGHT) < MM


def test_text_stays_inside_the_type_area(red: bytes) -> None:
    for number, page in enumerate(pages_of(red)):
        assert (round(page.width, 1), round(page.height, 1)) == (595.3, 841.9)
        body = [letter for letter in page.letters if letter["size"] < 20 and letter["bottom"] < BOTTOM + 2]
        assert min(letter["x0"] for letter in body) > LEFT - 1
        assert max(letter["x1"] for letter in body) < RIGHT + 1
        assert min(letter["top"] for letter in body) > TOP - 3 or number == 0


def test_a_paragraph_begins_two_characters_in(red: bytes) -> None:
    opening = next(line for line in pages_of(red)[0].lines(16) if line[0]["text"] == "《")
    assert abs(opening[0]["x0"] - LEFT - 2 * 16) < 1


def test_the_letter_head_has_mark_and_double_rules_where_the_standard_wants_them(red: bytes) -> None:
    mark, thick, thin, *rest = red_bands(red, 0)
    assert abs(mark[0] - 30) < 1
    assert abs(thick[0] - mark[1] - 4) < 1
    assert thick[1] - thick[0] > thin[1] - thin[0]
    upper, lower = rest
    assert upper[1] - upper[0] < lower[1] - lower[0]
    assert abs(lower[1] - 277) < 1
    for rule in (thick, thin, upper, lower):
        assert abs(rule[3] - rule[2] - 170) < 1


def test_only_the_first_page_bears_red(red: bytes) -> None:
    assert red_bands(red, 1) == []


def test_the_number_stands_right_in_hexagonal_brackets(red: bytes) -> None:
    first = pages_of(red)[0].lines(16)[0]
    assert "".join(letter["text"] for letter in first) == "沪机管督〔2023〕1号"
    assert abs(first[-1]["x1"] - RIGHT) < 1.5


def test_the_first_page_has_no_number_and_the_others_theirs_outside(press: Press) -> None:
    pages = pages_of(full(press))
    numbers = [number_of(page) for page in pages]
    assert numbers == ["", *(f"— {number} —" for number in range(2, len(pages) + 1))]
    even = min(letter["x0"] for letter in pages[1].letters if letter["bottom"] > BELOW)
    odd = max(letter["x1"] for letter in pages[2].letters if letter["bottom"] > BELOW)
    assert abs(even - LEFT - 14) < 1
    assert abs(odd - RIGHT + 14) < 1


def test_the_title_is_size_2_and_centred(red: bytes) -> None:
    lines = pages_of(red)[0].lines(22)
    assert len(lines) == 2
    for line in lines:
        assert abs((line[0]["x0"] + line[-1]["x1"]) / 2 - (LEFT + RIGHT) / 2) < 6


def test_every_font_is_embedded_and_ours(red: bytes) -> None:
    fonts = set().union(*(page.fonts for page in pages_of(red)))
    assert {font.split("+")[1] for font in fonts} <= {f"fandol-{r}" for r in ("title", "fang", "hei", "song")}


def test_the_text_can_be_taken_out_again(red: bytes) -> None:
    text = text_of(red)
    for expected in (
        "上海市青浦区机关事务管理局：",
        "已逾期17个工作日",
        "依据督办规则（版本default-1）“逾期满15个工作日的，亮红牌”",
        "现对你单位予以红牌警示",
        "请于2023年2月14日前（含当日）",
        "2023年2月1日",
        "（联系人：沈佳宁，电话：021-23110000）",
        "抄送：上海市青浦区人民政府办公室，上海市青浦区财政局。",
        ISSUE.seal,
        ISSUE.code,
    ):
        assert expected in text


@pytest.mark.parametrize("kind", NoticeKind)
def test_each_kind_says_what_is_done(press: Press, kind: NoticeKind) -> None:
    text = text_of(press.print_notice(notice(kind=kind)))
    said = {"supervision": "予以督办", "yellow_card": "予以黄牌警示", "red_card": "予以红牌警示"}
    assert [sentence for sentence in said.values() if sentence in text] == [said[kind]]


def test_a_long_table_repeats_its_head_on_every_page(press: Press) -> None:
    rows = tuple(
        IndicatorRow(metric=f"第{n}类公共机构能源审计完成数量", reached=f"{n}", target="50", unit="家")
        for n in range(1, 41)
    )
    pages = [page.text for page in pages_of(press.print_notice(notice(indicators=rows)))]
    holding = [page for page in pages if "类公共机构能源审计" in page]
    assert len(holding) > 1
    assert all("计量单位" in page for page in holding)
    assert all(f"第{n}类" in "".join(pages) for n in range(1, 41))


@pytest.mark.parametrize("length", [60, 200])
def test_long_names_wrap_and_lose_nothing(press: Press, length: int) -> None:
    unit = ("公共机构节约能源资源和生态环境保护工作领导小组" * 10)[:length]
    pdf = press.print_notice(notice(addressee=unit, issuer=unit[:60], title=unit, copies=(unit, unit)))
    assert text_of(pdf).count(unit[:20]) >= 4
    assert all(letter["x1"] < RIGHT + 8 * MM for page in pages_of(pdf) for letter in page.letters)


def test_the_signature_never_stands_alone_on_a_page(press: Press) -> None:
    for lines in range(12):
        demands = ("办理要求" * 7 * lines + "逐项落实。",)
        last = pages_of(press.print_notice(notice(demands=demands, indicators=())))[-1].text
        assert "特此通知" in last
        assert "核验码" in last


def test_a_draft_bears_no_number_and_no_code(press: Press) -> None:
    text = text_of(press.print_notice(notice(issue=None)))
    assert "送签稿" in text
    assert "（签发后编号）" in text
    assert "核验码" not in text


@pytest.mark.parametrize("shift", range(0, 12, 3))
def test_both_edges_of_a_paragraph_are_straight_also_across_pages(press: Press, shift: int) -> None:
    demand = "督" * shift + "（督办）“事项”应当，逐项、落实到人；限期2023年12月31日完成。" * 60
    pages = pages_of(press.print_notice(notice(demands=(demand,), indicators=())))
    whole = [*pages[1].lines(16), *pages[2].lines(16)[:8]]
    assert len(whole) == 30
    assert max(abs(line[-1]["x1"] - RIGHT) for line in whole) < 1
    assert max(abs(line[0]["x0"] - LEFT) for line in whole) < 6


def test_the_last_line_of_a_paragraph_is_not_stretched(press: Press) -> None:
    pages = pages_of(press.print_notice(notice(demands=("督" * 25 + "办" * 26,), indicators=())))
    last = next(line for line in pages[0].lines(16) if {letter["text"] for letter in line} == {"办"})
    pitches = {round(right["x0"] - left["x0"], 1) for left, right in pairwise(last)}
    assert pitches == {15.8}
