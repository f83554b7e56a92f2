"""A letter as data: the kinds there are, what each must say, and what no mail may hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from workflow.errors import DubanError, Missing
from workflow.words import LANGUAGES

CONTROL = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
MESSAGE_ID = re.compile(r"<[^\s<>@]+@[^\s<>@]+>", re.ASCII)
WEB_ADDRESS = re.compile(r"https?://[^\s\x00-\x1f<>\"]+")
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of letter cannot do without, how urgent it looks, and whether the due date still matters.

    A `dated` letter makes no sense without due date; in a `settled` one it is history: no countdown, no calendar entry.
    """

    needs: tuple[str, ...] = ()
    tone: str = "plain"
    dated: bool = False
    settled: bool = False


KINDS: Mapping[str, Kind] = {
    "assigned": Kind(),
    "acknowledge": Kind(("days",)),
    "reminder": Kind(tone="near", dated=True),
    "overdue": Kind(("days_late",), tone="late", dated=True),
    "to_sign": Kind(),
    "to_sign_off": Kind(),
    "to_sign_extension": Kind(),
    "to_sign_waiver": Kind(),
    "to_sign_adjustment": Kind(),
    "to_sign_work_plan": Kind(),
    "extension_granted": Kind(("reason",), tone="good"),
    "extension_refused": Kind(("reason",), tone="near"),
    "extension_lapsed": Kind(settled=True),
    "waiver_granted": Kind(("reason",), tone="good", settled=True),
    "waiver_refused": Kind(("reason",), tone="near"),
    "waiver_lapsed": Kind(settled=True),
    "adjustment_lapsed": Kind(("reason",), settled=True),
    "resubmitted": Kind(("changed",)),
    "approval_voided": Kind(("changed",), tone="near"),
    "approval_withdrawn": Kind(settled=True),
    "seat_transferred": Kind(("reason",)),
    "seat_delegated": Kind(),
    "seat_given_back": Kind(),
    "seat_taken_back": Kind(settled=True),
    "seat_removed": Kind(settled=True),
    "sent_back": Kind(("reason",), tone="near"),
    "urged": Kind(tone="near"),
    "passed_in_silence": Kind(settled=True),
    "seat_escalated": Kind(tone="near"),
    "substitute_named": Kind(("from_on", "upto_on")),
    "substitute_released": Kind(("from_on", "upto_on"), settled=True),
    "copied": Kind(),
    "mentioned": Kind(),
    "returned": Kind(("reason",), tone="near"),
    "recalled": Kind(("reason",), tone="near"),
    "reopened": Kind(("reason",), tone="near"),
    "redated": Kind(("reason",), dated=True),
    "accepted": Kind(tone="good", settled=True),
    "completed": Kind(tone="good", settled=True),
    "card_raised": Kind(("colour", "days_late"), tone="late"),
    "notice_issued": Kind(("number",)),
    "decided": Kind(("outcome",)),
    "task_acknowledged": Kind(tone="good"),
    "task_suspended": Kind(("reason",)),
    "task_resumed": Kind(("reason",)),
    "task_closed": Kind(tone="good", settled=True),
    "task_reopened": Kind(("reason",), tone="near"),
    "task_cancelled": Kind(("reason",), settled=True),
    "notice_signed_off": Kind(),
    "notice_replied": Kind(),
    "notice_voided": Kind(("reason",)),
    "card_verifying": Kind(("colour",)),
    "card_appealed": Kind(("colour", "reason")),
    "card_appeal_dismissed": Kind(("colour", "reason"), tone="near"),
    "card_lifted": Kind(("colour",), tone="good", settled=True),
    "share_issued": Kind(dated=True),
    "share_submitted": Kind(("unit",)),
    "share_accepted": Kind(tone="good", settled=True),
    "share_returned": Kind(("reason",), tone="near"),
    "share_amended": Kind(("reason",)),
    "share_waived": Kind(("reason",), settled=True),
    "share_reopened": Kind(("reason",), tone="near"),
    "criteria_drafted": Kind(),
    "criteria_approved": Kind(tone="good"),
    "criteria_returned": Kind(("reason",), tone="near"),
    "attestation_called": Kind(("period",), tone="near", dated=True),
    "violation_reported": Kind(("reason",), tone="late"),
    "instructed": Kind(tone="near", dated=True),
    "instruction_replied": Kind(),
    "instruction_asked_again": Kind(("reason",), tone="near", dated=True),
    "instruction_closed": Kind(tone="good", settled=True),
    "instruction_withdrawn": Kind(("reason",), settled=True),
    "event_awaited": Kind(dated=True),
    "reckoned_again": Kind(("from_on", "reason"), dated=True),
    "calendar_notice_missing": Kind(tone="near"),
    "adjustment_proposed": Kind(("reason",)),
    "adjustment_approved": Kind(("reason",)),
    "adjustment_refused": Kind(("reason",), tone="near"),
    "part_ended": Kind(("reason",), settled=True),
    "task_taken_over": Kind(("by", "reason")),
    "shortfall_ruled": Kind(("reason",)),
    "surplus_carried": Kind(("reason",)),
    "item_struck": Kind(("institution", "reason"), tone="near"),
    "item_restored": Kind(("institution", "reason"), tone="good"),
    "work_plan_required": Kind(tone="near", dated=True),
    "work_plan_submitted": Kind(),
    "work_plan_approved": Kind(tone="good"),
    "work_plan_returned": Kind(("reason",), tone="near"),
    "work_plan_reopened": Kind(("reason",), tone="near"),
    "report_called": Kind(("from_on", "upto_on"), tone="near", dated=True),
    "problem_raised": Kind(("unit", "problem"), tone="near"),
    "problem_answered": Kind(("problem",)),
    "definition_changed": Kind(("metric", "reason")),
    "card_revoked": Kind(("colour", "reason"), settled=True),
    "share_due": Kind(("unit",), tone="near", dated=True),
    "share_overdue": Kind(("unit", "days_late"), tone="late", dated=True),
    "work_plan_due": Kind(tone="near", dated=True),
    "work_plan_overdue": Kind(("days_late",), tone="late", dated=True),
    "report_due": Kind(("unit", "from_on", "upto_on"), tone="near", dated=True),
    "report_overdue": Kind(("unit", "from_on", "upto_on", "days_late"), tone="late", dated=True),
    "attestation_due": Kind(("unit", "from_on", "upto_on"), tone="near", dated=True),
    "attestation_overdue": Kind(("unit", "from_on", "upto_on", "days_late"), tone="late", dated=True),
    "instruction_due": Kind(("unit",), tone="near", dated=True),
    "instruction_overdue": Kind(("unit", "days_late"), tone="late", dated=True),
    "event_due": Kind(tone="near", dated=True),
    "event_overdue": Kind(("days_late",), tone="late", dated=True),
    "webhook_disabled": Kind(("reason",), tone="near"),
}
# Facts that our own words say: `mail.colour.red`, `mail.days_late.one`.
SAID = {"colour": ("yellow", "red"), "outcome": ("granted", "approved", "refused", "returned")}
COUNTED = ("days", "days_late")


class LetterUnknown(DubanError):
    """There is no such kind of letter, or no such language."""

    code = "letter_unknown"


class LetterIncomplete(DubanError):
    """The letter lacks what its kind must say, or holds what no mail may; `missing` names each field."""

    code = "letter_incomplete"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A name and an address, as data: whatever the name holds, it stays a name."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a letter."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """All that one mail says.

    `facts` fill the sentences (`KINDS` names what each kind needs; `item` is what it is about); `missing` is what the
    reader still has to do, as `need.` words. `about` names the subject for good (`milestone-17`): reminders of one
    subject update one calendar entry.
    """

    kind: str
    sender: Mailbox
    recipient: Mailbox
    language: str
    facts: Mapping[str, Any]
    link: str
    message_id: str
    sent_at: datetime
    about: str
    due_on: date | None = None
    due_provisional: bool = False
    missing: tuple[Missing, ...] = ()
    attachments: tuple[Attachment, ...] = field(default=(), repr=False)


def check(letter: Letter) -> None:
    """Pass a letter that can be written; else raise LetterUnknown, or LetterIncomplete naming all that is wrong."""
    _check(letter, _wrong_addresses)


def check_said(letter: Letter) -> None:
    """The same of what is said, whoever it is to go to and however."""
    _check(letter)


def _check(letter: Letter, *more: Callable[[Letter], Iterable[Missing]]) -> None:
    if letter.kind not in KINDS or letter.language not in LANGUAGES:
        raise LetterUnknown(kind=letter.kind, language=letter.language)
    asked = (_lacking_facts, _wrong_facts, *more)
    if lacking := [lack for asks in asked for lack in asks(letter)]:
        raise LetterIncomplete(kind=letter.kind, missing=lacking)


def _lacking_facts(letter: Letter) -> Iterator[Missing]:
    kind = KINDS[letter.kind]
    for name in ("item", *kind.needs):
        if letter.facts.get(name) in (None, ""):
            yield Missing("letter_fact", {"field": name})
    if kind.dated and letter.due_on is None:
        yield Missing("letter_fact", {"field": "due_on"})


def _wrong_facts(letter: Letter) -> Iterator[Missing]:
    for name in COUNTED:
        if name in letter.facts and type(letter.facts[name]) is not int:
            yield Missing("letter_count", {"field": name})
    for name, known in SAID.items():
        if name in letter.facts and letter.facts[name] not in known:
            yield Missing("letter_choice", {"field": name, "value": one_line(letter.facts[name])})


def _wrong_addresses(letter: Letter) -> Iterator[Missing]:
    if not WEB_ADDRESS.fullmatch(letter.link):
        yield Missing("letter_link", {"field": "link"})
    if not MESSAGE_ID.fullmatch(letter.message_id):
        yield Missing("letter_message_id", {"field": "message_id"})
    for name, mailbox in (("sender", letter.sender), ("recipient", letter.recipient)):
        if not ADDRESS.fullmatch(mailbox.address):
            yield Missing("letter_address", {"field": name})


def one_line(value: Any) -> str:
    """A value as one line: no header, row or calendar field can be opened from inside it."""
    return CONTROL.sub(" ", str(value)).strip()
