"""Lists and single readings: pages that skip nothing, filters, and a number of statements that does not grow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, event, update

from models import Milestone, Part, Task
from models.states import DueBasis, MilestoneState, Origin, PartRole, PartState, TaskState
from tests.api.desks import Desk, Desks
from tests.people import START, Cast, accept, add, submit
from tests.workflow.test_visibility import hang, hang_on_shares
from workflow.bootstrap import Services


def add_tasks(tx: Connection, cast: Cast, *numbers: int) -> None:
    """Further tasks of the lead unit, each with one milestone; names repeat."""
    for number in numbers:
        task = add(
            tx, Task, plan_id=cast.plan, number=number, name=f"任务{number % 3}", printed_name=f"任務{number % 3}",
            goal="-", printed_goal="-", state=TaskState.ASSIGNED, origin=Origin.DOCUMENT, assigned_at=START,
        )  # fmt: skip
        add(
            tx, Part, task_id=task, unit_id=cast.lead, role=PartRole.LEAD, ordinal=1, state=PartState.ASSIGNED
        )
        add(
            tx, Milestone, task_id=task, year=2022, text="-", printed_text="-", state=MilestoneState.PLANNED,
            due_on=START.date().replace(month=1 + number % 12), due_basis=DueBasis.YEAR_END, due_rule="none",
            light="red" if number % 5 == 0 else "green",
        )  # fmt: skip


def walk(desk: Desk, path: str, **params: Any) -> list[Any]:
    """Every item of a list, page by page."""
    found: list[Any] = []
    while True:
        page = desk.get(path, params=params)
        assert page.status_code == 200, page.text
        found += page.json()["items"]
        if page.json()["next"] is None:
            return found
        params["cursor"] = page.json()["next"]


@pytest.mark.parametrize(
    "sort",
    ["id", "-id", "number", "-number", "name", "-name", "next_due_on", "-next_due_on", "light", "-light"],
)
def test_pages_show_every_row_once_in_order(desks: Desks, services: Services, cast: Cast, sort: str) -> None:
    with services.transaction() as tx:
        add_tasks(tx, cast, *range(10, 27))
        tx.execute(update(Milestone).where(Milestone.task_id == cast.task).values(state="waived"))
    whole = walk(desks.olga, "/tasks", sort=sort, limit=200)
    paged = walk(desks.olga, "/tasks", sort=sort, limit=3)
    assert paged == whole
    assert len({row["id"] for row in paged}) == 18
    field = sort.removeprefix("-")
    lights = ["green", "blue", "yellow", "red"]
    values = [lights.index(row[field]) if field == "light" else row[field] or "9999" for row in whole]
    assert values == sorted(values, reverse=sort.startswith("-"))


def test_a_row_that_comes_in_between_moves_nothing(desks: Desks, services: Services, cast: Cast) -> None:
    with services.transaction() as tx:
        add_tasks(tx, cast, 10, 20, 30)
    first = desks.olga.get("/tasks", params={"sort": "number", "limit": 2}).json()
    with services.transaction() as tx:
        add_tasks(tx, cast, 1, 15)
    second = desks.olga.get("/tasks", params={"sort": "number", "limit": 9, "cursor": first["next"]}).json()
    assert [row["number"] for row in first["items"]] == [4, 10]
    assert [row["number"] for row in second["items"]] == [15, 20, 30]


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"sort": "wishes"}, "sort"),
        ({"cursor": "%%%"}, "cursor"),
        ({"cursor": "WyJudW1iZXIiLDQsN10"}, "cursor"),
        ({"cursor": "WzEsMiwzXQ"}, "cursor"),
        ({"cursor": "bnVsbA"}, "cursor"),
        ({"limit": 0}, "limit"),
        ({"limit": 201}, "limit"),
        ({"state": "happy"}, "state.0"),
        ({"light": "pink"}, "light.0"),
    ],
)
def test_a_list_that_cannot_be_asked_for_names_the_field(desks: Desks, params: Any, field: str) -> None:
    answer = desks.olga.get("/tasks", params=params)
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")
    assert [lack["field"] for lack in answer.json()["missing"]] == [field]


@pytest.mark.parametrize(
    ("params", "numbers"),
    [
        ({"light": "red"}, [10, 15]),
        ({"light": ["red", "green"]}, [4, 10, 11, 15]),
        ({"state": "assigned"}, [4, 10, 11, 15]),
        ({"state": ["closed", "completed"]}, []),
        ({"year": 2023}, [4]),
        ({"q": "能源审计"}, [4]),
        ({"q": "能源審計"}, [4]),
        ({"q": "%"}, []),
        ({"unit": "joint"}, [4]),
        ({"lead": "joint"}, []),
        ({"lead": "lead"}, [4, 10, 11, 15]),
        ({"plan": 1}, [4, 10, 11, 15]),
        ({"plan": 2}, []),
        ({"programme": 1}, [4]),
    ],
)
def test_tasks_are_narrowed(
    desks: Desks, services: Services, cast: Cast, params: dict[str, Any], numbers: list[int]
) -> None:
    with services.transaction() as tx:
        add_tasks(tx, cast, 10, 11, 15)
    params = {
        name: getattr(cast, value) if value in ("lead", "joint") else value for name, value in params.items()
    }
    assert [row["number"] for row in walk(desks.amira, "/tasks", sort="number", **params)] == numbers


@pytest.mark.parametrize(
    ("path", "params", "count"),
    [
        ("/milestones", {}, 2),
        ("/milestones", {"year": 2022, "state": "submitted"}, 1),
        ("/milestones", {"due_from": "2023-01-01"}, 1),
        ("/milestones", {"due_to": "2022-01-01"}, 0),
        ("/milestones", {"light": "red"}, 0),
        ("/milestones", {"plan": 1, "sort": "-due_on"}, 2),
        ("/parts", {"state": "assigned"}, 1),
        ("/approvals", {"box": "to_sign"}, 1),
        ("/approvals", {"box": "signed"}, 0),
        ("/approvals", {"state": "open"}, 1),
        ("/cards", {"colour": "red", "state": "raised"}, 1),
        ("/cards", {"colour": "yellow"}, 0),
        ("/notices", {"kind": "red_card"}, 1),
        ("/notices", {"year": 2022}, 0),
        ("/notices", {"plan": 1}, 1),
        ("/evidence", {"state": "attached"}, 1),
        ("/evidence", {"milestone": 2}, 0),
        ("/plans", {"state": "active"}, 1),
        ("/board", {"plan": 1}, 1),
        ("/board", {"plan": 9}, 0),
    ],
)
def test_other_lists_are_narrowed(
    desks: Desks, services: Services, cast: Cast, path: str, params: Any, count: int
) -> None:
    submit(services, cast)
    with services.transaction() as tx:
        hang(tx, cast)
    assert len(walk(desks.rashid, path, limit=1, **params)) == count


@contextmanager
def counted(services: Services) -> Iterator[list[str]]:
    """The statements that run meanwhile."""
    seen: list[str] = []

    def note(_c: Any, _k: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(services.database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(services.database.engine, "before_cursor_execute", note)


@pytest.mark.parametrize(
    "path",
    ["/tasks", "/milestones", "/parts", "/board", "/approvals", "/cards", "/notices", "/evidence", "/shares"],
)
def test_a_longer_list_takes_no_more_statements(
    desks: Desks, services: Services, cast: Cast, path: str
) -> None:
    submit(services, cast)
    with services.transaction() as tx:
        hang(tx, cast)
        hang_on_shares(tx, cast)
    with counted(services) as few:
        desks.amira.get(path)
    with services.transaction() as tx:
        add_tasks(tx, cast, *range(10, 60))
    with counted(services) as many:
        assert desks.amira.get(path).json()["items"]
    own = 3 if path == "/approvals" else 0  # what one may sign, and the calendar that limits are counted by
    assert len(many) == len(few) <= 3 + own + (few[0].startswith("BEGIN")) * 2


def test_a_task_shows_all_that_its_page_needs(desks: Desks, services: Services, cast: Cast) -> None:
    submit(services, cast)
    answer = desks.jun.get(f"/tasks/{cast.task}")
    task = answer.json()
    assert answer.headers["ETag"] == f'"{task["version"]}"'
    assert task["lead"] == {"id": cast.lead, "name": "市机管局"}
    assert [(p["role"], p["state"]) for p in task["parts"]] == [
        ("lead", "acknowledged"),
        ("joint", "assigned"),
    ]
    assert [m["year"] for m in task["milestones"]] == [2022, 2023]
    assert task["next_due_on"] == "2022-12-30"
    measure = task["milestones"][0]["indicators"][0]
    assert (measure["reached"], measure["target"], measure["met"], measure["unit"]) == (
        "300",
        "300",
        True,
        "家",
    )
    assert (task["goals"][0]["reached"], task["goals"][0]["target"]) == ("300", "600")


def test_a_milestone_shows_figures_evidence_and_its_approval(
    desks: Desks, services: Services, cast: Cast
) -> None:
    accept(services, cast)
    milestone = desks.olga.get(f"/milestones/{cast.milestone}").json()
    assert milestone["state"] == "accepted"
    assert milestone["submitted_by"] == {"id": cast.olga, "name": "欧文洁"}
    assert [f["quantity"] for f in milestone["figures"]] == ["300"]
    assert [e["state"] for e in milestone["evidence"]] == ["accepted"]
    seats = milestone["approval"]["seats"]
    assert [(s["step"], s["state"], s["decision"]["decided_by"]["name"]) for s in seats] == [
        (1, "signed", "任志德"),
        (2, "signed", "钟军"),
        (3, "signed", "安敏"),
    ]
    assert {s["decision"]["digest"] for s in seats} == {milestone["approval"]["digest"]}


def test_the_history_tells_who_did_what_and_why(desks: Desks, services: Services, cast: Cast) -> None:
    accept(services, cast)
    history = walk(desks.karl, f"/tasks/{cast.task}/history", limit=4, sort="seq")
    assert [entry["seq"] for entry in history] == list(range(1, 15))
    assert history[0]["label"] == "签收"
    assert history[-1]["actor"] is None
    assert history[-1]["because"] == 13


def test_everybody_sees_the_board_and_no_more_than_that(desks: Desks, services: Services, cast: Cast) -> None:
    with services.transaction() as tx:
        add_tasks(tx, cast, 10)
    (fourth, _) = desks.petra.get("/board").json()["items"]
    assert fourth == {
        "id": cast.task, "number": 4, "name": "推进公共机构开展能源审计及后评估", "programme": "基础工程",
        "lead": {"id": cast.lead, "name": "市机管局"}, "light": "green", "seen": False,
    }  # fmt: skip
    assert [row["seen"] for row in desks.jun.get("/board", params={"sort": "number"}).json()["items"]] == [
        True,
        False,
    ]
