"""Breaking down by workbook: given out with the units in their order, filled in, taken in whole or not at all."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import func, select

from models import AuditEvent, Indicator, Share
from models.states import Basis, Comparator, IndicatorKind
from tests.api.desks import Desk, Desks, give_token
from tests.people import Cast, add, do
from tests.workflow.lifecycles import districts as d
from tests.workflow.lifecycles import situations as a
from workflow.bootstrap import Services

ORDER = ["市机管局", "市教委", "青浦区机管局", "崇明区机管局", "金山区机管局"]
CHANGE = {"kind": "change", "formula": "单位建筑面积能耗下降率", "change_in": "percent", "direction": "at_most",
          "baseline": {"quantity": "100", "year": 2020, "source": "台账"}}  # fmt: skip


@pytest.fixture
def here(services: Services, cast: Cast) -> d.Districts:
    with services.transaction() as tx:
        here = d.settle_districts(tx, cast)
        for name in ("qing", "chong"):
            give_token(tx, getattr(here, name), f"token-of-{name}")
        for ordinal, metric in ((2, "能源审计"), (3, "能耗下降")):
            add(tx, Indicator, task_id=cast.task, milestone_id=cast.milestone, ordinal=ordinal, metric=metric,
                quantity=Decimal(5), unit="家" if ordinal == 2 else "%", comparator=Comparator.AT_LEAST,
                basis=Basis.LEVEL, kind=IndicatorKind.CHANGE if ordinal == 3 else IndicatorKind.COUNT,
                definition=CHANGE if ordinal == 3 else None)  # fmt: skip
    a.a_started_milestone(services, cast)
    return here


def path_of(cast: Cast) -> str:
    return f"/milestones/{cast.milestone}/breakdown"


def opened(answer: Any) -> tuple[Workbook, Worksheet]:
    assert answer.status_code == 200, answer.text
    book = load_workbook(BytesIO(answer.content))
    return book, book.worksheets[0]


def packed(book: Workbook) -> bytes:
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def cells(sheet: Worksheet) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def given_out(desk: Desk, path: str, **language: str) -> tuple[Workbook, Worksheet]:
    return opened(desk.get(f"{path}.xlsx", language))


def shares(services: Services) -> int:
    with services.reading() as tx:
        return int(tx.execute(select(func.count()).select_from(Share)).scalar_one())


def test_the_workbook_names_the_units_in_their_order_and_the_indicators(
    desks: Desks, cast: Cast, here: d.Districts
) -> None:
    answer = desks.olga.get(f"{path_of(cast)}.xlsx")
    assert answer.headers["content-disposition"].startswith("attachment;")
    _, sheet = opened(answer)
    assert sheet.title == "任务分解"
    head, *rows = cells(sheet)
    assert head == ["单位", "任务内容", "完成时限", "能源审计（家）", "能源审计（家） ·2", "能耗下降（%）"]
    assert [row[0] for row in rows] == ORDER
    assert all(row[1:] == [None] * 5 for row in rows)
    _, english = given_out(desks.olga, path_of(cast), **{"Accept-Language": "en"})
    assert cells(english)[0][:3] == ["Unit", "What it is to do", "Due"]


def test_what_is_filled_in_is_issued_as_one_act(
    desks: Desks, services: Services, cast: Cast, here: d.Districts
) -> None:
    book, sheet = given_out(desks.olga, path_of(cast))
    filled: list[tuple[int, list[Any]]] = [
        (4, ["完成20家", date(2022, 11, 30), 20, None, "-3.5"]),
        (5, [None, None, None, "填报", None]),
    ]
    for row, values in filled:
        for column, value in enumerate(values, 2):
            sheet.cell(row, column, value)
    answer = desks.olga.post(path_of(cast), content=packed(book))
    assert answer.status_code == 201, answer.text
    assert [e["subject_kind"] for e in answer.json()["followed"]] == ["share", "share"]
    shown = desks.olga.get(f"/milestones/{cast.milestone}").json()["shares"]
    assert [
        (s["unit"]["name"], s["due_on"], [(t["metric"], t["target"]) for t in s["targets"]]) for s in shown
    ] == [
        ("青浦区机管局", "2022-11-30", [("能源审计", "20"), ("能耗下降", "-3.5")]),
        ("崇明区机管局", "2022-12-30", [("能源审计", None)]),
    ]
    history = desks.olga.get(f"/tasks/{cast.task}/history", params={"limit": 200}).json()["items"]
    (event,) = (e for e in history if (e["subject_kind"], e["action"]) == ("milestone", "break_down"))
    assert len(event["details"]["sha256"]) == 64


def test_what_is_issued_is_given_out_again_and_filled_in_further(
    desks: Desks, services: Services, cast: Cast, here: d.Districts
) -> None:
    d.break_down(services, cast, d.portion(cast, here.qingpu, "20.5"), d.portion(cast, here.chongming, None))
    book, sheet = given_out(desks.olga, path_of(cast))
    assert cells(sheet)[3][1:4] == ["300家能源审计", date_time(2022, 12, 30), 20.5]
    assert cells(sheet)[4][3] == "填报"
    assert (
        desks.olga.post(path_of(cast), content=packed(book)).json()["missing"][0]["code"]
        == "row_nothing_issued"
    )
    sheet.cell(6, 4, 7)
    assert desks.olga.post(path_of(cast), content=packed(book)).status_code == 201
    assert shares(services) == 3
    sheet.cell(4, 4, 21)
    (lack,) = desks.olga.post(path_of(cast), content=packed(book)).json()["missing"]
    assert (lack["code"], lack["field"]) == ("one_share_each", "任务分解!A4")


def date_time(*day: int) -> Any:
    from datetime import datetime

    return datetime(*day)  # type: ignore[arg-type]  # noqa: DTZ001


def test_every_bad_cell_is_named_and_nothing_is_issued(
    desks: Desks, services: Services, cast: Cast, here: d.Districts
) -> None:
    book, sheet = given_out(desks.olga, path_of(cast), **{"Accept-Language": "en"})
    typed: dict[str, Any] = {
        "D3": "many", "C4": date(2023, 1, 31), "D4": 1, "E5": -1, "A6": "奉贤区机管局", "D6": 2, "F2": "x",
        "C5": "9999-12-31", "A7": "青浦区机管局", "D7": 5,
    }  # fmt: skip
    for place, value in typed.items():
        sheet[place] = value
    before = _events(services)
    answer = desks.olga.post(path_of(cast), {"Accept-Language": "en"}, content=packed(book))
    assert (answer.status_code, answer.json()["code"]) == (422, "import_refused")
    found = {lack["field"].partition("!")[2]: lack["code"] for lack in answer.json()["missing"]}
    assert found == {
        "F2": "row_signed", "D3": "row_quantity", "C5": "row_date", "E5": "row_quantity", "A6": "row_choice",
        "A7": "row_twice", "C4": "due_by",
    }  # fmt: skip
    text = next(lack["text"] for lack in answer.json()["missing"] if lack["code"] == "row_quantity")
    assert "row 3" in text
    assert "many" in text
    assert (shares(services), _events(services)) == (0, before)


def _events(services: Services) -> int:
    with services.reading() as tx:
        return int(tx.execute(select(func.count()).select_from(AuditEvent)).scalar_one())


def test_a_share_is_broken_down_to_its_own_sub_units(
    desks: Desks, services: Services, cast: Cast, here: d.Districts
) -> None:
    share, *_ = d.break_down(services, cast, d.portion(cast, here.qingpu, "20"))
    d.a_share_under_way(services, share, here.qing)
    qing = Desk(desks.nobody.client, "qing")
    book, sheet = given_out(qing, f"/shares/{share}/breakdown")
    assert [row[0] for row in cells(sheet)] == ["单位", "青浦区机管局节能科", "青浦区中心医院"]
    assert cells(sheet)[0][3:] == ["能源审计（家）"], "only what the share has a target for"
    sheet["A3"], sheet["D3"] = "QP-H", 8
    assert qing.post(f"/shares/{share}/breakdown", content=packed(book)).status_code == 201
    (below,) = qing.get(f"/shares/{share}").json()["sub_shares"]
    assert (below["unit"]["name"], below["targets"][0]["target"]) == ("青浦区中心医院", "8")


@pytest.mark.parametrize(
    ("who", "get", "post"),
    [("olga", 200, 422), ("jun", 200, 403), ("karl", 200, 403), ("petra", 404, 404), ("qing", 403, 403)],
)
def test_who_may(desks: Desks, cast: Cast, here: d.Districts, who: str, get: int, post: int) -> None:
    desk = Desk(desks.nobody.client, who)
    assert desk.get(f"{path_of(cast)}.xlsx").status_code == get
    assert desk.post(path_of(cast), content=b"no workbook").status_code == post


def test_a_workbook_with_a_key_is_answered_again(
    desks: Desks, services: Services, cast: Cast, here: d.Districts
) -> None:
    book, sheet = given_out(desks.olga, path_of(cast))
    sheet["D4"] = 1
    data, key = packed(book), {"Idempotency-Key": "breakdown-1"}
    first = desks.olga.post(path_of(cast), key, content=data)
    again = desks.olga.post(path_of(cast), key, content=data)
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert (again.json(), shares(services)) == (first.json(), 1)


def test_a_task_that_is_not_under_way_is_refused_as_by_form(
    desks: Desks, services: Services, cast: Cast, here: d.Districts
) -> None:
    book, sheet = given_out(desks.olga, path_of(cast))
    sheet["D4"] = 1
    do(services, "task", cast.task, "suspend", cast.amira, reason=a.REASON)
    answer = desks.olga.post(path_of(cast), content=packed(book))
    assert (answer.status_code, [m["code"] for m in answer.json()["missing"]]) == (409, ["task_under_way"])
