"""Characters that paper cannot show. A blank in print is a lie, so it is refused before printing, by name."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

from workflow.errors import DubanError

RAISED = {"²": "2", "³": "3", "¹": "1"}
LOWERED = {chr(0x2080 + digit): str(digit) for digit in range(10)}
SQUARED = {"㎡": ("m", "2"), "㎥": ("m", "3")}
DRAWN_OTHERWISE = frozenset([*RAISED, *LOWERED, *SQUARED])
"""Signs that official Chinese fonts lack and that are printed as raised or lowered digits instead."""


class UnprintableCharacter(DubanError):
    """No font at hand has this character."""

    code = "unprintable_character"

    def __init__(self, field: str, character: str) -> None:
        super().__init__(field=field, character=character, codepoint=f"U+{ord(character):04X}")


def refuse_unprintable(record: Any, printable: Callable[[str], bool]) -> None:
    """Walk every text of a record. Raises UnprintableCharacter for the first that cannot be shown."""
    for field, text in _texts(record, ""):
        for character in text:
            if character not in DRAWN_OTHERWISE and (is_invisible(character) or not printable(character)):
                raise UnprintableCharacter(field, character)


def is_invisible(character: str) -> bool:
    """Control and format characters: fonts claim some of them, and draw nothing."""
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _texts(item, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list | tuple):
        for place, item in enumerate(value):
            yield from _texts(item, f"{path}[{place}]")
