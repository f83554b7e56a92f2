"""The timetable over HTTP: what runs when and how it went, which processes run it, and a job run by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from models import AuditEvent, Grant, OutboxRow, Person, ScheduleRun
from models.states import Role
from schedules.by_hand import HandRuns
from schedules.moments import Daily, Every
from schedules.runner import run_once
from schedules.timetable import TIMETABLE, Job
from tests.api.desks import Desks
from tests.people import START, Cast, HandClock, add
from tests.workflow.scan.clockwork import morning
from workflow import processes, ticks
from workflow.bootstrap import Services
from workflow.words import LANGUAGES


@pytest.fixture
def admin(services: Services, cast: Cast, desks: Desks) -> Any:
    """Karl, who keeps the accounts of the whole as well."""
    with services.transaction() as tx:
        add(tx, Grant, person_id=cast.karl, role=Role.ADMIN, unit_id=None, from_on=START.date())
    return desks.karl


def stored(services: Services) -> tuple[int, ...]:
    with services.reading() as tx:
        counts = (select(func.count()).select_from(table) for table in (AuditEvent, OutboxRow, ScheduleRun))
        return tuple(tx.execute(count).scalar_one() for count in counts)


def nightly(app: FastAPI, services: Services, run: Any) -> Job:
    job = Job("remind", Daily("08:00"), run)
    app.state.jobs = HandRuns(services, (job,))
    return job


def test_the_timetable_says_when_each_job_runs_and_how_it_went(
    desks: Desks, services: Services, clock: HandClock
) -> None:
    clock.now = morning(2022, 3, 1)
    run_once(services, clock.now)
    lines = desks.amira.get("/schedules").json()["jobs"]
    assert [line["job"] for line in lines] == [job.name for job in TIMETABLE]
    remind = next(line for line in lines if line["job"] == "remind")
    assert (remind["name"], remind["when"]["text"]) == ("催办提醒", "每个工作日 08:00")
    assert remind["next_at"] == "2022-03-02T00:00:00Z"
    (run,) = remind["runs"]
    assert (run["due_at"], run["outcome"], run["by_hand"]) == (
        "2022-03-01T00:00:00Z", {"recorded": 0, "told": 0}, False,
    )  # fmt: skip
    assert run["took_ms"] >= 0


def test_of_many_ticks_the_latest_are_shown_newest_first(desks: Desks, services: Services) -> None:
    table = (Job("relay", Every(1), lambda services, now: {}),)
    for minute in range(7):
        run_once(services, START + timedelta(minutes=minute), timetable=table)
    line = next(job for job in desks.amira.get("/schedules").json()["jobs"] if job["job"] == "relay")
    assert [run["due_at"][11:16] for run in line["runs"]] == ["01:06", "01:05", "01:04", "01:03", "01:02"]


def test_a_process_whose_heart_stopped_is_shown_as_gone_and_swept(desks: Desks, services: Services) -> None:
    with services.transaction() as tx:
        processes.beat(tx, "a", "schedule", "one", 7, START, START)
        processes.beat(tx, "b", "serve", "two", 8, START, START - timedelta(minutes=4))
        processes.beat(tx, "a", "schedule", "one", 7, START, START + timedelta(minutes=1))
    shown = desks.amira.get("/schedules").json()["processes"]
    assert [(p["name"], p["host"], p["pid"], p["gone"]) for p in shown] == [
        ("schedule", "one", 7, False), ("serve", "two", 8, True),
    ]  # fmt: skip
    with services.transaction() as tx:
        assert processes.sweep(tx, START + timedelta(hours=23)) == 0
        assert processes.sweep(tx, START + timedelta(days=1)) == 1


def test_a_job_run_by_hand_answers_its_outcome_and_stands_in_the_record(
    admin: Any, desks: Desks, services: Services, cast: Cast, clock: HandClock
) -> None:
    clock.now = morning(2022, 12, 30)
    before = stored(services)
    answer = admin.post("/schedules/remind/run")
    assert (answer.status_code, answer.json()["outcome"]) == (200, {"recorded": 5, "told": 1})
    events, letters, runs = stored(services)
    assert (events, letters, runs) == (before[0] + 1, before[1] + 1, before[2] + 1)
    with services.reading() as tx:
        event = tx.execute(select(AuditEvent.__table__).order_by(AuditEvent.id.desc()).limit(1)).one()
        run = tx.execute(select(ScheduleRun.__table__)).one()
        request = tx.execute(select(OutboxRow.facts).order_by(OutboxRow.id.desc()).limit(1)).scalar_one()[
            "request"
        ]
    assert (event.root_kind, event.root_id, event.action) == ("person", cast.karl, "run_job")
    assert '"details":{"job":"remind"}' in event.text
    assert (run.ordered_by, run.finished_at) == (cast.karl, clock.now)
    assert request == "hand:remind:20221230T0100"
    again = admin.post("/schedules/remind/run")  # within the same moment
    assert (again.status_code, again.json()["outcome"]) == (200, {"recorded": 0, "told": 0})
    first = next(line for line in desks.amira.get("/schedules").json()["jobs"] if line["job"] == "remind")
    assert [run["by_hand"] for run in first["runs"]] == [True, True]


def test_no_job_runs_twice_at_once(admin: Any, app: FastAPI, services: Services) -> None:
    """By hand while a tick runs, by hand while a hand runs it, a tick while a hand does."""
    now, inside = START, []

    def run(services: Services, moment: datetime) -> Mapping[str, Any]:
        inside.append(admin.post("/schedules/remind/run"))
        with services.transaction() as tx:
            claimed = ticks.claim(tx, "remind", now + timedelta(hours=1), now, timedelta(hours=1))
        return {"claimed": claimed is not None}

    job = nightly(app, services, run)
    (ran,) = run_once(services, now, timetable=(job,))
    assert ran.outcome == {"claimed": True}  # ticks of a timetable follow each other as ever
    with services.transaction() as tx:
        tx.execute(ScheduleRun.__table__.delete())  # type: ignore[attr-defined]
    before = stored(services)
    assert admin.post("/schedules/remind/run").json()["outcome"] == {"claimed": False}
    assert [(answer.status_code, answer.json()["code"]) for answer in inside] == [(409, "job_running")] * 2
    assert stored(services) == (before[0] + 1, before[1], before[2] + 1)  # refusals left nothing
    (ran,) = run_once(services, now, timetable=(Job("remind", Daily("08:00"), lambda *_: {}),))
    assert ran.error is None


def test_a_job_that_breaks_off_by_hand_says_why_and_may_be_ordered_again(
    admin: Any, app: FastAPI, services: Services
) -> None:
    def broken(services: Services, now: datetime) -> Mapping[str, Any]:
        raise ValueError("no such day")

    nightly(app, services, broken)
    for _ in range(2):
        answer = admin.post("/schedules/remind/run").json()
        assert (answer["outcome"], answer["error"]) == (None, "ValueError: no such day")


@pytest.mark.parametrize("who", ["olga", "petra", "amira", "nobody"])
def test_only_admins_run_jobs(desks: Desks, services: Services, who: str) -> None:
    before = stored(services)
    answer = getattr(desks, who).post("/schedules/remind/run")
    wanted = (401, "not_signed_in") if who == "nobody" else (403, "not_permitted")
    assert (answer.status_code, answer.json()["code"]) == wanted
    assert stored(services) == before


def test_a_job_that_is_not_there_is_not_found(admin: Any) -> None:
    assert admin.post("/schedules/fly/run").json()["code"] == "not_found"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_it_all_to_who_keeps_the_house(
    desks: Desks, services: Services, clock: HandClock, language: str
) -> None:
    clock.now = morning(2022, 3, 1)
    run_once(services, clock.now)
    with services.transaction() as tx:
        processes.beat(tx, "b", "serve", "<two>", 8, START, START)
    page = desks.nobody.client.get(f"/schedules?lang={language}", headers=desks.amira.headers())
    assert page.status_code == 200
    assert all(f"<code>{job.name}</code>" in page.text for job in TIMETABLE)
    assert "&lt;two&gt;" in page.text
    words = {"en": "every working day at 08:00", "zh-Hans": "每个工作日 08:00", "zh-Hant": "每個上班日 08:00"}
    assert words[language] in page.text


def test_the_page_is_not_public(desks: Desks) -> None:
    client = desks.nobody.client
    away = client.get("/schedules", follow_redirects=False)
    assert (away.status_code, away.headers["location"]) == (303, "/sign-in?next=/schedules")
    assert client.get("/schedules", headers=desks.petra.headers()).status_code == 403


def test_the_order_changes_nothing_of_the_person(admin: Any, services: Services, cast: Cast) -> None:
    with services.reading() as tx:
        before = tx.execute(select(Person.state, Person.name).where(Person.id == cast.karl)).one()
    admin.post("/schedules/seal/run")
    with services.reading() as tx:
        assert tx.execute(select(Person.state, Person.name).where(Person.id == cast.karl)).one() == before
