"""What keeps a document from being read, by line."""

from __future__ import annotations

from collections.abc import Sequence

from workflow.errors import DubanError, Missing


class Unreadable(DubanError):
    """The document cannot be read as a plan. `missing` lists every problem; each has a `line` (1-based; 0
    where the whole document is meant)."""

    code = "unreadable"


class Problems:
    """Collects what is wrong while reading, so that all of it is told at once."""

    def __init__(self) -> None:
        self.found: list[Missing] = []

    def note(self, code: str, line: int, **facts: object) -> None:
        """Remember that `code` (words: `need.reading_<code>`) is wrong at `line`."""
        self.found.append(Missing(f"reading_{code}", {"line": line, **facts}))


def unreadable(problems: Sequence[Missing]) -> Unreadable:
    """The error for these problems, in the order of their lines."""
    ordered = sorted(problems, key=lambda problem: problem.facts["line"])
    return Unreadable(missing=ordered, count=len(ordered))
