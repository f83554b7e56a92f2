"""How an institution is known again, however its name was typed: without width, spaces, case and script."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from workflow.law import Simplify, as_typed

CODE = r"^[A-Z0-9][A-Z0-9_.-]{0,39}$"
LONGEST = 200
"""Characters of a folded name: a few compatibility characters unfold into many."""


def fold(name: str, simplify: Simplify = as_typed) -> str:
    """A name without what writers differ in: compatibility forms (NFKC), blanks, case, and script."""
    whole = unicodedata.normalize("NFKC", name)
    return "".join(simplify(whole).split()).casefold()


def spell_code(code: Any) -> Any:
    """A code as the register keeps it: 统一社会信用代码 has digits and capital letters of half width."""
    if not isinstance(code, str):
        return code
    return "".join(unicodedata.normalize("NFKC", code).split()).upper()


Code = Annotated[str, BeforeValidator(spell_code), Field(pattern=CODE, examples=["12310000425006117P"])]
