"""Refusals in the reader's words: one way for the API, the pages and the command."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from workflow import words
from workflow.errors import DubanError, Missing


class _Facts(dict[str, Any]):
    """Facts of a sentence; one that was not given reads as a dash, never as a second error."""

    def __missing__(self, key: str) -> str:
        return "—"


def sentence(key: str, language: str, facts: Mapping[str, Any]) -> str | None:
    """The words for a key filled with facts, or None where the catalogue has none."""
    pattern = words.catalogue(language).get(key)
    return None if pattern is None else pattern.format_map(_Facts(_readable(facts, language)))


def lack_sentence(missing: Missing, language: str) -> str:
    """One missing thing in the reader's words; of a text with its place, where that is known."""
    own = missing.code if missing.code.startswith("field.") else f"need.{missing.code}"
    facts = missing.facts
    said = sentence(own, language, facts) or sentence("field.invalid", language, facts) or missing.code
    if "at_line" in facts:
        return words.say("field.at_place", language, text=said, **_place(facts))
    return said


def _place(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: facts[name] for name in ("at_line", "at_column")}


def refusal_lines(error: DubanError, language: str) -> Iterator[str]:
    """A refusal as lines: what it is, then each thing that is missing."""
    yield sentence(f"error.{error.code}", language, error.facts) or error.code
    for lack in error.missing:
        yield f"  {lack_sentence(lack, language)}"


def _readable(facts: Mapping[str, Any], language: str) -> dict[str, Any]:
    """States and actions by their words, where the catalogue has them."""
    known, kind = words.catalogue(language), facts.get("kind", "")
    read = dict(facts)
    for name, keys in (
        ("action", [f"{kind}.{facts.get('action')}"]),
        ("state", [f"{kind}.state.{facts.get('state')}"]),
        ("kind", [f"glossary.{kind}"]),
    ):
        word = next((known[key] for key in keys if key in known), None)
        if word is not None:
            read[name] = word
    return read
