"""The worked examples of docs/approvals.md: each fenced YAML block is a definition and a story that is played.

A line of a story is a move (`cai: approve`, with what it takes, and `refused: CODE` where it must be), a day that
dawns (`day: 2022-01-26`: limits are met), or what then holds: `asked` (open seats), `decided`, `told`, `is`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import yaml

from schedules.limits import meet_limits
from tests.people import HandClock, do
from tests.workflow.approvals.ground import Ground
from tests.workflow.approvals.offices import PEOPLE
from tests.workflow.lifecycles.witness import watching
from workflow.approvals.definitions import Definition
from workflow.approvals.editions import enter
from workflow.errors import DubanError, NotReady

HEADING = re.compile(r"^###+ ", re.M)
BLOCK = re.compile(r"^```yaml\n([\s\S]*?)^```", re.M)
HOLDS = ("asked", "decided", "told", "is")
OF_THE_LINE = (*HOLDS, "refused", "because")
NAMED = {"seat": "seat_id", "to": "person_id"}


@dataclass(frozen=True)
class Example:
    title: str
    definition: dict[str, Any]
    story: list[dict[str, Any]]


def examples(text: str) -> list[Example]:
    """Every block of a document that tells a story, under its heading."""
    found = (
        (section.partition("\n")[0], yaml.safe_load(block))
        for section in HEADING.split(text)
        for block in BLOCK.findall(section)
    )
    return [Example(title, block["definition"], block["story"]) for title, block in found]


def play(ground: Ground, example: Example) -> None:
    """Raises AssertionError where the story goes otherwise."""
    with ground.services.transaction() as tx:
        enter(
            tx,
            Definition.model_validate(example.definition),
            ground.services.clock(),
            by=ground.people["amira"],
        )
    for line in example.story:
        with watching(ground.services) as seen:
            _take(ground, line)
        for what in HOLDS:
            if what in line:
                assert _now(ground, what, seen.topics) == line[what], (line, what)


def _take(ground: Ground, line: Mapping[str, Any]) -> None:
    """What a line says is done, or refused."""
    who = next((key for key in line if key in PEOPLE), None)
    if "day" in line:
        _dawn(ground, line["day"])
    elif who is not None:
        codes = _refusal(ground, who, line)
        assert (line["refused"] in codes) if "refused" in line else not codes, (line, codes)


def _refusal(ground: Ground, who: str, line: Mapping[str, Any]) -> list[str]:
    """The codes of a refusal; none: it was done."""
    try:
        _move(ground, who, line[who], line)
    except DubanError as error:
        missing = error.missing if isinstance(error, NotReady) else []
        return [error.code, *(lack.code for lack in missing)]
    return []


def _dawn(ground: Ground, day: date) -> None:
    assert isinstance(ground.services.clock, HandClock)
    ground.services.clock.now = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
    assert meet_limits(ground.services, ground.services.clock.now)["failed"] == 0


def _move(ground: Ground, who: str, action: str, line: Mapping[str, Any]) -> None:
    details = {NAMED.get(k, k): v for k, v in line.items() if k not in (who, *OF_THE_LINE)}
    if action == "submit":
        ground.submit(who, details.get("text", "目标已完成。"))
    elif action == "withdraw":
        do(ground.services, "milestone", ground.milestone, action, ground.people[who])
    else:
        ground.move(who, action, reason=line.get("because"), **details)


def _now(ground: Ground, what: str, told: list[str]) -> Any:
    if what == "asked":
        return ground.asked
    if what == "decided":
        return [f"{who or 'nobody'}: {verdict}" for verdict, who in ground.decisions]
    return told if what == "told" else ground.state
