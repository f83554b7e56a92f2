"""The API describes itself completely, and the file that ships says the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI

from api.app import NOUNS
from duban.openapi import PLACE, render
from workflow.law import LAWS


@pytest.fixture(scope="module")
def schema(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


WITHOUT = {
    "get /api/v1/plans/{id}/reading 200",
    "post /api/v1/sessions 201",
    "get /api/v1/tokens 200",
    "get /api/v1/me 200",
    "post /api/v1/activations 201",
}
"""A whole document, and answers about one's own sign-in: their fields carry no examples."""


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def resolved(schema: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """A schema, or what it refers to."""
    while "$ref" in part:
        part = schema["components"]["schemas"][part["$ref"].rsplit("/", 1)[1]]
    return part


def shown(schema: dict[str, Any], part: dict[str, Any]) -> bool:
    """Whether a reader finds an example of it: its own, or one of any of its fields."""
    part = resolved(schema, part)
    if {"example", "examples", "const", "enum"} & set(part) or part.get("format") == "binary":
        return True
    inner = [*part.get("properties", {}).values(), *part.get("oneOf", ()), *part.get("anyOf", ())]
    if "items" in part:
        inner.append(part["items"])
    return any(shown(schema, field) for field in inner)


def test_the_shipped_description_is_current() -> None:
    assert json.loads(PLACE.read_text(encoding="utf-8")) == json.loads(render()), (
        "run: python -m duban.openapi"
    )


def test_every_post_declares_its_refusals_as_problems(schema: dict[str, Any]) -> None:
    for method, path, operation in operations(schema):
        if method != "post":
            continue
        refusals = {status: r for status, r in operation["responses"].items() if status >= "400"}
        assert "422" in refusals, path
        assert len(refusals) >= 2, path
        for status, refusal in refusals.items():
            assert set(refusal["content"]) == {"application/problem+json"}, (path, status)
    assert schema["components"]["schemas"]["Problem"]["example"]["code"] == "not_ready"


def test_actions_declare_each_way_of_being_refused(schema: dict[str, Any]) -> None:
    for method, path, operation in operations(schema):
        if method == "post" and path.endswith("}/actions") and "outbox" not in path:
            assert {"401", "403", "404", "409", "412", "422"} <= set(operation["responses"]), path


def test_every_body_has_an_example(schema: dict[str, Any]) -> None:
    bare = []
    for method, path, operation in operations(schema):
        for body in operation.get("requestBody", {}).get("content", {}).values():
            if not ({"example", "examples"} & set(body) or shown(schema, body["schema"])):
                bare.append(f"{method} {path}")
    assert bare == []


def test_every_answer_has_an_example(schema: dict[str, Any]) -> None:
    bare = []
    for method, path, operation in operations(schema):
        for status, answer in operation["responses"].items():
            body = answer.get("content", {}).get("application/json")
            if body is not None and body["schema"] and not shown(schema, body["schema"]):
                bare.append(f"{method} {path} {status}")
    assert sorted(set(bare) - WITHOUT) == []


def test_no_reference_leads_nowhere(schema: dict[str, Any]) -> None:
    text = json.dumps(schema)
    names = {piece.split('"')[0] for piece in text.split("#/components/schemas/")[1:]}
    assert names <= set(schema["components"]["schemas"])


@pytest.mark.parametrize("kind", sorted(NOUNS))
def test_every_example_of_an_action_is_one_that_its_law_can_read(schema: dict[str, Any], kind: str) -> None:
    body = schema["paths"][f"/api/v1/{NOUNS[kind]}/{{id}}/actions"]["post"]["requestBody"]
    examples = body["content"]["application/json"]["examples"]
    assert examples
    for name, example in examples.items():
        row = LAWS[kind].action(name)
        if row.takes is not None:
            row.takes.model_validate(example["value"]["details"])
        if row.reason == "required":
            assert example["value"]["reason"]


def test_operations_have_names_of_their_own(schema: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(schema)]
    assert len(names) == len(set(names))
