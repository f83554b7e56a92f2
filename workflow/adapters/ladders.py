"""Reads the shipped rules of reminders and cards from `plans/rules/`."""

from __future__ import annotations

from pathlib import Path

import yaml

from workflow.errors import Missing
from workflow.ladder import Rules, RulesInvalid, parse

SHIPPED = Path(__file__).parents[2] / "plans" / "rules" / "default.yaml"


def read_rules(path: Path = SHIPPED) -> Rules:
    """The rules in one YAML file. Raises RulesInvalid naming every place that is wrong."""
    try:
        stated = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (
        yaml.YAMLError,
        ValueError,
    ) as unread:  # ValueError: bytes that are not UTF-8, or a date such as 02-30
        raise RulesInvalid(missing=[Missing("rule_yaml", {"file": path.name})]) from unread
    return parse(stated)
