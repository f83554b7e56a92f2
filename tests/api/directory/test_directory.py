"""The directory over HTTP: who reads it, who keeps it, by hand and by sheets."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from models import ActivationSlip, KeptAnswer, Person, Unit
from models.states import Role
from tests.api.desks import ROOT, Desk, Desks, give_token
from tests.people import Cast, add_person
from tests.workflow.directory.books import as_bytes, workbook
from workflow.activation import find_slip
from workflow.bootstrap import Services

XLSX = {"Content-Type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


@pytest.fixture
def adele(services: Services, client: TestClient) -> Desk:
    """An admin of the whole plan."""
    return _signed_in(services, client, "adele", None)


def _signed_in(services: Services, client: TestClient, login: str, unit_id: int | None) -> Desk:
    with services.transaction() as tx:
        give_token(tx, add_person(tx, login, "艾德", (Role.ADMIN, unit_id)), f"token-of-{login}")
    return Desk(client, login)


def _send(desk: Desk, method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> Any:
    return desk.client.request(method, f"{ROOT}{path}", headers=desk.headers(headers), **more)


NEW_UNIT = {"code": "QP", "name": "青浦区机管局", "is_district": True}


def test_everybody_signed_in_reads_the_units(desks: Desks, cast: Cast) -> None:
    for desk in (desks.olga, desks.karl, desks.petra):
        assert {"LB", "JGJ", "JW", "SWJ"} == {unit["code"] for unit in desk.get("/units").json()["items"]}
    one = desks.petra.get(f"/units/{cast.lead}")
    assert (one.json()["name"], one.headers["etag"]) == ("市机管局", '"1"')
    assert desks.petra.get("/units/999").status_code == 404


def test_a_unit_is_made_renamed_and_ended(desks: Desks, adele: Desk, cast: Cast) -> None:
    made = adele.post("/units", json=NEW_UNIT)
    assert made.status_code == 201
    unit = made.json()["id"]
    assert made.headers["location"] == f"{ROOT}/units/{unit}"
    renamed = _send(
        adele, "PATCH", f"/units/{unit}", {"If-Match": '"1"'}, json={"name": "青浦区机关事务管理局"}
    )
    assert (renamed.status_code, renamed.headers["etag"]) == (200, '"2"')
    stale = _send(adele, "PATCH", f"/units/{unit}", {"If-Match": '"1"'}, json={"name": "又一局"})
    assert stale.status_code == 412
    assert (
        _send(adele, "PATCH", f"/units/{unit}", {"If-Match": "x"}, json={"name": "又一局"}).status_code == 422
    )
    ended = adele.post(f"/units/{unit}/end", json={"ended_on": "2022-02-01", "reason": "撤并"})
    assert ended.json()["ended_on"] == "2022-02-01"
    kept = adele.post(f"/units/{cast.lead}/end", json={"ended_on": "2022-02-01", "reason": "撤并"})
    assert kept.status_code == 409
    assert {"grants_ended", "people_moved"} <= {lack["code"] for lack in kept.json()["missing"]}


def test_a_group_has_members(adele: Desk, cast: Cast) -> None:
    group = adele.post("/units", json={"code": "QJ", "name": "区机管局", "kind": "group"}).json()["id"]
    put = _send(adele, "PUT", f"/units/{group}/members", json={"members": [cast.joint, cast.other]})
    assert [member["unit_id"] for member in put.json()["members"]] == [cast.joint, cast.other]
    assert _send(adele, "PUT", f"/units/{cast.lead}/members", json={"members": []}).status_code == 409


def test_the_same_key_makes_a_unit_once(services: Services, adele: Desk) -> None:
    answers = [adele.post("/units", {"Idempotency-Key": "k"}, json=NEW_UNIT) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    with services.reading() as tx:
        assert tx.execute(select(func.count(Unit.id))).scalar_one() == 1


def test_a_person_is_invited_gets_a_slip_a_role_and_leaves(
    services: Services, adele: Desk, cast: Cast
) -> None:
    made = adele.post("/people", json={"login": "Ning", "name": "宁宁", "unit_id": cast.lead})
    assert made.status_code == 201
    person = made.json()["id"]
    slip = adele.post(f"/people/{person}/slips", {"Idempotency-Key": "k"})
    assert (slip.status_code, slip.headers["cache-control"]) == (201, "no-store")
    assert (slip.json()["login"], slip.json()["unit"]) == ("ning", "市机管局")
    with services.reading() as tx:
        assert find_slip(tx, slip.json()["code"], services.clock())[1] == person
        assert tx.execute(select(KeptAnswer.id)).all() == []
    details = {"role": "owner", "unit_id": cast.lead, "from_on": "2022-01-14"}
    assert adele.act(f"/people/{person}", "grant", details=details).status_code == 200
    shown = adele.get(f"/people/{person}").json()
    assert [(grant["role"], grant["unit"]) for grant in shown["grants"]] == [("owner", "市机管局")]
    assert shown["superior_id"] == cast.lena
    assert adele.act(f"/people/{person}", "depart").status_code == 422
    assert adele.act(f"/people/{person}", "depart", reason="退休").json()["subject"]["state"] == "departed"


def test_a_supervisor_outside_the_office_is_refused_in_words(adele: Desk, cast: Cast) -> None:
    details = {"role": "supervisor", "unit_id": cast.lead, "from_on": "2022-01-14"}
    answer = adele.act(f"/people/{cast.olga}", "grant", details=details)
    assert answer.status_code == 409
    assert [(lack["code"], lack["text"]) for lack in answer.json()["missing"]] == [
        ("office_unit", "督办人、签发人只能在联席会议办公室任职。")
    ]


@pytest.mark.parametrize("action", ["activate", "set_password", "issue_slip", "issue_token"])
def test_what_takes_a_secret_has_its_own_door(adele: Desk, cast: Cast, action: str) -> None:
    answer = adele.act(f"/people/{cast.olga}", action, details={"password_hash": "x", "slip_id": 1})
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_action")


def test_people_are_seen_by_colleagues_and_plan_wide_roles(desks: Desks, adele: Desk, cast: Cast) -> None:
    def logins(desk: Desk, query: str = "") -> set[str]:
        return {person["login"] for person in desk.get(f"/people{query}").json()["items"]}

    assert logins(desks.petra) == {"petra"}
    assert logins(desks.olga) == {"olga", "rashid", "lena"}
    assert {"petra", "olga", "adele"} <= logins(desks.karl)
    assert logins(adele, "?name=任") == {"rashid"}
    assert logins(adele, f"?unit_id={cast.joint}") == {"jun"}
    assert desks.petra.get(f"/people/{cast.olga}").status_code == 404
    assert desks.rashid.get(f"/people/{cast.olga}").status_code == 200


def test_people_come_a_page_at_a_time(adele: Desk, cast: Cast) -> None:
    first = adele.get("/people?limit=4&sort=login").json()
    second = adele.get(f"/people?limit=200&sort=login&cursor={first['next']}").json()
    logins = [person["login"] for person in (*first["items"], *second["items"])]
    assert logins == sorted(logins)
    assert len(logins) == len(set(logins)) == 10
    assert second["next"] is None


CHANGES: tuple[tuple[str, str, Any], ...] = (
    ("POST", "/units", NEW_UNIT),
    ("PATCH", "/units/{lead}", {"name": "又一局"}),
    ("PUT", "/units/{lead}/members", {"members": []}),
    ("POST", "/units/{lead}/end", {"ended_on": "2023-01-01", "reason": "x"}),
    ("POST", "/people", {"login": "ning", "name": "宁宁"}),
    ("POST", "/people/{lena}/slips", None),
    ("POST", "/people/{lena}/actions", {"action": "depart", "reason": "x"}),
)
READS = ("/units", "/units/{lead}", "/people", "/people/{lena}", "/people/{lena}/actions",
         "/directory/template", "/directory/export")  # fmt: skip


def _at(path: str, cast: Cast) -> str:
    return path.format(lead=cast.lead, lena=cast.lena)


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
@pytest.mark.parametrize("who", ["petra", "olga", "amira", "karl", "nobody"])
def test_nobody_but_admins_changes_the_directory(
    desks: Desks, services: Services, cast: Cast, who: str, method: str, path: str, body: Any
) -> None:
    answer = _send(getattr(desks, who), method, _at(path, cast), json=body)
    assert answer.status_code in ((401,) if who == "nobody" else (403, 404))
    with services.reading() as tx:
        assert tx.execute(select(func.count(Person.id))).scalar_one() == 9
        assert tx.execute(select(ActivationSlip.id)).all() == []


@pytest.mark.parametrize("path", READS)
def test_nobody_reads_nothing(desks: Desks, cast: Cast, path: str) -> None:
    assert desks.nobody.get(_at(path, cast)).status_code == 401


@pytest.mark.parametrize(("path", "status"), [("/people/{lena}", 404), ("/people/{lena}/actions", 404),
                                              ("/directory/export", 403), ("/directory/template", 200)])  # fmt: skip
def test_petra_reads_what_is_hers(desks: Desks, cast: Cast, path: str, status: int) -> None:
    assert desks.petra.get(_at(path, cast)).status_code == status


def test_the_directory_goes_out_and_comes_back(adele: Desk, cast: Cast) -> None:
    out = adele.get("/directory/export")
    assert out.headers["content-type"] == XLSX["Content-Type"]
    assert "attachment" in out.headers["content-disposition"]
    back = adele.post("/directory/imports", XLSX, content=out.content)
    assert back.status_code == 201
    assert back.json()["slips"] == []
    assert all(count["added"] + count["changed"] == 0 for count in back.json()["counts"].values())


def test_new_people_get_slips_that_work(services: Services, adele: Desk) -> None:
    done = adele.post("/directory/imports", XLSX, content=as_bytes(workbook())).json()
    assert {slip["login"] for slip in done["slips"]} == {"olga", "amira"}
    with services.reading() as tx:
        for slip in done["slips"]:
            assert find_slip(tx, slip["code"], services.clock())[2] == slip["login"]


def test_the_slips_come_as_a_page_to_print(adele: Desk) -> None:
    rows = workbook()
    rows["人员"]["B2"] = "<b>欧</b>"
    page = adele.post("/directory/imports", {**XLSX, "Accept": "text/html"}, content=as_bytes(rows))
    assert page.status_code == 201
    assert page.headers["content-type"].startswith("text/html")
    assert page.text.count("<section>") == 2
    assert "账号激活单" in page.text
    assert "&lt;b&gt;欧" in page.text
    assert "<b>欧" not in page.text


def test_bad_rows_are_named_in_the_readers_language(services: Services, adele: Desk) -> None:
    book = workbook()
    book["人员"]["D2"] = "no address"
    answers = {
        language: adele.post(
            "/directory/imports", {**XLSX, "Accept-Language": language}, content=as_bytes(book)
        )
        for language in ("zh-Hans", "zh-Hant", "en")
    }
    assert {answer.status_code for answer in answers.values()} == {422}
    problem = answers["en"].json()
    assert problem["code"] == "import_refused"
    assert [(lack["field"], lack["code"]) for lack in problem["missing"]] == [("人员!D2", "row_text")]
    assert "row 2" in problem["missing"][0]["text"]
    assert "第 2 行" in answers["zh-Hans"].json()["missing"][0]["text"]
    assert "第 2 列" in answers["zh-Hant"].json()["missing"][0]["text"]
    with services.reading() as tx:
        assert tx.execute(select(Unit.id)).all() == []


@pytest.mark.parametrize(("data", "status", "code"), [
    (b"", 422, "import_refused"), (b"PK\x03\x04garbage", 422, "import_refused"), (b"x" * (5 * 2**20), 413, "too_large"),
])  # fmt: skip
def test_odd_files_get_a_clear_answer(adele: Desk, data: bytes, status: int, code: str) -> None:
    answer = adele.post("/directory/imports", XLSX, content=data)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(("who", "status"), [("petra", 403), ("amira", 403), ("nobody", 401)])
def test_only_admins_import(desks: Desks, services: Services, who: str, status: int) -> None:
    answer = getattr(desks, who).post("/directory/imports", XLSX, content=as_bytes(workbook()))
    assert answer.status_code == status


def test_a_unit_admin_keeps_their_unit(services: Services, client: TestClient, cast: Cast) -> None:
    ulla = _signed_in(services, client, "ulla", cast.lead)
    assert (
        ulla.post("/people", json={"login": "ning", "name": "宁宁", "unit_id": cast.lead}).status_code == 201
    )
    assert (
        ulla.post("/people", json={"login": "ming", "name": "明明", "unit_id": cast.joint}).status_code == 403
    )
    assert ulla.post(f"/people/{cast.olga}/slips").status_code == 201
    assert ulla.post(f"/people/{cast.petra}/slips").status_code == 404
    assert ulla.get("/directory/export").status_code == 403
