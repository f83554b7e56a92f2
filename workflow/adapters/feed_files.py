"""A calendar of due dates as iCalendar (RFC 5545): whole days, one lasting name each, provisional ones tentative.

The same entries give the same bytes, so that a reader who asks again is told that nothing changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from icalendar import Calendar, Event

from workflow.adapters.letters.letter import one_line
from workflow.feeds import Entry, Reader
from workflow.words import say

REFRESH = timedelta(hours=6)


def write_feed(entries: Sequence[Entry], reader: Reader, address: str, domain: str) -> bytes:
    """The calendar in its reader's language. `address`: of our pages; `domain`: what the names of entries end with."""
    calendar = Calendar()
    calendar.add("prodid", "-//Duban//Duban//ZH")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", say("feed.name", reader.language))
    calendar.add("refresh-interval", REFRESH)
    for entry in entries:
        calendar.add_component(_event(entry, reader, address.rstrip("/"), domain))
    return bytes(calendar.to_ical())


def _event(entry: Entry, reader: Reader, address: str, domain: str) -> Event:
    event = Event()
    event.add("uid", f"due-{entry.kind}-{entry.id}@{domain}")
    event.add("dtstamp", entry.changed_at or reader.made_at)
    event.add("sequence", entry.moves)
    event.add("dtstart", entry.due_on)
    event.add("dtend", entry.due_on + timedelta(days=1))
    event.add("summary", say(f"feed.{entry.kind}", reader.language, item=one_line(entry.item)))
    if entry.provisional:
        event.add("description", say("feed.provisional", reader.language))
    event.add("status", "TENTATIVE" if entry.provisional else "CONFIRMED")
    event.add("url", f"{address}/#task-{entry.task_id}")
    event.add("transp", "TRANSPARENT")
    return event
