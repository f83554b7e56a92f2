"""From a claimed delivery to its letter: who writes, what it is about, what the reader still has to do.

Everything is as of the moment the outbox row was written, so that a letter composed again says the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from workflow.adapters.letters import Attachment, Letter, Mailbox
from workflow.calendar import working_calendar
from workflow.civil import day_of
from workflow.deadlines import WorkingCalendar
from workflow.errors import DubanError, Missing
from workflow.facts import MilestoneStanding
from workflow.histories import histories
from workflow.ladder import History, Mark, lateness
from workflow.lifecycles import MILESTONE
from workflow.offices import office
from workflow.outbox import Claimed
from workflow.standings import load_milestones

URGED = ("reminder", "overdue")
"""Letters that say what is still missing."""
BY_HISTORY = ("overdue", "redated")
"""Letters whose numbers follow from the milestone's history."""
SAID = (
    "reason", "colour", "days_late", "number", "days", "outcome", "unit", "step", "by", "period", "text",
    "metric",
)  # fmt: skip


class AddressMissing(DubanError):
    """The person has no mail address: somebody must enter one, then the delivery is taken up again."""

    code = "address_missing"


@dataclass(frozen=True, slots=True)
class Desk:
    """What the letters of one batch are written with, read in one look."""

    sender: Mailbox
    address: str
    calendar: WorkingCalendar
    histories: Mapping[int, History]
    standings: Mapping[int, MilestoneStanding]

    def letter(self, delivery: Claimed, attachments: Sequence[Attachment] = ()) -> Letter:
        """The letter of a delivery. Raises AddressMissing; what its kind lacks is found when it is composed."""
        if not delivery.email:
            raise AddressMissing(person=delivery.name)
        facts = delivery.facts
        due_on = self._due_on(delivery)
        return Letter(
            kind=delivery.topic, sender=self.sender, recipient=Mailbox(delivery.name, delivery.email),
            language=delivery.language, facts=self._said(delivery), link=self._link(facts),
            message_id=f"<{delivery.message_id}>", sent_at=delivery.written_at, about=_about(facts), due_on=due_on,
            due_provisional=due_on is not None and self.calendar.provisional(due_on),
            missing=self._missing(delivery), attachments=tuple(attachments),
        )  # fmt: skip

    def _said(self, delivery: Claimed) -> dict[str, Any]:
        """The facts a letter says; those that do not exist are left out."""
        facts = delivery.facts
        said = {name: facts[name] for name in SAID if facts.get(name) is not None}
        task = f"{facts['task_number']} {facts['task_name']}" if "task_number" in facts else None
        if facts.get("milestone"):
            said |= {"item": facts["milestone"], "task": task}
        else:
            said["item"] = task or facts.get("item")
        if delivery.topic == "overdue":
            said["days_late"] = self._days_late(delivery)
        return said

    def _days_late(self, delivery: Claimed) -> int:
        """Working days late as the ladder counts them, on the day the reminder was written."""
        upto = day_of(delivery.written_at)
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
        known = self.histories[delivery.facts["milestone_id"]].entries
        return History(tuple(entry for entry in known if entry.recorded_at <= delivery.written_at))

    def _missing(self, delivery: Claimed) -> tuple[Missing, ...]:
        """What the milestone lacks for its submission, by the law itself."""
        standing = self.standings.get(delivery.facts.get("milestone_id", 0))
        if delivery.topic not in URGED or standing is None:
            return ()
        return tuple(MILESTONE.missing(MILESTONE.action("submit"), standing))

    def _link(self, facts: Mapping[str, Any]) -> str:
        place = f"#task-{facts['task_id']}" if "task_id" in facts else ""
        return f"{self.address.rstrip('/')}/{place}"


def open_desk(tx: Connection, batch: Sequence[Claimed], *, address: str, mail_from: str) -> Desk:
    """Read what the letters of a batch need: a few statements, whatever its size."""
    settled = office(tx)
    counted = _milestones(batch, BY_HISTORY)
    urged = _milestones(batch, URGED)
    return Desk(
        sender=Mailbox(settled.issuer if settled else "Duban", mail_from),
        address=address,
        calendar=working_calendar(tx),
        histories=histories(tx, counted),
        standings=load_milestones(tx, urged, None, batch[0].written_at) if urged else {},
    )


def _milestones(batch: Sequence[Claimed], topics: tuple[str, ...]) -> list[int]:
    return sorted({delivery.facts["milestone_id"] for delivery in batch if delivery.topic in topics})


def _about(facts: Mapping[str, Any]) -> str:
    """The subject that letters of one calendar entry share."""
    for kind in ("notice", "instruction", "event", "attestation", "milestone", "task"):
        if f"{kind}_id" in facts:
            return f"{kind}-{facts[f'{kind}_id']}"
    return "duban"
