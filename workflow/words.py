"""The words: gettext catalogues under `templates/locale/<language>/*.po`, the only source of user-facing text.

Keys are dotted (`milestone.submit`, `error.stale`, `need.evidence`); a message is a `str.format` pattern.
All `.po` files of a language make one catalogue, so that each part of the house keeps its own file.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po

LANGUAGES = ("zh-Hans", "zh-Hant", "en")
DEFAULT_LANGUAGE = "zh-Hans"
CATALOGUES = Path(__file__).parent.parent / "templates" / "locale"


@cache
def catalogue(language: str) -> dict[str, str]:
    """All words of one language, key to pattern."""
    words: dict[str, str] = {}
    for path in sorted((CATALOGUES / language.replace("-", "_")).glob("*.po")):
        with path.open("rb") as file:
            words.update({str(m.id): str(m.string) for m in read_po(file) if m.id and m.string})
    return words


def say(key: str, language: str = DEFAULT_LANGUAGE, /, **facts: Any) -> str:
    """The sentence for `key` in `language`, filled with `facts`. Raises KeyError for a key without words."""
    return catalogue(language)[key].format(**facts)


def choose(accept_language: str | None) -> str:
    """The language of ours that an Accept-Language header prefers; zh-Hans when it names none of ours."""
    ranked: list[tuple[float, str]] = []
    for part in (accept_language or "").split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            ranked.append((-float(weight or 1), tag.lower()))
        except ValueError:
            continue
    for _, tag in sorted(ranked, key=lambda pair: pair[0]):
        if tag.startswith(("zh-hant", "zh-tw", "zh-hk", "zh-mo")):
            return "zh-Hant"
        if tag.startswith("zh"):
            return "zh-Hans"
        if tag.startswith("en"):
            return "en"
    return DEFAULT_LANGUAGE
