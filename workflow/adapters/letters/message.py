"""The mail of a letter: headers, text, HTML, calendar entry, attachments, in bytes that do not depend on chance."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from pathlib import Path

from icalendar import Calendar, Event
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape

from workflow.adapters.letters.letter import KINDS, Attachment, Letter, check, one_line
from workflow.adapters.letters.wording import put
from workflow.civil import ZONE
from workflow.words import say

TEMPLATES = Path(__file__).parents[3] / "templates" / "mail"
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
"""Entries count the seconds since then: a date that moves twice in a day has two, the later one higher."""


def compose(letter: Letter) -> EmailMessage:
    """The mail of a letter: text, HTML, a calendar entry when there is a due date, and the attachments.

    Raises LetterUnknown for a kind or language without words, LetterIncomplete for a fact that is not there, a link
    that is no web address, or an address that is none. Facts with line breaks stay on their line.
    """
    check(letter)
    words = put(letter)
    message = _addressed(letter, words["subject"])
    message.set_content(_template("letter.txt").render(words), cte="base64")
    message.add_alternative(_template("letter.html").render(words), subtype="html", cte="base64")
    for attachment in (*_entry(letter), *letter.attachments):
        maintype, _, subtype = attachment.media_type.partition("/")
        message.add_attachment(attachment.content, maintype, subtype, filename=one_line(attachment.name))
    # Not before: a Content- header would go down into the first part when the message is made multipart.
    message["Content-Language"] = letter.language
    _fix_boundaries(message, letter.message_id)
    return message


def _addressed(letter: Letter, subject: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = Address(one_line(letter.sender.name), addr_spec=letter.sender.address)
    message["To"] = Address(one_line(letter.recipient.name), addr_spec=letter.recipient.address)
    message["Subject"] = subject
    message["Date"] = format_datetime(letter.sent_at.astimezone(ZONE))
    message["Message-ID"] = letter.message_id
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no absence notes in answer
    message["X-Duban-Kind"] = letter.kind
    return message


def _entry(letter: Letter) -> Iterator[Attachment]:
    """The due date as a whole-day calendar entry; a later letter about the same subject replaces it (RFC 5545)."""
    if letter.due_on is None or KINDS[letter.kind].settled:
        return
    event = Event()
    event.add("uid", f"{letter.about}@{letter.sender.address.partition('@')[2]}")
    event.add("dtstamp", letter.sent_at)
    event.add("sequence", int((letter.sent_at - EPOCH).total_seconds()))
    event.add("dtstart", letter.due_on)
    event.add("dtend", letter.due_on + timedelta(days=1))
    event.add("summary", say("mail.entry", letter.language, item=one_line(letter.facts["item"])))
    event.add("url", letter.link)
    event.add("transp", "TRANSPARENT")
    calendar = Calendar()
    calendar.add("prodid", "-//Duban//Duban//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    yield Attachment("due.ics", "text/calendar", calendar.to_ical())


def _fix_boundaries(message: EmailMessage, message_id: str) -> None:
    """Boundaries from the Message-ID instead of chance. All bodies are base64, which never holds a boundary."""
    digest = hashlib.sha256(message_id.encode()).hexdigest()[:32]
    for place, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{digest}_{place}")


@cache
def _template(name: str) -> Template:
    house = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return house.get_template(name)
