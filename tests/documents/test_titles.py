"""Titles break where words end, in a shape that is pleasant to look at."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.documents.samples import content
from workflow.papers.notice import NoticeKind
from workflow.papers.titles import NEVER_FIRST, NEVER_LAST, break_title, width
from workflow.papers.wording import name_title, open_letter, usual_demands, write_ordinal, write_rule
from workflow.words import LANGUAGES


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("关于督办事项的通知", ("关于督办事项的通知",)),
        (
            "关于“发布低碳倡议”任务的红牌警示通知",
            ("关于“发布低碳倡议”任务的红牌警示通知",),
        ),
        (
            "关于限期办结“创新开展可再生能源建筑一体化的试点应用”任务的督办通知",
            ("关于限期办结", "“创新开展可再生能源建筑一体化的", "试点应用”任务的督办通知"),
        ),
    ],
)
def test_known_titles_break_by_sense(title: str, lines: tuple[str, ...]) -> None:
    assert break_title(title, limit=20) == lines


@given(st.text(alphabet="推进公共机构节能的工作、“”（）《》2023年", min_size=1, max_size=70))
def test_any_title_keeps_its_words_and_the_rules_of_punctuation(title: str) -> None:
    lines = break_title(title)
    assert "".join(lines) == title
    assert all(width(line) <= 19 for line in lines)


@given(st.lists(st.sampled_from("推进公共机构节能工作"), min_size=25, max_size=60))
def test_no_line_begins_or_ends_against_the_rules(letters: list[str]) -> None:
    lines = break_title(f"关于“{''.join(letters)}”任务的督办通知")
    assert not any(line[0] in NEVER_FIRST for line in lines[1:])
    assert not any(line[-1] in NEVER_LAST for line in lines[:-1])


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_kind_has_a_title_that_names_the_task(kind: NoticeKind) -> None:
    assert content().task_name in name_title(content(kind=kind))


@pytest.mark.parametrize(
    ("number", "written"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (36, "三十六")]
)
def test_ordinals_are_chinese_numerals(number: int, written: str) -> None:
    assert write_ordinal(number) == written


@pytest.mark.parametrize("kind", NoticeKind)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_has_words_in_every_language(kind: NoticeKind, language: str) -> None:
    said = open_letter(content(kind=kind, language=language))
    assert "17" in said
    assert len(usual_demands(kind, language)) == 3


def test_a_rung_of_the_ladder_is_a_sentence() -> None:
    assert write_rule(NoticeKind.RED_CARD, 15, "zh-Hans") == content().rule


def test_a_notice_without_rule_or_programme_leaves_no_empty_brackets() -> None:
    said = open_letter(
        content(kind=NoticeKind.SUPERVISION, rule="", rule_version="", programme="", days_late=0)
    )
    assert "（）" not in said
    assert "“”" not in said
    assert said.endswith("截至2023年1月31日，该事项尚未办结。现对该事项予以督办，有关要求通知如下。")
