"""The working-day calendar by the API: years and editions for everybody, notices by admins of the office alone."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select

from models import AuditEvent, Milestone
from models.states import DueBasis, MilestoneState
from tests.api.desks import Desk, Desks, give_token
from tests.people import Cast, add
from tests.workflow.calendar_notices.ground import NOTICE, REASON, an_admin
from workflow.bootstrap import Services

PATH = "/calendar/2027"


@pytest.fixture
def nora(desks: Desks, services: Services, cast: Cast) -> Desk:
    """An admin of the office."""
    person = an_admin(services, cast)
    with services.transaction() as tx:
        give_token(tx, person, "token-of-nora")
    return Desk(desks.nobody.client, "nora")


def acts(services: Services) -> int:
    with services.reading() as tx:
        return int(tx.execute(select(func.count()).select_from(AuditEvent)).scalar_one())


def test_anybody_reads_the_years_and_what_set_them(desks: Desks) -> None:
    years = {row["id"]: row for row in desks.petra.get("/calendar").json()}
    assert {id_: row["state"] for id_, row in years.items()} == {
        **dict.fromkeys(range(2022, 2027), "noticed"), 2027: "provisional",
    }  # fmt: skip
    assert {id_: row["working_days"] for id_, row in years.items()} == {
        2022: 249, 2023: 249, 2024: 251, 2025: 248, 2026: 248, 2027: 261,
    }  # fmt: skip
    assert [id_ for id_, row in years.items() if row["verified"]] == [2023]
    year = desks.petra.get("/calendar/2023").json()
    assert (year["days_off"][0], year["days_worked"][-1]) == ("2022-12-31", "2023-10-08")
    assert [(e["edition"], e["entered_by"]) for e in year["editions"]] == [(1, None)]
    assert desks.petra.get("/calendar/2040").status_code == 404


def test_a_notice_is_previewed_entered_and_corrected(
    nora: Desk, desks: Desks, services: Services, cast: Cast
) -> None:
    with services.transaction() as tx:
        milestone = add(
            tx, Milestone, task_id=cast.task, year=2026, text="…", printed_text="…", state=MilestoneState.PLANNED,
            due_on=date(2026, 12, 31), due_basis=DueBasis.YEAR_END, due_rule="preceding", due_provisional=True,
        )  # fmt: skip
    before = acts(services)
    shown = nora.post(f"{PATH}/preview", json=NOTICE)
    assert (shown.status_code, shown.json()) == (200, {
        "total": 1, "counts": {"milestone": 1},
        "moves": [{"kind": "milestone", "id": milestone, "root_kind": "task", "root_id": cast.task, "task": None,
                   "from_on": "2026-12-31", "to_on": "2026-12-30"}],
    })  # fmt: skip
    assert acts(services) == before
    (action,) = nora.get(f"{PATH}/actions").json()["actions"]
    assert (action["action"], action["ready"]) == ("enter", True)
    done = nora.act(PATH, "enter", details=NOTICE)
    assert (done.status_code, done.json()["subject"]["state"]) == (200, "noticed")
    correction = {**NOTICE, "source": "https://www.gov.cn/"}
    stale = nora.act(PATH, "correct", {"If-Match": '"1"'}, reason=REASON, details=correction)
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert nora.act(PATH, "correct", reason=REASON, details=correction).status_code == 200
    year = desks.olga.get(PATH).json()
    assert [(e["edition"], e["verified"], e["reason"]) for e in year["editions"]] == [
        (2, True, REASON), (1, False, None),
    ]  # fmt: skip
    assert year["editions"][0]["entered_by"]["name"] == "倪娜"
    assert desks.olga.get("/calendar/2028").json()["state"] == "provisional"


def test_every_fault_is_said_by_its_day_in_the_readers_language(nora: Desk) -> None:
    wrong = {**NOTICE, "days_off": ["2027-01-01", "2027-01-01"], "days_worked": ["2027-01-04"]}
    for path, body in (
        (f"{PATH}/preview", wrong),
        (f"{PATH}/actions", {"action": "enter", "details": wrong}),
    ):
        answer = nora.post(path, json=body, headers={"Accept-Language": "en"})
        assert (answer.status_code, answer.json()["code"]) == (409, "not_ready"), path
        said = [(lack["field"], lack["text"]) for lack in answer.json()["missing"]]
        assert said == [
            ("days_worked.0", "2027-01-04 is a weekday: only Saturdays and Sundays are worked to make up."),
            ("days_off.1", "2027-01-01 is named twice."),
        ]
    unread = nora.act(PATH, "enter", details={**NOTICE, "days_off": ["2027-02-30"]})
    assert (unread.status_code, unread.json()["code"]) == (422, "malformed")


@pytest.mark.parametrize("who", ["petra", "olga", "amira", "karl"])
def test_nobody_but_an_admin_of_the_office_enters_or_previews(
    desks: Desks, services: Services, who: str
) -> None:
    before, desk = acts(services), getattr(desks, who)
    for answer in (desk.act(PATH, "enter", details=NOTICE), desk.post(f"{PATH}/preview", json=NOTICE)):
        assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    assert desk.get(f"{PATH}/actions").json()["actions"] == []
    assert desk.act(PATH, "be_followed", details={"editions": [1]}).status_code == 422
    assert acts(services) == before
