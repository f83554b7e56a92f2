"""Every table of the law is whole: named in three languages, reachable, permitted to somebody, drawn as it stands."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import pytest

import models.states
import workflow.lifecycles
from duban import lifecycles as drawn
from models.states import Role
from tests.house.sources import OURS, modules, text_of, tree_of
from workflow.law import LAWS, Action, Lifecycle, nobody
from workflow.words import LANGUAGES, catalogue

MODULES = [module.name for module in pkgutil.iter_modules(workflow.lifecycles.__path__)]
for name in MODULES:
    importlib.import_module(f"workflow.lifecycles.{name}")

KINDS = sorted(LAWS)
ROWS = [(kind, action) for kind in KINDS for action in LAWS[kind].actions]
UNREACHED = {"notice": {"replaced"}}
"""States that nothing leads to yet: a notice is replaced by a further one, which is not drafted before it exists."""
SPOKEN_PER_KIND = {
    "ItemState": "item.state",
    "CriteriaState": "criteria.state",
    "WorkPlanState": "work_plan.state",
    "ReportState": "report.state",
    "ProblemState": "problem.state",
    "AttestationState": "attestation.state",
    "AdjustmentState": "adjustment.state",
    "InstructionState": "instruction.state",
    "EventState": "event.state",
    "CalendarYearState": "calendar_year.state",
    "MoveBasis": "due_basis",
    "PlanState": "plan.state",
    "FindingState": "finding.state",
    "TaskState": "task.state",
    "PartState": "part.state",
    "MilestoneState": "milestone.state",
    "ShareState": "share.state",
    "EvidenceState": "evidence.state",
    "ApprovalState": "approval.state",
    "SeatState": "seat.state",
    "CardState": "card.state",
    "NoticeState": "notice.state",
    "PersonState": "person.state",
    "WebhookState": "webhook.state",
}
"""Under which words an enumeration is said; any other under its own name: `PartRole` as `part_role`."""


def _wordless(keys: set[str]) -> list[str]:
    return sorted(f"{language}: {key}" for language in LANGUAGES for key in keys - set(catalogue(language)))


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def _enumerations() -> Iterator[type[StrEnum]]:
    for found in vars(models.states).values():
        if isinstance(found, type) and issubclass(found, StrEnum) and found is not StrEnum:
            yield found


def _topics(tree: ast.Module) -> set[str]:
    """Kinds of letter that code names outright: `Telling("topic", …)`, or a row of the outbox with its topic."""
    named: list[ast.expr | None] = []
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="Telling"), args=[topic, *_]):
                named.append(topic)
            case ast.Dict(keys=keys, values=values):
                named += [
                    value
                    for key, value in zip(keys, values, strict=True)
                    if isinstance(key, ast.Constant) and key.value == "topic"
                ]
    return {str(topic.value) for topic in named if isinstance(topic, ast.Constant)}


def test_importing_the_package_declares_every_table() -> None:
    imports = [
        node
        for node in ast.walk(tree_of("workflow/lifecycles/__init__.py"))
        if isinstance(node, ast.ImportFrom)
    ]
    assert {node.module for node in imports} == {f"workflow.lifecycles.{name}" for name in MODULES}


@pytest.mark.parametrize("kind", KINDS)
def test_a_lifecycle_its_states_and_its_actions_have_words(kind: str) -> None:
    law = LAWS[kind]
    keys = {f"kind.{kind}"} | {f"{kind}.state.{state}" for state in law.states}
    assert _wordless(keys | {f"{kind}.{action}" for action in law.actions}) == []


@pytest.mark.parametrize("kind", KINDS)
def test_who_may_and_what_is_asked_have_words(kind: str) -> None:
    law = LAWS[kind]
    keys = {drawn.who(law, action) for action in law.actions.values()}
    assert _wordless(keys | {key for action in law.actions.values() for key in drawn.asked(action)}) == []


def test_every_kind_of_letter_has_a_name() -> None:
    topics = {topic for kind, action in ROWS for topic in drawn.topics(LAWS[kind].actions[action])}
    topics |= {topic for name in modules(*OURS) for topic in _topics(tree_of(name))}
    assert _wordless({f"topic.{topic}" for topic in topics}) == []


@pytest.mark.parametrize("enumeration", list(_enumerations()), ids=lambda found: str(found.__name__))
def test_every_value_that_is_stored_can_be_said(enumeration: type[StrEnum]) -> None:
    name = SPOKEN_PER_KIND.get(enumeration.__name__, _snake(enumeration.__name__))
    assert _wordless({f"{name}.{value}" for value in enumeration}) == []


def test_the_steps_of_shipped_definitions_can_be_said() -> None:
    from workflow.adapters import shipped
    from workflow.approvals.definitions import Definition

    steps = [step for body in shipped.definitions() for step in Definition.model_validate(body).steps]
    keys = {f"step.{step.key}" for step in steps} | {f"step_mode.{step.mode}" for step in steps}
    assert _wordless(keys | {f"role.{role}" for role in Role}) == []


@pytest.mark.parametrize(("kind", "name"), ROWS)
def test_every_action_is_permitted_to_somebody_by_name(kind: str, name: str) -> None:
    may = LAWS[kind].actions[name].may
    assert may is not nobody, "no permission declared means nobody, for ever"
    assert may.__name__ != "<lambda>", "who may is said in words, so it has a name"


@pytest.mark.parametrize(("kind", "name"), ROWS)
def test_every_action_goes_from_states_to_a_state(kind: str, name: str) -> None:
    law = LAWS[kind]
    action: Action[Any] = law.actions[name]
    known = set(law.states)
    assert action.sources
    assert len(set(action.sources)) == len(action.sources)
    assert set(action.sources) <= known
    assert action.to is None or action.to in known
    assert action.sources != (action.to,), "an action that keeps the state has no `to`"


@pytest.mark.parametrize("kind", KINDS)
def test_every_state_is_reached(kind: str) -> None:
    law: Lifecycle[Any] = LAWS[kind]
    assert set(law.states) - drawn.reachable(law) == UNREACHED.get(kind, set())


@pytest.mark.parametrize(("kind", "name"), ROWS)
def test_every_teller_names_its_kind_of_letter(kind: str, name: str) -> None:
    assert all(drawn.topics(LAWS[kind].actions[name]))


def test_the_drawn_law_is_the_law() -> None:
    assert text_of("docs/lifecycles.md") == drawn.document(), (
        "run `python -m duban.lifecycles > docs/lifecycles.md`"
    )


def test_a_diagram_has_every_state_and_every_arrow() -> None:
    drawing = drawn.diagram(LAWS["part"])
    assert drawing.splitlines() == [
        "```mermaid",
        "stateDiagram-v2",
        '    state "Assigned 待签收" as assigned',
        '    state "Acknowledged 已签收" as acknowledged',
        "    [*] --> assigned",
        "    assigned --> acknowledged : Acknowledge 签收",
        "    acknowledged --> [*]",
        "```",
    ]


def test_the_rules_see_what_is_missing() -> None:
    assert _wordless({"task.dance"}) == [f"{language}: task.dance" for language in sorted(LANGUAGES)]
    assert _topics(ast.parse('Telling("waltz", {}); row = {"topic": "polka", "x": 1}')) == {"waltz", "polka"}
    assert _snake("PartRole") == "part_role"
