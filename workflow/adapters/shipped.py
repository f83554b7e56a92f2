"""The data that ships with Duban under `plans/`: approval definitions and rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

PLANS = Path(__file__).parent.parent.parent / "plans"


def definitions(folder: Path = PLANS / "definitions") -> list[dict[str, Any]]:
    """The approval definitions, one per file."""
    return [yaml.safe_load(path.read_text()) for path in sorted(folder.glob("*.yaml"))]


def rules(path: Path = PLANS / "rules" / "default.yaml") -> dict[str, Any]:
    """The default rule set of reminders and ladder."""
    return dict(yaml.safe_load(path.read_text()))
