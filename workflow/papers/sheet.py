"""A notice laid out as strings and measures: what the template prints, line by line, deciding nothing."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from workflow.papers.notice import IndicatorRow, Issue, NoticeContent, NoticeFacts
from workflow.papers.titles import break_title, width
from workflow.papers.wording import (
    address_to_check,
    ask_reply,
    content_of_code,
    name_contact,
    open_letter,
    short_digest,
    write_date,
    write_number,
    write_ordinal,
)
from workflow.words import say

TYPE_AREA_POINTS = 442.0
"""The type area is 156 mm wide (GB/T 9704-2012, 5.2.1)."""
MARK_POINTS = (20.0, 36.0)
DATE_INDENT = 4.0
"""The date of a sealed paper stands four characters in from the right (GB/T 9704-2012, 7.3.5.1)."""

CHECK_POINTS = 74.0
COPIES_WIDTH, COPIES_LINE_POINTS = 26, 24.0
"""Of the strip at the foot of the last page; `templates/documents/base.css` sets the same sizes."""


@dataclass(frozen=True, slots=True)
class Section:
    """One numbered part of the body: a heading, then paragraphs, then a table or numbered items."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    indicators: tuple[IndicatorRow, ...] = ()
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """The strip by which a reader makes sure: what the QR holds, its name, and the lines beside it."""

    code: str
    alternative: str
    lines: tuple[tuple[tuple[str, str], ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One notice, ready to print. Sizes in points, indents in characters of the body text."""

    language: str
    title: str
    title_lines: tuple[str, ...]
    mark: str
    mark_points: float
    number: str
    addressee: str
    opening: str
    sections: tuple[Section, ...]
    closing: str
    attachments: tuple[str, ...]
    signatories: tuple[str, ...]
    dated: str
    created: str | None
    signature_width: float
    signature_indent: float
    note: str
    copies: str | None
    foot_points: float
    check: Check | None
    draft: str | None


def lay_out(facts: NoticeFacts) -> Sheet:
    """The whole notice as it will stand on paper."""
    content, issue = facts.content, facts.issue
    language = content.language
    dated = write_date(issue.issued_on, language) if issue else say("paper.undated", language)
    signatories = _sign(content)
    copies = say("paper.copies", language, units="，".join(content.copies)) if content.copies else None
    return Sheet(
        language=language,
        title=content.title,
        title_lines=break_title(content.title),
        mark=content.issuer,
        mark_points=size_mark(content.issuer),
        number=write_number(issue) if issue else say("paper.unnumbered", language),
        addressee=say("paper.addressee", language, unit=content.addressee),
        opening=open_letter(content),
        sections=_divide(content),
        closing=say("paper.closing", language),
        attachments=content.attachments,
        signatories=signatories,
        dated=dated,
        created=issue.issued_on.isoformat() if issue else None,
        signature_width=max(map(width, (*signatories, dated))),
        signature_indent=indent_signature(signatories, dated),
        note=name_contact(content),
        copies=copies,
        foot_points=measure_foot(copies),
        check=_check(facts, issue) if issue else None,
        draft=None if issue else say("paper.draft", language),
    )


def size_mark(issuer: str) -> float:
    """The size of the red mark: as wide as the type area, within bounds; the standard sets none."""
    smallest, largest = MARK_POINTS
    return round(min(largest, max(smallest, 0.985 * TYPE_AREA_POINTS / max(width(issuer), 1))), 1)


def indent_signature(signatories: tuple[str, ...], dated: str) -> float:
    """How far the block of names and date stands in, so that the centred date keeps its four characters."""
    overhang = (max(map(width, signatories)) - width(dated)) / 2
    return max(0.0, DATE_INDENT - max(0.0, overhang))


def measure_foot(copies: str | None) -> float:
    """The height that copies and check strip need."""
    lines = 0 if copies is None else ceil(width(copies) / COPIES_WIDTH)
    return CHECK_POINTS + lines * COPIES_LINE_POINTS


def _sign(content: NoticeContent) -> tuple[str, ...]:
    if content.sealed_by is None:
        return (content.issuer,)
    return (content.issuer, say("paper.sealed_by", content.language, unit=content.sealed_by))


def _divide(content: NoticeContent) -> tuple[Section, ...]:
    """The numbered parts; a notice without figures has no table of them."""
    language = content.language
    figures = [
        Section("paper.heading.figures", (say("paper.figures", language),), indicators=content.indicators)
    ]
    parts = [
        *(figures if content.indicators else []),
        Section("paper.heading.demands", items=content.demands),
        Section("paper.heading.reply", (ask_reply(content),)),
    ]
    return tuple(_number(part, place, language) for place, part in enumerate(parts, start=1))


def _number(part: Section, place: int, language: str) -> Section:
    heading = f"{write_ordinal(place)}、{say(part.heading, language)}"
    items = tuple(f"{count}.{item}" for count, item in enumerate(part.items, start=1))
    return Section(heading, part.paragraphs, part.indicators, items)


def _check(facts: NoticeFacts, issue: Issue) -> Check:
    language = facts.content.language
    address = address_to_check(facts)
    how = say(
        "paper.check.online" if address else "paper.check.by_eye", language, address=issue.public_address
    )
    lines = (
        (("", how),),
        (
            (say("paper.check.code", language), issue.code),
            (say("paper.check.digest", language), short_digest(facts)),
        ),
        ((say("paper.check.seal", language), issue.seal),),
        ((say("paper.check.release", language), f"{issue.template} · {issue.release}"),),
    )
    return Check(content_of_code(facts, issue), say("paper.check.picture", language), lines)
