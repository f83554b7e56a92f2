"""Meetings by the API: entered once by a supervisor, the minutes attached once, seen by those whom they concern."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from models import Adjustment, AuditEvent, Meeting
from models.states import AdjustmentKind, AdjustmentState
from schedules.upkeep import keep_house, verify
from tests.api.desks import Desk, Desks
from tests.people import START, Cast, add
from workflow import audit
from workflow.bootstrap import Services

LATER = datetime(2199, 1, 1, tzinfo=UTC)
PAPER = b"%PDF-1.7\n" + "议定事项".encode() + b"\n%%EOF\n"
ENTRY = {
    "name": "公共机构节能工作联席会议第3次会议", "number": "沪机管会纪〔2022〕3号", "held_on": "2022-01-12",
    "decisions": ["将2022年能源审计目标由300家调整为280家。", "暂缓两项任务两个月。"],
}  # fmt: skip


def enter(desks: Desks) -> Any:
    return desks.amira.post("/meetings", json=ENTRY)


def put(desk: Desk, id: int, content: bytes = PAPER, name: str = "会议纪要.pdf") -> Any:
    path = f"/api/v1/meetings/{id}/minutes"
    return desk.client.put(path, headers=desk.headers(), params={"file_name": name}, content=content)


def events(services: Services) -> list[str]:
    with services.reading() as tx:
        mine = select(AuditEvent.action).where(AuditEvent.root_kind == "meeting").order_by(AuditEvent.seq)
        return list(tx.execute(mine).scalars())


def test_a_meeting_is_entered_and_read(desks: Desks, services: Services) -> None:
    entered = enter(desks)
    assert entered.status_code == 201, entered.text
    assert entered.headers["Location"] == "/api/v1/meetings/1"
    found = desks.amira.get("/meetings/1").json()
    assert found == entered.json()
    assert (found["decisions"], found["minutes"]) == (ENTRY["decisions"], None)
    assert [
        m["id"] for m in desks.karl.get("/meetings", params={"number": ENTRY["number"]}).json()["items"]
    ] == [1]
    assert desks.karl.get("/meetings", params={"held_from": "2022-01-13"}).json()["items"] == []
    assert events(services) == ["enter"]


def test_the_same_meeting_is_not_entered_twice(desks: Desks, services: Services) -> None:
    enter(desks)
    again = enter(desks)
    assert (again.status_code, again.json()["code"]) == (409, "meeting_exists")
    assert ENTRY["number"] in again.json()["detail"]
    assert events(services) == ["enter"]


@pytest.mark.parametrize("who", ["olga", "rashid", "jun", "sven", "karl", "petra"])
def test_only_a_supervisor_enters_one(desks: Desks, services: Services, who: str) -> None:
    answer = getattr(desks, who).post("/meetings", json=ENTRY)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    with services.reading() as tx:
        assert tx.execute(select(func.count()).select_from(Meeting)).scalar_one() == 0


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"held_on": "2022-01-15"}, "held_on"), ({"decisions": []}, "decisions"), ({"name": ""}, "name"),
     ({"decisions": [""]}, "decisions.0"), ({"chair": "安敏"}, "chair")],
)  # fmt: skip
def test_what_is_off_is_named(desks: Desks, changed: dict[str, Any], field: str) -> None:
    answer = desks.amira.post("/meetings", json=ENTRY | changed)
    assert (answer.status_code, answer.json()["missing"][0]["field"]) == (422, field)


def test_the_minutes_are_attached_once(desks: Desks, services: Services) -> None:
    enter(desks)
    kept = put(desks.amira, 1)
    assert kept.status_code == 201, kept.text
    minutes = kept.json()["minutes"]
    assert minutes["sha256"] == hashlib.sha256(PAPER).hexdigest()
    assert (minutes["file_name"], minutes["media_type"], minutes["size"]) == (
        "会议纪要.pdf",
        "application/pdf",
        len(PAPER),
    )
    assert put(desks.amira, 1).status_code == 200, "the same bytes again change nothing"
    other = put(desks.amira, 1, PAPER + b"%\n")
    assert (other.status_code, other.json()["code"]) == (409, "minutes_kept")
    assert desks.karl.get("/meetings/1/minutes").content == PAPER
    part = desks.karl.get("/meetings/1/minutes", {"Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"%PDF")
    assert events(services) == ["enter", "attach_minutes"]
    with services.reading() as tx:
        assert audit.verify(tx) == (2, None)


def test_no_byte_is_taken_from_who_may_not_attach(desks: Desks, services: Services) -> None:
    enter(desks)
    assert put(desks.sven, 1).status_code == 403
    assert put(desks.petra, 1).status_code == 404
    assert put(desks.amira, 2).status_code == 404
    assert list(services.store.keys()) == []


def test_minutes_that_are_not_there_are_not_found(desks: Desks) -> None:
    enter(desks)
    assert desks.amira.get("/meetings/1/minutes").status_code == 404


def test_the_minutes_stay_when_orphans_go_and_are_hashed_again(desks: Desks, services: Services) -> None:
    enter(desks)
    put(desks.amira, 1)
    put(desks.amira, 1, PAPER + b"%\n")
    assert keep_house(services, LATER)["orphans"] == 1
    assert verify(services, START)["files"] == 1
    (held,) = services.store.keys()
    services.store.delete(held.key, stored_before=LATER)
    assert verify(services, START)["damaged"] == [{"kind": "meeting", "id": 1, "condition": "gone"}]


def test_it_is_seen_by_those_whom_it_concerns(desks: Desks, services: Services, cast: Cast) -> None:
    """Who reads the whole plan, and who may cite it: owners in a lead unit. Others when a task of theirs cites it."""
    enter(desks)
    assert seen(desks) == {"olga", "amira", "sven", "karl"}
    with services.transaction() as tx:
        cite(tx, cast)
    assert seen(desks) == {"olga", "rashid", "lena", "jun", "amira", "sven", "karl"}


def seen(desks: Desks) -> set[str]:
    """Who finds the meeting, in the list and by itself alike."""
    found = set()
    for name in ("olga", "rashid", "lena", "jun", "amira", "sven", "ines", "karl", "petra"):
        desk = getattr(desks, name)
        listed = [m["id"] for m in desk.get("/meetings").json()["items"]] == [1]
        assert (desk.get("/meetings/1").status_code == 200) == listed, name
        found |= {name} if listed else set()
    return found


def cite(tx: Any, cast: Cast) -> None:
    """An adjustment as a proposal leaves it."""
    add(
        tx, Adjustment, task_id=cast.task, kind=AdjustmentKind.CANCEL, change={}, meeting_id=1, reason="议定",
        state=AdjustmentState.PROPOSED, proposed_at=START, proposed_by=cast.amira,
    )  # fmt: skip
