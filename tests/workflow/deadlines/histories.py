"""Histories for tests: a date is noon in Shanghai; and a strategy for whole lives of an item."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from hypothesis import strategies as st

from workflow.civil import ZONE
from workflow.ladder import Entry, History, Mark

NOON = time(12)
MARKS = [mark for mark in Mark if mark is not Mark.DUE]


def at(on: date | datetime) -> datetime:
    """An instant: noon of a date in the civil zone."""
    return on if isinstance(on, datetime) else datetime.combine(on, NOON, ZONE)


def due(recorded: date | datetime, due_on: date) -> Entry:
    return Entry(Mark.DUE, at(recorded), due_on)


def happened(mark: Mark, recorded: date | datetime) -> Entry:
    return Entry(mark, at(recorded))


def history(*entries: Entry) -> History:
    return History(entries)


@st.composite
def histories(draw: st.DrawFn) -> History:
    """An item given a due date in spring 2023, then up to eight marks, some moving the date, in any order."""
    start = date(2023, 1, 5)
    entries = [due(start, date(2023, 3, 1) + timedelta(days=draw(st.integers(0, 40))))]
    for _ in range(draw(st.integers(0, 8))):
        recorded = datetime.combine(start, time(), ZONE) + timedelta(hours=draw(st.integers(1, 24 * 150)))
        if draw(st.booleans()):
            entries.append(happened(draw(st.sampled_from(MARKS)), recorded))
        elif draw(st.booleans()):
            entries.append(due(recorded, start + timedelta(days=draw(st.integers(0, 200)))))
    return History(tuple(entries))
