"""Sign-in over HTTP: the cookie, the CSRF token, bearer tokens, one's own password, activation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

import api.sign_in
from models import Credential, KeptAnswer, Person
from tests.api.desks import ROOT, Desks
from tests.apps import app_over
from tests.people import Cast, HandClock
from tests.workflow.directory.accounts import CHEAP, PASSWORD, give_password
from workflow.activation import issue_slip
from workflow.adapters.passwords import Passwords
from workflow.bootstrap import Services
from workflow.sign_in import SignInBusy


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 at its cheapest: what it costs is tested where it is made."""
    monkeypatch.setattr(api.sign_in, "passwords", CHEAP)


@pytest.fixture
def olga(services: Services, cast: Cast) -> int:
    give_password(services, cast.olga)
    return cast.olga


@pytest.fixture
def page(client: TestClient, olga: int) -> tuple[TestClient, str]:
    """A browser that Olga signed in with, and its CSRF token."""
    answer = sign_in(client)
    assert answer.status_code == 201
    return client, answer.json()["csrf"]


def sign_in(
    client: TestClient, password: str = PASSWORD, login: str = "olga", path: str = "/sessions"
) -> Any:
    return client.post(f"{ROOT}{path}", json={"login": login, "password": password})


def test_a_session_sets_a_cookie_that_scripts_and_other_sites_do_not_get(
    client: TestClient, olga: int
) -> None:
    answer = sign_in(client)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("duban_session=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["person_id"] == olga
    assert client.get(f"{ROOT}/me").json()["login"] == "olga"


def test_over_https_the_cookie_stays_there(services: Services, olga: int) -> None:
    with TestClient(app_over(services), base_url="https://duban.example") as client:
        assert "Secure" in sign_in(client).headers["set-cookie"]


def test_wrong_password_unknown_login_and_invited_person_are_answered_alike(
    client: TestClient, olga: int
) -> None:
    answers = [sign_in(client, "wrong"), sign_in(client, login="nobody"), sign_in(client, login="petra")]
    assert [answer.status_code for answer in answers] == [401] * 3
    bodies = [{k: v for k, v in answer.json().items() if k != "request_id"} for answer in answers]
    assert bodies[0] == bodies[1] == bodies[2]
    assert bodies[0]["code"] == "sign_in_refused"
    assert all("set-cookie" not in answer.headers for answer in answers)


def test_failures_are_counted_although_they_are_refused_and_lock(
    services: Services, client: TestClient, olga: int, clock: HandClock
) -> None:
    for _ in range(services.settings.lock_after):
        assert sign_in(client, "wrong").json()["code"] == "sign_in_refused"
    locked = sign_in(client)
    assert (locked.status_code, locked.json()["code"]) == (429, "locked")
    clock.go_to(2022, 1, 14, 10)
    assert sign_in(client).status_code == 201


def test_bad_input_is_malformed_and_never_echoes_the_password(client: TestClient, olga: int) -> None:
    for body in (
        {},
        {"login": "olga"},
        {"login": "olga", "password": "x" * 1001},
        {"login": 1, "password": []},
    ):
        answer = client.post(f"{ROOT}/sessions", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "malformed")
        assert "xxxx" not in answer.text


def test_a_session_changes_things_only_with_its_csrf_token(page: tuple[TestClient, str]) -> None:
    client, csrf = page
    wanted = {"label": "统计", "scopes": ["read"], "days": 7}
    assert client.post(f"{ROOT}/tokens", json=wanted).status_code == 403
    assert client.post(f"{ROOT}/tokens", json=wanted, headers={"X-CSRF-Token": "x"}).status_code == 403
    made = client.post(f"{ROOT}/tokens", json=wanted, headers={"X-CSRF-Token": csrf})
    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store"


def test_a_token_of_ones_own_reads_and_no_more_until_it_is_revoked(page: tuple[TestClient, str]) -> None:
    client, csrf = page
    own = {"X-CSRF-Token": csrf}
    made = client.post(f"{ROOT}/tokens", json={"label": "统计", "days": 7}, headers=own).json()
    assert made["scopes"] == ["read"]
    listed = client.get(f"{ROOT}/tokens").json()["items"]
    assert [(token["id"], token["label"]) for token in listed] == [(made["id"], "统计")]
    assert made["token"] not in str(listed)
    client.cookies.clear()
    bearer = {"Authorization": f"Bearer {made['token']}"}
    assert client.get(f"{ROOT}/me", headers=bearer).status_code == 200
    assert (
        client.post(f"{ROOT}/tokens", json={"label": "x"}, headers=bearer).json()["code"] == "scope_missing"
    )
    sign_in(client)
    csrf = client.post(f"{ROOT}/sessions", json={"login": "olga", "password": PASSWORD}).json()["csrf"]
    gone = client.delete(f"{ROOT}/tokens/{made['id']}", headers={"X-CSRF-Token": csrf})
    assert gone.status_code == 204
    client.cookies.clear()
    assert client.get(f"{ROOT}/me", headers=bearer).status_code == 401


def test_a_program_signs_in_for_a_token_that_makes_no_further_ones(client: TestClient, olga: int) -> None:
    made = sign_in(client, path="/tokens/sign-in")
    assert made.status_code == 201
    bearer = {"Authorization": f"Bearer {made.json()['token']}"}
    assert client.get(f"{ROOT}/me", headers=bearer).json()["id"] == olga
    more = client.post(f"{ROOT}/tokens", json={"label": "x"}, headers=bearer)
    assert (more.status_code, more.json()["code"]) == (403, "session_needed")
    assert sign_in(client, "wrong", path="/tokens/sign-in").status_code == 401


def test_a_foreign_token_is_not_found(desks: Desks, services: Services) -> None:
    with services.reading() as tx:
        olgas = tx.execute(select(Credential.id).join(Person).where(Person.login == "olga")).scalar_one()
    answer = desks.petra.client.delete(f"{ROOT}/tokens/{olgas}", headers=desks.petra.headers())
    assert answer.status_code == 404
    assert desks.olga.get("/me").status_code == 200


def test_signing_out_ends_the_session_at_the_server(page: tuple[TestClient, str]) -> None:
    client, csrf = page
    secret = client.cookies["duban_session"]
    assert client.delete(f"{ROOT}/sessions/current", headers={"X-CSRF-Token": csrf}).status_code == 204
    client.cookies.set("duban_session", secret)
    assert client.get(f"{ROOT}/me").status_code == 401


def test_an_idle_session_ends(page: tuple[TestClient, str], services: Services, clock: HandClock) -> None:
    client, _ = page
    clock.now += timedelta(minutes=services.settings.idle_minutes)
    assert client.get(f"{ROOT}/me").status_code == 401


def test_use_keeps_a_session_awake(page: tuple[TestClient, str], clock: HandClock) -> None:
    client, _ = page
    for _ in range(4):
        clock.now += timedelta(minutes=50)
        assert client.get(f"{ROOT}/me").status_code == 200


def test_ones_own_password_takes_the_old_one_and_counts_wrong_ones(
    services: Services, page: tuple[TestClient, str], olga: int
) -> None:
    client, csrf = page
    own = {"X-CSRF-Token": csrf}

    def change(old: str, new: str) -> Any:
        return client.post(f"{ROOT}/me/password", json={"old": old, "new": new}, headers=own)

    assert change(PASSWORD, "short").json()["code"] == "weak_password"
    assert change("wrong", "another seven trams").json()["code"] == "sign_in_refused"
    with services.reading() as tx:
        assert tx.execute(select(Person.failed_sign_ins).where(Person.id == olga)).scalar_one() == 1
    assert change(PASSWORD, "another seven trams").status_code == 204
    assert client.get(f"{ROOT}/me").status_code == 200
    assert sign_in(client).status_code == 401
    assert sign_in(client, "another seven trams").status_code == 201


def test_a_slip_sets_the_first_password_once(services: Services, cast: Cast, client: TestClient) -> None:
    with services.transaction() as tx:
        slip = issue_slip(tx, cast.jun, None, services.clock())
    weak = client.post(f"{ROOT}/activations", json={"code": slip.code, "password": "jun"})
    assert (weak.status_code, weak.json()["code"]) == (422, "weak_password")
    done = client.post(f"{ROOT}/activations", json={"code": slip.code, "password": PASSWORD})
    assert (done.status_code, done.json()) == (201, {"login": "jun"})
    assert sign_in(client, login="jun").status_code == 201
    again = client.post(f"{ROOT}/activations", json={"code": slip.code, "password": "another seven trams"})
    assert (again.status_code, again.json()["code"]) == (422, "code_refused")


def test_me_shows_what_is_held_today(desks: Desks, cast: Cast) -> None:
    me = desks.olga.get("/me").json()
    assert (me["login"], me["unit"], me["superior_id"]) == ("olga", "市机管局", cast.lena)
    assert [(grant["role"], grant["unit"]) for grant in me["grants"]] == [("owner", "市机管局")]


@pytest.mark.parametrize("path", ["/me", "/tokens"])
def test_nobody_reads_nothing(desks: Desks, path: str) -> None:
    assert desks.nobody.get(path).status_code == 401


def test_nobody_changes_nothing(desks: Desks) -> None:
    client = desks.nobody.client
    assert desks.nobody.post("/tokens", json={"label": "x"}).status_code == 401
    assert desks.nobody.post("/me/password", json={"old": "x", "new": "y"}).status_code == 401
    assert client.delete(f"{ROOT}/tokens/1").status_code == 401
    assert client.delete(f"{ROOT}/sessions/current").status_code == 401


def test_a_flood_is_told_to_come_back(client: TestClient, olga: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Passwords, stored: str | None, password: str) -> bool:
        raise SignInBusy

    monkeypatch.setattr(Passwords, "verify", full)
    answer = sign_in(client)
    assert (answer.status_code, answer.json()["code"]) == (503, "sign_in_busy")


def test_no_answer_with_a_secret_is_kept(services: Services, page: tuple[TestClient, str]) -> None:
    client, csrf = page
    headers = {"X-CSRF-Token": csrf, "Idempotency-Key": "one"}
    client.post(f"{ROOT}/tokens", json={"label": "x"}, headers=headers)
    client.post(f"{ROOT}/sessions", json={"login": "olga", "password": PASSWORD}, headers=headers)
    with services.reading() as tx:
        assert tx.execute(select(KeptAnswer.route)).all() == []
