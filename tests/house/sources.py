"""What the house rules are read over: the files that belong to the repository, and their syntax trees."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
OURS = ("models", "workflow", "api", "schedules", "duban")
"""The packages that run; tests, benchmarks and migrations have rules of their own."""


@cache
def tracked() -> tuple[str, ...]:
    """Every file of the repository, tracked or about to be, as a path from its root with forward slashes."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    found = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    return tuple(sorted({name for name in found if name and (ROOT / name).is_file()}))


def modules(*folders: str) -> list[str]:
    """The Python files under `folders`."""
    return [name for name in tracked() if name.endswith(".py") and name.split("/")[0] in folders]


def text_of(name: str) -> str:
    """The file's text; bytes that are no UTF-8 (pictures, fonts, papers) come as replacement characters."""
    return (ROOT / name).read_bytes().decode("utf-8", errors="replace")


@cache
def tree_of(name: str) -> ast.Module:
    """The file's syntax tree."""
    return ast.parse(text_of(name), name)
