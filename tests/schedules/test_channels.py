"""From an outbox row to every channel that a route names: who gets what, when, and what becomes of a failure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from models import AuditEvent, OutboxRow, Person, Webhook
from models.states import Role, WebhookState
from schedules.relay import relay
from schedules.watch import raise_cards
from tests.people import START, Cast, HandClock, add_person, do
from tests.receivers import KEY, Receiver, receiving, wecom
from tests.schedules.mailroom import deliveries, mails, write
from workflow import deliveries as sending
from workflow.bootstrap import Services, bootstrap
from workflow.channels import KEY as SETTLED
from workflow.channels import Channels, Route, Severity
from workflow.offices import settle
from workflow.webhooks import NewWebhook, begin_webhook

EVENING = datetime(2022, 1, 14, 12, 0, tzinfo=UTC)
"""8 o'clock on a Friday evening in Shanghai; the next opening is Monday's."""
MONDAY = datetime(2022, 1, 17, 0, 0, tzinfo=UTC)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving(wecom) as opened:
        yield opened


@pytest.fixture
def wired(services: Services, clock: HandClock, receiver: Receiver) -> Iterator[Services]:
    """The same database, with a robot, text messages and webhooks in the settings."""
    place = receiver.address.removeprefix("http://")
    more = {
        "robots": {"office": {"url": f"wecombot://{KEY}", "address": receiver.address}},
        "sms": f"json://{place}/sms?:phone={{phone}}", "webhook_key": "k" * 32, "webhook_networks": "127.0.0.0/8",
    }  # fmt: skip
    settings = type(services.settings)(**{**services.settings.model_dump(), **more})
    opened = bootstrap(settings, clock=clock)
    yield opened
    opened.close()


def route(services: Services, *routes: Route) -> None:
    settled = Channels(routes=[Route(channels=["mail", "inbox"]), *routes])
    with services.transaction() as tx:
        settle(tx, SETTLED, settled.model_dump(mode="json"))


def hook(services: Services, receiver: Receiver, *topics: str) -> int:
    with services.transaction() as tx:
        admin = add_person(tx, "ada", "管理员", (Role.ADMIN, None))
        given = NewWebhook(name="市大数据中心", url=f"{receiver.address}/hook", topics=list(topics))
        return begin_webhook(tx, given, "salt", admin, START)


def webhook(services: Services) -> Any:
    with services.reading() as tx:
        return tx.execute(select(Webhook.__table__)).one()


def late(services: Services, topic: str = "card_raised", **more: Any) -> None:
    """A telling of a red card to the three who answer for the unit, as the act leaves it."""
    facts = {
        "task_id": 1,
        "task_number": 4,
        "task_name": "能源审计",
        "colour": "red",
        "days_late": 15,
        **more,
    }
    rows = [
        {"topic": topic, "audience": {"role": role, "unit_id": 2}, "facts": facts, "root_kind": "task", "root_id": 1,
         "written_at": START}
        for role in ("owner", "reviewer", "leader")
    ]  # fmt: skip
    with services.transaction() as tx:
        tx.execute(insert(OutboxRow), rows)


def test_everything_goes_by_mail_and_stands_among_the_persons_messages(
    services: Services, cast: Cast
) -> None:
    write(services, person_id=cast.olga)
    assert relay(services, START) == {"addressed": 1, "sent": 1, "retried": 0, "parked": 0}
    ((mail,), (message,)) = deliveries(services), deliveries(services, "inbox")
    assert (message.person_id, message.state, message.sent_at, message.read_at) == (
        cast.olga,
        "sent",
        START,
        None,
    )
    assert mail.message_id != message.message_id


def test_mail_that_can_wait_waits_for_the_next_opening_and_a_red_card_does_not(
    services: Services, cast: Cast
) -> None:
    write(services, person_id=cast.olga)
    late(services)
    assert relay(services, EVENING)["sent"] == 3
    assert {str(mail["X-Duban-Kind"]) for mail in mails(services)} == {"card_raised"}
    assert len(deliveries(services, "inbox")) == 4, "messages in Duban disturb nobody"
    assert relay(services, MONDAY - timedelta(minutes=1))["sent"] == 0
    assert relay(services, MONDAY)["sent"] == 1
    assert len(mails(services)) == 4


def test_a_red_card_that_the_clock_raises_is_urgent_with_its_notice_and_a_yellow_one_is_not(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    do(services, "task", cast.task, "acknowledge", cast.olga)
    clock.go_to(2023, 2, 10)
    raise_cards(services, clock())
    relay(services, clock())
    with services.reading() as tx:
        told = {row.id: row for row in tx.execute(select(OutboxRow.__table__))}
    urgent = {
        (told[row.outbox_id].topic, told[row.outbox_id].facts.get("colour"))
        for row in deliveries(services)
        if row.urgent
    }
    assert urgent == {("card_raised", "red"), ("to_sign_off", None)}


def test_a_group_is_told_once_what_three_people_are_told_and_only_red_goes_by_text_message(
    wired: Services, cast: Cast, receiver: Receiver
) -> None:
    route(wired, Route(severity=Severity.RED, channels=["sms"], robots=["office"]))
    with wired.transaction() as tx:
        tx.execute(update(Person).where(Person.id == cast.lena).values(phone="13800000000"))
    receiver.speaks = lambda asked: wecom(asked) if "webhook" in asked.path else (200, {})
    late(wired)
    write(wired, person_id=cast.lena)
    assert relay(wired, START)["sent"] == 4 + 1 + 1
    assert [row.robot for row in deliveries(wired, "robot")] == ["office"]
    assert [row.person_id for row in deliveries(wired, "sms")] == [cast.lena]
    assert sorted(asked.path for asked in receiver.asked) == ["/cgi-bin/webhook/send", "/sms"]


def test_a_robot_that_refuses_is_tried_later_and_holds_up_no_mail(
    wired: Services, cast: Cast, receiver: Receiver
) -> None:
    route(wired, Route(robots=["office"]))
    receiver.speaks = lambda asked: (200, {"errcode": 45009, "errmsg": "freq limit"})
    for number in range(5):
        late(wired, days_late=15 + number)
    outcome = relay(wired, START)
    assert (outcome["sent"], outcome["retried"], outcome["parked"]) == (15, 3, 0)
    assert len(receiver.asked) == 3, "it seems to be down: the rest waits untried"
    assert "errcode 45009" in deliveries(wired, "robot")[0].error
    receiver.speaks = wecom
    assert relay(wired, START + timedelta(hours=1))["sent"] == 5


def test_a_robot_that_the_settings_name_no_more_is_parked_in_view(services: Services, cast: Cast) -> None:
    route(services, Route(robots=["gone"]))
    late(services)
    assert relay(services, START)["parked"] == 1
    assert deliveries(services, "robot")[0].error.startswith("ChannelMissing")


def test_a_webhook_is_posted_what_it_asked_for_once_and_under_one_id(
    wired: Services, cast: Cast, receiver: Receiver
) -> None:
    receiver.speaks = lambda asked: (204, None)
    hook(wired, receiver, "card_raised")
    late(wired)
    write(wired, person_id=cast.olga)
    receiver.moods = [(500, {})]
    assert relay(wired, EVENING)["retried"] == 1, "it disturbs nobody: it does not wait for Monday"
    assert webhook(wired).failing_since == EVENING
    assert relay(wired, EVENING + timedelta(hours=1))["sent"] == 1
    assert webhook(wired).failing_since is None
    first, second = receiver.asked
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body


def test_a_webhook_that_fails_for_long_is_disabled_and_the_admins_are_told(
    wired: Services, cast: Cast, receiver: Receiver
) -> None:
    receiver.speaks = lambda asked: (500, {})
    hook_id = hook(wired, receiver)
    late(wired)
    relay(wired, START)
    now = START + timedelta(hours=73)
    relay(wired, now)
    assert webhook(wired).state == WebhookState.DISABLED
    with wired.reading() as tx:
        event = tx.execute(select(AuditEvent).where(AuditEvent.action == "disable")).one()
        told = tx.execute(select(OutboxRow).where(OutboxRow.topic == "webhook_disabled")).one()
    assert (event.subject_id, event.actor_id) == (hook_id, None)
    assert told.audience == {"role": "admin", "everywhere": True}
    late(wired, days_late=16)
    asked = len(receiver.asked)
    relay(wired, MONDAY + timedelta(days=1))
    assert len(receiver.asked) == asked, "nothing is posted to it any more"
    assert [str(mail["To"]) for mail in mails(wired) if mail["X-Duban-Kind"] == "webhook_disabled"] == [
        "管理员 <ada@example.org>"
    ]
    assert len(deliveries(wired, "webhook")) == 1, "and nothing new is addressed to it"


def test_a_webhook_that_says_it_is_gone_is_disabled_at_once(
    wired: Services, cast: Cast, receiver: Receiver
) -> None:
    receiver.speaks = lambda asked: (410, {})
    hook(wired, receiver)
    late(wired)
    assert relay(wired, START)["parked"] == 1
    assert webhook(wired).state == WebhookState.DISABLED


@pytest.mark.parametrize(
    ("more", "error"),
    [({"webhook_networks": None}, "TargetRefused"), ({"webhook_key": None}, "HookMissing")],
)
def test_a_webhook_within_or_without_a_key_is_never_posted_to(
    wired: Services, cast: Cast, receiver: Receiver, more: dict[str, Any], error: str
) -> None:
    hook(wired, receiver)
    late(wired)
    bare = replace(wired, settings=wired.settings.model_copy(update=more))
    assert relay(bare, START)["parked"] == 1
    assert deliveries(wired, "webhook")[0].error.startswith(error)
    assert receiver.asked == []


def test_taking_up_again_is_recorded_on_the_chain_of_what_it_is_about(services: Services, cast: Cast) -> None:
    with services.transaction() as tx:
        tx.execute(update(Person).where(Person.id == cast.olga).values(email=None))
    write(services, person_id=cast.olga)
    relay(services, START)
    (row,) = deliveries(services)
    with services.transaction() as tx:
        sending.take_up(tx, row.id, "retry", cast.amira, START)
    with services.reading() as tx:
        event = tx.execute(select(AuditEvent.__table__)).one()
    assert (event.root_kind, event.root_id, event.subject_kind, event.subject_id) == (
        "task",
        1,
        "delivery",
        row.id,
    )
    assert (event.action, event.actor_id, event.from_state, event.to_state) == (
        "retry",
        cast.amira,
        "parked",
        "waiting",
    )
    assert "AddressMissing" in event.text


def test_two_tellings_of_one_thing_have_one_digest_whatever_request_they_came_by(
    wired: Services, cast: Cast, receiver: Receiver
) -> None:
    hook(wired, receiver)
    late(wired, request="one")
    late(wired, request="two")
    relay(wired, START)
    (only,) = deliveries(wired, "webhook")
    assert len(only.message_id) <= 120
    assert only.message_id.startswith("msg_")
