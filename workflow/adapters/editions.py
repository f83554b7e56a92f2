"""An edition of a plan from its published bytes: the text, what was read from it, and its Simplified wording."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache

from workflow.adapters.plan_documents import decode, refuse_oversize
from workflow.adapters.shipped import PLANS
from workflow.adapters.simplified import load_terms, simplify
from workflow.reading import Conventions, Reading, read

TERMS = PLANS / "shanghai-2022" / "terms.yaml"
"""Words that automatic conversion damages; an office edits the table."""


def read_edition(
    data: bytes, conventions: Conventions, is_working: Callable[[date], bool]
) -> tuple[str, Reading]:
    """The text and the reading of a document's bytes. Raises Unreadable with everything that is wrong, by line."""
    refuse_oversize(data)
    text = decode(data)
    return text, read(text, conventions, is_working)


def to_simplified(text: str) -> str:
    """`text` in Simplified, repaired by the shipped term table."""
    return simplify(text, _terms())


@cache
def _terms() -> dict[str, str]:
    return load_terms(TERMS)
