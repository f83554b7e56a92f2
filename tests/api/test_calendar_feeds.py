"""One's calendar of due dates: a secret address, what stands in it, and what follows when dates move."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy import func, select, update

from models import AuditEvent, CalendarFeed, DueMove, Milestone, OutboxRow, Person
from models.states import MilestoneState, MoveBasis
from tests.api.desks import Desks
from tests.people import START, Cast, HandClock, add
from workflow import feeds, sign_in
from workflow.bootstrap import Services


def make(services: Services, person_id: int, now: datetime = START) -> str:
    with services.transaction() as tx:
        return f"/calendars/{feeds.make(tx, person_id, now)}.ics"


def read(desks: Desks, address: str) -> dict[str, Any]:
    """The events by their names."""
    answer = desks.nobody.client.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    return {str(event["UID"]): event for event in Calendar.from_ical(answer.content).walk("VEVENT")}


def move(services: Services, milestone: int, to_on: date, now: datetime) -> None:
    with services.transaction() as tx:
        before = tx.execute(select(Milestone.due_on).where(Milestone.id == milestone)).scalar_one()
        add(
            tx,
            DueMove,
            milestone_id=milestone,
            from_on=before,
            to_on=to_on,
            basis=MoveBasis.RULING,
            moved_at=now,
        )
        tx.execute(update(Milestone).where(Milestone.id == milestone).values(due_on=to_on))


def test_what_ones_unit_is_to_do_stands_in_it_as_whole_days(
    desks: Desks, services: Services, cast: Cast
) -> None:
    events = read(desks, make(services, cast.olga))
    first = events[f"due-milestone-{cast.milestone}@localhost"]
    assert (first.decoded("dtstart"), first.decoded("dtend")) == (date(2022, 12, 30), date(2022, 12, 31))
    assert first.decoded("summary").startswith("到期：")
    assert f"due-milestone-{cast.second}@localhost" in events
    assert read(desks, make(services, cast.petra)) == {}
    assert read(desks, make(services, cast.amira)) == {}


def test_a_date_that_moves_keeps_its_name_and_raises_its_sequence(
    desks: Desks, services: Services, cast: Cast
) -> None:
    address, name = make(services, cast.lena), f"due-milestone-{cast.milestone}@localhost"
    before = read(desks, address)[name]
    for day in (27, 28):
        move(services, cast.milestone, date(2022, 12, day), START + timedelta(days=day))
        after = read(desks, address)[name]
        assert after.decoded("dtstart") == date(2022, 12, day)
        assert after["SEQUENCE"] == before["SEQUENCE"] + 1
        assert after.decoded("dtstamp") > before.decoded("dtstamp")
        before = after


def test_provisional_dates_are_tentative(desks: Desks, services: Services, cast: Cast) -> None:
    address = make(services, cast.olga)
    move(services, cast.second, date(2030, 6, 28), START)
    events = read(desks, address)
    assert events[f"due-milestone-{cast.second}@localhost"]["STATUS"] == "TENTATIVE"
    assert events[f"due-milestone-{cast.milestone}@localhost"]["STATUS"] == "CONFIRMED"


def test_what_is_handed_in_lies_with_others_and_leaves_it(
    desks: Desks, services: Services, cast: Cast
) -> None:
    address = make(services, cast.olga)
    with services.transaction() as tx:
        done = Milestone.id == cast.milestone
        tx.execute(update(Milestone).where(done).values(state=MilestoneState.SUBMITTED))
    assert f"due-milestone-{cast.milestone}@localhost" not in read(desks, address)


def test_it_speaks_its_persons_language(desks: Desks, services: Services, cast: Cast) -> None:
    address = make(services, cast.olga)
    with services.transaction() as tx:
        tx.execute(update(Person).where(Person.id == cast.olga).values(language="en"))
    summaries = [event.decoded("summary") for event in read(desks, address).values()]
    assert any(summary.startswith("Due: ") for summary in summaries)


def test_who_asks_again_is_told_that_nothing_changed(desks: Desks, services: Services, cast: Cast) -> None:
    client, address = desks.nobody.client, make(services, cast.olga)
    etag = client.get(address).headers["ETag"]
    same = client.get(address, headers={"If-None-Match": f'"other", W/{etag}'})
    assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", etag)
    move(services, cast.milestone, date(2022, 12, 27), START)
    assert client.get(address, headers={"If-None-Match": etag}).status_code == 200


def test_the_address_is_made_in_a_session_replaced_and_revoked(
    desks: Desks, services: Services, cast: Cast, clock: HandClock
) -> None:
    client = desks.nobody.client
    with services.transaction() as tx:
        session = sign_in.open_session(tx, cast.olga, clock.now, sign_in.Policy())
    headers = {"Cookie": f"duban_session={session.secret}", "X-CSRF-Token": str(session.csrf)}
    made = [client.post("/api/v1/me/calendar", headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in made] == [201, 201]
    assert made[0].headers["Cache-Control"] == "no-store"
    old, new = (answer.json()["address"].removeprefix("http://127.0.0.1:8000") for answer in made)
    assert [client.get(address).status_code for address in (old, new)] == [404, 200]
    kept = desks.olga.get("/me/calendar").json()
    assert datetime.fromisoformat(kept["made_at"]) == clock.now
    with services.reading() as tx:
        stored = tx.execute(select(CalendarFeed.secret_hash)).scalars().all()
        texts = tx.execute(select(AuditEvent.text).where(AuditEvent.action == "make_feed")).scalars().all()
        assert tx.execute(select(func.count()).select_from(OutboxRow)).scalar_one() == 0
    assert len(texts) == 2
    assert not any(secret in text for text in texts for secret in (*stored, new.split("/")[-1][:-4]))
    assert client.delete("/api/v1/me/calendar", headers=headers).status_code == 204
    assert client.get(new).status_code == 404
    assert client.delete("/api/v1/me/calendar", headers=headers).json()["code"] == "not_found"
    assert desks.olga.get("/me/calendar").json() == {"made_at": None}


def test_a_token_makes_no_address(desks: Desks, services: Services) -> None:
    assert desks.olga.post("/me/calendar").json()["code"] == "session_needed"
    with services.reading() as tx:
        assert tx.execute(select(CalendarFeed.id)).all() == []


def test_who_departs_or_guesses_reads_nothing(desks: Desks, services: Services, cast: Cast) -> None:
    address = make(services, cast.olga)
    with services.transaction() as tx:
        tx.execute(update(Person).where(Person.id == cast.olga).values(state="departed"))
    assert desks.nobody.client.get(address).json()["code"] == "not_found"
    assert desks.nobody.client.get(f"/calendars/{'x' * 43}.ics").status_code == 404


def test_no_log_keeps_the_address(
    desks: Desks, services: Services, cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    address = make(services, cast.olga)
    with caplog.at_level(logging.INFO, "duban.api"):
        desks.nobody.client.get(address)
    (record,) = [record for record in caplog.records if record.name == "duban.api"]
    assert record.facts["path"] == "/calendars/…"  # type: ignore[attr-defined]
