"""One's own messages over HTTP: in words, counted, marked as read; and nobody else's."""

from __future__ import annotations

from typing import Any

from schedules.relay import relay
from schedules.watch import remind
from tests.api.desks import Desk, Desks
from tests.people import START, Cast, HandClock
from tests.schedules.mailroom import write
from tests.workflow.scan.clockwork import morning
from workflow.bootstrap import Services


def listed(desk: Desk, **params: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.get("/messages", params=params).json()["items"]
    return found


def test_a_reminder_reads_in_the_readers_language_with_what_is_missing(
    desks: Desks, services: Services, cast: Cast, clock: HandClock
) -> None:
    clock.now = morning(2022, 12, 27)
    remind(services, clock())
    relay(services, clock())
    (message,) = listed(desks.olga)
    assert message["title"] == "【到期提醒】300家能源审计（还有3天到期）"
    assert (message["due_on"], message["urgent"], message["read_at"]) == ("2022-12-30", False, None)
    assert message["link"] == f"http://127.0.0.1:8000/milestones/{cast.milestone}"
    assert any("尚未填报进展" in lack for lack in message["missing"])
    english = desks.olga.get(f"/messages/{message['id']}", {"Accept-Language": "en"}).json()
    assert english["title"] == "[Reminder] 300家能源审计 (3 days left)"


def test_messages_are_counted_filtered_and_paged(
    desks: Desks, services: Services, cast: Cast, clock: HandClock
) -> None:
    write(services, "to_sign", count=2, person_id=cast.olga)
    write(services, "returned", person_id=cast.olga)
    relay(services, clock())
    first, second, third = listed(desks.olga)
    assert desks.olga.get("/messages/counts").json() == {
        "total": 3, "unread": 3, "urgent": 0, "topics": {"returned": 1, "to_sign": 2},
    }  # fmt: skip
    read = desks.olga.post(f"/messages/{second['id']}/read")
    assert (read.status_code, read.json()["read_at"] is not None) == (200, True)
    again = desks.olga.post(f"/messages/{second['id']}/read").json()
    assert again["read_at"] == read.json()["read_at"]
    assert [m["id"] for m in listed(desks.olga, unread=True, sort="-id")] == [third["id"], first["id"]]
    assert [m["id"] for m in listed(desks.olga, unread=False)] == [second["id"]]
    assert [m["id"] for m in listed(desks.olga, topic="returned")] == [third["id"]]
    assert listed(desks.olga, urgent=True) == listed(desks.olga, since="2099-01-01T00:00:00Z") == []
    page = desks.olga.get("/messages", params={"limit": 2}).json()
    assert [m["id"] for m in listed(desks.olga, limit=2, cursor=page["next"])] == [third["id"]]


def test_all_are_marked_up_to_what_was_seen_and_no_later_one(
    desks: Desks, services: Services, cast: Cast, clock: HandClock
) -> None:
    write(services, count=3, person_id=cast.olga)
    relay(services, clock())
    ids = [m["id"] for m in listed(desks.olga)]
    key = {"Idempotency-Key": "read-1"}
    assert desks.olga.post("/messages/read", key, json={"upto": ids[1]}).json() == {"marked": 2}
    assert desks.olga.post("/messages/read", key, json={"upto": ids[1]}).json() == {"marked": 2}
    assert [m["id"] for m in listed(desks.olga, unread=True)] == ids[2:]
    assert desks.olga.post("/messages/read", json={"upto": 0}).status_code == 422


def test_nobody_elses_messages_are_seen_or_marked(
    desks: Desks, services: Services, cast: Cast, clock: HandClock
) -> None:
    write(services, person_id=cast.olga)
    relay(services, clock())
    (message,) = listed(desks.olga)
    for other in (desks.petra, desks.amira, desks.karl, desks.sven):
        assert listed(other) == []
        assert other.get("/messages/counts").json()["total"] == 0
        assert other.get(f"/messages/{message['id']}").json()["code"] == "not_found"
        assert other.post(f"/messages/{message['id']}/read").status_code == 404
        assert other.post("/messages/read", json={"upto": 2**62}).json() == {"marked": 0}
    assert listed(desks.olga)[0]["read_at"] is None
    with services.reading() as tx:
        mail = tx.exec_driver_sql("SELECT id FROM delivery WHERE channel = 'mail'").scalar_one()
    assert desks.olga.get(f"/messages/{mail}").status_code == 404, "a mail is no message"


def test_a_message_that_cannot_be_worded_hides_no_other(
    desks: Desks, services: Services, cast: Cast, clock: HandClock
) -> None:
    write(services, "nonsense", person_id=cast.olga)
    write(services, person_id=cast.olga)
    relay(services, clock())
    broken, sound = listed(desks.olga)
    assert "nonsense" in broken["title"]
    assert "300家能源审计" in sound["title"]
    assert clock() == START
