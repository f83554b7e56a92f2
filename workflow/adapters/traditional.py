"""Simplified words in Traditional characters, for what a document does not print by itself: metrics and measures."""

from __future__ import annotations

from functools import cache, lru_cache

import opencc


@lru_cache(maxsize=4096)
def to_traditional(text: str) -> str:
    """`text` character by character in Traditional script (OpenCC); words already Traditional stay as they are."""
    return str(_converter().convert(text))


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("s2t")
