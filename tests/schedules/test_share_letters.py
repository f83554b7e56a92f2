"""Letters about shares: late by their own history, lacking what their own law asks, one calendar entry each."""

from __future__ import annotations

from email.message import EmailMessage

from schedules.relay import relay
from schedules.watch import raise_cards, remind
from tests.people import Cast, HandClock, do
from tests.schedules.mailroom import mails
from tests.workflow.scan.clockwork import morning
from tests.workflow.scan.districts import break_down
from workflow.bootstrap import Services


def text_of(mail: EmailMessage) -> str:
    return str(mail.get_body(("plain",)).get_content())  # type: ignore[union-attr]


def of_kind(services: Services, kind: str) -> list[EmailMessage]:
    return [mail for mail in mails(services) if mail["X-Duban-Kind"] == kind]


def test_a_share_that_falls_due_says_what_is_missing_of_it(services: Services, cast: Cast) -> None:
    districts = break_down(services, cast, ["崇明", "金山"])
    remind(services, morning(2022, 11, 29))
    assert relay(services, morning(2022, 11, 29))["parked"] == 0
    found = of_kind(services, "share_due")
    assert {str(mail["To"]).split("<")[1] for mail in found} == {"owner3@example.org>", "owner4@example.org>"}
    mail = next(mail for mail in found if "owner3@" in mail["To"])
    assert mail["Subject"] == "【分解任务到期提醒】完成20家能源审计（明天到期）"
    for said in ("崇明区机管局", "2022年11月30日", "尚未填报进展"):
        assert said in text_of(mail)
    (entry,) = mail.iter_attachments()
    assert f"share-{districts['崇明'].share}@" in str(entry.get_payload(decode=True))


def test_an_overdue_share_counts_its_own_days(services: Services, cast: Cast, clock: HandClock) -> None:
    """Five working days lay with the lead before it came back: of ten past the due date, five count."""
    districts = break_down(services, cast, ["崇明"])
    clock.now = morning(2022, 11, 30)
    districts.hand_in("崇明")
    clock.now = morning(2022, 12, 7)
    do(services, "share", districts["崇明"].share, "return_for_rework", cast.rashid, reason="缺页")
    remind(services, morning(2022, 12, 14))
    relay(services, morning(2022, 12, 14))
    (late,) = of_kind(services, "share_overdue")
    assert "逾期5个工作日" in late["Subject"]
    assert "尚缺" not in text_of(late), "all it lacks is the submission itself"


def test_the_card_of_a_share_tells_its_unit_in_its_own_words(services: Services, cast: Cast) -> None:
    break_down(services, cast, ["崇明"])
    raise_cards(services, morning(2022, 12, 1))
    relay(services, morning(2022, 12, 1))
    letters = of_kind(services, "card_raised")
    assert len(letters) == 3
    for mail in letters:
        assert "崇明区机管局" in text_of(mail)
        assert "完成20家能源审计" in mail["Subject"]
