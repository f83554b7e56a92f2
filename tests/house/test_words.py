"""Every word that code or a template asks for exists, in all three languages, filled with the same facts."""

from __future__ import annotations

import ast
import importlib
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from tests.house import rules
from tests.house.sources import OURS, modules, text_of, tracked, tree_of
from workflow.errors import DubanError
from workflow.words import CATALOGUES, LANGUAGES, catalogue


def _folder(language: str) -> Path:
    return CATALOGUES / language.replace("-", "_")


def _keys_of(path: Path) -> list[str]:
    """The keys of one catalogue file, in its order, doubles and unfilled ones included."""
    return [
        line.split('"')[1]
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("msgid ")
    ]


def _placeholders(pattern: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(pattern) if name is not None}


def _errors(family: type[DubanError] = DubanError) -> Iterator[type[DubanError]]:
    yield family
    for member in family.__subclasses__():
        yield from _errors(member)


def _unknown(words: set[str]) -> list[str]:
    return sorted(
        f"{language}: {word}" for language in LANGUAGES for word in words - set(catalogue(language))
    )


def test_the_three_catalogues_have_the_same_files_and_keys() -> None:
    shapes = [
        {path.name: sorted(_keys_of(path)) for path in _folder(name).glob("*.po")} for name in LANGUAGES
    ]
    assert shapes[0]
    assert shapes[0] == shapes[1] == shapes[2]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_is_given_twice_or_left_without_words(language: str) -> None:
    keys = [key for path in sorted(_folder(language).glob("*.po")) for key in _keys_of(path) if key]
    assert sorted(key for key in set(keys) if keys.count(key) > 1) == []
    assert sorted(set(keys) - set(catalogue(language))) == []


def test_the_three_languages_fill_in_the_same_facts() -> None:
    first, *others = (
        {key: _placeholders(text) for key, text in catalogue(language).items()} for language in LANGUAGES
    )
    assert [key for other in others for key in first if other.get(key) != first[key]] == []


def test_every_catalogue_names_its_own_language_and_encoding() -> None:
    for language in LANGUAGES:
        for path in _folder(language).glob("*.po"):
            with path.open("rb") as file:
                read = read_po(file, abort_invalid=True)
            assert str(read.locale) == language.replace("-", "_"), path
            assert read.charset == "utf-8", path


def test_every_key_that_code_names_has_words() -> None:
    assert _unknown({key for name in modules(*OURS) for key in rules.spoken_keys(tree_of(name))}) == []


def test_every_key_that_code_puts_together_begins_like_one_that_has_words() -> None:
    prefixes = {prefix for name in modules(*OURS) for prefix in rules.spoken_prefixes(tree_of(name))}
    known = tuple(catalogue(LANGUAGES[0]))
    assert sorted(prefix for prefix in prefixes if not any(key.startswith(prefix) for key in known)) == []


def test_every_key_that_a_template_names_has_words() -> None:
    names = [
        name
        for name in tracked()
        if name.startswith("templates/") and name.endswith((".html", ".txt", ".j2"))
    ]
    assert _unknown({key for name in names for key in rules.spoken_in_template(text_of(name))}) == []


def test_every_error_has_words() -> None:
    for name in modules("workflow"):
        importlib.import_module(name.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
    ours = [error for error in _errors() if error.__module__.split(".")[0] in OURS]
    assert _unknown({f"error.{error.code}" for error in ours}) == []


def test_the_rules_find_the_words_in_a_sample() -> None:
    tree = ast.parse(
        'say("task.start", language)\nMissing("evidence")\nwords.say(f"card.{colour}")\nsay(key)'
    )
    assert rules.spoken_keys(tree) == {"task.start", "need.evidence"}
    assert rules.spoken_prefixes(tree) == {"card."}
    assert rules.spoken_in_template("{{ say('board.title') }} {{ say(\"a.b\", n=1) }} {{ say(key) }}") == {
        "board.title",
        "a.b",
    }
    assert _unknown({"no.such.key"}) == [f"{language}: no.such.key" for language in sorted(LANGUAGES)]
    assert _placeholders("{days} days to {due_on:%Y}") == {"days", "due_on"}


def test_traditional_words_are_not_what_a_converter_makes_of_them() -> None:
    """Plain conversion writes 會籤, 審覈, 臺賬, 爲; readers of Traditional write 會簽, 審核, 台賬, 為."""
    wrong = ("籤", "覈", "臺賬", "爲")
    assert [key for key, word in catalogue("zh-Hant").items() if any(sign in word for sign in wrong)] == []
