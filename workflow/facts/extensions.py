"""What extensions 延期 and waivers 豁免 say, as frozen values; and what of a milestone is asked or was granted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class AskFact:
    """An open approval of what was asked of a milestone: `kind` is `extension` or `waiver`."""

    kind: str
    id: int


@dataclass(frozen=True, slots=True)
class Extended:
    """How often and by how many days extensions have moved a due date, and how far they may; None: without bound."""

    times: int
    days: int
    most_times: int | None
    most_days: int | None


@dataclass(frozen=True, slots=True)
class ExtensionFact:
    id: int
    milestone_id: int
    state: str
    version: int
    due_on: date
    reason: str
    progress: str
    requested_by: int


@dataclass(frozen=True, slots=True)
class WaiverFact:
    id: int
    milestone_id: int
    state: str
    version: int
    reason: str
    requested_by: int
