"""Letters: every kind in every language, what goes with a due date, and what a fact can never do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from workflow.adapters.letters import (
    KINDS,
    Attachment,
    Letter,
    LetterIncomplete,
    LetterUnknown,
    Mailbox,
    compose,
)
from workflow.errors import Missing
from workflow.words import LANGUAGES, catalogue, say

FACTS: Mapping[str, Any] = {
    "item": "完成300家公共机构能源审计",
    "unit": "市机管局",
    "days": 3,
    "days_late": 15,
    "colour": "red",
    "changed": ["targets", "figures"],
    "reason": "缺少审计报告盖章页",
    "number": "沪机管督〔2023〕1号",
    "outcome": "granted",
    "period": "2023-01-01 – 2023-03-31",
    "problem": "审计经费尚未落实",
    "from_on": "2022-11-01",
    "upto_on": "2022-11-30",
    "metric": "能源审计",
    "institution": "青浦区第一小学",
    "by": "市教委",
}
REMINDER = Letter(
    kind="reminder",
    sender=Mailbox("市公共机构节能工作联席会议办公室", "duban@office.example"),
    recipient=Mailbox("张伟", "zhangwei@unit.example"),
    language="zh-Hans",
    facts={"item": FACTS["item"], "unit": FACTS["unit"]},
    link="https://duban.example/milestones/17",
    message_id="<17.before-3.2022-12-30@duban.example>",
    sent_at=datetime(2022, 12, 27, 1, tzinfo=UTC),
    about="milestone-17",
    due_on=date(2022, 12, 30),
)


def received(letter: Letter) -> EmailMessage:
    """The mail as a reader's program gets it: through bytes."""
    message = message_from_bytes(compose(letter).as_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def text_of(message: EmailMessage, form: str = "plain") -> str:
    body = message.get_body((form,))
    assert body
    content: str = body.get_content()
    return content


def entry_of(letter: Letter) -> Any:
    (part,) = [part for part in received(letter).walk() if part.get_content_type() == "text/calendar"]
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return Calendar.from_ical(content).walk("VEVENT")[0]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_says_what_it_must_in_every_language(kind: str, language: str) -> None:
    message = received(replace(REMINDER, kind=kind, language=language, facts=FACTS))
    for content in (text_of(message), text_of(message, "html")):
        assert FACTS["item"] in content
        assert REMINDER.link in content
        assert "{" not in content.replace("{ ", "")
    assert FACTS["item"] in message["Subject"]
    assert message["Content-Language"] == language


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_words_are_kept_for_letters_that_do_not_exist(language: str) -> None:
    told = {
        key.split(".")[1] for key in catalogue(language) if key.startswith("mail.") and key.endswith(".lead")
    }
    assert told == set(KINDS)


def test_a_reminder_reads_as_an_office_would_write() -> None:
    message = received(replace(REMINDER, missing=(Missing("letter_fact", {"field": "审计报告"}),)))
    assert message["Subject"] == "【到期提醒】完成300家公共机构能源审计（还有3天到期）"
    assert text_of(message) == (
        "张伟：\n\n"
        "此事项还有3天到期，请按期报送。\n\n"
        "事项：完成300家公共机构能源审计\n"
        "责任单位：市机管局\n"
        "期限：2022年12月30日星期五（还有3天到期）\n\n"
        "尚缺：\n"
        "- 缺少 审计报告。\n\n"
        "去办理：https://duban.example/milestones/17\n\n"
        "市公共机构节能工作联席会议办公室\n"
        "--\n"
        "本邮件由督办系统发出，请勿直接回复。本系统为非涉密系统，请勿传递涉密信息。\n"
    )


@pytest.mark.parametrize(
    ("days_before", "words"),
    [(30, "还有30天到期"), (1, "明天到期"), (0, "今天到期"), (-1, "已过1天"), (-9, "已过9天")],
)
def test_the_distance_to_the_due_date_is_counted_in_civil_days(days_before: int, words: str) -> None:
    sent_at = datetime(2022, 12, 29, 16, tzinfo=UTC) - timedelta(days=days_before)  # 00:00 in Shanghai
    assert f"（{words}）" in text_of(received(replace(REMINDER, sent_at=sent_at)))


def test_one_day_is_one_day_in_english() -> None:
    facts = {**FACTS, "days_late": 1}
    overdue = replace(REMINDER, kind="overdue", language="en", facts=facts, due_on=date(2022, 12, 26))
    assert "This item is 1 working day late." in text_of(received(overdue))
    assert "Monday, 26 December 2022 (1 day past)" in text_of(received(overdue))


def test_a_provisional_due_date_says_so() -> None:
    assert "暂定" in text_of(received(replace(REMINDER, due_provisional=True)))
    assert "暂定" not in text_of(received(REMINDER))


def test_the_due_date_comes_as_a_whole_day_in_the_calendar() -> None:
    entry = entry_of(REMINDER)
    assert (entry["DTSTART"].dt, entry["DTEND"].dt) == (date(2022, 12, 30), date(2022, 12, 31))
    assert entry["SUMMARY"] == "办理期限：完成300家公共机构能源审计"


def test_later_letters_about_one_subject_update_one_entry() -> None:
    moved = replace(
        REMINDER, kind="redated", facts=FACTS, due_on=date(2023, 3, 31), message_id="<other@duban.example>",
        sent_at=REMINDER.sent_at + timedelta(days=1),
    )  # fmt: skip
    assert entry_of(moved)["UID"] == entry_of(REMINDER)["UID"]
    assert entry_of(moved)["SEQUENCE"] > entry_of(REMINDER)["SEQUENCE"]
    assert entry_of(replace(REMINDER, about="milestone-18"))["UID"] != entry_of(REMINDER)["UID"]


def test_a_date_that_moves_twice_in_a_day_has_a_higher_entry_each_time() -> None:
    moments = (
        REMINDER.sent_at,
        REMINDER.sent_at + timedelta(minutes=5),
        REMINDER.sent_at + timedelta(days=365 * 40),
    )
    numbers = [entry_of(replace(REMINDER, sent_at=moment))["SEQUENCE"] for moment in moments]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] < 2**31, "RFC 5545 counts so far"


def test_the_page_of_a_mail_is_plain_and_speaks_to_a_screen_reader() -> None:
    html = text_of(received(replace(REMINDER, missing=(Missing("evidence"),))), "html")
    assert '<html lang="zh-Hans">' in html
    assert html.count('<th scope="row"') == html.count("<td width=") == 3
    assert 'role="presentation"' in html
    for never in ("<script", "<img", "<link", "<style", "url(", "http-equiv"):
        assert never not in html
    assert html.count("http") == html.count(REMINDER.link) == 1, "nothing is loaded from anywhere"


def test_without_a_due_date_there_is_no_entry() -> None:
    kinds = [
        part.get_content_type() for part in received(replace(REMINDER, kind="assigned", due_on=None)).walk()
    ]
    assert kinds == ["multipart/alternative", "text/plain", "text/html"]


@pytest.mark.parametrize("kind", ["accepted", "completed"])
def test_what_is_settled_counts_no_days_and_enters_no_calendar(kind: str) -> None:
    message = received(replace(REMINDER, kind=kind))
    assert "期限：2022年12月30日星期五\n" in text_of(message)
    assert "text/calendar" not in [part.get_content_type() for part in message.walk()]


def test_attachments_come_through_unchanged() -> None:
    paper = Attachment("督办通知.pdf", "application/pdf", bytes(range(256)))
    (part,) = [
        part for part in received(replace(REMINDER, attachments=(paper,))).iter_attachments()
        if part.get_content_type() == "application/pdf"
    ]  # fmt: skip
    assert (part.get_filename(), part.get_content()) == (paper.name, paper.content)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_letter_gives_the_same_bytes(kind: str) -> None:
    letter = replace(REMINDER, kind=kind, facts=FACTS)
    assert compose(letter).as_bytes() == compose(letter).as_bytes()


def test_two_letters_never_share_a_boundary() -> None:
    other = replace(REMINDER, message_id="<other@duban.example>")
    boundaries = [part.get_boundary() for letter in (REMINDER, other) for part in compose(letter).walk()]
    found = [boundary for boundary in boundaries if boundary]
    assert len(found) == len(set(found)) == 4


def test_a_fact_cannot_open_a_header_a_row_or_a_tag() -> None:
    item = "审计\r\nBcc: all@unit.example\r\n\r\n<script>alert(1)</script>{x}{0.__class__}"
    message = received(
        replace(REMINDER, facts={"item": item}, recipient=Mailbox("张\r\nBcc: b@x", "z@unit.example"))
    )
    assert message["Bcc"] is None
    assert [address.addr_spec for address in message["To"].addresses] == ["z@unit.example"]
    assert "<script>" not in text_of(message, "html")
    assert "\nBcc" not in text_of(message)
    assert "{0.__class__}" in text_of(message)


@given(item=st.text(min_size=1).filter(lambda text: text.strip()), name=st.text(max_size=40))
def test_whatever_is_typed_the_mail_has_its_own_headers_only(item: str, name: str) -> None:
    letter = replace(REMINDER, facts={"item": item}, recipient=Mailbox(name, "z@unit.example"))
    message = received(letter)
    assert message.keys() == compose(REMINDER).keys()
    assert [address.addr_spec for address in message["To"].addresses] == ["z@unit.example"]
    assert entry_of(letter)["UID"] == "milestone-17@office.example"


def test_a_long_subject_is_cut() -> None:
    subject = received(replace(REMINDER, facts={"item": "审" * 300}))["Subject"]
    assert len(subject) == 120
    assert subject.endswith("…")


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"facts": {}}, "letter_fact", "item"),
        ({"due_on": None}, "letter_fact", "due_on"),
        ({"kind": "returned"}, "letter_fact", "reason"),
        ({"facts": {"item": "x", "days_late": "many"}}, "letter_count", "days_late"),
        ({"facts": {"item": "x", "colour": "green"}}, "letter_choice", "colour"),
        ({"link": "javascript:alert(1)"}, "letter_link", "link"),
        ({"link": "https://x/\r\ny"}, "letter_link", "link"),
        ({"message_id": "17"}, "letter_message_id", "message_id"),
        ({"message_id": "<a@b>\r\nBcc: c@d"}, "letter_message_id", "message_id"),
        ({"recipient": Mailbox("张伟", "a@x.example\nb@x.example")}, "letter_address", "recipient"),
        ({"sender": Mailbox("办公室", "nobody")}, "letter_address", "sender"),
    ],
)
def test_what_is_missing_or_impossible_is_named(change: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(LetterIncomplete) as refused:
        compose(replace(REMINDER, **change))
    assert [(missing.code, missing.facts["field"]) for missing in refused.value.missing] == [(code, field)]
    for language in LANGUAGES:
        assert say(f"error.{refused.value.code}", language, **refused.value.facts)
        assert all(
            say(f"need.{missing.code}", language, **missing.facts) for missing in refused.value.missing
        )


@pytest.mark.parametrize("change", [{"kind": "greeting"}, {"language": "fr"}])
def test_a_kind_or_language_without_words_is_an_error(change: dict[str, str]) -> None:
    with pytest.raises(LetterUnknown) as refused:
        compose(replace(REMINDER, **change))  # type: ignore[arg-type]
    assert all(say(f"error.{refused.value.code}", language, **refused.value.facts) for language in LANGUAGES)
