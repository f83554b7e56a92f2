"""Compound files (OLE), the container of .doc, .xls and .ppt: the names at their root, and no more.

Layout after [MS-CFB], Microsoft's published specification, sections 2.2 (header), 2.3 (FAT), 2.5 (DIFAT)
and 2.6 (directory). Only the root's own entries tell what a file is: a Word document that embeds a
spreadsheet has a `Workbook` too, deeper down.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

SIGNATURE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENTRY = 128
_MOST_SECTORS = 4096
"""Sectors of the directory, or of the DIFAT, that are read at most: a loop in a forged file must end."""
_LAST_ID = 0xFFFFFFFA
"""Sector and entry ids above this are marks (end of chain, free, none)."""


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    left: int
    right: int
    child: int


def read_root_names(file: BinaryIO) -> frozenset[str]:
    """The names of the streams and storages right under the root; fewer, or none, of a broken file."""
    try:
        entries = [_read_entry(raw) for raw in _read_directory(file)]
    except struct.error:
        return frozenset()
    names: set[str] = set()
    seen: set[int] = set()
    waiting = [entries[0].child] if entries else []
    while waiting:
        number = waiting.pop()
        if number in seen or number >= len(entries):
            continue
        seen.add(number)
        names.add(entries[number].name)
        waiting += [entries[number].left, entries[number].right]
    return frozenset(names)


def _read_directory(file: BinaryIO) -> Iterator[bytes]:
    header = _read_at(file, 0, 512)
    (shift,) = struct.unpack_from("<H", header, 30)
    if shift not in (9, 12):
        return
    (sector,) = struct.unpack_from("<I", header, 48)
    fat = _locate_fat(file, header, 1 << shift)
    for _ in range(_MOST_SECTORS):
        if sector > _LAST_ID:
            return
        block = _read_at(file, (sector + 1) << shift, 1 << shift)
        yield from (block[at : at + _ENTRY] for at in range(0, len(block) - _ENTRY + 1, _ENTRY))
        sector = _follow(file, fat, sector, 1 << shift)


def _locate_fat(file: BinaryIO, header: bytes, size: int) -> list[int]:
    """The ids of the sectors that hold the FAT: 109 in the header, the rest in a chain of their own."""
    ids = list(struct.unpack_from("<109I", header, 76))
    (sector,) = struct.unpack_from("<I", header, 68)
    for _ in range(_MOST_SECTORS):
        if sector > _LAST_ID:
            break
        *more, sector = struct.unpack(f"<{size // 4}I", _read_at(file, (sector + 1) * size, size))
        ids += more
    return ids


def _follow(file: BinaryIO, fat: list[int], sector: int, size: int) -> int:
    part, place = divmod(sector, size // 4)
    if part >= len(fat) or fat[part] > _LAST_ID:
        return 0xFFFFFFFF
    (following,) = struct.unpack("<I", _read_at(file, (fat[part] + 1) * size + 4 * place, 4))
    return int(following)


def _read_entry(raw: bytes) -> _Entry:
    length, _, _, left, right, child = struct.unpack_from("<HBBIII", raw, 64)
    return _Entry(
        raw[: max(min(length, 64) - 2, 0)].decode("utf-16-le", errors="replace"), left, right, child
    )


def _read_at(file: BinaryIO, offset: int, length: int) -> bytes:
    file.seek(offset)
    return file.read(length)
