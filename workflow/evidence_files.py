"""Evidence files as data: which kinds are taken, how large, under which names, and what is refused.

Pure: no file is opened and no header is sent here. `workflow.adapters.store` keeps the bytes,
`workflow.adapters.media_types` reads what they are; this module says what follows from it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from workflow.errors import DubanError

MEBIBYTE = 1024 * 1024
DEFAULT_LIMIT = 100 * MEBIBYTE
NAME_LIMIT = 200
"""Bytes of UTF-8 in a kept file name; file systems take 255, and an archive adds a number in front."""


@dataclass(frozen=True, slots=True)
class FileType:
    """A kind of file: its media type, what people call it, and the endings that claim it."""

    media_type: str
    label: str
    endings: tuple[str, ...]


OOXML = "application/vnd.openxmlformats-officedocument."
TEXT = "text/plain"
ZIP = "application/zip"

TYPES = (
    FileType("application/pdf", "PDF", ("pdf",)),
    # GB/T 33190, the Chinese fixed-layout format. IANA lists no type for it; this one is in common use.
    FileType("application/ofd", "OFD", ("ofd",)),
    FileType("image/png", "PNG", ("png",)),
    FileType("image/jpeg", "JPEG", ("jpg", "jpeg", "jpe")),
    FileType("image/tiff", "TIFF", ("tif", "tiff")),
    FileType("image/heic", "HEIC", ("heic", "heif")),
    FileType(OOXML + "wordprocessingml.document", "DOCX", ("docx",)),
    FileType(OOXML + "spreadsheetml.sheet", "XLSX", ("xlsx",)),
    FileType(OOXML + "presentationml.presentation", "PPTX", ("pptx",)),
    # WPS writes the same compound files under endings of its own.
    FileType("application/msword", "DOC", ("doc", "wps")),
    FileType("application/vnd.ms-excel", "XLS", ("xls", "et")),
    FileType("application/vnd.ms-powerpoint", "PPT", ("ppt", "dps")),
    FileType(TEXT, "TXT", ("txt",)),
    FileType("text/csv", "CSV", ("csv",)),
    FileType(ZIP, "ZIP", ("zip",)),
)
ALLOWED = frozenset(kind.media_type for kind in TYPES)
_LABELS = {kind.media_type: kind.label for kind in TYPES}
_CLAIMS = {ending: kind.media_type for kind in TYPES for ending in kind.endings}
_SAME_BYTES = {("text/csv", TEXT)}
"""(claimed, found): kinds that only the name can tell apart."""


class EmptyFile(DubanError):
    """A file of no bytes is no evidence."""

    code = "empty_file"


class TooLarge(DubanError):
    """More bytes than the limit allows, declared or received. Facts: `limit` in bytes, `shown` for people."""

    code = "too_large"


class WrongType(DubanError):
    """The name claims one kind, the bytes are another. Facts: `claimed`, `found`."""

    code = "wrong_type"


class RefusedType(WrongType):
    """A kind that is not taken at all. Facts: `found` (a label, media type or ending), `allowed` endings."""

    code = "refused_type"


class Truncated(DubanError):
    """Another number of bytes arrived than was declared. Facts: `declared`, `received`."""

    code = "truncated"


class Damaged(DubanError):
    """The bytes begin like a container of `found`, but it cannot be opened (cut off, or broken)."""

    code = "damaged"


class StoreFull(DubanError):
    """There is no room left for the bytes; nothing of them was kept."""

    code = "store_full"


class StoreUnavailable(DubanError):
    """The store does not answer or does not let us in; what was asked for was not done."""

    code = "store_unavailable"


class BadRange(DubanError):
    """The wanted bytes lie outside the file. Facts: `size` in bytes, for `Content-Range: bytes */size`."""

    code = "bad_range"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What is known of bytes that are safe: their key in the store, SHA-256 in hex, size in bytes, type."""

    key: str
    sha256: str
    size: int
    media_type: str


@dataclass(frozen=True, slots=True)
class StoredKey:
    """One key that the store holds, with its size in bytes and the instant it was last written."""

    key: str
    size: int
    stored_at: datetime


class Condition(StrEnum):
    """What a check found under a key: the bytes as recorded, other bytes, or none."""

    SOUND = "sound"
    ALTERED = "altered"
    GONE = "gone"


def show_size(size: int) -> str:
    """`size` bytes for people: whole MB or KB where they fit, else bytes."""
    for unit, width in (("MB", MEBIBYTE), ("KB", 1024)):
        if size >= width and size % width == 0:
            return f"{size // width} {unit}"
    return f"{size} B"


def clean_name(name: str) -> str:
    """The name to keep for a file that came as `name`: data for people, never a path.

    The last part of any path; without control, format (bidi overrides, zero width) and line-break
    characters; NFC; no dots or blanks at the ends; at most NAME_LIMIT bytes, cut before the ending;
    `unnamed` when nothing is left. Cleaning twice changes nothing.
    """
    last = re.split(r"[/\\]", name)[-1]
    kept = "".join(c for c in last if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"})
    return _shorten(unicodedata.normalize("NFC", kept).strip(" ."), NAME_LIMIT) or "unnamed"


def ending_of(name: str) -> str | None:
    """The ending of a cleaned name that claims a kind (`pdf`), lower case; None for `名称` or `至12.30`."""
    found = re.search(r"[^.]\.([0-9A-Za-z]{1,10})$", name)
    ending = found[1].lower() if found else ""
    return ending if any(c.isalpha() for c in ending) else None


def admit_type(found: str, name: str, allowed: Collection[str] = ALLOWED) -> str:
    """The media type to record for bytes that are `found`, sent as `name`.

    Raises RefusedType when the kind or the name's ending is not taken, WrongType when they disagree.
    A name without an ending claims nothing. An ending we do not know is refused: a text called
    `.bat` is text to us and a program to the reader's machine.
    """
    ending = ending_of(clean_name(name))
    claimed = _CLAIMS.get(ending) if ending else found
    kind = claimed if claimed and (claimed, found) in _SAME_BYTES else found
    if kind not in allowed:
        raise RefusedType(found=_LABELS.get(kind, kind), allowed=_list_endings(allowed))
    if claimed is None:
        raise RefusedType(found=f".{ending}", allowed=_list_endings(allowed))
    if claimed != kind:
        raise WrongType(claimed=_LABELS[claimed], found=_LABELS[kind])
    return kind


def _list_endings(allowed: Collection[str]) -> str:
    return ", ".join(ending for kind in TYPES if kind.media_type in allowed for ending in kind.endings)


def _shorten(name: str, limit: int) -> str:
    if len(name.encode()) <= limit:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending.encode()) > 20:
        stem, dot, ending = name, "", ""
    room = limit - len(f"{dot}{ending}".encode())
    cut = stem.encode()[:room].decode(errors="ignore").rstrip(" .")
    return f"{cut}{dot}{ending}"
