"""A notice (督办通知, 黄牌警示通知, 红牌警示通知) as facts: all that is printed, frozen when it is issued.

`NoticeContent` is what a signatory signs off. `Issue` is what issuing adds: number, date, seal, code.
Both survive JSON unchanged, because the server keeps them in a row and a worker prints from that row later.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

from models.states import NoticeKind
from workflow.errors import Malformed, Missing

__all__ = [
    "PRINTED_LANGUAGES", "NoticeKind", "IndicatorRow", "NoticeContent", "Issue", "NoticeFacts",
    "canonical", "digest", "content_digest",
]  # fmt: skip

PRINTED_LANGUAGES = ("zh-Hans", "zh-Hant")
"""Official paper is Chinese; English words exist for pages and mail only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorRow:
    """One line of the table of figures, as it is to be read: no arithmetic happens after this."""

    metric: str
    reached: str
    target: str
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeContent:
    """What is signed off: everything on the paper but number, date and the marks of issue.

    `addressee` is the unit told; `copies` are told too (抄送). `days_late` counts working days up to and with
    `counted_on`; 0 on a card says that the milestone is not late but behind. `rule` is the sentence of the ladder
    that was applied (empty where none was), `rule_version` its version. `sealed_by` names the unit that seals for
    the issuer (代章).
    """

    kind: NoticeKind
    issuer: str
    addressee: str
    title: str
    plan_title: str
    programme: str
    task_number: int
    task_name: str
    milestone: str
    due_on: date
    counted_on: date
    days_late: int
    rule: str
    rule_version: str
    demands: tuple[str, ...]
    reply_on: date
    contact_person: str
    contact_phone: str
    indicators: tuple[IndicatorRow, ...] = ()
    attachments: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    sealed_by: str | None = None
    language: str = "zh-Hans"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """What issuing adds. `seal` is the hex of yesterday's daily seal, `code` opens the public page.

    `public_address` is the root of the site that answers for the code, or None when the office has none.
    """

    series: str
    year: int
    number: int
    issued_on: date
    seal: str
    code: str
    template: str
    release: str
    public_address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFacts:
    """A whole notice. Without `issue` it is a draft (送签稿), printed without number, date and code."""

    content: NoticeContent
    issue: Issue | None = None

    def to_record(self) -> dict[str, Any]:
        """Plain JSON values: dates as ISO text, tuples as lists."""
        issue = None if self.issue is None else _plain(asdict(self.issue))
        return {"content": _plain(asdict(self.content)), "issue": issue}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> NoticeFacts:
        """The notice that `to_record` wrote. Raises Malformed naming each wrong field."""
        _expect({"content", "issue"}, record, "")
        issue = record["issue"]
        return cls(
            content=_read_content(record["content"]), issue=None if issue is None else _read_issue(issue)
        )


def canonical(facts: NoticeFacts) -> bytes:
    """The one spelling of these facts: JSON, keys sorted, no blanks, UTF-8: `facts.json` in the PDF."""
    text = json.dumps(facts.to_record(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def digest(facts: NoticeFacts) -> str:
    """SHA-256 of the canonical facts, 64 hex. The paper prints the first 16."""
    return hashlib.sha256(canonical(facts)).hexdigest()


def content_digest(content: NoticeContent) -> str:
    """What a sign-off binds to: the digest of the notice without number and date."""
    return digest(NoticeFacts(content=content))


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain_value(value) for name, value in values.items()}


def _plain_value(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, NoticeKind):
        return value.value
    if isinstance(value, list | tuple):
        return [_plain_value(item) for item in value]
    return _plain(value) if isinstance(value, Mapping) else value


def _read_content(record: Mapping[str, Any]) -> NoticeContent:
    _expect({f.name for f in fields(NoticeContent)}, record, "content.")
    if record["language"] not in PRINTED_LANGUAGES:
        raise Malformed(missing=[Missing("paper_language", {"field": "content.language"})])
    read = dict(record)
    read["kind"] = _read(NoticeKind, record, "content.", "kind")
    for name in ("due_on", "counted_on", "reply_on"):
        read[name] = _read(date.fromisoformat, record, "content.", name)
    for name in ("demands", "attachments", "copies"):
        read[name] = tuple(record[name])
    read["indicators"] = tuple(_read_row(row, place) for place, row in enumerate(record["indicators"]))
    return NoticeContent(**read)


def _read_row(record: Mapping[str, Any], place: int) -> IndicatorRow:
    _expect({f.name for f in fields(IndicatorRow)}, record, f"content.indicators[{place}].")
    return IndicatorRow(**record)


def _read_issue(record: Mapping[str, Any]) -> Issue:
    _expect({f.name for f in fields(Issue)}, record, "issue.")
    issued_on = _read(date.fromisoformat, record, "issue.", "issued_on")
    return Issue(**{**record, "issued_on": issued_on})


def _read(reader: Any, record: Mapping[str, Any], under: str, name: str) -> Any:
    try:
        return reader(record[name])
    except (TypeError, ValueError) as unreadable:
        raise Malformed(missing=[Missing("paper_field", {"field": under + name})]) from unreadable


def _expect(names: set[str], record: Mapping[str, Any], under: str) -> None:
    wrong = sorted(names ^ set(record))
    if wrong:
        raise Malformed(missing=[Missing("paper_field", {"field": under + name}) for name in wrong])
