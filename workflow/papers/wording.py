"""The sentences of a notice. Mail, page and paper say the same thing because they all ask here."""

from __future__ import annotations

from datetime import date

from workflow.papers.notice import Issue, NoticeContent, NoticeFacts, NoticeKind, digest
from workflow.words import say

SHORT_DIGEST = 16
NUMERALS = "〇一二三四五六七八九"


def write_date(day: date, language: str) -> str:
    """A date as official paper writes it: Arabic, full year, no zero-padding (GB/T 9704-2012, 7.3.5.4)."""
    return say("paper.date", language, year=day.year, month=day.month, day=day.day)


def write_ordinal(number: int) -> str:
    """1 to 99 in Chinese numerals, for the first level of headings."""
    tens, ones = divmod(number, 10)
    lead = "" if tens == 0 else "十" if tens == 1 else NUMERALS[tens] + "十"
    return lead + (NUMERALS[ones] if ones or not tens else "")


def write_number(issue: Issue) -> str:
    """沪机管督〔2023〕1号: hexagonal brackets, full year, no padding, no 第 (GB/T 9704-2012, 7.2.5)."""
    return f"{issue.series}〔{issue.year}〕{issue.number}号"


def name_title(content: NoticeContent) -> str:
    """The usual title for such a notice, for who drafts one without a title of its own."""
    return say(f"paper.title.{content.kind.value}", content.language, task_name=content.task_name)


def open_letter(content: NoticeContent) -> str:
    """The first paragraph: which item, due when, how it stands, under which rule, and what is hereby done."""
    language = content.language
    item = say(
        "paper.item" if content.programme else "paper.item.no_programme",
        language,
        plan=content.plan_title,
        number=content.task_number,
        task=content.task_name,
        programme=content.programme,
        milestone=content.milestone,
        due=write_date(content.due_on, language),
    )
    return item + state_standing(content) + state_act(content)


def state_standing(content: NoticeContent) -> str:
    """How the milestone stands on the day counted to: late by so many working days, behind, or only open."""
    standing = "open" if content.kind is NoticeKind.SUPERVISION else "behind"
    key = "paper.standing.late" if content.days_late else f"paper.standing.{standing}"
    counted = write_date(content.counted_on, content.language)
    return say(key, content.language, counted=counted, days=content.days_late)


def state_act(content: NoticeContent) -> str:
    """The rule with its version, where one was applied, and what is done."""
    act = say(f"paper.act.{content.kind.value}", content.language)
    if not content.rule:
        return act
    return say("paper.basis", content.language, rule=content.rule, version=content.rule_version) + act


def write_rule(kind: NoticeKind, limit: int, language: str) -> str:
    """A rung of the ladder as a sentence: so many working days late earn the card of this kind of notice.

    Rungs are data with names of an office's own choosing; so the words hang on the card, not on the rung.
    """
    return say(f"paper.rule.{kind.value}", language, limit=limit)


def usual_demands(kind: NoticeKind, language: str) -> tuple[str, ...]:
    """What such a notice demands when its drafter demands nothing in particular."""
    return tuple(say(f"paper.demand.{kind.value}.{place}", language) for place in (1, 2, 3))


def ask_reply(content: NoticeContent) -> str:
    """By when an answer is due and what it must hold."""
    return say("paper.reply", content.language, reply=write_date(content.reply_on, content.language))


def name_contact(content: NoticeContent) -> str:
    """The note under the date (附注): whom to call."""
    return say("paper.contact", content.language, person=content.contact_person, phone=content.contact_phone)


def short_digest(facts: NoticeFacts) -> str:
    """The part of the digest that is printed and shown on the public page."""
    return digest(facts)[:SHORT_DIGEST]


def address_to_check(facts: NoticeFacts) -> str | None:
    """Where the public page answers for this notice; None when the office has no public address."""
    if facts.issue is None or facts.issue.public_address is None:
        return None
    return f"{facts.issue.public_address.rstrip('/')}/verify/{facts.issue.code}"


def content_of_code(facts: NoticeFacts, issue: Issue) -> str:
    """What the QR code holds: the address to check, else number, date and short digest to compare by eye."""
    by_eye = f"{write_number(issue)} {issue.issued_on.isoformat()} {short_digest(facts)}"
    return address_to_check(facts) or by_eye
