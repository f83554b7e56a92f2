"""Evidence made for the demo: small files that are really what their names say. Same facts, same bytes."""

from __future__ import annotations

import csv
import io
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from openpyxl import Workbook

WIDTH, HEIGHT = 480, 300
BACKGROUND, FRAME = (246, 248, 250), (208, 215, 222)
COLOURS = ((46, 125, 50), (2, 119, 189), (239, 108, 0), (106, 27, 154), (0, 131, 143))
WRITTEN_AT = datetime(2022, 1, 14, 9)  # noqa: DTZ001  (a spreadsheet's own property has no zone)
LINES_A_PAGE = 34

PAGE_OBJECTS = (
    b"<< /Type /Catalog /Pages 2 0 R >>",
    b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 7 0 R "
    b"/Resources << /Font << /F1 4 0 R >> >> >>",
)
FONT_OBJECTS = (
    b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H "
    b"/DescendantFonts [5 0 R] >>",
    b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /FontDescriptor 6 0 R /DW 1000 /W [1 95 500] "
    b"/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> >>",
    b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] "
    b"/ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
)


@dataclass(frozen=True, slots=True)
class Paper:
    """One file to be made: its name with the ending that says what it is, and what it says."""

    name: str
    title: str
    lines: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    seed: str

    def content(self) -> bytes:
        """The bytes, of the kind that the name claims."""
        match self.name.rsplit(".", 1)[-1]:
            case "pdf":
                return draw_pdf(self.title, self.lines)
            case "xlsx":
                return write_sheet(self.title, self.columns, self.rows)
            case "png":
                return draw_picture(Random(self.seed))  # noqa: S311
            case "csv":
                return write_table(self.columns, self.rows)
        raise ValueError(self.name)


def draw_pdf(title: str, lines: Sequence[str]) -> bytes:
    """A one-page PDF in a Song type that readers bring along (none is embedded)."""
    body = [_text(line, 11, 72, 720 - 20 * n) for n, line in enumerate(lines[:LINES_A_PAGE])]
    stream = "\n".join((_text(title, 16, 72, 760), *body)).encode()
    content = b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream)
    return _assemble([*PAGE_OBJECTS, *FONT_OBJECTS, content])


def _text(words: str, size: int, x: int, y: int) -> str:
    return f"BT /F1 {size} Tf {x} {y} Td <{words.encode('utf-16-be').hex()}> Tj ET"


def _assemble(objects: Sequence[bytes]) -> bytes:
    """Objects with their table of places, as ISO 32000-1, 7.5 wants them."""
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start, count = len(out), len(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, table)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, start)
    return bytes(out)


def write_sheet(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """A workbook of one sheet."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("1")
    for row in ([title], list(columns), *map(list, rows)):
        sheet.append(row)
    book.properties.created = book.properties.modified = WRITTEN_AT
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def write_table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """Rows as CSV, with the mark by which spreadsheets know UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def draw_picture(chance: Random) -> bytes:
    """A PNG of coloured bars in a frame."""
    bars = [(40 + n * 80, chance.randint(60, 250), chance.choice(COLOURS)) for n in range(5)]
    lines = []
    for y in range(HEIGHT):
        line = bytearray(bytes(BACKGROUND) * WIDTH)
        for x, tall, colour in bars:
            if HEIGHT - 20 - tall < y < HEIGHT - 20:
                line[x * 3 : (x + 48) * 3] = bytes(colour) * 48
        if y in (0, HEIGHT - 20, HEIGHT - 1):
            line[:] = bytes(FRAME) * WIDTH
        lines.append(b"\0" + bytes(line))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(lines), 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
