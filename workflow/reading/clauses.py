"""A text cut into sentences and clauses, each knowing the year it is bound to.

A date clause (`到2023年,`) binds the clauses after it in its sentence, never the next sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from workflow.reading.dates import mentions
from workflow.reading.shape import Passage
from workflow.reading.signs import cut_head, fold, pieces

_STRIVING = re.compile("力争|争取")
_HEAD = re.compile(
    r"\s*(?:(?:力争|争取)?\s*[到在至]?\s*20[0-9]{2}\s*年(?:\s*[0-9]{1,2}\s*月)?(?:末|份)?底?(?:之?前)?"
    r"|在[^,。;]{1,12}期间|其中)[,、]?\s*"
)


@dataclass(frozen=True, slots=True)
class Clause:
    """Words between commas. `text` has no date at its head; `quote` has, as printed; `sentence` is the
    whole."""

    text: str
    quote: str
    sentence: str
    line: int
    year: int | None
    month: int | None
    striving: bool


def sentences(passage: Passage) -> list[str]:
    """The sentences of a text, without their final signs."""
    return [text for _, text in pieces(passage.text, "[。;]")]


def clauses(passage: Passage) -> list[Clause]:
    """Every clause of a text, in order; clauses that are only a date join the next one."""
    return [clause for sentence in sentences(passage) for clause in _of_sentence(sentence, passage.line)]


def without_date(text: str) -> str:
    """`text` without dates, events and 其中 at its head."""
    return cut_head(text, _HEAD)


def _of_sentence(sentence: str, line: int) -> Iterator[Clause]:
    year = month = None
    striving, begun = False, None
    for start, text in pieces(sentence, r",(?![0-9]{3})"):
        said = next((mention for mention in mentions(text) if mention.year), None)
        year, month = (said.year, said.month) if said else (year, month)
        begun = start if begun is None else begun
        own = without_date(text)
        striving = bool(_STRIVING.search(fold(text))) or (striving and begun != start)
        if own:
            yield Clause(own, sentence[begun : start + len(text)], sentence, line, year, month, striving)
            striving, begun = False, None
