"""Definitions of approvals as texts: what is wrong with one is named by line and column, field and fix."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.states import Purpose
from tests.house.sources import text_of
from tests.workflow.approvals.stated import definitions
from workflow.adapters.approval_files import LARGEST, read_json, read_yaml, write_yaml
from workflow.adapters.shipped import PLANS
from workflow.approvals import schema
from workflow.approvals.definitions import Condition, Definition, Of, OwnSubmission, WhenEmpty
from workflow.approvals.entering import judge
from workflow.approvals.possibilities import possibilities
from workflow.approvals.remarks import DefinitionInvalid, Stated
from workflow.approvals.seating import Asked, holds
from workflow.errors import Missing
from workflow.sentences import lack_sentence
from workflow.words import LANGUAGES, catalogue

SHIPPED = sorted((PLANS / "definitions").glob("*.yaml"))
GOOD = """\
key: milestone
purpose: acceptance
steps:
  - key: unit_review
    role: reviewer
    of: lead
  - key: countersign
    role: reviewer
    of: joint
    mode: all
    when_empty: skip
  - key: accept
    role: supervisor
    of: office
"""


LONG = "countersign_of_all_units_"
"""So long that the keys of the steps that confirm its signers would be one."""


def faults_of(text: str | bytes) -> list[Missing]:
    """All that is wrong with a text, as it is told."""
    data = text.encode() if isinstance(text, str) else text
    try:
        stated = read_yaml(data)
    except DefinitionInvalid as refusal:
        return list(refusal.missing)
    return stated.tell(judge(stated).faults)


def warnings_of(text: str) -> list[Missing]:
    stated = read_yaml(text.encode())
    found = judge(stated)
    assert found.faults == ()
    return stated.tell(found.warnings)


def placed(told: list[Missing]) -> list[tuple[int, int, str, str]]:
    return [(m.facts["at_line"], m.facts["at_column"], m.facts["field"], m.code) for m in told]


def with_step(**step: Any) -> str:
    """The good definition with another step before the last."""
    body = json.loads(json.dumps(read_yaml(GOOD.encode()).body))
    body["steps"].insert(2, {"key": "more", **step})
    return json.dumps(body)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_what_ships_is_in_order(path: Any) -> None:
    found = judge(read_yaml(path.read_bytes()))
    assert (found.faults, found.warnings) == ((), ())
    assert found.definition is not None
    assert found.definition.key == path.stem


@given(definitions())
def test_a_definition_that_is_written_and_read_again_is_itself(definition: Definition) -> None:
    text = write_yaml(definition)
    assert schema.read(read_yaml(text.encode())) == definition
    body = json.dumps(definition.model_dump(mode="json"))
    assert schema.read(read_json(body.encode())) == definition
    assert Definition.model_validate_json(body) == definition, "as it is kept"


@pytest.mark.parametrize(
    ("text", "place", "code"),
    [
        ("", (None, None), "field.definition_mapping"),
        ("- milestone\n", (1, 1), "field.definition_mapping"),
        ("key: a\nkey: b\n", (2, 1), "field.yaml_key_twice"),
        ("key: &here a\n", (1, 6), "field.yaml_anchor"),
        ("a: b\nkey: *here\n", (2, 6), "field.yaml_anchor"),
        ("base: {a: 1}\n<<: *base\n", (2, 5), "field.yaml_anchor"),
        ("key: !!python/object/apply:os.system [ls]\n", (1, 6), "field.yaml_tag"),
        ("key: !!str 7\n", (1, 6), "field.yaml_tag"),
        ("key: a: b\n", (1, 7), "field.yaml_colon"),
        ("key: a\nsteps\n", (3, 1), "field.yaml_colon"),
        ("key: 'a\n", (2, 1), "field.yaml_quote"),
        ("steps: [a, b\n", (2, 1), "field.yaml_bracket"),
        ("steps:\n\t- key: a\n", (2, 1), "field.yaml_tab"),
        ("key: a\n---\nkey: b\n", (2, 1), "field.yaml_one_document"),
        ("? [a]\n: b\n", (1, 3), "field.yaml_key"),
        ("@key: a\n", (1, 1), "field.yaml_syntax"),
        ("key: a\x07\n", (1, 7), "field.yaml_character"),
        ('a: 1\nkey: "\\0"\n', (2, 6), "field.definition_characters"),
        ('key: "\\ud800"\n', (1, 6), "field.definition_characters"),
        (b"key: a\n# \xff\n", (2, 3), "field.yaml_encoding"),
        ("[" * 5000, (1, 13), "field.yaml_depth"),
        ("{a: " * 5000, (1, 46), "field.yaml_depth"),
        (f"key: {'a' * 300}\n", (1, 6), "field.string_too_long"),
        ("# " + "a" * LARGEST, (None, None), "field.yaml_too_long"),
    ],
)  # fmt: skip
def test_what_is_no_definition_at_all_is_named_where_it_stands(
    text: str | bytes, place: tuple[int | None, int | None], code: str
) -> None:
    (told,) = faults_of(text)
    assert (told.code, (told.facts.get("at_line"), told.facts.get("at_column"))) == (code, place)


def test_every_fault_of_the_form_is_told_at_once_in_the_order_of_the_text() -> None:
    text = """\
purpose: approval
steps:
  - key: Unit Review
    rolle: reviewer
    of: lead
    limit: {days: 0, then: wait}
  - key: accept
    role: supervisor
    of: office
    mode: vote
    vote: {ratio: 66%}
extra: 1
"""
    assert placed(faults_of(text)) == [
        (1, 1, "key", "field.missing"),
        (1, 10, "purpose", "field.enum"),
        (3, 10, "steps.0.key", "field.definition_key"),
        (4, 5, "steps.0.rolle", "field.definition_unknown"),
        (6, 19, "steps.0.limit.days", "field.greater_than_equal"),
        (6, 28, "steps.0.limit.then", "field.enum"),
        (11, 19, "steps.1.vote.ratio", "field.definition_ratio"),
        (12, 1, "extra", "field.definition_unknown"),
    ]


@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        ("{role: reviewer}", "steps.0", "field.role_of_units"),
        ("{of: lead}", "steps.0", "field.step_names_one"),
        ("{role: reviewer, of: lead, group: heads}", "steps.0", "field.step_names_one"),
        ("{role: reviewer, of: lead, mode: vote}", "steps.0", "field.vote_goes_with_mode"),
        ("{role: reviewer, of: lead, vote: {count: 1}}", "steps.0", "field.vote_goes_with_mode"),
        ("{role: reviewer, of: lead, mode: vote, vote: {}}", "steps.0.vote", "field.vote_needs_one"),
        ("{role: reviewer, of: lead, mode: vote, vote: {ratio: 3/2}}", "steps.0.vote", "field.vote_above_all"),
        ("{role: reviewer, of: lead, mode: vote, vote: {ratio: 1/2, count: 1}}", "steps.0.vote",
         "field.vote_needs_one"),
        ("{superior_of: later}", "steps.0.superior_of", "field.superior_of_earlier"),
        ("{people: [7]}", "steps.0.people.0", "field.string_type"),
        ("{people: amira}", "steps.0.people", "field.list_type"),
        ("{role: reviewer, of: lead, limit: {days: '7'}}", "steps.0.limit.days", "field.int_type"),
        ("{role: reviewer, of: lead, limit: {days: true}}", "steps.0.limit.days", "field.int_type"),
        ("{role: reviewer, of: lead, only_if: {quantity_at_least: many}}", "steps.0.only_if.quantity_at_least",
         "field.decimal_parsing"),
        ("{role: reviewer, of: lead, only_if: {quantity_at_least: .inf}}", "steps.0.only_if.quantity_at_least",
         "field.decimal_parsing"),
        ("{role: reviewer, of: lead, only_if: {quantity_below: 1e99}}", "steps.0.only_if.quantity_below",
         "field.decimal_max_digits"),
        ("{people: [jun, cai], mode: vote, vote: {ratio: 1٢/3٣}}", "steps.0.vote.ratio", "field.definition_ratio"),
        ("[a]", "steps.0", "field.definition_mapping"),
    ],
)  # fmt: skip
def test_each_rule_of_the_schema_is_told_at_its_step(changed: str, field: str, code: str) -> None:
    step = changed if changed.startswith("[") else changed.replace("{", "{key: first, ", 1)
    told = faults_of(
        f"key: a\npurpose: waiver\nsteps:\n  - {step}\n  - {{key: later, role: leader, of: office}}\n"
    )
    assert [(m.facts["at_line"], m.facts["field"], m.code) for m in told] == [(4, field, code)]


def test_a_step_is_named_once_and_not_like_the_submitter() -> None:
    head = "key: a\npurpose: waiver\nsteps:\n  - {key: one, role: leader, of: office}\n"
    assert placed(faults_of(head + "  - {key: one, role: leader, of: office}\n")) == [
        (5, 11, "steps.1.key", "field.step_named_once")
    ]
    assert placed(faults_of(head + "  - {key: submitter, role: leader, of: office}\n")) == [
        (5, 11, "steps.1.key", "field.step_named_once")
    ]


def test_a_programme_needs_its_plan() -> None:
    told = faults_of(GOOD + "holds_for: {programme: 1}\n")
    assert [(m.facts["field"], m.code) for m in told] == [("holds_for", "field.scope_needs_plan")]


def test_an_unknown_field_names_those_that_there_are_the_likeliest_first() -> None:
    (told,) = faults_of(GOOD.replace("when_empty", "when_emty"))
    assert told.facts["known"].split(", ")[0] == "when_empty"
    assert "confirm_above" in told.facts["known"]


def test_words_of_yaml_1_1_are_texts_and_numbers_are_not_reckoned() -> None:
    stated = read_yaml(b"a: on\nb: 010\nc: 1_000\nd: 12:30\ne: 2022-01-14\nf: 0.10\ng: yes\nh: true\ni: ~\n")
    assert stated.body == {
        "a": "on", "b": 10, "c": "1_000", "d": "12:30", "e": "2022-01-14", "f": "0.10", "g": "yes",
        "h": True, "i": None,
    }  # fmt: skip


def test_a_quantity_is_exact_as_it_is_written() -> None:
    text = with_step(role="leader", of="office", only_if={"quantity_at_least": "0.10"}).replace(
        '"0.10"', "0.1000000"
    )
    for read in (read_yaml, read_json):
        found = schema.read(read(text.encode()))
        assert isinstance(found, Definition)
        assert str(found.steps[2].only_if.quantity_at_least) == "0.1000000"  # type: ignore[union-attr]


def test_json_says_each_key_once_and_is_json() -> None:
    for text, code in (('{"key": 1, "key": 2}', "field.yaml_key_twice"), ("{", "field.json_invalid"),
                       ("[" * 100000, "field.yaml_too_long"), ("[" * 60000, "field.json_invalid"),
                       ("9" * 5000, "field.json_invalid")):  # fmt: skip
        with pytest.raises(DefinitionInvalid) as refused:
            read_json(text.encode())
        assert [lack.code for lack in refused.value.missing] == [code]


# Beyond the schema


@pytest.mark.parametrize(
    ("text", "field", "code"),
    [
        (GOOD + "    limit: {days: 7, then: pass}\n", "steps.2.limit.then", "definition_silent_end"),
        (GOOD + "caps: {times: 1}\n", "caps", "definition_caps_of_extension"),
        (GOOD + "returns: {resume: [restart, restart]}\n", "returns.resume.1", "definition_named_twice"),
        (GOOD.replace("supervisor", "leader"), "steps.2", "definition_accepter_last"),
        (with_step(people=["amira", "amira"]), "steps.2.people.1", "definition_named_twice"),
        (GOOD.replace("unit_review", "confirm_signers_countersign").replace("all\n", "all\n    confirm_above: 5\n"),
         "steps.1.key", "definition_named_twice"),
        (with_step(key=LONG + "b", people=["amira", "jun"], mode="all", confirm_above=1).replace("countersign", LONG)
         .replace('"all", "when', '"all", "confirm_above": 5, "when'), "steps.2.key", "definition_named_twice"),
        (with_step(group="heads", only_if={"quantity_at_least": 5, "quantity_below": 5}), "steps.2.only_if",
         "definition_unreachable"),
        (GOOD.replace("purpose: acceptance", "purpose: work_plan\nholds_for: {kind: judged}"), "holds_for.kind",
         "definition_kind_of_milestone"),
    ],
)  # fmt: skip
def test_what_no_schema_can_tell_is_a_fault(text: str, field: str, code: str) -> None:
    assert [(m.facts["field"], m.code) for m in faults_of(text)] == [(field, code)]


def test_a_step_for_another_programme_than_the_scope_is_never_reached() -> None:
    body = read_yaml(GOOD.encode()).body | {"holds_for": {"plan": "p", "programme": 2}}
    body["steps"][0]["only_if"] = {"programmes": [1]}
    assert [m.code for m in Stated(body).tell(judge(Stated(body)).faults)] == ["definition_unreachable"]


def test_silence_ends_nothing_where_the_last_step_may_be_left_out() -> None:
    """Who countersigns in silence would accept, wherever the office's step does not belong to the route."""
    body = read_yaml(GOOD.encode()).body
    body["steps"][1]["limit"] = {"days": 7, "then": "pass"}
    assert judge(Stated(body)).faults == ()
    body["steps"][2]["only_if"] = {"quantity_at_least": 100}
    codes = [(m.facts["field"], m.code) for m in Stated(body).tell(judge(Stated(body)).faults)]
    assert ("steps.1.limit.then", "definition_silent_end") in codes
    assert ("steps.1", "definition_accepter_last") in codes


def test_two_last_steps_that_are_each_others_opposite_are_in_order() -> None:
    body = read_yaml(GOOD.encode()).body
    last = body["steps"].pop()
    body["steps"][1]["limit"] = {"days": 7, "then": "pass"}
    body["steps"].append({**last, "key": "large", "only_if": {"quantity_at_least": 100}})
    body["steps"].append({**last, "key": "small", "only_if": {"quantity_below": 100}})
    found = judge(Stated(body))
    assert (found.faults, found.warnings) == ((), ())


@pytest.mark.parametrize(
    ("text", "field", "code"),
    [
        (with_step(role="leader", of="office", mode="vote", vote={"count": 1}), "steps.2.vote",
         "definition_vote_of_one"),
        (with_step(people=["a", "b"], mode="vote", vote={"count": 3}), "steps.2.vote.count",
         "definition_votes_above_seats"),
        (with_step(role="leader", of="lead", confirm_above=1), "steps.2.confirm_above", "definition_confirms_one"),
        (with_step(role="leader", of="joint"), "steps.2.of", "definition_no_joint_units"),
        (with_step(group="heads", only_if={"programmes": [1]}), "steps.2.only_if.programmes",
         "definition_programmes_of_no_plan"),
    ],
)  # fmt: skip
def test_what_is_doubtful_is_a_warning(text: str, field: str, code: str) -> None:
    assert [(m.facts["field"], m.code) for m in warnings_of(text)] == [(field, code)]


def test_a_definition_that_may_have_no_step_is_doubtful() -> None:
    told = warnings_of("key: a\npurpose: waiver\nsteps:\n  - {key: b, group: heads, when_empty: skip}\n")
    assert [m.code for m in told] == ["definition_may_be_empty"]


@given(definitions([Purpose.WAIVER]), st.data())
def test_the_possibilities_hold_whatever_becomes_of_a_subject(
    definition: Definition, data: st.DataObject
) -> None:
    """Random subjects go the definition's way step by step, as seats are made: none does what was ruled out."""
    could_be = possibilities(definition)
    named = [step.only_if for step in definition.steps if step.only_if]
    limits = [q for c in named for q in (c.quantity_at_least, c.quantity_below) if q is not None]
    numbers = st.sampled_from([*limits, *(q - 1 for q in limits), Decimal(0)])
    only = definition.holds_for.programme
    asked = Asked(
        standing=Joint(data.draw(st.integers(0, 5))),  # type: ignore[arg-type]
        programme=only if only is not None else data.draw(st.none() | st.integers(1, 5)),
        quantities=tuple(data.draw(st.lists(numbers, max_size=3))), submitter=1, on=date(2022, 1, 14),
    )  # fmt: skip
    route = []
    for number, step in enumerate(definition.steps):
        if not holds(step.only_if or Condition(), asked):
            continue
        if step.of is Of.JOINT and not asked.standing.joint_ids:
            if step.when_empty is WhenEmpty.REFUSE:
                assert number in could_be.refused
                return
            if step.when_empty is WhenEmpty.SKIP:
                continue
        fixed = step.role is not None and definition.own_submission is not OwnSubmission.SKIP
        if step.when_empty is WhenEmpty.SKIP and not fixed and data.draw(st.booleans()):
            continue
        route.append(number)
    assert set(route) <= could_be.reached
    assert route[-1] in could_be.last if route else could_be.may_be_none


class Joint:
    """As much of a task as conditions ask for."""

    def __init__(self, units: int) -> None:
        self.joint_ids = tuple(range(units))


# In words


def test_every_fault_of_yaml_and_of_the_schema_has_words_of_its_own() -> None:
    """None falls back to the general sentence, which would not say the fix."""
    yaml = re.findall(r'"(yaml_\w+)"', text_of("workflow/adapters/approval_files.py"))
    own = re.findall(r'PydanticCustomError\(\s*"(\w+)"', text_of("workflow/approvals/definitions.py"))
    told = [*schema.SHAPES.values(), *schema.RENAMED.values(), "definition_unknown", "definition_characters"]
    assert len(yaml) > 10
    assert len(own) == 8
    keys = {f"field.{code}" for code in (*yaml, *own, *told)}
    assert [key for language in LANGUAGES for key in keys - set(catalogue(language))] == []


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh-Hans", "第6行第9列：steps.0.of：须为以下之一：lead, joint, office。"),
        ("en", "Line 6, column 9: steps.0.of: must be one of lead, joint, office."),
    ],
)
def test_a_fault_is_told_with_its_place(language: str, said: str) -> None:
    (told,) = faults_of(GOOD.replace("of: lead", "of: town"))
    assert lack_sentence(told, language) == said
