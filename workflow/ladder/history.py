"""What was recorded about one item that has a due date: the only thing lateness is judged from.

Rules use when a thing was *recorded*, never a date it claims for itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Mark(StrEnum):
    """What happened. `RETURNED` is every way a submission comes back: returned, withdrawn, recalled."""

    DUE = "due"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    WAIVED = "waived"
    REOPENED = "reopened"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    EXTENSION_REQUESTED = "extension_requested"
    EXTENSION_DECIDED = "extension_decided"


@dataclass(frozen=True, slots=True)
class Entry:
    """One recorded event. A DUE entry sets `due_on`, no other has one; ValueError otherwise."""

    mark: Mark
    recorded_at: datetime
    due_on: date | None = None

    def __post_init__(self) -> None:
        if (self.mark is Mark.DUE) != (self.due_on is not None):
            raise ValueError(f"a due date belongs to a {Mark.DUE} entry, and only there: {self}")


@dataclass(frozen=True, slots=True)
class History:
    """Entries in the order they were recorded; a waiver or a cancellation is WAIVED."""

    entries: tuple[Entry, ...]

    def __post_init__(self) -> None:
        """Put the entries in order; those of one instant keep theirs."""
        object.__setattr__(self, "entries", tuple(sorted(self.entries, key=lambda entry: entry.recorded_at)))
