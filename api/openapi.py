"""The description of the API: FastAPI's own, and in it each action's own details instead of any object."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from api.actions import PREFIX, askable
from api.errors import Problem, refusals
from workflow.law import LAWS, Action, Reason

REFERENCE = "#/components/schemas/{model}"


def describe(app: FastAPI, nouns: dict[str, str]) -> None:
    """Let `app.openapi()` say for each of `nouns` (kind → path) what each action takes."""
    plain = app.openapi

    def complete() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = plain()
            _name_problems(schema)
            for kind, noun in nouns.items():
                _name_actions(schema, kind, schema["paths"][f"{PREFIX}/{noun}/{{id}}/actions"]["post"])
        return app.openapi_schema or {}

    app.openapi = complete  # type: ignore[method-assign]


def _name_problems(schema: dict[str, Any]) -> None:
    """Every refusal has the one form, those too that the framework would declare in its own."""
    components = schema["components"]["schemas"]
    components.update(_definitions([Problem]))
    for unused in ("HTTPValidationError", "ValidationError"):
        components.pop(unused, None)
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            if "422" in operation["responses"] and path.startswith(PREFIX):
                operation["responses"]["422"] = refusals(422)[422]


def _name_actions(schema: dict[str, Any], kind: str, route: dict[str, Any]) -> None:
    """One schema per action, told apart by `action`."""
    rows = askable(LAWS[kind])
    components = schema["components"]["schemas"]
    components.update(_definitions([row.takes for row in rows if row.takes]))
    names = {row.name: f"{kind.title()}Action_{row.name}" for row in rows}
    components.update({names[row.name]: _request(row) for row in rows})
    references = {name: REFERENCE.format(model=model) for name, model in names.items()}
    route["requestBody"]["content"]["application/json"]["schema"] = {
        "oneOf": [{"$ref": reference} for reference in references.values()],
        "discriminator": {"propertyName": "action", "mapping": references},
    }


def _definitions(models: list[type[BaseModel]]) -> dict[str, Any]:
    """Models as they are given, and all that they refer to, as components."""
    if not models:
        return {}
    given: list[tuple[type[BaseModel], Any]] = [(model, "validation") for model in models]
    return dict(models_json_schema(given, ref_template=REFERENCE)[1].get("$defs", {}))


def _request(row: Action[Any]) -> dict[str, Any]:
    properties: dict[str, Any] = {"action": {"const": row.name}}
    required = ["action"]
    if row.reason is not Reason.NONE:
        properties["reason"] = {"type": "string", "maxLength": 2000}
    if row.reason is Reason.REQUIRED:
        required.append("reason")
    if row.takes is not None:
        properties["details"] = {"$ref": REFERENCE.format(model=row.takes.__name__)}
        if any(field.is_required() for field in row.takes.model_fields.values()):
            required.append("details")
    title = f"{row.name}: {' or '.join(row.sources)} → {row.to or 'the same'}"
    return {
        "type": "object", "title": title, "properties": properties, "required": required,
        "additionalProperties": False,
    }  # fmt: skip
