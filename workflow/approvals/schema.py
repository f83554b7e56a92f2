"""Holds what is written against the schema of definitions. Strict: a text is no number, and no yes is true."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from workflow.approvals.definitions import (
    SUBMITTER,
    Caps,
    Condition,
    Definition,
    Limit,
    Returns,
    Scope,
    Step,
    Vote,
)
from workflow.approvals.remarks import Path, Remark, Stated
from workflow.errors import Missing

LONGEST_TEXT = 200
"""Characters of any text in a definition: keys, codes and logins are far shorter."""
NOT_KEPT = re.compile(r"[\0\ud800-\udfff]")
"""U+0000 and halves of characters: no database keeps them."""
MODELS: Mapping[str, type[BaseModel]] = {
    "": Definition, "holds_for": Scope, "returns": Returns, "caps": Caps, "steps": Step, "limit": Limit, "vote": Vote,
    "only_if": Condition,
}  # fmt: skip
"""By the field under which each part stands."""
SHAPES = {
    "key": "definition_key", "group": "definition_key", "ratio": "definition_ratio",
}  # fmt: skip
"""Fields whose pattern is better told in words."""
RENAMED = {"model_type": "definition_mapping", "tuple_type": "list_type"}


def read(stated: Stated) -> Definition | list[Remark]:
    """The definition that is written, or every fault of its form."""
    if faults := list(_unkept(stated.body, ())):
        return faults
    try:
        return Definition.model_validate_json(json.dumps(stated.body), strict=True)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        return [_fault(stated.body, fault) for fault in found if not _follows(fault, found)]


def _follows(fault: ErrorDetails, faults: Iterable[ErrorDetails]) -> bool:
    """Whether a list is only short because its entries are off: they are told themselves."""
    path = tuple(fault["loc"])
    below = (other["loc"] for other in faults if len(other["loc"]) > len(path))
    return fault["type"] == "too_short" and any(tuple(loc[: len(path)]) == path for loc in below)


def _unkept(value: Any, path: Path) -> Iterator[Remark]:
    """Texts that are too long for anything here, or that no database keeps."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _unkept(key, (*path, "?"))
            yield from _unkept(inner, (*path, key))
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            yield from _unkept(inner, (*path, n))
    elif isinstance(value, str) and len(value) > LONGEST_TEXT:
        yield Remark(path, Missing("field.string_too_long", {"max_length": LONGEST_TEXT}))
    elif isinstance(value, str) and NOT_KEPT.search(value):
        yield Remark(path, Missing("field.definition_characters"))


def _fault(body: Any, fault: ErrorDetails) -> Remark:
    path, sort, facts = tuple(fault["loc"]), str(fault["type"]), dict(fault.get("ctx", {}))
    if sort == "extra_forbidden":
        return Remark(path, Missing("field.definition_unknown", _fields_beside(path)), at_key=True)
    if sort == "enum":
        facts["expected"] = facts["expected"].replace(" or ", ", ").replace("'", "")
    if sort == "string_pattern_mismatch":
        sort = SHAPES.get(str(path[-1]), sort)
    return Remark(_nearer(body, path, sort, facts), Missing(f"field.{RENAMED.get(sort, sort)}", facts))


def _fields_beside(path: Path) -> dict[str, str]:
    """The fields that there are where an unknown one was written, the likeliest of them first."""
    named = [part for part in path[:-1] if isinstance(part, str)]
    known = list(MODELS[named[-1] if named else ""].model_fields)
    near = get_close_matches(str(path[-1]), known, n=1)
    return {"known": ", ".join([*near, *(name for name in known if name not in near)])}


def _nearer(body: Any, path: Path, sort: str, facts: Mapping[str, Any]) -> Path:
    """A fault of the steps together, at the step that it is about."""
    if sort not in ("step_named_once", "superior_of_earlier"):
        return path
    name = "key" if sort == "step_named_once" else "superior_of"
    found = [n for n, step in enumerate(body["steps"]) if step.get(name) == facts["step"]]
    first = sort == "superior_of_earlier" or facts["step"] == SUBMITTER
    return ("steps", found[0] if first else found[1], name)
