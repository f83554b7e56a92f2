"""A workbook's package: a zip of XML that a stranger made, unpacked and looked at before anything is built from it.

What comes out is packed anew, so that whoever reads it sees the bytes that were looked at, and no more of them.
"""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import Any
from xml.parsers import expat

from openpyxl.utils.cell import range_boundaries

MOST_UNPACKED = 8 * 2**20
MOST_PARTS = 200
MOST_ELEMENTS = 500_000
"""Of XML, in all parts: each becomes an object when parsed, however few bytes it takes. Full cells reach
`MOST_UNPACKED` first."""
MOST_SPANNED = 20_000
"""Cells in areas that are merged, linked or commented on: each becomes an object when parsed."""
SPANNING = frozenset({"mergeCell", "hyperlink", "comment"})
WIDEST, LONGEST = 16_384, 1_048_576
"""Columns and rows of a sheet: what an area without its own reaches over."""
PACKING = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""The ways of packing that a package may use (ECMA-376 part 2): of others zipfile cannot unpack a part only so far."""


class TooMuch(Exception):
    """More than is taken in at once."""


class Forged(Exception):
    """What no spreadsheet program writes."""


def unpack(data: bytes) -> BytesIO:
    """The package, looked at and packed anew. Raises TooMuch, Forged, or what zipfile raises over broken ones."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as archive, zipfile.ZipFile(out, "w") as anew:
        parts = archive.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
            raise TooMuch
        if len({part.filename for part in parts}) < len(parts):
            raise Forged
        look = _Look()
        for part in parts:
            content = _read(archive, part)
            look.through(content)
            anew.writestr(part.filename, content)
    out.seek(0)
    return out


def _read(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
    """No more of a part than the size that it declares, whatever it would unpack to."""
    if part.compress_type not in PACKING:
        raise Forged
    with archive.open(part) as stream:
        return stream.read(part.file_size + 1)


class _Look:
    """Counts, over all parts, what would become objects. By parsing: XML spells a thing in more ways than a pattern."""

    def __init__(self) -> None:
        self.elements = 0
        self.spanned = 0

    def through(self, content: bytes) -> None:
        """Look through one part; what is no XML is passed over, as far as it is none."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.StartElementHandler = self._element
        try:
            parser.Parse(content, True)
        except expat.ExpatError:
            return

    def _element(self, name: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        if name.rpartition(" ")[2] in SPANNING:
            self.spanned += _area(attributes.get("ref", ""))
        if self.elements > MOST_ELEMENTS or self.spanned > MOST_SPANNED:
            raise TooMuch


def _refuse_doctype(*_declared: Any) -> None:
    """A document type can name entities, which grow when they are read."""
    raise Forged


def _area(reference: str) -> int:
    """Cells in an area such as A1:C3; none in what is no reference."""
    try:
        left, top, right, bottom = range_boundaries(reference)
    except ValueError:
        return 0
    return ((right or WIDEST) - (left or 1) + 1) * ((bottom or LONGEST) - (top or 1) + 1)
