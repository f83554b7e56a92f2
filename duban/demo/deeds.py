"""Deeds: what one person does on one day, and the agenda that keeps them in order."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from typing import Any

from duban.demo.papers import Paper

MORNING, EVENING = 9 * 60, 17 * 60 + 30
"""Minutes after midnight between which people act."""


@dataclass(frozen=True, slots=True)
class Deed:
    """An action in somebody's name. Of an approval or of criteria, `subject` is the milestone that it is about."""

    on: date
    minute: int
    who: str
    noun: str
    subject: int
    action: str
    reason: str | None = None
    details: Mapping[str, Any] | None = None
    paper: Paper | None = None
    accepted: int | None = None
    """The milestone that must be accepted first; until then the deed is put off."""
    judged: bool = False
    """Of a milestone that is accepted by criteria: what is submitted is tied to them, what is accepted is marked."""
    sequel: Deed | None = None
    """What is done as many days after this one as it was planned."""


Turn = Deed | Callable[[date], None]
"""What an agenda holds: a deed, or a scene that needs more than one answer."""


@dataclass(slots=True)
class Agenda:
    """Turns by day and minute; of the same minute, in the order they were entered."""

    _heap: list[tuple[date, int, int, Turn]] = field(default_factory=list)
    _serial: Iterator[int] = field(default_factory=count)

    def enter(self, deeds: Iterable[Deed]) -> None:
        for deed in deeds:
            self.at(deed.on, deed.minute, deed)

    def at(self, on: date, minute: int, turn: Turn) -> None:
        heapq.heappush(self._heap, (on, minute, next(self._serial), turn))

    @property
    def next_on(self) -> date | None:
        """The day of the next turn."""
        return self._heap[0][0] if self._heap else None

    def due(self, on: date) -> Iterator[tuple[int, Turn]]:
        """Every turn up to the end of a day, with its minute; also those entered meanwhile."""
        while self._heap and self._heap[0][0] <= on:
            _, minute, _, turn = heapq.heappop(self._heap)
            yield minute, turn
