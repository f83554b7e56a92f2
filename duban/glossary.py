"""The glossary, made from the word catalogues: `make glossary` writes docs/glossary.md with it."""

from __future__ import annotations

from collections.abc import Iterator

from babel.messages.pofile import read_po

from workflow.words import CATALOGUES, catalogue

HEAD = """\
# Glossary

One word, one meaning, in code, tables, pages and papers. Made by `make glossary` from `glossary.po` and
`lifecycles.po` under `templates/locale/`; change the words there.
"""
TERMS = """\
## Terms

| English | 简体 | 繁體 | meaning | 释义 |
|---|---|---|---|---|
"""
LIFECYCLES = """\
## States and actions

| key | English | 简体 | 繁體 |
|---|---|---|---|
"""


def glossary() -> str:
    """The whole of docs/glossary.md as Markdown, ending in a newline."""
    parts = [HEAD, TERMS + "".join(map(_term, _terms()))]
    keys = list(_keys("lifecycles.po"))
    if keys:
        parts.append(LIFECYCLES + "".join(map(_word, keys)))
    return "\n".join(parts)


def _terms() -> Iterator[str]:
    return (key for key in _keys("glossary.po") if not key.endswith(".meaning"))


def _keys(name: str) -> Iterator[str]:
    path = CATALOGUES / "en" / name
    if path.exists():
        with path.open("rb") as file:
            yield from (str(message.id) for message in read_po(file) if message.id)


def _term(key: str) -> str:
    english, simplified, traditional = _said(key)
    meaning, explained, _ = _said(f"{key}.meaning")
    return f"| {english} | {simplified} | {traditional} | {meaning} | {explained} |\n"


def _word(key: str) -> str:
    return f"| `{key}` | {' | '.join(_said(key))} |\n"


def _said(key: str) -> tuple[str, str, str]:
    return catalogue("en")[key], catalogue("zh-Hans")[key], catalogue("zh-Hant")[key]


if __name__ == "__main__":
    print(glossary(), end="")
