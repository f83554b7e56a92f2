"""The house rules as functions: a syntax tree or a text goes in, the lines that break the rule come out.

They take trees and not files, so that the tests can also feed them a bad sample: a rule that cannot fail
keeps nothing.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

LONGEST_FILE = 400
EMPTY_NAMES = {
    "utils",
    "util",
    "helpers",
    "helper",
    "manager",
    "managers",
    "common",
    "service",
    "services",
    "misc",
}
OURS = {"models", "workflow", "api", "schedules", "duban", "benchmarks", "tests"}

SQL_SETS_STATE = re.compile(r"\bupdate\b.+\bset\b[^;]*\bstate\s*=", re.IGNORECASE | re.DOTALL)
TRACES = re.compile(
    r"(?<![\w.:/-])/(?:root|work)/"  # a developer's own folders
    r"|/(?:home|Users)/[a-z]\w*/"
    r"|\bfiles\.pythonhosted\.org|\bpypi\.org/(?:simple|packages)|\bregistry\.npmjs\.org"
    r"|\bproxy\.golang\.org|\bdeb\.debian\.org|--(?:extra-)?index-url[ =]"
)
MARKS = (
    *("/root/", "/work/", "/home/", "/Users/", "pythonhosted.org", "pypi.org/", "registry.npmjs.org"),
    *("proxy.golang.org", "deb.debian.org", "index-url"),
)
"""One of these is in every trace. Fonts and pictures have millions of signs, and are not read any closer than this."""


def commits(tree: ast.Module) -> list[int]:
    """Lines that end a transaction: `.commit()`, `.begin()` as the start of one's own, or COMMIT as text."""
    return sorted(
        node.lineno
        for node in ast.walk(tree)
        if (isinstance(node, ast.Call) and _called(node) in {"commit", "begin"})
        or (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node.value.strip().upper() == "COMMIT"
        )
    )


def state_writes(tree: ast.Module) -> list[int]:
    """Lines that change a stored state: by attribute, by a built UPDATE, or by SQL as text."""
    return sorted(
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt | ast.expr)
        and (_assigns_state(node) or _updates_state(node) or _says_update_of_state(node))
    )


def assertions(tree: ast.Module) -> list[int]:
    """Lines with `assert`, which vanishes under `python -O`."""
    return [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Assert)]


def prints(tree: ast.Module) -> list[int]:
    """Lines that print: what runs as a server logs."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]


def imports_of_ours(tree: ast.Module) -> list[int]:
    """Lines that import a package of this repository: a migration must mean the same in ten years."""
    return [line for line, name in _imported(tree) if name.split(".")[0] in OURS]


def is_too_long(text: str) -> bool:
    """Whether a file is past the length at which it is cut by noun."""
    return text.count("\n") > LONGEST_FILE


def says_nothing(name: str) -> bool:
    """Whether a path holds a module or package whose name fits anything."""
    return any(part.removesuffix(".py") in EMPTY_NAMES for part in name.split("/"))


def traces(text: str) -> list[int]:
    """Lines that give away where the work was done: somebody's folders, the host of a package registry."""
    if not any(mark in text for mark in MARKS):
        return []
    return [number for number, line in enumerate(text.splitlines(), 1) if TRACES.search(line)]


def spoken_keys(tree: ast.Module) -> set[str]:
    """The catalogue keys that code names outright: `say("key")`, `Missing("code")` as `need.code`, and
    `Missing("field.code")` as it is."""
    keys = set()
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args):
        word = call.args[0]
        if isinstance(word, ast.Constant) and isinstance(word.value, str) and not _is_anothers_method(call):
            lack = word.value if word.value.startswith("field.") else f"need.{word.value}"
            keys |= {"say": {word.value}, "Missing": {lack}}.get(_called(call), set())
    return keys


def _is_anothers_method(call: ast.Call) -> bool:
    """`self.story.say(…)` is not the catalogue's `say`; `words.say(…)` is."""
    match call.func:
        case ast.Attribute(value=ast.Name(id="words")):
            return False
        case ast.Attribute():
            return True
    return False


def spoken_prefixes(tree: ast.Module) -> set[str]:
    """How the keys begin that code puts together: `say(f"card.{colour}")` gives `card.`."""
    prefixes = set()
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args):
        word = call.args[0]
        if (
            _called(call) == "say"
            and isinstance(word, ast.JoinedStr)
            and isinstance(word.values[0], ast.Constant)
        ):
            prefixes.add(str(word.values[0].value))
    return prefixes


def spoken_in_template(text: str) -> set[str]:
    """The catalogue keys that a Jinja template names outright."""
    return set(re.findall(r"\bsay\(\s*[\"']([\w.-]+)[\"']\s*[,)]", text))


def settings_of(tree: ast.Module) -> set[str]:
    """The environment variables of ours that code reads: by name, or as the fields of a settings class."""
    read = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    names = {value for value in read if re.fullmatch(r"DUBAN_[A-Z0-9_]*[A-Z0-9]", value)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any(
            ast.unparse(base).endswith("BaseSettings") for base in node.bases
        ):
            fields = [line.target for line in node.body if isinstance(line, ast.AnnAssign)]
            names |= {f"DUBAN_{field.id.upper()}" for field in fields if isinstance(field, ast.Name)}
    return names - {"DUBAN_MODEL_CONFIG"}


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _assigns_state(node: ast.AST) -> bool:
    match node:
        case ast.Assign(targets=targets):
            return any(map(_is_anothers_state, targets))
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
            return _is_anothers_state(target)
        case ast.Call(func=ast.Name(id="setattr"), args=[_, ast.Constant(value="state"), *_]):
            return True
    return False


def _is_anothers_state(target: ast.AST) -> bool:
    """Whether another object's state is assigned; what sets `self.state` builds something not stored."""
    match target:
        case ast.Attribute(attr="state", value=ast.Name(id="self")):
            return False
        case ast.Attribute(attr="state"):
            return True
    return False


def _updates_state(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    match _called(node):
        case "values":
            return _is_update(node.func) and _names_state(node)
        case "on_conflict_do_update":
            return _names_state(node)
        case "execute" | "execution_options":
            return bool(node.args) and _is_update(node.args[0]) and any(map(_has_state_key, node.args[1:]))
    return False


def _is_update(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Call) and _called(part) == "update" for part in ast.walk(node))


def _names_state(call: ast.Call) -> bool:
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return any(keyword.arg == "state" for keyword in call.keywords) or any(map(_has_state_key, given))


def _has_state_key(node: ast.AST) -> bool:
    keys = [key for part in ast.walk(node) if isinstance(part, ast.Dict) for key in part.keys]
    return any(
        (isinstance(key, ast.Constant) and key.value == "state")
        or (isinstance(key, ast.Attribute) and key.attr == "state")
        for key in keys
    )


def _says_update_of_state(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and bool(SQL_SETS_STATE.search(node.value))
    )


def _imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, node.module or "models"  # a relative import is an import of ours
