"""Instructions, items opened by hand and named events, through the API."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from models import Milestone, NamedEvent
from models.states import DueBasis, EventState
from schedules.events import follow_events
from tests.api.desks import Desks
from tests.api.test_lists import walk
from tests.people import START, Cast, add
from tests.workflow.test_opening import INSTRUCTED, opening
from workflow.bootstrap import Services

TODAY = START.date().isoformat()
ASKED = {"unit_id": 2, "text": "请一周内报送推进计划。", "due_on": TODAY}
WEEK = {"from_on": "2022-06-13", "upto_on": "2022-06-19", "source": "发改环资〔2022〕100号"}


@pytest.fixture
def event(services: Services, cast: Cast) -> int:
    """The first milestone waits for the event of 2022."""
    with services.transaction() as tx:
        first = Milestone.id == cast.milestone
        tx.execute(update(Milestone).where(first).values(event="宣传周", due_basis=DueBasis.EVENT))
        return add(
            tx, NamedEvent, plan_id=cast.plan, name="宣传周", year=2022, state=EventState.PENDING, ask_on=START.date()
        )  # fmt: skip


def instruct(desks: Desks, cast: Cast, unit: int) -> int:
    answer = desks.sven.act(f"/tasks/{cast.task}", "instruct", details={**ASKED, "unit_id": unit})
    assert answer.status_code == 200, answer.text
    (followed,) = answer.json()["followed"]
    assert (followed["subject_kind"], followed["action"]) == ("instruction", "issue")
    return int(followed["subject_id"])


def test_opening_an_item_names_the_new_task(desks: Desks, cast: Cast) -> None:
    answer = desks.amira.act(f"/plans/{cast.plan}", "open_item", details=opening(cast))
    assert answer.status_code == 200, answer.text
    (followed,) = answer.json()["followed"]
    assert (followed["subject_kind"], followed["action"], followed["to_state"]) == (
        "task",
        "assign",
        "assigned",
    )
    task = desks.olga.get(f"/tasks/{followed['subject_id']}").json()
    assert (task["origin"], task["origin_details"]) == ("instruction", INSTRUCTED)
    assert (task["number"], task["programme"], task["goals"]) == (5, None, [])
    assert task["milestones"][0]["indicators"][0]["target"] == "5"
    first = desks.olga.get(f"/tasks/{task['id']}/history").json()["items"][0]
    assert (first["action"], first["label"], first["actor"]["name"]) == ("assign", "交办", "安敏")
    found = [row["number"] for row in walk(desks.amira, "/tasks", origin="instruction")]
    assert found == [5]
    assert [row["number"] for row in walk(desks.amira, "/tasks", origin=["document", "meeting"])] == [4]


def test_a_document_s_task_has_no_origin_to_tell(desks: Desks, cast: Cast) -> None:
    assert desks.olga.get(f"/tasks/{cast.task}").json()["origin_details"] is None


def test_what_is_wrong_with_an_item_is_named_by_field(desks: Desks, cast: Cast) -> None:
    answer = desks.amira.act(f"/plans/{cast.plan}", "open_item", details=opening(cast, origin="meeting"))
    assert answer.status_code == 409
    assert {lack["field"] for lack in answer.json()["missing"]} == {
        f"origin_details.{name}" for name in ("by", "on", "text", "meeting_id", "decision")
    }
    assert all("{" not in lack["text"] for lack in answer.json()["missing"])


@pytest.mark.parametrize("who", ["olga", "lena", "sven", "karl", "petra"])
def test_others_open_no_item(desks: Desks, cast: Cast, who: str) -> None:
    path = f"/plans/{cast.plan}"
    answer = getattr(desks, who).act(path, "open_item", details=opening(cast))
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    assert "open_item" not in [
        row["action"] for row in getattr(desks, who).get(f"{path}/actions").json()["actions"]
    ]


def test_an_instruction_and_its_reply(desks: Desks, cast: Cast) -> None:
    number = instruct(desks, cast, cast.lead)
    path = f"/instructions/{number}"
    offered = {row["action"] for row in desks.olga.get(f"{path}/actions").json()["actions"]}
    assert offered == {"acknowledge", "reply"}
    assert desks.olga.act(path, "acknowledge").json()["subject"]["state"] == "acknowledged"
    assert desks.lena.act(path, "reply", details={"text": "已报送。"}).status_code == 200
    answer = desks.sven.get(path)
    shown = answer.json()
    assert answer.headers["ETag"] == f'"{shown["version"]}"'
    assert (shown["state"], shown["reply"], shown["replied_by"]["name"]) == ("replied", "已报送。", "雷娜")
    assert (shown["issued_by"]["name"], shown["unit"]["name"], shown["due_on"]) == ("沈文", "市机管局", TODAY)
    assert desks.sven.act(path, "close").json()["subject"]["state"] == "closed"
    history = walk(desks.karl, f"/tasks/{cast.task}/history")
    assert [(entry["subject_kind"], entry["label"]) for entry in history] == [
        ("task", "批示"), ("instruction", "批示"), ("instruction", "签收"), ("instruction", "回复"),
        ("instruction", "办结"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("who", "to_lead", "to_joint"),
    [("olga", True, True), ("lena", True, True), ("jun", False, True), ("amira", True, True),
     ("karl", True, True), ("sven", True, True), ("petra", False, False), ("ines", False, False)],
)  # fmt: skip
def test_the_unit_addressed_the_lead_and_who_sees_all_see_it(
    desks: Desks, cast: Cast, who: str, to_lead: bool, to_joint: bool
) -> None:
    numbers = instruct(desks, cast, cast.lead), instruct(desks, cast, cast.joint)
    desk = getattr(desks, who)
    expected = [number for number, seen in zip(numbers, (to_lead, to_joint), strict=True) if seen]
    assert [row["id"] for row in walk(desk, "/instructions", limit=1)] == expected
    for number in numbers:
        status = 200 if number in expected else 404
        assert desk.get(f"/instructions/{number}").status_code == status
        assert desk.get(f"/instructions/{number}/actions").status_code == status


def test_instructions_are_narrowed(desks: Desks, cast: Cast) -> None:
    lead, joint = instruct(desks, cast, cast.lead), instruct(desks, cast, cast.joint)
    desks.jun.act(f"/instructions/{joint}", "acknowledge")

    def found(who: str, **params: Any) -> list[int]:
        return [row["id"] for row in walk(getattr(desks, who), "/instructions", **params)]

    assert found("amira", unit=cast.joint) == [joint]
    assert found("amira", state="issued") == [lead]
    assert found("amira", state=["issued", "acknowledged"], sort="-due_on") == [joint, lead]
    assert found("amira", task=cast.task, plan=cast.plan) == [lead, joint]
    assert found("amira", plan=99) == found("amira", mine=True) == []
    assert found("sven", mine=True) == [lead, joint]
    assert found("olga", mine=True) == [lead]


def test_an_instruction_outside_of_the_law_is_refused(desks: Desks, cast: Cast) -> None:
    answer = desks.olga.act(f"/tasks/{cast.task}", "instruct", details=ASKED)
    assert answer.status_code == 403
    answer = desks.petra.act(f"/tasks/{cast.task}", "instruct", details=ASKED)
    assert answer.status_code == 404
    answer = desks.sven.act(f"/tasks/{cast.task}", "instruct", details={**ASKED, "unit_id": cast.other})
    assert (answer.status_code, answer.json()["missing"][0]["field"]) == (409, "unit_id")


def test_an_event_is_dated_and_its_milestone_follows(
    desks: Desks, services: Services, cast: Cast, event: int
) -> None:
    (awaited,) = desks.olga.get(f"/plans/{cast.plan}/events").json()
    assert (awaited["name"], awaited["year"], awaited["state"], awaited["dated_by"]) == (
        "宣传周",
        2022,
        "pending",
        None,
    )
    shown = desks.olga.get(f"/milestones/{cast.milestone}").json()
    assert (shown["due_on"], shown["due_awaits_event"]) == ("2022-12-30", "宣传周")
    rows = desks.olga.get(f"/tasks/{cast.task}").json()["milestones"]
    assert [row["due_awaits_event"] for row in rows] == ["宣传周", None]
    assert desks.amira.act(f"/events/{event}", "set_dates", details=WEEK).status_code == 200
    follow_events(services, services.clock())
    dated = desks.petra.get(f"/events/{event}").json()
    assert (dated["state"], dated["upto_on"], dated["dated_by"]["name"]) == ("dated", "2022-06-19", "安敏")
    shown = desks.olga.get(f"/milestones/{cast.milestone}").json()
    assert (shown["due_on"], shown["due_basis"], shown["due_awaits_event"]) == ("2022-06-17", "event", None)
    assert shown["due_moves"][0]["reason"].startswith("宣传周（2022-06-13")
    assert [row["due_awaits_event"] for row in walk(desks.olga, "/milestones")] == [None, None]


def test_an_event_is_dated_by_supervisors_alone(desks: Desks, cast: Cast, event: int) -> None:
    for desk in (desks.olga, desks.sven, desks.karl, desks.petra):
        answer = desk.act(f"/events/{event}", "set_dates", details=WEEK)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    answer = desks.amira.act(f"/events/{event}", "set_dates", details={**WEEK, "upto_on": "2023-06-19"})
    assert (answer.status_code, answer.json()["missing"][0]["field"]) == (409, "upto_on")


def test_events_of_no_plan_are_not_found(desks: Desks, services: Services) -> None:
    assert desks.amira.get("/plans/99/events").status_code == 404
    assert desks.amira.get("/events/99").status_code == 404
    with services.reading() as tx:
        assert tx.execute(select(NamedEvent.id)).all() == []
