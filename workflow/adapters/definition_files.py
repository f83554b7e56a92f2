"""Definition cards 口径 from a YAML file: which plan it is for, and its entries as they are written there."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import yaml

from workflow.errors import DubanError, Malformed, Missing

R = TypeVar("R", bound=DubanError)
PLACE = re.compile(r"definitions\.(?P<n>\d+)\.?(?P<field>.*)")
LARGEST = 4 * 1024 * 1024
"""The shipped plan's cards are some 20 KB; a hundred times that is no list of cards."""


def read_definitions(path: Path) -> tuple[str | None, list[Any]]:
    """(the plan's code if the file names one, its entries). Raises Malformed for what is no such file."""
    try:
        if path.stat().st_size > LARGEST:
            raise _no_file(path)
        body = yaml.safe_load(path.read_text(encoding="utf-8"))
        return body.get("plan"), list(body["definitions"])
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError, AttributeError) as error:
        raise _no_file(path) from error


def naming_entries(refusal: R, entries: list[Any]) -> R:
    """The refusal of a list of cards, its fields named by task, year and metric: nobody counts entries in a file."""
    missing = [replace(lack, facts=lack.facts | _named(lack, entries)) for lack in refusal.missing]
    return type(refusal)(missing=missing, **refusal.facts)


def _named(lack: Missing, entries: list[Any]) -> dict[str, Any]:
    place = PLACE.match(str(lack.facts.get("field")))
    if place is None:
        return {}
    entry = entries[int(place["n"])]
    which = [entry.get(key) for key in ("task", "year", "metric")] if isinstance(entry, dict) else [entry]
    name = " ".join(str(part) for part in which if part is not None)
    return {"field": f"{name}: {place['field']}" if place["field"] else name}


def _no_file(path: Path) -> Malformed:
    return Malformed(missing=[Missing("definitions_file", {"field": path.name})])
