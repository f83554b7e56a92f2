"""Boxes over HTTP: whose an approval is, how many there are, what narrows and orders them, a page at a time."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from sqlalchemy import insert, select

from models import Approval, ApprovalParty, Milestone, Seat
from models.states import ApprovalState, DueBasis, MilestoneState, Purpose, Role, SeatState, StepMode
from tests.api.approval_ground import ACCEPT, REVIEW, people_step, strangers, submitted
from tests.api.desks import Desk, Desks, give_token
from tests.api.test_lists import counted
from tests.people import START, Cast, HandClock, add_person, do, submit
from workflow.bootstrap import Services

BOXES = ("to_sign", "signed", "opened", "copied", "delegated", "delegated_by_me")


def ids(desk: Desk, **asked: Any) -> list[int]:
    answer = desk.get("/approvals", params=asked)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


def totals(desk: Desk) -> dict[str, int]:
    answer = desk.get("/approvals/counts")
    assert answer.status_code == 200, answer.text
    return {box: count["total"] for box, count in answer.json().items() if count["total"]}


def test_an_approval_goes_from_box_to_box(desks: Desks, services: Services, cast: Cast) -> None:
    approval = submit(services, cast)
    assert (ids(desks.rashid, box="to_sign"), ids(desks.jun, box="to_sign")) == ([approval], [])
    assert desks.rashid.act(f"/approvals/{approval}", "approve").status_code == 200
    assert (totals(desks.olga), totals(desks.rashid), totals(desks.jun)) == (
        {"opened": 1}, {"signed": 1}, {"to_sign": 1},
    )  # fmt: skip
    assert totals(desks.petra) == {}
    copied = {"people": [cast.petra]}
    assert desks.rashid.act(f"/approvals/{approval}", "copy", details=copied).status_code == 200
    assert (totals(desks.petra), ids(desks.petra, box="copied")) == ({"copied": 1}, [approval])


def test_a_delegated_seat_is_in_the_boxes_of_both(desks: Desks, services: Services, cast: Cast) -> None:
    approval = submit(services, cast)
    with services.transaction() as tx:
        second = add_person(tx, "rita", "任丽", (Role.REVIEWER, cast.lead))
        give_token(tx, second, "token-of-rita")
    rita = Desk(desks.nobody.client, "rita")
    path = f"/approvals/{approval}"
    assert desks.rashid.act(path, "delegate", details={"person_id": second}).status_code == 200
    assert (totals(rita), totals(desks.rashid)) == ({"delegated": 1}, {"delegated_by_me": 1})
    assert rita.act(path, "give_back", details={"opinion": "数据无误。"}).status_code == 200
    assert (totals(rita), totals(desks.rashid)) == ({}, {"to_sign": 1})


def test_what_is_past_its_limit_is_counted_and_found(
    desks: Desks, services: Services, cast: Cast, clock: HandClock
) -> None:
    """Seven working days from Friday 14 January 2022: Tuesday the 25th is the last of them, the 26th is late."""
    approval = submitted(services, cast, {**REVIEW, "limit": {"days": 7, "then": "urge"}}, ACCEPT)
    row = desks.rashid.get("/approvals", params={"box": "to_sign"}).json()["items"][0]
    assert (row["limit_on"], row["overdue"], row["limit_provisional"]) == ("2022-01-25", False, False)
    clock.go_to(2022, 1, 25, 23)
    assert desks.rashid.get("/approvals/counts").json()["to_sign"] == {"total": 1, "overdue": 0}
    clock.go_to(2022, 1, 26)
    assert desks.rashid.get("/approvals/counts").json()["to_sign"] == {"total": 1, "overdue": 1}
    assert desks.olga.get("/approvals/counts").json()["opened"] == {"total": 1, "overdue": 1}
    assert ids(desks.rashid, box="to_sign", overdue=True) == [approval]
    assert ids(desks.rashid, box="to_sign", overdue=False) == []
    assert ids(desks.amira, overdue=True) == [approval]
    assert desks.olga.get("/approvals").json()["items"][0]["overdue"]


def test_a_suspension_gives_its_working_days_back(
    desks: Desks, services: Services, cast: Cast, clock: HandClock
) -> None:
    submitted(services, cast, {**REVIEW, "limit": {"days": 3, "then": "urge"}}, ACCEPT)
    assert desks.rashid.get("/approvals").json()["items"][0]["limit_on"] == "2022-01-19"
    clock.go_to(2022, 1, 18)
    do(services, "task", cast.task, "suspend", cast.amira, reason="等待上级文件")
    clock.go_to(2022, 1, 25)
    row = desks.rashid.get("/approvals").json()["items"][0]
    assert (row["limit_on"], row["overdue"], row["suspended"]) == ("2022-01-26", False, True)
    assert desks.rashid.get("/approvals/counts").json()["to_sign"]["overdue"] == 0
    do(services, "task", cast.task, "resume", cast.amira, reason="文件已到")
    row = desks.rashid.get("/approvals").json()["items"][0]
    assert (row["limit_on"], row["overdue"], row["suspended"]) == ("2022-01-26", False, False)
    clock.go_to(2022, 1, 27)
    assert desks.rashid.get("/approvals/counts").json()["to_sign"]["overdue"] == 1
    shown = desks.rashid.get(f"/approvals/{row['id']}").json()
    assert shown["steps"][0]["working_days"] == 9 - 5
    assert shown["seats"][0]["limit_on"] == "2022-01-26"


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"purpose": "acceptance"}, True),
        ({"purpose": "waiver"}, False),
        ({"state": ["open", "returned"]}, True),
        ({"state": "approved"}, False),
        ({"step": "unit_review"}, True),
        ({"step": "accept"}, False),
        ({"unit": "lead"}, True),
        ({"unit": "joint"}, False),
        ({"programme": 1}, True),
        ({"programme": 99}, False),
        ({"opened_from": "2022-01-14", "opened_to": "2022-01-14"}, True),
        ({"opened_from": "2022-01-15"}, False),
        ({"opened_to": "2022-01-13"}, False),
        ({"q": "能源审计"}, True),
        ({"q": "節能"}, False),
        ({"q": "%"}, False),
    ],
)
def test_filters_narrow_the_inbox(
    desks: Desks, services: Services, cast: Cast, asked: dict[str, Any], found: bool
) -> None:
    approval = submit(services, cast)
    given = {name: getattr(cast, value) if name == "unit" else value for name, value in asked.items()}
    assert ids(desks.rashid, box="to_sign", **given) == ([approval] if found else [])


def many(services: Services, cast: Cast, how_many: int) -> list[int]:
    """Open approvals that wait for the lead's review, laid as rows; every third is copied to Petra."""
    rows: Any = Milestone.__table__
    with services.transaction() as tx:
        definition = tx.execute(select(Approval.definition_id).limit(1)).scalar_one()
        shared = {
            "task_id": cast.task,
            "opened_at": START,
            "opened_by": cast.olga,
            "opened_unit_id": cast.lead,
        }
        made = []
        for n in range(how_many):
            milestone = tx.execute(
                insert(rows).returning(rows.c.id),
                {"task_id": cast.task, "year": 2030, "text": "-", "printed_text": "-", "due_on": START.date(),
                 "state": MilestoneState.SUBMITTED, "due_basis": DueBasis.YEAR_END, "due_rule": "none"},
            ).scalar_one()  # fmt: skip
            made.append({
                **shared, "milestone_id": milestone, "subject_kind": "milestone", "subject_id": milestone, "round": 1,
                "purpose": Purpose.ACCEPTANCE, "state": ApprovalState.OPEN, "definition_id": definition,
                "digest": f"{n:064}", "signed_facts": "{}",
            })  # fmt: skip
        table: Any = Approval.__table__
        new = list(
            tx.execute(insert(table).returning(table.c.id, sort_by_parameter_order=True), made).scalars()
        )
        tx.execute(insert(Seat), [
            {"approval_id": id_, "step": 1, "step_key": "unit_review", "mode": StepMode.ANY, "role": Role.REVIEWER,
             "unit_id": cast.lead, "state": SeatState.OPEN, "opened_at": START, "limit_days": 1 + n % 5}
            for n, id_ in enumerate(new)
        ])  # fmt: skip
        tx.execute(insert(ApprovalParty), [
            {"approval_id": id_, "person_id": cast.petra, "because": "copied", "since_at": START} for id_ in new[::3]
        ])  # fmt: skip
    return new


@pytest.mark.parametrize("path", ["/approvals?box=to_sign", "/approvals?overdue=true", "/approvals/counts"])
def test_a_full_inbox_takes_no_more_statements_than_a_short_one(
    desks: Desks, services: Services, cast: Cast, clock: HandClock, path: str
) -> None:
    submit(services, cast)
    many(services, cast, 10)
    clock.go_to(2022, 1, 20)
    desks.rashid.get("/approvals/counts")
    with counted(services) as few:
        desks.rashid.get(path)
    many(services, cast, 990)
    with counted(services) as lots:
        answer = desks.rashid.get(path)
    assert answer.status_code == 200
    assert len(lots) == len(few) <= 6 + (few[0].startswith("BEGIN")) * 2


@pytest.mark.parametrize("sort", ["id", "-id", "opened_at", "-opened_at", "task", "-round"])
def test_pages_hold_every_approval_once(desks: Desks, services: Services, cast: Cast, sort: str) -> None:
    first = submit(services, cast)
    new = many(services, cast, 23)
    met: list[int] = []
    cursor: str | None = None
    while True:
        asked = {"box": "to_sign", "limit": 7, "sort": sort} | ({"cursor": cursor} if cursor else {})
        page = desks.rashid.get("/approvals", params=asked).json()
        met += [item["id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert sorted(met) == [first, *new]
    assert met == sorted(met, reverse=sort.startswith("-"))


def test_a_broken_cursor_of_an_instant_is_refused_with_its_field(
    desks: Desks, services: Services, cast: Cast
) -> None:
    for value in ("2022-01-14T01:00:00", "gestern", 7, None):
        text = json.dumps(["opened_at", value, 1])
        cursor = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
        answer = desks.rashid.get("/approvals", params={"sort": "opened_at", "cursor": cursor})
        assert (answer.status_code, answer.json()["missing"][0]["field"]) == (422, "cursor"), value


@pytest.mark.parametrize(
    "asked", [{"box": "mine"}, {"opened_from": "9999-12-31"}, {"sort": "limit"}, {"unit": "x"}]
)
def test_what_no_box_knows_is_refused_by_name(desks: Desks, asked: dict[str, str]) -> None:
    answer = desks.rashid.get("/approvals", params=asked)
    assert (answer.status_code, answer.json()["missing"][0]["field"]) == (422, next(iter(asked)))


def test_who_was_named_from_another_unit_signs_from_the_inbox(
    desks: Desks, services: Services, cast: Cast
) -> None:
    people = strangers(services, cast, "xin", "yang")
    approval = submitted(services, cast, people_step("all", "xin", "yang"), ACCEPT)
    xin = Desk(desks.nobody.client, "xin")
    assert ids(xin, box="to_sign") == ids(xin) == [approval]
    assert xin.act(f"/approvals/{approval}", "approve").status_code == 200
    assert (totals(xin), ids(xin)) == ({"signed": 1}, [approval])
    assert len(people) == 2
