"""The press: facts in, an official PDF out. Safe to import anywhere: the first print loads the typesetter."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from workflow.adapters.fonts import Faces, find_faces
from workflow.papers.characters import LOWERED, RAISED, SQUARED, refuse_unprintable
from workflow.papers.notice import NoticeFacts, canonical
from workflow.papers.sheet import lay_out
from workflow.words import say

if TYPE_CHECKING:
    from workflow.adapters.typesetter import Typesetter

TEMPLATES = Path(__file__).parent.parent.parent / "templates" / "documents"
REDRAWN = str.maketrans(
    {sign: f"<sup>{digit}</sup>" for sign, digit in RAISED.items()}
    | {sign: f"<sub>{digit}</sub>" for sign, digit in LOWERED.items()}
    | {sign: f"{letter}<sup>{digit}</sup>" for sign, (letter, digit) in SQUARED.items()}
)
WHOLE = re.compile(r"第?[0-9][0-9.,]*[%\u4e00-\u9fff]")
"""A number and what it counts, never parted by the end of a line: 31日, 第1版, 2.5万."""

KEPT = Markup('<span class="whole">{}</span>')


class Press:
    """Prints papers, one after another; keep it, the first print of a press reads 30 MB of fonts.

    `own_fonts` is a folder with an office's own faces (仿宋_GB2312, 方正小标宋), used before ours.
    """

    def __init__(self, own_fonts: Path | None = None, faces: Faces | None = None) -> None:
        self.faces = faces or find_faces(own_fonts)
        self._pages = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=ink,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._pages.filters.update(keep_numbers=keep_numbers)
        self._pages.globals.update(say=say, draw_code=draw_code)

    def print_notice(self, facts: NoticeFacts) -> bytes:
        """The notice as PDF/A-3b, `facts.json` inside; same facts, release and fonts, same bytes.

        Raises UnprintableCharacter, naming field and character, before anything is printed.
        """
        refuse_unprintable(facts.to_record(), self.faces.printable.__contains__)
        html = self._pages.get_template("notice.html").render(sheet=lay_out(facts))
        return self._typesetter.set(html, canonical(facts))

    @cached_property
    def _typesetter(self) -> Typesetter:
        from workflow.adapters.typesetter import Typesetter

        style = self.faces.stylesheet() + (TEMPLATES / "base.css").read_text(encoding="utf-8")
        return Typesetter(self.faces.files, style)


def ink(value: Any) -> Any:
    """What every text goes through on its way into a template: escaped, and ², ㎡, ₂ redrawn."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return Markup(str(escape(value)).translate(REDRAWN))  # noqa: S704 escaped on this very line


def keep_numbers(text: str) -> Markup:
    """A paragraph whose numbers are never parted from their measure by the end of a line."""
    pieces, start = [Markup("")], 0
    for number in WHOLE.finditer(text):
        pieces += [ink(text[start : number.start()]), KEPT.format(number.group())]
        start = number.end()
    return Markup("").join([*pieces, ink(text[start:])])


def draw_code(content: str) -> Markup:
    """A QR code as inline SVG, medium error correction; the layout leaves its quiet zone."""
    code = segno.make(content, error="m", micro=False)
    drawing = code.svg_inline(border=0, omitsize=True, svgclass="code", lineclass=None)
    return Markup(drawing)  # noqa: S704 segno's own markup
