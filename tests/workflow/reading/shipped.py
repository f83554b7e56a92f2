"""The shipped plan and its oracle, for the tests of the reader."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from workflow.adapters.calendars import read_calendar
from workflow.adapters.plan_documents import conventions_beside, load_text
from workflow.reading import Reading, read

PLAN = Path(__file__).parents[3] / "plans" / "shanghai-2022"
DOCUMENT = PLAN / "document.txt"
ORACLE = Path(__file__).with_name("plan-targets.psv")


@cache
def text() -> str:
    """The document's text."""
    return load_text(DOCUMENT)


@cache
def reading() -> Reading:
    """The document as the command reads it: its own conventions, the shipped calendar."""
    return read(text(), conventions_beside(DOCUMENT), read_calendar().is_working)


def oracle(source: str) -> list[dict[str, str]]:
    """The hand-checked rows of one source: overall, app-goal, app-year."""
    with ORACLE.open(encoding="utf-8", newline="") as file:
        return [
            row for row in csv.DictReader(file, delimiter="|", quoting=csv.QUOTE_NONE) if row["src"] == source
        ]


def edited(old: str, new: str) -> str:
    """The document with one text replaced, which must occur."""
    assert old in text()
    return text().replace(old, new)


def without_line(number: int, count: int = 1) -> str:
    """The document without `count` lines from line `number` on."""
    lines = text().split("\n")
    return "\n".join(lines[: number - 1] + lines[number - 1 + count :])
