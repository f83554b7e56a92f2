"""The relay: everything written is sent, once in a maildir, and what cannot be sent stands in view."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.message import EmailMessage
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select, update

from duban.lifecycles import topics
from models import OutboxRow, Person
from models.states import PersonState
from schedules import relay as relaying
from schedules.relay import relay
from schedules.watch import raise_cards, remind
from tests.people import START, Cast, HandClock, accept, approval_of, do, submit
from tests.schedules.mailroom import Postman, deliveries, mails, with_postman, write
from tests.workflow.scan.clockwork import morning
from tests.workflow.scan.districts import break_down
from workflow import deliveries as sending
from workflow.adapters.correspondence import open_desk
from workflow.adapters.letters import KINDS, compose
from workflow.adapters.mail import TIMEOUT_SECONDS, MailRefused, MailUnavailable
from workflow.bootstrap import Services, bootstrap
from workflow.calendar import working_calendar
from workflow.channels import Hours
from workflow.dated import DATED
from workflow.law import LAWS
from workflow.words import LANGUAGES

STEPS = 8
"""Of handing over a mail by SMTP: connect, greet, secure, sign in, sender, recipient, content, farewell."""


def opening(services: Services, now: datetime) -> datetime:
    """The moment at or after `now` at which mail goes out."""
    with services.reading() as tx:
        return Hours().next_opening(now, working_calendar(tx))


def down(_: EmailMessage) -> None:
    raise MailUnavailable(reason="ConnectionRefusedError", detail="")


def test_what_an_act_tells_reaches_the_people_who_hold_the_role(services: Services, cast: Cast) -> None:
    accept(services, cast)
    assert relay(services, START) == {"addressed": 6, "sent": 6, "retried": 0, "parked": 0}
    to = [str(mail["To"]).split("<")[1].rstrip(">") for mail in mails(services)]
    assert sorted(to) == sorted(
        f"{name}@example.org" for name in ("amira", "amira", "jun", "olga", "olga", "rashid")
    )
    assert relay(services, START) == {"addressed": 0, "sent": 0, "retried": 0, "parked": 0}


def test_a_reminder_says_when_it_is_due_what_is_missing_and_where(services: Services, cast: Cast) -> None:
    remind(services, morning(2022, 12, 27))
    relay(services, morning(2022, 12, 27))
    (mail,) = mails(services)
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "300家能源审计" in mail["Subject"]
    for said in ("2022年12月30日", "尚未填报进展", f"http://127.0.0.1:8000/milestones/{cast.milestone}"):
        assert said in text
    assert [part.get_content_type() for part in mail.iter_attachments()] == ["text/calendar"]


def test_an_overdue_letter_counts_as_the_ladder_counts(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    """Nine working days lay with the signers: of fourteen past the due date, five count."""
    clock.now = morning(2023, 1, 6)
    submit(services, cast)
    clock.now = morning(2023, 1, 19)
    do(
        services,
        "approval",
        approval_of(services, cast.milestone),
        "return",
        cast.rashid,
        reason="缺少盖章页",
    )
    remind(services, morning(2023, 1, 20))
    relay(services, morning(2023, 1, 20))
    (late,) = (mail for mail in mails(services) if mail["X-Duban-Kind"] == "overdue")
    assert "逾期5个工作日" in late["Subject"]


def test_the_letter_of_a_moved_date_names_the_new_one(services: Services, cast: Cast) -> None:
    do(
        services,
        "milestone",
        cast.milestone,
        "redate",
        cast.amira,
        reason="提前",
        details={"due_on": "2022-06-17"},
    )
    relay(services, START)
    (mail,) = mails(services)
    assert "2022年6月17日" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_killed_between_sending_and_marking_the_maildir_holds_it_once(services: Services, cast: Cast) -> None:
    class Killed(BaseException):
        pass

    def kill(_: EmailMessage) -> None:
        raise Killed

    write(services, count=3, person_id=cast.olga)
    with pytest.raises(Killed):
        relay(with_postman(services, Postman(after=kill)), START)
    assert len(mails(services)) == 1
    assert {row.state for row in deliveries(services)} == {"waiting"}
    assert relay(services, START)["sent"] == 0, "the dead relay's lease still runs"
    assert relay(services, START + sending.LEASE + timedelta(seconds=1))["sent"] == 3
    assert len(mails(services)) == len({mail["Message-ID"] for mail in mails(services)}) == 3


def test_several_relays_at_once_send_each_once(services: Services, cast: Cast, clock: HandClock) -> None:
    write(services, count=60, person_id=cast.olga)
    relaying.address(services, START)
    postmen = [Postman() for _ in range(3)]
    others = [with_postman(bootstrap(services.settings, clock=clock), postman) for postman in postmen]
    threads = [Thread(target=relay, args=(other, START)) for other in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for other in others:
        other.close()
    tried = [message for postman in postmen for message in postman.tried]
    assert len(tried) == len(set(tried)) == len(mails(services)) == 60


def test_a_server_that_is_down_is_tried_later_each_time_after_longer_then_parked(
    services: Services, cast: Cast
) -> None:
    write(services, person_id=cast.olga)
    broken, now, waits = with_postman(services, Postman(before=down)), START, []
    for _ in range(sending.MAX_ATTEMPTS):
        now = opening(services, now)
        outcome = relay(broken, now)
        (row,) = deliveries(services)
        waits.append(row.next_at - now)
        assert relay(broken, now)["retried"] == 0, "not again before its time"
        now = row.next_at
    assert outcome["parked"] == 1
    for place, wait in enumerate(waits):
        due = min(timedelta(minutes=2**place), sending.LONGEST_WAIT)
        assert due * (1 - sending.SPREAD) <= wait <= due * (1 + sending.SPREAD)
    drawn = [sending.wait_after(row.message_id, n) for n in range(1, sending.MAX_ATTEMPTS + 1)]
    assert drawn[:3] == waits[:3], "the same message draws the same lot"
    assert drawn != [sending.wait_after("another@duban", n) for n in range(1, sending.MAX_ATTEMPTS + 1)]
    assert (row.state, row.attempts) == ("parked", sending.MAX_ATTEMPTS)
    assert "ConnectionRefusedError" in row.error
    now = opening(services, now + timedelta(days=9))
    assert relay(services, now)["sent"] == 0
    with services.transaction() as tx:
        sending.take_up(tx, row.id, "retry", cast.amira, now)
    assert relay(services, now)["sent"] == 1


def test_a_server_that_is_down_is_not_asked_for_every_mail(services: Services, cast: Cast) -> None:
    write(services, count=30, person_id=cast.olga)
    postman = Postman(before=down)
    assert relay(with_postman(services, postman), START)["retried"] == relaying.GIVE_UP_AFTER
    assert len(postman.tried) == relaying.GIVE_UP_AFTER
    assert relay(services, START)["sent"] == 30 - relaying.GIVE_UP_AFTER


def test_a_refused_mail_is_parked_at_once_and_stops_no_other(services: Services, cast: Cast) -> None:
    def refuse(message: EmailMessage) -> None:
        if "olga" in str(message["To"]):
            raise MailRefused(reason="recipient", detail="550")

    write(services, person_id=cast.olga)
    write(services, person_id=cast.rashid)
    assert relay(with_postman(services, Postman(before=refuse)), START)["parked"] == 1
    assert [row.state for row in deliveries(services)] == ["parked", "sent"]


@pytest.mark.parametrize(
    ("topic", "email", "error"),
    [
        ("to_sign", None, "AddressMissing"),
        ("to_sign", "no address", "LetterIncomplete"),
        ("nonsense", "a@b.cn", "LetterUnknown"),
    ],
)
def test_what_cannot_become_a_letter_is_parked_with_the_reason(
    services: Services, cast: Cast, topic: str, email: str | None, error: str
) -> None:
    with services.transaction() as tx:
        tx.execute(update(Person).where(Person.id == cast.olga).values(email=email))
    write(services, topic, person_id=cast.olga)
    assert relay(services, START)["parked"] == 1
    (row,) = deliveries(services)
    assert row.error.startswith(error)


def test_where_nobody_holds_the_role_the_supervisors_are_told(services: Services, cast: Cast) -> None:
    with services.transaction() as tx:
        tx.exec_driver_sql(f"UPDATE person SET state = '{PersonState.DEPARTED}' WHERE id = {cast.olga}")
    write(services, role="owner", unit_id=cast.lead)
    relay(services, START)
    assert [row.person_id for row in deliveries(services)] == [cast.amira]


def test_a_batch_ends_within_its_lease_however_slow_the_server(
    services: Services, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else another process would take what this one is still about to send."""
    passed = [0.0]

    def dawdle(_: EmailMessage) -> None:
        passed[0] += TIMEOUT_SECONDS * STEPS

    write(services, count=sending.BATCH, person_id=cast.olga)
    monkeypatch.setattr(relaying, "time", SimpleNamespace(monotonic=lambda: passed[0]))
    postman = Postman(before=dawdle)
    sent = relay(with_postman(services, postman), START)["sent"]
    assert passed[0] < sending.LEASE.total_seconds()
    assert timedelta(seconds=TIMEOUT_SECONDS * STEPS) <= relaying.ONE_AT_MOST
    assert 0 < sent == len(postman.tried) < sending.BATCH
    assert relay(services, START)["sent"] == sending.BATCH - sent, "what is left was given back, not kept"


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_the_law_tells_can_be_written(services: Services, cast: Cast, language: str) -> None:
    """Every topic that any row or job names has a letter, in every language, from the facts an act leaves."""
    known = {topic for law in LAWS.values() for action in law.actions.values() for topic in topics(action)}
    known |= {
        "reminder",
        "overdue",
        "notice_issued",
        "to_sign",
        "to_sign_off",
        "assigned",
        "card_raised",
        "returned",
        *(topic for dated in DATED for topic in dated.topics),
        "problem_raised",
        "report_called",
        "work_plan_required",
    }
    assert known <= set(KINDS)
    facts = {
        "share_id": break_down(services, cast, ["崇明"])["崇明"].share, "unit": "崇明区机管局",
        "task_id": cast.task, "task_number": 4, "task_name": "能源审计", "milestone_id": cast.milestone,
        "milestone": "300家能源审计", "due_on": "2022-12-30", "reason": "说明", "colour": "red", "days_late": 3,
        "number": "沪机管督〔2023〕1号", "reply_on": "2023-02-03", "from_on": "2023-01-01",
        "upto_on": "2023-01-31", "problem": "缺经费。", "metric": "能源审计", "institution": "徐汇第1小学",
        "by": "市教委", "changed": ["targets"],
    }  # fmt: skip
    batch = [
        sending.Claimed(
            n, f"task.1.{n}.1@duban", 0, topic, facts, morning(2023, 1, 20), "欧文洁", "o@x.cn", language
        )
        for n, topic in enumerate(sorted(known))
    ]
    with services.reading() as tx:
        desk = open_desk(tx, batch, address="http://127.0.0.1:8000", mail_from="duban@localhost")
    for delivery in batch:
        mail = compose(desk.letter(delivery))
        assert mail["Subject"]
        assert mail.as_bytes() == compose(desk.letter(delivery)).as_bytes()


def test_facts_that_acts_really_leave_become_letters(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    """A life with cards, appeals, suspension and notices: not one letter is parked."""
    raise_cards(services, morning(2023, 2, 1))
    clock.now = morning(2023, 2, 1)
    card = _first(services, "card")
    do(services, "task", cast.task, "acknowledge", cast.olga)
    do(services, "card", card, "appeal", cast.olga, reason="材料已报送")
    do(services, "card", card, "dismiss_appeal", cast.amira, reason="未见材料")
    do(services, "card", card, "revoke", cast.amira, reason="复核后撤销")
    do(services, "task", cast.task, "suspend", cast.amira, reason="政策调整")
    do(services, "task", cast.task, "resume", cast.amira, reason="恢复")
    do(services, "notice", _first(services, "notice"), "sign_off", cast.sven)
    do(services, "task", cast.task, "cancel", cast.amira, reason="任务合并")
    outcome = relay(services, clock())
    assert (outcome["parked"], outcome["retried"]) == (0, 0)
    with services.reading() as tx:
        written = set(tx.execute(select(OutboxRow.topic)).scalars())
    assert written <= {str(mail["X-Duban-Kind"]) for mail in mails(services)}
    assert {"card_appealed", "card_revoked", "task_suspended", "notice_signed_off"} <= written


def _first(services: Services, kind: str) -> Any:
    with services.reading() as tx:
        return tx.exec_driver_sql(f"SELECT min(id) FROM {kind}").scalar_one()
