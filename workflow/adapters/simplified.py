"""Traditional text in Simplified script and mainland words: OpenCC's characters, a term table on top.

The caller keeps the original beside the result.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import opencc
import yaml

from workflow.errors import Malformed, Missing


def simplify(text: str, terms: Mapping[str, str]) -> str:
    """`text` in Simplified; words of `terms` (Traditional to Simplified) come out exactly as the table says,
    the longest first, everything else by OpenCC's character conversion. Simplified text stays as it is."""
    words = sorted((word for word in terms if word), key=len, reverse=True)
    if not words:
        return _characters(text)
    parts = re.split(f"({'|'.join(map(re.escape, words))})", text)
    return "".join(terms[part] if part in terms else _characters(part) for part in parts)


def load_terms(path: Path) -> dict[str, str]:
    """The term table of a YAML file: a list of `{traditional, simplified, source}`. Raises `Malformed`, naming
    the row, for anything else or a word given twice."""
    terms: dict[str, str] = {}
    for place, row in enumerate(_rows(path), start=1):
        word, simplified = _pair(row, place)
        if word in terms:
            raise _malformed(place, word)
        terms[word] = simplified
    return terms


def _rows(path: Path) -> list[Any]:
    try:
        rows = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise _malformed(0, "") from error
    if not isinstance(rows, list):
        raise _malformed(0, "")
    return rows


def _pair(row: Any, place: int) -> tuple[str, str]:
    values = [
        row.get(key) if isinstance(row, dict) else None for key in ("traditional", "simplified", "source")
    ]
    word, simplified, source = (value if isinstance(value, str) else "" for value in values)
    if not (word and simplified and source):
        raise _malformed(place, word)
    return word, simplified


def _malformed(place: int, word: str) -> Malformed:
    return Malformed(missing=[Missing("reading_term", {"row": place, "word": word})])


def _characters(text: str) -> str:
    return str(_converter().convert(text))


@cache
def _converter() -> Any:
    """Loading the dictionaries takes some ten milliseconds: once per process."""
    return opencc.OpenCC("t2s")
