"""Clocks. The edges read one once per act and hand the moment down."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path


def system_clock() -> datetime:
    """The machine's time, UTC."""
    return datetime.now(UTC)


class DemoClock:
    """A clock whose moment is in a file (ISO text): whoever plays the demo sets it, and everybody reads it.

    Between two settings it ticks by a microsecond a reading, so that acts keep their order.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._shown = datetime.min.replace(tzinfo=UTC)

    def __call__(self) -> datetime:
        told = datetime.fromisoformat(self.path.read_text().strip()).astimezone(UTC)
        self._shown = told if told > self._shown else self._shown + timedelta(microseconds=1)
        return self._shown

    def set(self, moment: datetime) -> None:
        """Move the clock for all who read it. Never half written: a new file takes the old one's place."""
        beside = self.path.with_suffix(".new")
        beside.write_text(moment.astimezone(UTC).isoformat())
        os.replace(beside, self.path)
