"""Both edges of a Chinese paragraph straight.

WeasyPrint stretches the blanks of a justified line, and Chinese has none: a line shortened by a bracket that may
not begin the next one ends early. Here, between layout and drawing, what such a line lacks is spread over all its
characters, as a typist's machine does. Only boxes of the pinned WeasyPrint are touched; a test measures the edge.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from weasyprint import Document
from weasyprint.formatting_structure import boxes

MOST = 3
"""A line that lacks more than so many characters was not meant to be full."""


def justify(document: Document) -> Document:
    """The same document, its justified lines drawn out to the right edge."""
    for page in document.pages:
        for block in _blocks(page._page_box):
            lines = [child for child in block.children if isinstance(child, boxes.LineBox)]
            for line in lines[: _full(block, lines)]:
                _stretch(line, block.content_box_x() + block.width)
    return document


def _blocks(box: Any) -> Iterator[Any]:
    """Every block of justified lines under a box."""
    for child in getattr(box, "children", ()):
        if isinstance(child, boxes.BlockContainerBox) and child.style["text_align_all"] == "justify":
            yield child
        yield from _blocks(child)


def _full(block: Any, lines: list[Any]) -> int:
    """How many of these lines are not the last of their paragraph; one that goes on overleaf has no last here."""
    return len(lines) if "bottom" in block.remove_decoration_sides else len(lines) - 1


def _stretch(line: Any, edge: float) -> None:
    texts = [box for box in line.descendants() if isinstance(box, boxes.TextBox)]
    count = sum(len(box.text) for box in texts)
    if not texts or count < 2:
        return
    last = texts[-1]
    # The last character's own tracking stands beyond the edge; it counts as part of what is missing.
    lack = edge - last.position_x - last.width
    if 0 < lack < MOST * last.style["font_size"]:
        _space(texts, lack / (count - 1))


def _space(texts: list[Any], more: float) -> None:
    """Give every character of these boxes so much more room, each box moved by what those before it took."""
    moved = 0.0
    for box in texts:
        box.position_x += moved
        style = box.style = box.style.copy()
        style["letter_spacing"] += more
        box.width += more * len(box.text)
        moved += more * len(box.text)
