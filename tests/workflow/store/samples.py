"""Small true files of each kind, made here so that their bytes are known."""

from __future__ import annotations

import io
import struct
import zipfile

from openpyxl import Workbook

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + bytes(17)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\0" + bytes(20) + b"\xff\xd9"
TIFF = b"II*\0\x08\0\0\0" + bytes(20)
HEIC = b"\0\0\0\x18ftypheic" + bytes(20)
ELF = b"\x7fELF\x02\x01\x01" + bytes(57)
EXE = b"MZ\x90\0\x03\0\0\0" + bytes(56)
CHINESE = "单位,能耗（吨标准煤）\n青浦区,12.5\n"


def pack(parts: dict[str, bytes]) -> bytes:
    """A zip of those members."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            archive.writestr(zipfile.ZipInfo(name), body)
    return made.getvalue()


def office(content_type: str) -> bytes:
    """An Office package whose main part is declared as `content_type`."""
    declared = f'<Types><Override PartName="/main.xml" ContentType="{content_type}"/></Types>'
    return pack({"[Content_Types].xml": declared.encode(), "main.xml": b"<x/>"})


def xlsx() -> bytes:
    """A workbook as openpyxl writes it."""
    made, book = io.BytesIO(), Workbook()
    book.save(made)
    return made.getvalue()


def compound(*names: str, deeper: tuple[str, ...] = ()) -> bytes:
    """A compound file with streams `names` at its root, in a chain of siblings, and `deeper` below the first.

    Sector 0 is the FAT; the directory starts in sector 2 and goes on in sector 1 and then from 3 on, so
    that only a reader who follows the FAT finds all of it.
    """
    none = 0xFFFFFFFF
    count = 1 + len(names) + len(deeper)
    entries = [_entry("Root Entry", 5, child=1)]
    for at, name in enumerate(names, start=1):
        below = 1 + len(names) if deeper and at == 1 else none
        entries.append(_entry(name, 2, right=at + 1 if at < len(names) else none, child=below))
    for at, name in enumerate(deeper, start=1 + len(names)):
        entries.append(_entry(name, 2, right=at + 1 if at < count - 1 else none))
    sectors = [b"".join(entries[at : at + 4]).ljust(512, b"\0") for at in range(0, count, 4)]
    order = [2, 1, *range(3, 100)][: len(sectors)]
    fat = [none] * 128
    fat[0] = 0xFFFFFFFD
    for place, following in zip(order, [*order[1:], 0xFFFFFFFE], strict=True):
        fat[place] = following
    body = {0: struct.pack("<128I", *fat), **dict(zip(order, sectors, strict=True))}
    return _header() + b"".join(body.get(at, bytes(512)) for at in range(max(order) + 1))


def _header() -> bytes:
    start = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    start = start.ljust(44, b"\0") + struct.pack("<IIIIIIII", 1, 2, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    return start + struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)


def _entry(name: str, kind: int, *, right: int = 0xFFFFFFFF, child: int = 0xFFFFFFFF) -> bytes:
    raw = name.encode("utf-16-le") + b"\0\0"
    return (raw.ljust(64, b"\0") + struct.pack("<HBBIII", len(raw), kind, 1, 0xFFFFFFFF, right, child)).ljust(
        128, b"\0"
    )
