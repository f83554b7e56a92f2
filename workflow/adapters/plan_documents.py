"""Plan documents from files: bytes to text, and the conventions that lie beside a document."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from workflow.errors import Malformed, Missing
from workflow.reading.conventions import MUNICIPAL, Conventions
from workflow.reading.problems import Unreadable

# A plan is some 40 KB of text; a hundred times that is no plan.
LARGEST = 4 * 1024 * 1024
UNITS = "units.yaml"
# Control characters, and the sign that stands for bytes that could not be decoded.
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ufffd]")


def load_text(path: Path) -> str:
    """The text of a document. Raises `Unreadable` if it is too large, empty, or no text in a known encoding."""
    if path.stat().st_size > LARGEST:
        raise _unreadable("too_large", limit=LARGEST)
    return decode(path.read_bytes())


def refuse_oversize(data: bytes) -> None:
    """Raises `Unreadable` for more than a plan can be."""
    if len(data) > LARGEST:
        raise _unreadable("too_large", limit=LARGEST)


def decode(data: bytes) -> str:
    """UTF-8, UTF-16 with a mark, else GB 18030 (what Chinese offices still save). Bytes that decode to control
    characters are no text: GB 18030 gives a meaning to much that is not."""
    if not data.strip():
        raise _unreadable("empty")
    for encoding in _encodings(data):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _NO_TEXT.search(text):
            return text
    raise _unreadable("encoding", line=_first_bad_line(data))


def load_conventions(path: Path) -> Conventions:
    """The conventions in a `units.yaml`: aliases of units, members of groups that the office has confirmed.
    Raises `Malformed` naming the file."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        aliases = {alias: unit["traditional"] for unit in data["units"] for alias in unit["aliases"]}
        members = {
            group["traditional"]: tuple(group["members"]) for group in data["groups"] if group["confirmed"]
        }
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise Malformed(missing=[Missing("reading_units", {"file": path.name})]) from error
    return Conventions(aliases={**MUNICIPAL.aliases, **aliases}, members=members)


def conventions_beside(document: Path) -> Conventions:
    """The conventions for a document: its neighbour `units.yaml` if there is one, else those of any city."""
    neighbour = document.with_name(UNITS)
    return load_conventions(neighbour) if neighbour.is_file() else MUNICIPAL


def _encodings(data: bytes) -> list[str]:
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    return ["utf-16"] if marked else ["utf-8-sig", "gb18030"]


def _first_bad_line(data: bytes) -> int:
    """The line where the bytes stop being UTF-8 text: a file cut off in mid-character breaks at its end."""
    text = data.decode("utf-8", "replace")
    bad = _NO_TEXT.search(text)
    return text.count("\n", 0, bad.start()) + 1 if bad else 0


def _unreadable(code: str, line: int = 0, **facts: Any) -> Unreadable:
    return Unreadable(missing=[Missing(f"reading_{code}", {"line": line, **facts})], count=1)
