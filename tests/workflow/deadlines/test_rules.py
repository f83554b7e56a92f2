"""The rules as data: what ships can be used, and what cannot is refused by place."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from models.states import CardColour
from workflow.adapters.ladders import SHIPPED, read_rules
from workflow.deadlines import Roll
from workflow.ladder import RulesInvalid, in_force, parse, validate
from workflow.words import LANGUAGES, say


def shipped() -> dict[str, Any]:
    body = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    assert isinstance(body, dict)
    return body


def test_the_shipped_rules_are_the_default_of_the_specification() -> None:
    rules = read_rules()
    assert rules.reminders.before == (30, 7, 3, 1)
    assert (rules.reminders.on_day, rules.reminders.after_every, rules.reminders.roll) == (
        True,
        5,
        Roll.PRECEDING,
    )
    assert rules.near_due.days_left == 30
    assert [(rung.rung, rung.late_days, rung.colour) for rung in rules.ladder] == [
        ("late-1", 1, CardColour.YELLOW),
        ("late-15", 15, CardColour.RED),
    ]


def test_rules_from_a_row_whose_date_is_text_are_the_same() -> None:
    body = shipped()
    assert parse({**body, "effective_on": "2022-01-01"}) == parse(body)


def test_the_latest_edition_in_effect_applies() -> None:
    old = read_rules()
    new = replace(old, version="2", effective_on=date(2023, 7, 1))
    assert in_force([new, old], date(2023, 6, 30)) is old
    assert in_force([new, old], date(2023, 7, 1)) is new
    with pytest.raises(RulesInvalid):
        in_force([new, old], date(2021, 12, 31))


BROKEN: list[tuple[tuple[str | int, ...], Any, str, str]] = [
    (("version",), " ", "rule_text", "version"),
    (("effective_on",), "soon", "rule_date", "effective_on"),
    (("reminders",), {"before": []}, "rule_keys", "reminders"),
    (("reminders", "before"), [30, 30], "rule_days", "reminders.before"),
    (("reminders", "before"), [-3], "rule_days", "reminders.before"),
    (("reminders", "roll"), "up", "rule_choice", "reminders.roll"),
    (("reminders", "on_day"), 1, "rule_choice", "reminders.on_day"),
    (("reminders", "after_every"), True, "rule_number", "reminders.after_every"),
    (("near_due", "days_left"), 400, "rule_number", "near_due.days_left"),
    (("near_due",), [], "rule_keys", "near_due"),
    (("ladder",), [], "rule_list", "ladder"),
    (("ladder", 0), {"rung": "late-1"}, "rule_keys", "ladder[0]"),
    (("ladder", 0, "rung"), "x" * 41, "rule_rung", "ladder[0].rung"),
    (("ladder", 0, "late_days"), 0, "rule_number", "ladder[0].late_days"),
    (("ladder", 0, "late_days"), 15, "rule_order", "ladder[1].late_days"),
    (("ladder", 1, "rung"), "late-1", "rule_repeated", "ladder[1].rung"),
    (("ladder", 0, "colour"), "red", "", ""),
    (("ladder", 1, "colour"), "purple", "rule_choice", "ladder[1].colour"),
    (("ladder", 1, "source"), None, "rule_text", "ladder[1].source"),
]


@pytest.mark.parametrize(("place", "value", "code", "field"), BROKEN)
def test_a_fault_is_named_by_its_place_in_every_language(
    place: tuple[str | int, ...], value: Any, code: str, field: str
) -> None:
    body = deepcopy(shipped())
    inner: Any = body
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    assert [(missing.code, missing.facts["field"]) for missing in validate(body)] == (
        [(code, field)] if code else []
    )
    for missing in validate(body):
        assert all(say(f"need.{missing.code}", language, **missing.facts) for language in LANGUAGES)


def test_a_ladder_that_turns_milder_is_refused() -> None:
    body = shipped()
    body["ladder"][0]["colour"], body["ladder"][1]["colour"] = "red", "yellow"
    assert [missing.code for missing in validate(body)] == ["rule_milder"]


def test_all_faults_are_named_at_once() -> None:
    body = {**shipped(), "version": "", "effective_on": 3, "ladder": "steep"}
    with pytest.raises(RulesInvalid) as refused:
        parse(body)
    assert {missing.code for missing in refused.value.missing} == {"rule_text", "rule_date", "rule_list"}


@pytest.mark.parametrize("body", [None, [], "rules", {"version": "1"}])
def test_what_is_no_rule_table_is_refused(body: Any) -> None:
    assert [missing.code for missing in validate(body)] == ["rule_keys"]


def test_a_file_that_is_not_yaml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text("version: [", encoding="utf-8")
    with pytest.raises(RulesInvalid) as refused:
        read_rules(path)
    assert [missing.code for missing in refused.value.missing] == ["rule_yaml"]
