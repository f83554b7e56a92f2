"""From a claimed delivery to its letter: who writes, what it is about, what the reader still has to do.

Everything is as of the moment the outbox row was written, so that a letter composed again says the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from workflow.adapters.letters import Attachment, Letter, LetterIncomplete, LetterUnknown, Mailbox, check_said
from workflow.adapters.letters.wording import put
from workflow.adapters.subjects import BY_HISTORY, LATE, URGED, about, ids, item_of
from workflow.calendar import working_calendar
from workflow.civil import day_of
from workflow.deadlines import WorkingCalendar
from workflow.deliveries import Claimed
from workflow.errors import Missing
from workflow.histories import histories
from workflow.ladder import History, Mark, lateness
from workflow.law import Lifecycle
from workflow.lifecycles import MILESTONE, SHARE
from workflow.offices import office
from workflow.standings import load_milestones, load_shares
from workflow.words import DEFAULT_LANGUAGE, say

SAID = (
    "reason", "colour", "days_late", "number", "days", "outcome", "unit", "step", "by", "period", "text",
    "institution", "problem", "from_on", "upto_on", "metric", "changed",
)  # fmt: skip
LOADS: Mapping[str, Callable[..., Mapping[int, Any]]] = {"milestone": load_milestones, "share": load_shares}
LAWS: Mapping[str, Lifecycle[Any]] = {"milestone": MILESTONE, "share": SHARE}


@dataclass(frozen=True, slots=True)
class Desk:
    """What the letters of one batch are written with, read in one look."""

    sender: Mailbox
    address: str
    calendar: WorkingCalendar
    histories: Mapping[str, Mapping[int, History]]
    """By kind: of milestones and of shares."""
    standings: Mapping[str, Mapping[int, Any]]

    def letter(self, delivery: Claimed, attachments: Sequence[Attachment] = ()) -> Letter:
        """The letter of a delivery; what its kind lacks is found when it is composed."""
        facts = delivery.facts
        due_on = self._due_on(delivery)
        return Letter(
            kind=delivery.topic, sender=self.sender, recipient=Mailbox(delivery.name or "", delivery.email or ""),
            language=delivery.language or DEFAULT_LANGUAGE, facts=self._said(delivery), link=self._link(facts),
            message_id=f"<{delivery.message_id}>", sent_at=delivery.written_at, about=about(facts), due_on=due_on,
            due_provisional=due_on is not None and self.calendar.provisional(due_on),
            missing=self._missing(delivery), attachments=tuple(attachments),
        )  # fmt: skip

    def _said(self, delivery: Claimed) -> dict[str, Any]:
        """The facts a letter says; those that do not exist are left out."""
        facts = delivery.facts
        said = {name: facts[name] for name in SAID if facts.get(name) is not None} | item_of(facts)
        if delivery.topic in LATE:
            said["days_late"] = self._days_late(delivery)
        return said

    def _days_late(self, delivery: Claimed) -> int:
        """Working days late on the day the reminder was written: as the ladder counts them, where there is one."""
        upto, counted = day_of(delivery.written_at), 0
        if delivery.topic in BY_HISTORY:
            counted = lateness(self._history(delivery), self.calendar, upto).days_late
        return counted or max(1, self.calendar.between(date.fromisoformat(delivery.facts["due_on"]), upto))

    def _due_on(self, delivery: Claimed) -> date | None:
        """The date the reader must mind: of a moved one the new date, of a notice the day of reply."""
        if delivery.topic == "redated":
            entries = self._history(delivery).entries
            return [entry.due_on for entry in entries if entry.mark is Mark.DUE][-1]
        stated = delivery.facts.get("reply_on" if delivery.topic == "notice_issued" else "due_on")
        return date.fromisoformat(stated) if stated else None

    def _history(self, delivery: Claimed) -> History:
        kind = BY_HISTORY[delivery.topic]
        known = self.histories[kind][delivery.facts[f"{kind}_id"]].entries
        return History(tuple(entry for entry in known if entry.recorded_at <= delivery.written_at))

    def _missing(self, delivery: Claimed) -> tuple[Missing, ...]:
        """What the milestone or the share lacks for its submission, by the law itself."""
        kind = URGED.get(delivery.topic)
        if kind is None or (standing := self.standings[kind].get(delivery.facts[f"{kind}_id"])) is None:
            return ()
        law = LAWS[kind]
        return tuple(law.missing(law.action("submit"), standing))

    def _link(self, facts: Mapping[str, Any]) -> str:
        """The page of the milestone, where there is one; else the task's place on the board."""
        place = f"#task-{facts['task_id']}" if "task_id" in facts else ""
        if "milestone_id" in facts:
            place = f"milestones/{facts['milestone_id']}"
        return f"{self.address.rstrip('/')}/{place}"


def open_desk(tx: Connection, batch: Sequence[Claimed], *, address: str, mail_from: str) -> Desk:
    """Read what the letters of a batch need: a few statements, whatever its size."""
    settled = office(tx)
    return Desk(
        sender=Mailbox(settled.issuer if settled else "Duban", mail_from),
        address=address,
        calendar=working_calendar(tx),
        histories={kind: histories(tx, ids(batch, kind, BY_HISTORY), kind) for kind in LAWS},
        standings={kind: _standings(tx, batch, kind) for kind in LAWS},
    )


def _standings(tx: Connection, batch: Sequence[Claimed], kind: str) -> Mapping[int, Any]:
    urged = ids(batch, kind, URGED)
    return LOADS[kind](tx, urged, None, batch[0].written_at) if urged else {}


@dataclass(frozen=True, slots=True)
class Told:
    """What a message says to who reads it here."""

    title: str
    text: str
    rows: list[tuple[str, str]]
    due_on: date | None
    missing: list[str]
    link: str


def read_told(tx: Connection, batch: Sequence[Claimed], *, address: str) -> list[Told]:
    """Messages in words, in their order; one that lacks what it must say is named, and hides no other."""
    if not batch:
        return []
    desk = open_desk(tx, batch, address=address, mail_from="")
    return [_told(desk.letter(delivery)) for delivery in batch]


def _told(letter: Letter) -> Told:
    try:
        check_said(letter)
    except (LetterIncomplete, LetterUnknown):
        title = say("message.unworded", letter.language, topic=letter.kind)
        return Told(title, "", [], letter.due_on, [], letter.link)
    said = put(letter)
    return Told(said["subject"], said["lead"], said["rows"], letter.due_on, said["missing"], letter.link)
