"""How a stored file goes out over HTTP: the name it is offered under and the bytes asked for. Pure."""

from __future__ import annotations

import re
from urllib.parse import quote

from workflow.evidence_files import BadRange, clean_name

_ATTR_CHARS = "!#$&+-.^_`|~"
"""What RFC 8187 section 3.2.1 lets stand unescaped besides letters and digits (`attr-char`)."""


def offer_as(name: str) -> str:
    """The value of Content-Disposition that saves a file as `name` and never shows it in the page.

    RFC 6266: `filename` in ASCII for old clients, `filename*` (RFC 8187, UTF-8) for the rest. The
    fallback holds no `%`, quote or backslash, which clients read differently (RFC 6266 appendix D).
    """
    cleaned = clean_name(name)
    plain = re.sub(r'[^ -~]|["\\%]', "_", cleaned)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(cleaned, safe=_ATTR_CHARS)}"


def read_range(header: str | None, size: int) -> tuple[int, int] | None:
    """The bytes `[start, end)` that a Range header asks of a file of `size` bytes; None for all of it.

    As RFC 9110 section 14.2 allows, a header of another unit, of several ranges, or one that is no
    range at all is ignored. Raises BadRange for a range that begins past the end.
    """
    asked = re.fullmatch(r"bytes=\s*([0-9]{0,18})-([0-9]{0,18})\s*", header or "", re.IGNORECASE)
    if not asked or asked[0].strip().endswith("=-"):
        return None
    first, last = asked[1], asked[2]
    if not first:
        start, end = max(size - int(last), 0), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    if start >= size:
        raise BadRange(size=size)
    return start, end


def describe_range(start: int, end: int, size: int) -> str:
    """The value of Content-Range for the bytes `[start, end)` of `size`."""
    return f"bytes {start}-{end - 1}/{size}"
