"""File names are data, never paths; a download is offered and cut exactly as asked."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.evidence_files import NAME_LIMIT, BadRange, clean_name, show_size
from workflow.file_delivery import describe_range, offer_as, read_range
from workflow.words import LANGUAGES, say


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd\x00.pdf", "passwd.pdf"),
        ("C:\\Users\\olga\\总结.docx", "总结.docx"),
        ("/", "unnamed"),
        ("", "unnamed"),
        ("..", "unnamed"),
        ("a/..", "unnamed"),
        (".htaccess", "htaccess"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie: x=1.pdf"),
        ("a\u2028b\u200b.pdf", "ab.pdf"),
        ("e\u0301te\u0301.pdf", "été.pdf"),
        ("lone\ud800.pdf", "lone.pdf"),
        ("  节能  总结 .pdf. ", "节能  总结 .pdf"),
        ("𬭎㛃.pdf", "𬭎㛃.pdf"),
    ],
)
def test_a_name_keeps_its_words_and_loses_its_tricks(sent: str, kept: str) -> None:
    assert clean_name(sent) == kept


def test_a_long_name_is_cut_between_characters_and_keeps_its_ending() -> None:
    kept = clean_name("节" * 100 + ".pdf")
    assert kept == "节" * 65 + ".pdf"
    assert len(clean_name("x" * 500).encode()) == NAME_LIMIT
    assert len(clean_name("a." + "x" * 500).encode()) == NAME_LIMIT


@given(st.text(max_size=300))
def test_any_name_becomes_a_safe_one_and_stays_it(sent: str) -> None:
    kept = clean_name(sent)
    assert 0 < len(kept.encode()) <= NAME_LIMIT
    assert not re.search(r"[/\\\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]", kept)
    assert kept not in {".", ".."}
    assert clean_name(kept) == kept


@given(st.text(max_size=300))
def test_any_name_makes_one_plain_header_that_gives_the_name_back(sent: str) -> None:
    header = offer_as(sent)
    assert re.fullmatch(r"attachment; filename=\"[ !#$&-\[\]-~]*\"; filename\*=UTF-8''[!-~]+", header)
    assert unquote(header.rpartition("''")[2]) == clean_name(sent)


def test_the_header_carries_a_chinese_name_for_new_clients_and_a_plain_one_for_old() -> None:
    assert offer_as('总"结 1.pdf') == (
        "attachment; filename=\"___ 1.pdf\"; filename*=UTF-8''%E6%80%BB%22%E7%BB%93%201.pdf"
    )


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        (None, None),
        ("", None),
        ("bytes=0-0", (0, 1)),
        ("bytes=10-19", (10, 20)),
        ("Bytes=10-19", (10, 20)),
        ("bytes=90-", (90, 100)),
        ("bytes=90-1000", (90, 100)),
        ("bytes=-10", (90, 100)),
        ("bytes=-1000", (0, 100)),
        ("bytes=20-10", None),
        ("bytes=-", None),
        ("bytes=a-b", None),
        ("bytes=٣-٤", None),
        ("bytes=0-1,5-6", None),
        ("lines=0-1", None),
        ("bytes=" + "9" * 5000 + "-", None),
    ],
)
def test_a_range_is_read_as_the_standard_says(header: str | None, wanted: tuple[int, int] | None) -> None:
    assert read_range(header, 100) == wanted


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_a_range_past_the_end_is_refused_with_the_size(header: str) -> None:
    with pytest.raises(BadRange) as refused:
        read_range(header, 100)
    assert refused.value.facts == {"size": 100}


def test_the_answer_names_the_bytes_it_holds() -> None:
    assert describe_range(10, 20, 100) == "bytes 10-19/100"


def test_sizes_are_shown_in_the_largest_whole_unit() -> None:
    assert [show_size(n) for n in (100 * 1024 * 1024, 1536, 2048, 0)] == ["100 MB", "1536 B", "2 KB", "0 B"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("code", "facts"),
    [
        ("empty_file", {}),
        ("too_large", {"limit": 100, "shown": "100 B"}),
        ("wrong_type", {"claimed": "PDF", "found": "PNG"}),
        ("refused_type", {"found": ".exe", "allowed": "pdf"}),
        ("truncated", {"declared": 10, "received": 5}),
        ("damaged", {"found": "ZIP"}),
        ("store_full", {}),
        ("store_unavailable", {}),
        ("bad_range", {"size": 100}),
    ],
)
def test_every_refusal_has_its_words(language: str, code: str, facts: dict[str, object]) -> None:
    sentence = say(f"error.{code}", language, **facts)
    assert all(str(value) in sentence for name, value in facts.items() if name != "limit")
