"""What a file is, judged from its bytes alone. Memory stays flat whatever is sent.

A kind that `workflow.evidence_files` does not list is still named as well as it can be, so that the
refusal can say what was found.
"""

from __future__ import annotations

import codecs
import re
import struct
import zipfile
import zlib
from typing import BinaryIO

import filetype

from workflow.adapters import compound_files
from workflow.evidence_files import OOXML, TEXT, ZIP, Damaged

UNKNOWN = "application/octet-stream"
_CHUNK = 64 * 1024
_MOST_DIRECTORY = 1024 * 1024
"""Bytes of a zip's table of contents that are read; zipfile holds all of it at once, some tenfold."""

_SIGNATURES = (
    (re.compile(rb"%PDF-"), "application/pdf"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"II\*\0|MM\0\*"), "image/tiff"),
    (re.compile(rb".{4}ftyp(heic|heix|heim|heis|mif1)", re.DOTALL), "image/heic"),
)
_OFFICE_PARTS = tuple(
    (f"{OOXML}{part}.main+xml".encode(), f"{OOXML}{part}")
    for part in ("wordprocessingml.document", "spreadsheetml.sheet", "presentationml.presentation")
)
_OFFICE_STREAMS = (
    ("WordDocument", "application/msword"),
    ("Workbook", "application/vnd.ms-excel"),
    ("Book", "application/vnd.ms-excel"),
    ("PowerPoint Document", "application/vnd.ms-powerpoint"),
)
_ACTIVE_TEXT = (
    (re.compile(r"#!"), "text/x-script"),
    (re.compile(r"%!"), "application/postscript"),
    (re.compile(r"<svg\b|<\?xml.*?<svg\b", re.DOTALL | re.IGNORECASE), "image/svg+xml"),
    (re.compile(r"<\?xml"), "text/xml"),
    (re.compile(r"<"), "text/html"),
)
"""How text begins that a program would run or draw; markup can hide a script anywhere."""
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_BROKEN_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    KeyError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)
"""What zipfile raises on forged, cut-off, encrypted or exotic archives."""


def judge(file: BinaryIO) -> str:
    """The media type of the bytes in `file`, a seekable file opened for reading.

    Raises Damaged for a zip or Office package that cannot be opened.
    """
    file.seek(0)
    head = file.read(4096)
    for signature, media_type in _SIGNATURES:
        if signature.match(head):
            return media_type
    if head.startswith(compound_files.SIGNATURE):
        return _judge_compound(file)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _judge_zip(file)
    return _judge_text(file, head) or filetype.guess_mime(head) or UNKNOWN


def _judge_compound(file: BinaryIO) -> str:
    names = compound_files.read_root_names(file)
    return next((kind for name, kind in _OFFICE_STREAMS if name in names), "application/x-ole-storage")


def _judge_zip(file: BinaryIO) -> str:
    try:
        if _measure_directory(file) > _MOST_DIRECTORY:
            raise Damaged(found="ZIP")
        with zipfile.ZipFile(file) as archive:
            return _judge_package(archive)
    except _BROKEN_ZIP as broken:
        raise Damaged(found="ZIP") from broken


def _judge_package(archive: zipfile.ZipFile) -> str:
    names = archive.NameToInfo
    if "OFD.xml" in names:
        return "application/ofd"
    if "[Content_Types].xml" not in names:
        return ZIP
    with archive.open("[Content_Types].xml") as part:
        declared = part.read(_MOST_DIRECTORY)
    if b"macroEnabled" in declared or b"vbaProject" in declared:
        return "application/vnd.ms-office.macroEnabled"
    return next((kind for mark, kind in _OFFICE_PARTS if mark in declared), "application/x-opc-package")


def _measure_directory(file: BinaryIO) -> int:
    """Bytes of the table of contents that the archive's last records declare (APPNOTE 4.3.14 and 4.3.16)."""
    size = file.seek(0, 2)
    file.seek(max(size - 65_536 - 22 - 76, 0))
    tail = file.read()
    # Looked for just where zipfile looks, so that a forged second record cannot show us a smaller table.
    plain = tail[-22:].startswith(b"PK\x05\x06") and tail.endswith(b"\0\0")
    at = len(tail) - 22 if plain else tail.rfind(b"PK\x05\x06")
    if at < 0:
        raise zipfile.BadZipFile("no end of central directory")
    if at >= 76 and tail[at - 20 : at].startswith(b"PK\x06\x07"):
        return int(struct.unpack_from("<Q", tail, at - 76 + 40)[0])
    return int(struct.unpack_from("<I", tail, at + 12)[0])


def _judge_text(file: BinaryIO, head: bytes) -> str | None:
    encodings = (
        ("utf-16",) if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else ("utf-8", "gb18030")
    )
    encoding = next((encoding for encoding in encodings if _reads_as(file, encoding)), None)
    if encoding is None:
        return None
    opening = head.decode(encoding, errors="ignore").lstrip("\ufeff \t\r\n\f")
    return next((kind for pattern, kind in _ACTIVE_TEXT if pattern.match(opening)), TEXT)


def _reads_as(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    try:
        while chunk := file.read(_CHUNK):
            if _NOT_TEXT.search(decoder.decode(chunk)):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
