"""The register at the door: who sees how much of it, what it refuses, and workbooks in and out."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.api.desks import Desk, Desks
from tests.people import Cast
from tests.workflow.institutions.test_sheets import GOOD, book

PATH = "/institutions"
SCHOOL = {"code": "12310118A", "name": "青浦区第一小学", "district": "青浦区", "sort": "学校", "users": 860}


def change(desk: Desk, path: str, headers: dict[str, str] | None = None, **given: Any) -> Any:
    return desk.client.patch(f"/api/v1{path}", headers=desk.headers(headers), json=given)


def test_an_entry_and_what_each_sees_of_it(desks: Desks, cast: Cast) -> None:
    """Code, name and district are no secret; the rest is for its own organ and for who sees or keeps the whole."""
    made = desks.amira.post(PATH, json={**SCHOOL, "unit_id": cast.other, "floor_area": "12500.50"})
    assert made.status_code == 201, made.text
    own = made.json()
    assert made.headers["Location"] == f"/api/v1{PATH}/{own['id']}"
    assert (own["whole"], own["floor_area"], own["unit"]["name"]) == (True, "12500.5", "市水务局")
    for name in ("amira", "sven", "karl", "ines", "petra"):
        assert getattr(desks, name).get(f"{PATH}/{own['id']}").json() == own, name
    for name in ("olga", "rashid", "jun"):
        seen = getattr(desks, name).get(f"{PATH}/{own['id']}").json()
        hidden = {"whole": False, "sort": None, "unit": None, "floor_area": None, "users": None}
        assert seen == {**own, **hidden}, name
    assert desks.amira.get(f"{PATH}/99").status_code == 404


def test_the_list_is_searched_however_it_is_typed(desks: Desks, cast: Cast) -> None:
    desks.amira.post(PATH, json={**SCHOOL, "unit_id": cast.other})
    desks.amira.post(PATH, json={"name": "市圖書館"})

    def found(desk: Desk, **wanted: Any) -> list[str]:
        return [row["name"] for row in desk.get(PATH, params=wanted).json()["items"]]

    assert found(desks.olga) == ["青浦区第一小学", "市圖書館"]
    assert found(desks.olga, q="第一小學") == found(desks.olga, q="12310118a") == ["青浦区第一小学"]
    assert found(desks.olga, q="图书") == ["市圖書館"]
    assert found(desks.olga, district="青浦區") == ["青浦区第一小学"]
    assert found(desks.petra, unit=cast.other) == ["青浦区第一小学"]
    assert found(desks.olga, unit=cast.other) == [], "whose it is, is not for everybody"
    assert found(desks.olga, sort="-name", limit=1)
    ended = {"ended_on": "2022-01-14", "reason": "撤并。"}
    assert desks.amira.post(f"{PATH}/1/end", json=ended).json()["ended_on"] == "2022-01-14"
    assert found(desks.olga) == ["市圖書館"]
    assert found(desks.olga, ended=True) == ["青浦区第一小学", "市圖書館"]
    assert desks.amira.post(f"{PATH}/1/resume", json={"reason": "误录。"}).json()["ended_on"] is None


def test_what_is_taken_is_refused_in_words(desks: Desks) -> None:
    desks.amira.post(PATH, json=SCHOOL)
    again = desks.amira.post(PATH, json={**SCHOOL, "code": "12310118a", "name": "第二小学"})
    assert (again.status_code, again.json()["code"]) == (422, "malformed")
    (lack,) = again.json()["missing"]
    assert lack == {
        "code": "institution_code_taken", "field": "code",
        "text": "代码 12310118A 已登记为“青浦区第一小学”（所在区：青浦区）。",
    }  # fmt: skip
    for bad in ({"code": "甲"}, {"name": ""}, {"floor_area": "-1"}, {"users": 2**31}, {"colour": "red"}):
        answer = desks.amira.post(PATH, json={**SCHOOL, **bad})
        assert (answer.status_code, answer.json()["missing"][0]["field"]) == (422, next(iter(bad)))


def test_an_amendment_needs_the_right_and_the_present_version(desks: Desks, cast: Cast) -> None:
    desks.amira.post(PATH, json={**SCHOOL, "unit_id": cast.other})
    assert change(desks.olga, f"{PATH}/1", users=1).status_code == 403
    assert change(desks.petra, f"{PATH}/1", {"If-Match": '"9"'}, users=1).status_code == 412
    changed = change(desks.petra, f"{PATH}/1", {"If-Match": '"1"'}, users=1)
    assert (changed.status_code, changed.json()["users"], changed.headers["ETag"]) == (200, 1, '"2"')
    assert change(desks.petra, f"{PATH}/99", users=1).status_code == 404


def test_a_workbook_is_checked_then_taken_in(desks: Desks) -> None:
    checked = desks.amira.post(f"{PATH}/imports?check=true", content=book())
    assert (checked.status_code, checked.json()["kept"]) == (201, False)
    assert checked.json()["counts"] == {"added": 3, "changed": 0, "unchanged": 0}
    assert desks.amira.get(PATH).json()["items"] == []
    assert desks.amira.post(f"{PATH}/imports", content=book()).json()["kept"] is True
    assert len(desks.amira.get(PATH).json()["items"]) == 3


def test_a_bad_workbook_is_refused_cell_by_cell(desks: Desks) -> None:
    answer = desks.amira.post(
        f"{PATH}/imports", content=book([*GOOD, ("甲", "某所", None, None, "无", None, None)])
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "import_refused")
    assert [lack["field"] for lack in answer.json()["missing"]] == ["公共机构!A5", "公共机构!E5"]
    assert answer.json()["missing"][1]["text"].startswith("工作表“公共机构”第 5 行“责任单位”列：“无”")
    assert desks.amira.get(PATH).json()["items"] == []


@pytest.mark.parametrize("name", ["rashid", "karl", "ines"])
def test_others_import_nothing(desks: Desks, name: str) -> None:
    assert getattr(desks, name).post(f"{PATH}/imports", content=book()).status_code == 403


def test_the_template_comes_in_the_readers_language(desks: Desks) -> None:
    answer = desks.olga.get(f"{PATH}/template")
    assert "attachment" in answer.headers["Content-Disposition"]
    (sheet,) = load_workbook(BytesIO(answer.content)).worksheets
    assert [cell.value for cell in sheet[1]][:2] == ["统一社会信用代码", "机构名称"]
