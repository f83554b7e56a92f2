"""Which printed lines make one cell: a cell may run over two lines (`30萬` / `平方米`)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workflow.reading.signs import fold

_SENTENCE_END = re.compile(r"[。;]$")
_OPEN_NUMBER = re.compile(r"[0-9][十百千万亿]{0,2}$")


def group_cells(texts: Sequence[str], years: int) -> list[list[int]] | None:
    """The places of `texts` (goal and year cells of one row) as one list for the goal and one for each year.

    With one line a cell nothing is to be decided. With more, the goal ends at the first line that ends a
    sentence, and the rest is cut evenly if the years then look alike. Otherwise None: nothing is guessed.
    """
    if len(texts) == years + 1:
        return [[place] for place in range(len(texts))]
    end = next((place for place, text in enumerate(texts) if _SENTENCE_END.search(fold(text))), None)
    if end is None:
        return None
    rest = list(range(end + 1, len(texts)))
    height, left_over = divmod(len(rest), years)
    if left_over or not height:
        return None
    cells = [rest[start : start + height] for start in range(0, len(rest), height)]
    shapes = {tuple(_shape(texts[place]) for place in cell) for cell in cells}
    return [list(range(end + 1)), *cells] if height == 1 or len(shapes) == 1 else None


def continues(before: str, after: str) -> bool:
    """Whether `after` goes on with the figure that `before` ends in: 30萬 / 平方米."""
    return bool(_OPEN_NUMBER.search(fold(before))) and not after[:1].isdigit()


def _shape(text: str) -> str:
    """`text` with its figures and bounds taken out: what two years of one row share."""
    return re.sub(r"[0-9.,]+|[≥≤<>=]|以上|以内", "", fold(text)).strip()
