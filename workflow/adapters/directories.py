"""The units that a shipped plan names (`units.yaml`): what a new database's directory begins with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml


@dataclass(frozen=True, slots=True)
class ShippedUnit:
    """An organ or a group as the file gives it; `members` are printed names, groups only."""

    code: str
    name: str
    printed_name: str
    aliases: tuple[str, ...]
    district: bool
    members: tuple[str, ...] = ()
    confirmed: bool = True
    group: bool = False


def read_units(path: Path) -> Iterator[ShippedUnit]:
    """Organs first, then groups, in the file's order; codes U01…, G01….

    A district's organ is told by its name: it has 区 after the first character.
    """
    body = yaml.safe_load(path.read_text(encoding="utf-8"))
    for n, unit in enumerate(body["units"], 1):
        name = unit["simplified"]
        aliases = tuple(unit.get("aliases") or ())
        yield ShippedUnit(f"U{n:02}", name, unit["traditional"], aliases, district="区" in name)
    for n, group in enumerate(body["groups"], 1):
        yield ShippedUnit(
            f"G{n:02}", group["simplified"], group["traditional"], (), district=False,
            members=tuple(group["members"]), confirmed=bool(group["confirmed"]), group=True,
        )  # fmt: skip
