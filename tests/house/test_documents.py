"""What the documents say of the house is so."""

from __future__ import annotations

import ast
import re
from pathlib import PurePosixPath

from tests.house import rules
from tests.house.sources import OURS, ROOT, modules, text_of, tracked, tree_of
from workflow.bootstrap import Settings

LINK = re.compile(r"\]\(([^)#\s]+)\)")


def _documented() -> dict[str, str]:
    """The settings that docs/running.md describes, with their defaults; none is written `–`."""
    rows = re.findall(r"^\| `(DUBAN_\w+)` \| `?(.+?)`? \|", text_of("docs/running.md"), re.MULTILINE)
    return {name: "None" if default == "–" else default for name, default in rows}


def _dangling(name: str, text: str) -> list[str]:
    """The links of a document that lead to no file of the repository."""
    links = [link for link in LINK.findall(text) if "://" not in link and not link.startswith("mailto:")]
    return [f"{name}: {link}" for link in links if not (ROOT / PurePosixPath(name).parent / link).exists()]


def test_every_setting_is_described_and_no_other() -> None:
    read = {setting for name in modules(*OURS, "migrations") for setting in rules.settings_of(tree_of(name))}
    assert set(_documented()) == read


def test_every_default_is_what_is_described() -> None:
    defaults = {f"DUBAN_{name.upper()}": str(field.default) for name, field in Settings.model_fields.items()}
    described = _documented()
    assert {name: described.get(name) for name in defaults} == defaults


def test_every_link_leads_somewhere() -> None:
    documents = [name for name in tracked() if name.endswith(".md")]
    assert [link for name in documents for link in _dangling(name, text_of(name))] == []


def test_every_make_target_that_a_document_names_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))
    documents = "\n".join(text_of(name) for name in tracked() if name.endswith(".md"))
    assert set(re.findall(r"(?:^|`|=\w+ )make ([a-z]+)", documents, re.MULTILINE)) <= targets


def test_a_setting_and_a_dangling_link_are_found_in_samples() -> None:
    sample = (
        "class Settings(BaseSettings):\n"
        "    model_config: ClassVar = 1\n"
        "    database: str = 'x'\n"
        "zone = os.environ.get('DUBAN_ZONE')"
    )
    assert rules.settings_of(ast.parse(sample)) == {"DUBAN_DATABASE", "DUBAN_ZONE"}
    assert _dangling("docs/a.md", "[here](../README.md) [gone](gone.md) [web](https://example.org/x)") == [
        "docs/a.md: gone.md"
    ]
