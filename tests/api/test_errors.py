"""Refusals: one table of statuses, one form, and words for every code in every language."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic_core._pydantic_core import list_all_errors

import api.app  # noqa: F401  (imports every error that a request can meet)
from api.errors import STATUS, TITLES, lack, status_of
from tests.api.desks import Desks
from tests.house import rules
from tests.house.sources import OURS, modules, tree_of
from tests.people import Cast, add_person
from workflow import words
from workflow.bootstrap import Services
from workflow.errors import DubanError, Missing
from workflow.law import LAWS
from workflow.words import LANGUAGES, catalogue

REQUESTED = ("api", "models", "workflow")
"""Where the errors of requests are; commands and jobs have their own, and whoever imported them may run here too."""
INSIDE_ONLY = {
    "refused", "setting_invalid", "demo_accounts", "forbidden_resource", "letter_incomplete", "letter_unknown",
    "mail_refused", "mail_url_invalid", "unprintable_character", "nobody_of_that_name", "message_refused",
    "message_unavailable", "target_refused", "webhook_unsigned", "robot_unknown", "webhook_gone",
    "address_missing",
}  # fmt: skip
"""Codes of commands, jobs and starts: no request meets them, and if one did it would be our fault (500)."""


def codes(family: type[DubanError] = DubanError) -> Iterator[str]:
    if family.__module__.split(".")[0] in REQUESTED:
        yield family.code
    for member in family.__subclasses__():
        yield from codes(member)


def test_every_error_has_a_status_or_is_known_to_stay_inside() -> None:
    assert sorted(set(codes()) - set(STATUS) - INSIDE_ONLY) == []
    assert sorted(INSIDE_ONLY & set(STATUS) - {"unprintable_character"}) == []
    assert status_of("setting_invalid") == 500


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_and_title_has_words(language: str) -> None:
    known = set(catalogue(language))
    wanted = {f"error.{code}" for code in {*codes(), *STATUS}}
    wanted |= {f"title.{status}" for status in {*STATUS.values(), *TITLES}}
    for name in modules(*OURS):
        wanted |= {key for key in rules.spoken_keys(tree_of(name)) if key.startswith("need.")}
    assert sorted(wanted - known) == []


def missing_codes_put_together(tree: ast.Module) -> list[str]:
    """How the codes begin that are put together from parts."""
    return [
        str(call.args[0].values[0].value)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Missing"
        if isinstance(call.args[0], ast.JoinedStr) and isinstance(call.args[0].values[0], ast.Constant)
    ]


def test_codes_put_together_begin_like_words_that_are_there() -> None:
    known = catalogue("en")
    for name in modules(*OURS):
        for prefix in missing_codes_put_together(tree_of(name)):
            begins = prefix if prefix.startswith("field.") else f"need.{prefix}"
            assert any(key.startswith(begins) for key in known), (name, prefix)


def taken() -> set[type[BaseModel]]:
    """Every model of details, and the models inside of them."""
    found: set[type[BaseModel]] = set()
    waiting: list[Any] = [row.takes for law in LAWS.values() for row in law.actions.values() if row.takes]
    while waiting:
        model = waiting.pop()
        if isinstance(model, type) and issubclass(model, BaseModel) and model not in found:
            found.add(model)
            for field in model.model_fields.values():
                waiting += [field.annotation, *getattr(field.annotation, "__args__", ())]
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_is_wrong_with_a_field_is_said_in_words(language: str) -> None:
    assert len(taken()) > 8
    for error in list_all_errors():
        facts = {"field": "as_of_on", **(error.get("example_context") or {})}
        text = lack(Missing(f"field.{error['type']}", facts), language).text
        assert text.startswith("as_of_on"), error["type"]
        assert "{" not in text
        assert "—" not in text, error["type"]


def test_a_sentence_without_its_fact_is_still_a_sentence() -> None:
    assert lack(Missing("field.greater_than", {"field": "n"}), "en").text == "n: must be more than —."


def test_the_readers_language_comes_from_the_header_else_from_the_person(
    desks: Desks, services: Services, cast: Cast
) -> None:
    path = f"/tasks/{cast.task + 1}"
    said = {None: "未找到，或您无权知悉。", "zh-Hant": "未找到，或您無權知悉。"}
    for asked, words_ in said.items():
        answer = desks.olga.get(path, None if asked is None else {"Accept-Language": asked})
        assert answer.json()["detail"] == words_
        assert answer.headers["Vary"] == "Accept-Language"
    english = desks.olga.get(path, {"Accept-Language": "en"})
    assert english.headers["Content-Language"] == "en"


def test_a_person_reads_refusals_in_their_own_language(desks: Desks, services: Services) -> None:
    from sqlalchemy import update

    from models import Person
    from tests.api.desks import Desk, give_token

    with services.transaction() as tx:
        person = add_person(tx, "ann", "Ann")
        tx.execute(update(Person).where(Person.id == person).values(language="en"))
        give_token(tx, person, "token-of-ann")
    ann = Desk(desks.olga.client, "ann")
    assert ann.get("/tasks/1").json()["detail"] == words.say("error.not_found", "en")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "not_found"),
        ("DELETE", "/api/v1/tasks", 405, "method_not_allowed"),
        ("GET", "/api/v1/tasks/abc", 422, "malformed"),
        ("GET", "/api/v1/tasks/0", 422, "malformed"),
        ("GET", "/api/v1/tasks/99999999999999999999", 422, "malformed"),
        ("POST", "/api/v1/tasks/1/actions", 422, "malformed"),
    ],
)
def test_what_the_framework_refuses_has_the_same_form(
    desks: Desks, method: str, path: str, status: int, code: str
) -> None:
    answer = desks.olga.client.request(method, path, headers=desks.olga.headers(), content=b"{broken")
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["status"]) == (status, code, status)
    assert problem["type"] == f"urn:duban:problem:{code}"
    assert problem["request_id"] == answer.headers["X-Request-Id"]
    assert answer.headers["content-type"] == "application/problem+json"
