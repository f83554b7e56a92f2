"""docs/glossary.md says what the catalogues say."""

from __future__ import annotations

from duban.glossary import glossary
from tests.house.sources import text_of
from workflow.words import catalogue


def test_the_glossary_is_what_the_catalogues_make_of_it() -> None:
    assert text_of("docs/glossary.md") == glossary(), "run `make glossary`"


def test_every_term_has_one_line_of_meaning_and_stands_once() -> None:
    words = {key: word for key, word in catalogue("en").items() if key.startswith("glossary.")}
    terms = {key for key in words if not key.endswith(".meaning")}
    assert {key.removesuffix(".meaning") for key in words if key.endswith(".meaning")} == terms
    assert len({words[key] for key in terms}) == len(terms)
    assert [key for key, word in words.items() if "\n" in word or "|" in word] == []
