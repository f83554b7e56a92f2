"""Reading a printed paper back: its letters, lines, red ink and attachments, in points from the top left."""

from __future__ import annotations

import io
import re
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pdfplumber
import pypdfium2  # type: ignore[import-untyped]

MM = 72 / 25.4
LEFT, RIGHT, TOP, BOTTOM = 28 * MM, 184 * MM, 37 * MM, 262 * MM
"""The type area of GB/T 9704-2012 on A4."""


@dataclass(frozen=True)
class PrintedPage:
    """What stands on one page."""

    width: float
    height: float
    text: str
    letters: tuple[dict[str, Any], ...]
    fonts: frozenset[str]

    def lines(self, size: float) -> list[list[dict[str, Any]]]:
        """Letters of one size, grouped by their line, from the top."""
        rows: dict[float, list[dict[str, Any]]] = {}
        for letter in self.letters:
            if abs(letter["size"] - size) < 0.05 and letter["text"].strip():
                rows.setdefault(round(letter["bottom"], 1), []).append(letter)
        return [rows[place] for place in sorted(rows)]


@lru_cache(maxsize=16)
def pages_of(pdf: bytes) -> tuple[PrintedPage, ...]:
    with pdfplumber.open(io.BytesIO(pdf)) as document:
        return tuple(
            PrintedPage(
                float(page.width),
                float(page.height),
                page.extract_text(),
                tuple(page.chars),
                frozenset(letter["fontname"] for letter in page.chars),
            )
            for page in document.pages
        )


def text_of(pdf: bytes) -> str:
    """All letters in the order in which the file holds them, without blanks."""
    return re.sub(r"\s+", "", "".join(letter["text"] for page in pages_of(pdf) for letter in page.letters))


def red_bands(pdf: bytes, page: int) -> list[tuple[float, float, float, float]]:
    """Runs of rows with red ink as (top, bottom, left, right) in mm, measured on the picture of a page."""
    image = pypdfium2.PdfDocument(pdf)[page].render(scale=200 / 72).to_pil().convert("RGB")
    reds = [[x for x in range(image.width) if _red(image.getpixel((x, y)))] for y in range(image.height)]
    bands: list[tuple[float, float, float, float]] = []
    start: int | None = None
    for row, marks in enumerate([*reds, []]):
        if marks and start is None:
            start = row
        if not marks and start is not None:
            xs = [x for line in reds[start:row] for x in line]
            bands.append((start * 0.127, row * 0.127, min(xs) * 0.127, (max(xs) + 1) * 0.127))
            start = None
    return bands


def _red(pixel: Any) -> bool:
    red, green, blue = pixel
    return bool(red > 180 and green < 110 and blue < 110)


def attached(pdf: bytes) -> bytes:
    """The bytes of the one embedded file."""
    document = pypdfium2.PdfDocument(pdf)
    assert document.count_attachments() == 1
    attachment = document.get_attachment(0)
    assert attachment.get_name() == "facts.json"
    return bytes(attachment.get_data())


def streams(pdf: bytes) -> str:
    """Everything in the file that can be inflated, as text: metadata and dictionaries too."""
    texts = [pdf.decode("latin-1")]
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            texts.append(zlib.decompress(stream).decode("utf-8", "replace"))
        except zlib.error:
            continue
    return "\n".join(texts)
