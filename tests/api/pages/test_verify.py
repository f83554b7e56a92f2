"""The public page of a paper, and what is said where there is no page."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from models import Notice
from tests.api.pages.conftest import Hall
from tests.api.pages.staging import Stage
from tests.people import Cast, do
from workflow.bootstrap import Services
from workflow.words import LANGUAGES, say


def first_paper(services: Services) -> Any:
    """Notice number 1."""
    with services.reading() as tx:
        return tx.execute(select(Notice.__table__).where(Notice.number == 1)).one()


@pytest.fixture
def paper(hall: Hall) -> Any:
    return first_paper(hall.services)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_paper_is_told_by_what_is_printed_on_it(hall: Hall, paper: Any, language: str) -> None:
    answer = hall.client.get(f"/verify/{paper.code}?lang={language}")
    assert answer.status_code == 200
    digest = paper.facts_sha256
    for told in ("沪机管督〔2023〕1号", "上海市公共机构节能工作联席会议办公室", digest[:4], digest[12:16]):
        assert told in answer.text
    assert say("verify.standing.issued", language) in answer.text
    assert digest[16:24] not in answer.text


def test_nothing_private_is_told(hall: Hall, paper: Any) -> None:
    text = hall.client.get(f"/verify/{paper.code}").text
    content = paper.facts["content"]
    private = [
        content[name] for name in ("addressee", "task_name", "milestone", "contact_person", "contact_phone")
    ]
    assert [told for told in private if told in text] == []


def test_a_code_may_be_typed_as_it_comes(hall: Hall, paper: Any) -> None:
    typed = f"{paper.code[:4].lower()}-{paper.code[4:8]} {paper.code[8:]}"
    asked = hall.client.get("/verify", params={"code": typed})
    assert asked.url.path.casefold() == f"/verify/{paper.code}".casefold()
    assert say("verify.standing.issued") in asked.text


def test_a_voided_paper_is_no_longer_in_force(client: TestClient, services: Services, played: Stage) -> None:
    paper = first_paper(services)
    do(services, "notice", paper.id, "void", played.amira, reason="文字有误")
    answer = client.get(f"/verify/{paper.code}")
    assert say("verify.standing.voided") in answer.text
    assert say("verify.standing.issued") not in answer.text


@pytest.mark.parametrize(
    "code", ["000000000000", "<script>alert(1)</script>", "' OR 1=1 --", "A" * 5000, "％"]
)
def test_an_unknown_code_is_answered_calmly(client: TestClient, cast: Cast, code: str) -> None:
    answer = client.get(f"/verify/{code.replace('/', '%2F')}")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "<script" not in answer.text


def test_the_form_asks_for_the_code(client: TestClient, cast: Cast) -> None:
    answer = client.get("/verify")
    assert answer.status_code == 200
    assert '<label for="code">' in answer.text
    assert client.get("/verify?code=" + "9" * 200).status_code == 422


def test_pages_that_are_not_there_are_pages(client: TestClient, cast: Cast) -> None:
    for path in ("/nowhere", "/tasks/1", "/.git/config"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/html")
        assert say("refusal.404.title") in answer.text


def test_the_api_keeps_its_own_refusals(client: TestClient, cast: Cast) -> None:
    missing = client.get("/api/v1/nothing")
    assert missing.status_code == 404
    assert missing.headers["content-type"] == "application/problem+json"
    assert client.get("/api/v1/sessions").status_code == 405
    assert client.post("/").status_code == 405


def test_heads_are_answered_as_gets(client: TestClient, cast: Cast) -> None:
    assert client.head("/verify").status_code == 200
    assert client.head("/").status_code == 401
