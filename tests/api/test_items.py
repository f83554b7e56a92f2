"""Lists over HTTP: entered by action and by workbook, seen by whom they concern, struck and restored, raced for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from threading import Barrier
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select

from models import AuditEvent, ListItem
from tests.api.desks import Desk, Desks, give_token
from tests.people import Cast, do, file
from tests.workflow.lists.ground import (
    Ground,
    brought,
    enter,
    named,
    settle_ground,
    share_state,
    two_accepted,
    two_shares,
)
from tests.workflow.lists.test_sheets import GOOD, book
from workflow import visibility
from workflow.bootstrap import Services
from workflow.facts import Named
from workflow.law import LAWS
from workflow.lists.scope import read_named

WHY = "现场核查未见审计报告。"
DISTRICT = ("qing", "ren", "chong", "jin", "dun", "hua")
CAST = ("olga", "rashid", "lena", "jun", "amira", "sven", "ines", "karl", "petra")


@pytest.fixture
def ground(services: Services, cast: Cast) -> Ground:
    ground = settle_ground(services, cast)
    with services.transaction() as tx:
        for name in DISTRICT:
            give_token(tx, getattr(ground.here, name), f"token-of-{name}")
    return ground


def at(desks: Desks, name: str) -> Desk:
    return Desk(desks.nobody.client, name)


def count(services: Services, model: Any) -> int:
    with services.reading() as tx:
        return int(tx.execute(select(func.count()).select_from(model)).scalar_one())


def test_a_list_from_action_to_strike_and_replacement(
    desks: Desks, services: Services, ground: Ground
) -> None:
    share, _ = two_shares(services, ground)
    qing = at(desks, "qing")
    details = named(ground.cast.indicator, "第一小学", "第二小學")
    answer = qing.act(f"/shares/{share}", "enter_items", details=details)
    assert answer.status_code == 200, answer.text
    first, second = qing.get("/items", params={"share": share}).json()["items"]
    assert second["institution"] == {"id": 2, "code": None, "name": "第二小学", "district": "青浦区"}
    assert (first["unit"]["name"], first["quantity"], first["state"]) == ("青浦区机管局", "1", "counted")
    path = f"/items/{first['id']}"
    struck = desks.ines.act(path, "strike", reason=WHY)
    assert struck.status_code == 200, struck.text
    seen = qing.get(path).json()
    assert (seen["state"], seen["struck_reason"], seen["struck_by"]["name"]) == ("struck", WHY, "尹斯")
    assert brought(services, share) == 1
    details = named(ground.cast.indicator, "第五小学")
    assert qing.act(f"/shares/{share}", "enter_items", details=details).status_code == 200
    assert desks.amira.act(path, "restore", reason="查明属实。").json()["subject"]["state"] == "counted"
    assert brought(services, share) == 3
    history = desks.olga.get(f"/tasks/{ground.cast.task}/history").json()["items"]
    assert [row["label"] for row in history][-4:] == ["登记清单", "核减", "登记清单", "恢复计入"]


def test_bad_rows_are_told_in_words(desks: Desks, services: Services, ground: Ground) -> None:
    first, second = two_shares(services, ground)
    enter(services, ground, first, ground.here.qing, "第一小学")
    details = named(ground.cast.indicator, "第三小学", "第一小学", "无此小学")
    answer = at(desks, "chong").act(f"/shares/{second}", "enter_items", details=details)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_ready")
    assert answer.json()["missing"] == [
        {
            "code": "item_counted_elsewhere", "field": "items.1.institution",
            "text": "第 2 行“第一小学”：“第一小学”已由青浦区机管局于 2022 年计入。",
        },
        {
            "code": "item_unknown", "field": "items.2.institution",
            "text": "第 3 行“无此小学”：公共机构库中没有该机构，请核对名称和所在区，或先行登记。",
        },
    ]  # fmt: skip
    assert count(services, ListItem) == 1


def test_who_sees_which_items(desks: Desks, services: Services, ground: Ground) -> None:
    """A district its own; who leads, signs, inspects or sees the whole plan all; another unit none."""
    first, second = two_shares(services, ground)
    own = enter(services, ground, first, ground.here.qing, "第一小学")
    other = enter(services, ground, second, ground.here.chong, "第三小学")
    both = [*own, *other]
    expected = {
        **dict.fromkeys(("olga", "rashid", "lena", "jun", "amira", "sven", "ines", "karl"), both),
        **dict.fromkeys(("qing", "ren", "dun"), own), "chong": other, "jin": [], "hua": [], "petra": [],
    }  # fmt: skip
    for name, ids in expected.items():
        desk = at(desks, name)
        assert [row["id"] for row in desk.get("/items").json()["items"]] == ids, name
        for item in both:
            status = 200 if item in ids else 404
            assert desk.get(f"/items/{item}").status_code == status, name
            assert desk.get(f"/items/{item}/actions").status_code == status, name
            if status == 404:
                assert desk.act(f"/items/{item}", "strike", reason=WHY).status_code == 404, name


def test_rows_and_standings_agree_on_who_sees(services: Services, ground: Ground) -> None:
    first, second = two_shares(services, ground)
    enter(services, ground, first, ground.here.qing, "第一小学")
    enter(services, ground, second, ground.here.chong, "第三小学")
    details = {"portions": [{"unit_id": ground.here.energy, "text": "核对清单"}]}
    do(services, "share", first, "break_down", ground.here.qing, details=details)
    people = {name: getattr(ground.cast, name) for name in CAST}
    people |= {name: getattr(ground.here, name) for name in DISTRICT}
    with services.reading() as tx:
        ids = list(tx.execute(select(ListItem.id)).scalars())
        for name, person in people.items():
            bound = visibility.bound(person, services.clock())
            listed = set(tx.execute(visibility.items(ListItem.id), bound).scalars())
            standings = LAWS["item"].load(tx, ids, person, services.clock())
            assert listed == {item for item, found in standings.items() if found.seen}, name


def test_the_list_is_filtered(desks: Desks, services: Services, ground: Ground) -> None:
    first, second = two_shares(services, ground)
    (one,) = enter(services, ground, first, ground.here.qing, "第一小学")
    (two,) = enter(services, ground, second, ground.here.chong, "第三小学")
    desks.amira.act(f"/items/{one}", "strike", reason=WHY)

    def found(**wanted: Any) -> list[int]:
        return [row["id"] for row in desks.olga.get("/items", params=wanted).json()["items"]]

    assert found(sort="-id") == [two, one]
    assert found(state="struck") == found(share=first) == found(unit=ground.here.qingpu) == [one]
    assert found(institution=ground.schools["第三小学"]) == [two]
    assert found(task=ground.cast.task, milestone=ground.cast.milestone) == [one, two]
    assert found(indicator=ground.cast.second_indicator) == []


def test_a_workbook_is_checked_then_entered(desks: Desks, services: Services, ground: Ground) -> None:
    share, _ = two_shares(services, ground)
    qing = at(desks, "qing")
    events = count(services, AuditEvent)
    checked = qing.post(f"/shares/{share}/items?check=true", content=book())
    assert (checked.status_code, checked.json()["kept"]) == (201, False)
    assert (count(services, ListItem), count(services, AuditEvent)) == (0, events)
    entered = qing.post(f"/shares/{share}/items", content=book())
    assert (entered.status_code, entered.json()["items"], entered.json()["kept"]) == (201, 2, True)
    assert brought(services, share) == 2


def test_a_workbook_goes_to_a_milestone_that_is_not_broken_down(desks: Desks, ground: Ground) -> None:
    cast = ground.cast
    desks.olga.act(f"/tasks/{cast.task}", "acknowledge")
    desks.olga.act(f"/milestones/{cast.milestone}", "start")
    path = f"/milestones/{cast.milestone}/items"
    assert desks.olga.post(path, content=book()).status_code == 201
    wrong = desks.olga.post(path, params={"indicator": cast.goal}, content=book())
    assert (wrong.status_code, wrong.json()["missing"][0]["code"]) == (422, "which_list")


def test_the_same_workbook_with_the_same_key_is_entered_once(
    desks: Desks, services: Services, cast: Cast
) -> None:
    """Without a scope nothing else would tell the second from further items."""
    ground = settle_ground(services, cast, once=None)
    share, _ = two_shares(services, ground)
    with services.transaction() as tx:
        give_token(tx, ground.here.qing, "token-of-qing")
    data = book()
    for _ in range(2):
        answer = at(desks, "qing").post(f"/shares/{share}/items", {"Idempotency-Key": "k"}, content=data)
        assert answer.status_code == 201
    assert answer.headers["Idempotency-Replayed"] == "true"
    assert count(services, ListItem) == 2


def test_a_bad_workbook_is_refused_cell_by_cell(desks: Desks, services: Services, ground: Ground) -> None:
    share, _ = two_shares(services, ground)
    data = book(
        [
            *GOOD,
            ("无此小学", None, "x", "2022-01-10", None, None),
            ("无此小学", None, 1, "2022-01-10", None, None),
        ]
    )
    answer = at(desks, "qing").post(f"/shares/{share}/items", content=data)
    assert (answer.status_code, answer.json()["code"]) == (422, "import_refused")
    assert [lack["field"] for lack in answer.json()["missing"]] == ["清单!C4", "清单!A4", "清单!A5"]
    assert answer.json()["missing"][2]["text"].startswith("第 5 行“无此小学”：")
    assert count(services, ListItem) == 0


def test_who_may_not_enter_hears_nothing_of_the_rows(
    desks: Desks, services: Services, ground: Ground
) -> None:
    share, _ = two_shares(services, ground)
    for name, status in (("chong", 404), ("petra", 404), ("ren", 403), ("amira", 403)):
        assert at(desks, name).post(f"/shares/{share}/items", content=b"no workbook").status_code == status
    assert at(desks, "qing").post(f"/shares/{share}/items", content=b"no workbook").status_code == 422


def test_the_template_is_for_who_sees_the_work(desks: Desks, services: Services, ground: Ground) -> None:
    share, _ = two_shares(services, ground)
    answer = at(desks, "qing").get(f"/shares/{share}/items/template")
    (sheet,) = load_workbook(BytesIO(answer.content)).worksheets
    assert sheet["A1"].value == "机构名称或代码"
    assert at(desks, "chong").get(f"/shares/{share}/items/template").status_code == 404
    assert desks.petra.get(f"/milestones/{ground.cast.milestone}/items/template").status_code == 404
    assert desks.jun.get(f"/milestones/{ground.cast.milestone}/items/template").status_code == 200


def test_of_two_units_that_claim_one_institution_at_once_one_wins(
    desks: Desks, services: Services, ground: Ground
) -> None:
    shares = two_shares(services, ground)
    rivals = [at(desks, "qing"), at(desks, "chong")]
    together = Barrier(2)

    def claim(n: int) -> Any:
        together.wait()
        details = named(ground.cast.indicator, "第一小学", "第二小学")
        return rivals[n].act(f"/shares/{shares[n]}", "enter_items", details=details)

    with ThreadPoolExecutor(2) as threads:
        answers = sorted(threads.map(claim, range(2)), key=lambda answer: int(answer.status_code))
    assert [answer.status_code for answer in answers] == [200, 409]
    lacks = answers[1].json()["missing"]
    assert [lack["code"] for lack in lacks] == ["item_counted_elsewhere"] * 2
    assert count(services, ListItem) == 2
    assert sorted(brought(services, share) or 0 for share in shares) == [0, 2]


def test_what_the_check_could_not_see_the_index_refuses(
    desks: Desks, services: Services, ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two_shares(services, ground)
    enter(services, ground, first, ground.here.qing, "第一小学")

    def blind(*asked: Any) -> Named:
        return Named(read_named(*asked).meant, {})

    monkeypatch.setattr("workflow.lists.entering.read_named", blind)
    details = named(ground.cast.indicator, "第二小学", "第一小学")
    answer = at(desks, "chong").act(f"/shares/{second}", "enter_items", details=details)
    assert (answer.status_code, answer.json()["code"]) == (409, "collision")
    assert (count(services, ListItem), brought(services, second)) == (1, None)


def test_a_strike_after_acceptance_is_told_and_shown(
    desks: Desks, services: Services, ground: Ground
) -> None:
    share, _, items = two_accepted(services, ground)
    answer = desks.amira.act(f"/items/{items[0]}", "strike", reason=WHY)
    assert [event["action"] for event in answer.json()["followed"]] == ["reopen"]
    assert share_state(services, share) == "in_progress"
    stale = desks.amira.act(f"/items/{items[1]}", "strike", {"If-Match": '"9"'}, reason=WHY)
    assert stale.status_code == 412
    without = desks.amira.act(f"/items/{items[1]}", "strike")
    assert (without.status_code, without.json()["code"]) == (422, "reason_required")


def test_evidence_behind_an_item_is_named_by_number_only(
    desks: Desks, services: Services, ground: Ground
) -> None:
    """An inspector sees the item, and of its file the number: the file has its own rule."""
    share, _ = two_shares(services, ground)
    do(services, "share", share, "attach", ground.here.qing, details=file())
    (item,) = enter(services, ground, share, ground.here.qing, "第一小学", evidence_id=1)
    assert desks.ines.get(f"/items/{item}").json()["evidence_id"] == 1
    assert desks.ines.get("/evidence/1").status_code == 404
