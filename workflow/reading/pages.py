"""The document as numbered lines."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from workflow.reading.shape import Source
from workflow.reading.signs import fold


@dataclass(frozen=True, slots=True)
class Pages:
    """The lines of a document without their ends; `lines[0]` is line 1."""

    lines: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Pages:
        """Cut `text` at line feeds only: other separators may occur inside a printed line."""
        return cls(tuple(line.removesuffix("\r") for line in text.removeprefix("\ufeff").split("\n")))

    def printed(self, line: int) -> str:
        """The text of a line (1-based), without outer spaces."""
        return self.lines[line - 1].strip()

    def folded(self, line: int) -> str:
        """The text of a line, as the reader compares it."""
        return fold(self.printed(line))

    def source(self, first: int, last: int | None = None) -> Source:
        """The source of lines `first` to `last`, both included."""
        last = last or first
        text = "\n".join(self.lines[first - 1 : last])
        return Source(first, last, hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest())

    def numbers(self, first: int = 1, last: int | None = None) -> Iterator[int]:
        """The numbers of the lines that are not blank, from `first` to `last`, both included."""
        end = len(self.lines) if last is None else last
        return (number for number in range(first, end + 1) if self.printed(number))
