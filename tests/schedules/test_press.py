"""The press: an issued notice is printed once, kept by its hash, and only then served on the unit."""

from __future__ import annotations

import hashlib
from datetime import date

import pytest
from sqlalchemy import select

from models import Notice
from schedules.press import print_notice, print_notices
from schedules.relay import relay
from schedules.watch import raise_cards
from tests.people import Cast, HandClock, do
from tests.schedules.mailroom import mails
from tests.workflow.scan.clockwork import morning, told
from workflow import printing
from workflow.bootstrap import Services


@pytest.fixture
def issued(services: Services, cast: Cast, clock: HandClock) -> int:
    """The notice of a red card, signed off and issued on 1 February 2023."""
    raise_cards(services, morning(2023, 2, 1))
    clock.now = morning(2023, 2, 1)
    with services.reading() as tx:
        notice = int(tx.execute(select(Notice.id)).scalar_one())
    do(services, "notice", notice, "sign_off", cast.sven)
    assert print_notices(services, clock())["printed"] == 0
    do(services, "notice", notice, "issue", cast.amira)
    return notice


def test_the_paper_is_stored_by_its_hash_and_the_unit_told(
    services: Services, issued: int, clock: HandClock
) -> None:
    assert told(services, "notice_issued") == []
    assert print_notices(services, clock()) == {"printed": 1, "failed": 0, "faults": []}
    with services.reading() as tx:
        notice = tx.execute(select(Notice.__table__)).one()
    pdf = b"".join(services.store.open(notice.pdf_key))
    assert pdf.startswith(b"%PDF-")
    assert hashlib.sha256(pdf).hexdigest() == notice.pdf_sha256
    assert notice.printed_at == clock()
    assert [told.audience["role"] for told in told(services, "notice_issued")] == ["owner", "leader"]


def test_the_letter_brings_the_paper_and_its_number(
    services: Services, issued: int, clock: HandClock
) -> None:
    print_notices(services, clock())
    relay(services, clock())
    served = [mail for mail in mails(services) if mail["X-Duban-Kind"] == "notice_issued"]
    assert len(served) == 2
    assert "沪机管督〔2023〕1号" in served[0]["Subject"]
    papers = [part for part in served[0].iter_attachments() if part.get_content_type() == "application/pdf"]
    assert papers[0].get_filename() == "沪机管督〔2023〕1号.pdf"
    with services.reading() as tx:
        sha256 = tx.execute(select(Notice.pdf_sha256)).scalar_one()
    assert hashlib.sha256(papers[0].get_content()).hexdigest() == sha256


def test_printing_twice_serves_once(services: Services, issued: int, clock: HandClock) -> None:
    with services.reading() as tx:
        (waiting,) = printing.unprinted(tx)
    print_notices(services, clock())
    assert print_notice(services, waiting, clock()) is False
    assert print_notices(services, clock())["printed"] == 0
    assert len(told(services, "notice_issued")) == 2


def test_a_press_that_dies_before_the_record_prints_the_same_again(
    services: Services, issued: int, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("schedules.press.record_paper", lambda *_: 1 / 0)
        assert print_notices(services, clock())["failed"] == 1
    (stored,) = services.store.keys()
    assert print_notices(services, clock())["printed"] == 1
    (again,) = services.store.keys()
    assert again.key == stored.key


def test_what_was_voided_before_it_was_printed_is_not_served(
    services: Services, cast: Cast, issued: int, clock: HandClock
) -> None:
    do(services, "notice", issued, "void", cast.amira, reason="文字有误")
    assert print_notices(services, clock())["printed"] == 0
    assert told(services, "notice_issued") == []


def test_the_notice_names_the_day_it_must_be_answered(
    services: Services, issued: int, clock: HandClock
) -> None:
    print_notices(services, clock())
    with services.reading() as tx:
        reply_on = tx.execute(select(Notice.reply_on)).scalar_one()
    assert {telling.facts["reply_on"] for telling in told(services, "notice_issued")} == {
        reply_on.isoformat()
    }
    assert reply_on > date(2023, 2, 1)
