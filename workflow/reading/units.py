"""Responsible units out of a printed list."""

from __future__ import annotations

import re

from workflow.reading.conventions import Conventions
from workflow.reading.shape import NamedUnit
from workflow.reading.signs import fold, pieces

# 市、區機管局 is 市機管局 and 區機管局: levels in a row share the name that follows the last of them.
_LEVELS = re.compile(r"(?<![^、,;\s])((?:[省市区县]、)+)([省市区县])(?=[^、,;\s])")
_SEPARATOR = "[、,;]"


def split_units(text: str, conventions: Conventions) -> tuple[NamedUnit, ...]:
    """The units named in `text`, in order, each once; the first that is no group is the proposed lead."""
    printed = [name for _, name in pieces(_spell_out(text), _SEPARATOR)]
    names: dict[str, str] = {}
    for name in printed:
        names.setdefault(conventions.canonical(name), name)
    lead = next((name for name in names if not conventions.stands_for_many(name)), None)
    return tuple(
        NamedUnit(name, conventions.stands_for_many(name), name == lead, as_printed)
        for name, as_printed in names.items()
    )


def _spell_out(text: str) -> str:
    """`text` with every run of levels written as whole names."""
    while match := _LEVELS.search(fold(text)):
        start, end = match.span()
        levels = [level for _, level in pieces(text[start:end], "、")]
        rest = re.split("[、,;]", fold(text[end:]), maxsplit=1)[0]
        name = text[end : end + len(rest)].strip()
        text = text[:start] + "、".join(level + name for level in levels) + text[end + len(rest) :]
    return text
