"""What is wrong with a definition, or doubtful: each remark names the field, its place in the text, and the fix."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from workflow.errors import DubanError, Missing

Path = tuple[str | int, ...]
"""From the whole definition down to a value: `("steps", 0, "limit", "days")`."""
HALVES = re.compile(r"[\ud800-\udfff]")
"""Halves of characters, which a name may be written with: no answer can be, so they are told by U+FFFD."""
WHOLE = "definition"
"""What the definition as a whole is called where no field of it is meant."""


class DefinitionInvalid(DubanError):
    """A definition that cannot be put in force; `missing` names every place and the fix."""

    code = "definition_invalid"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in a text, counted from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Remark:
    """One fault, which keeps a definition from being entered, or a warning, which does not. `at_key`: it is about the
    name of a field, not about its value."""

    path: Path
    missing: Missing
    is_warning: bool = False
    at_key: bool = False
    place: Place | None = None
    """Where the text could not even be read; else it is found by the path."""


def warning(path: Path, missing: Missing) -> Remark:
    return Remark(path, missing, is_warning=True)


@dataclass(frozen=True, slots=True)
class Stated:
    """A definition as it is written: plain values (of maps, lists, texts, whole numbers, true, false and nothing), and
    where each stands. What was not read from a text has no places."""

    body: Any
    values: Mapping[Path, Place] = field(default_factory=dict)
    keys: Mapping[Path, Place] = field(default_factory=dict)
    source: str | None = None
    """The text itself."""

    def place_of(self, remark: Remark) -> Place | None:
        """Where a remark points at: its field, or of what is not there the nearest part that is."""
        if remark.place is not None:
            return remark.place
        path = remark.path
        if remark.at_key and path in self.keys:
            return self.keys[path]
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path)

    def tell(self, remarks: Iterable[Remark]) -> list[Missing]:
        """Remarks as they are told, in the order of the text: facts `field`, and `at_line` and `at_column`."""
        placed = [(self.place_of(remark), remark) for remark in remarks]
        placed.sort(key=lambda pair: pair[0] or Place(0, 0))
        return [_told(place, remark) for place, remark in placed]


def _told(place: Place | None, remark: Remark) -> Missing:
    where = {} if place is None else {"at_line": place.line, "at_column": place.column}
    named = HALVES.sub("\ufffd", ".".join(map(str, remark.path))) or WHOLE
    return Missing(remark.missing.code, {**remark.missing.facts, "field": named, **where})
