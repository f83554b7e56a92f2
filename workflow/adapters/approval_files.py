"""Approval definitions as YAML: read with the place of every value, and written.

Of YAML only what a definition needs: maps, lists, plain and quoted texts, whole numbers, true, false and null (the core
schema of YAML 1.2, so that `on` and `no` are texts). Anchors, aliases and tags are refused: a definition says all that
it says in full, and nothing in it can grow when it is read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml
from yaml.events import AliasEvent, NodeEvent
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from workflow.approvals.definitions import Definition
from workflow.approvals.remarks import DefinitionInvalid, Path, Place, Remark, Stated
from workflow.errors import Missing

LARGEST = 64 * 1024
"""Bytes: the shipped definitions are under 2 KB; twenty full steps some 20."""
DEEPEST = 12
"""Levels of maps and lists within one another; a definition has five."""
WHOLE_NUMBER = re.compile(r"[-+]?[0-9]{1,18}")
WORDS: dict[str, Any] = {
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
    "null": None, "Null": None, "NULL": None, "~": None, "": None,
}  # fmt: skip
SYNTAX = (
    ("'\\t'", "yaml_tab"),
    ("mapping values are not allowed", "yaml_colon"),
    ("could not find expected ':'", "yaml_colon"),
    ("quoted scalar", "yaml_quote"),
    ("expected ',' or", "yaml_bracket"),
    ("flow", "yaml_bracket"),
    ("block end", "yaml_indent"),
    ("single document", "yaml_one_document"),
    ("document start", "yaml_one_document"),
)
"""What the reader's own words are about, the first that fits."""


class _Refused(Exception):
    """Something that YAML has and definitions do not."""

    def __init__(self, code: str, mark: Any) -> None:
        super().__init__(code)
        self.fault = _at(Place(mark.line + 1, mark.column + 1), code)


class _Loader(yaml.SafeLoader):
    """Composes nodes of one document; what definitions do not have is refused where it stands."""

    depth = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor is not None):
            raise _Refused("yaml_anchor", event.start_mark)
        if getattr(event, "tag", None) not in (None, "!"):
            raise _Refused("yaml_tag", event.start_mark)
        if self.depth >= DEEPEST:
            raise _Refused("yaml_depth", event.start_mark)
        self.depth += 1
        node: Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node


def read_yaml(data: bytes) -> Stated:
    """What a YAML text states, with places. Raises DefinitionInvalid where it cannot be read as YAML."""
    text = _decoded(data)
    try:
        root = yaml.compose(text, Loader=_Loader)
    except _Refused as refused:
        raise _invalid(refused.fault) from None
    except yaml.MarkedYAMLError as error:
        raise _invalid(_syntax(error)) from None
    except yaml.reader.ReaderError as error:
        raise _invalid(_at(_place_in(text[: error.position]), "yaml_character")) from None
    building = _Building()
    body = None if root is None else building.value(root, ())
    if building.faults:
        raise _invalid(*building.faults)
    return Stated(body, building.values, building.keys, text)


def read_json(data: bytes) -> Stated:
    """What a JSON text states; it has no places. Raises DefinitionInvalid where it is no JSON, or says a key twice."""
    text = _decoded(data)
    twice: list[str] = []

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        twice.extend(name for n, name in enumerate(names) if name in names[:n])
        return dict(pairs)

    try:
        body = json.loads(text, object_pairs_hook=once, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        raise _invalid(Remark((), Missing("field.json_invalid"))) from None
    if twice:
        raise _invalid(*(Remark((name,), Missing("field.yaml_key_twice")) for name in twice))
    return Stated(body)


def write_yaml(definition: Definition) -> str:
    """A definition as YAML: what differs from the defaults, in the order of the schema."""
    body = definition.model_dump(mode="json", exclude_defaults=True)
    return yaml.safe_dump(body, allow_unicode=True, sort_keys=False, width=110)


def _decoded(data: bytes) -> str:
    if len(data) > LARGEST:
        raise _invalid(Remark((), Missing("field.yaml_too_long", {"most": LARGEST // 1024})))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig")
        raise _invalid(_at(_place_in(before), "yaml_encoding")) from None


def _place_in(before: str) -> Place:
    """The place just after a text."""
    return Place(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


def _syntax(error: yaml.MarkedYAMLError) -> Remark:
    mark = error.problem_mark or error.context_mark
    place = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
    said = " ".join(part for part in (error.context, error.problem) if part)
    return _at(place, next((code for words, code in SYNTAX if words in said), "yaml_syntax"))


def _at(place: Place, code: str) -> Remark:
    return Remark((), Missing(f"field.{code}"), place=place)


def _invalid(*faults: Remark) -> DefinitionInvalid:
    return DefinitionInvalid(missing=Stated(None).tell(faults))


class _Building:
    """Plain values out of nodes, and where each of them stands."""

    def __init__(self) -> None:
        self.values: dict[Path, Place] = {}
        self.keys: dict[Path, Place] = {}
        self.faults: list[Remark] = []

    def value(self, node: Node, path: Path) -> Any:
        self.values[path] = _place(node)
        if isinstance(node, MappingNode):
            return dict(self._entries(node, path))
        if isinstance(node, SequenceNode):
            return [self.value(each, (*path, n)) for n, each in enumerate(node.value)]
        return _scalar(node)

    def _entries(self, node: MappingNode, path: Path) -> Iterator[tuple[str, Any]]:
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self.faults.append(Remark(path, Missing("field.yaml_key"), place=_place(key)))
                continue
            here = (*path, key.value)
            if key.value in seen:
                self.faults.append(Remark(here, Missing("field.yaml_key_twice"), place=_place(key)))
            seen.add(key.value)
            self.keys[here] = _place(key)
            yield key.value, self.value(value, here)


def _place(node: Node) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)


def _scalar(node: Any) -> Any:
    """A quoted text is a text; a plain one may be a word or a whole number. A fraction stays as it is written."""
    text: str = node.value
    if node.style is not None:
        return text
    if text in WORDS:
        return WORDS[text]
    return int(text) if WHOLE_NUMBER.fullmatch(text) else text
