"""Notice 通知: drafted, signed off, numbered without gaps, served, answered."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import repeat
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from models import Notice, NumberCounter, Seal, Setting, Unit
from tests.people import Cast, HandClock, do
from tests.workflow.lifecycles import situations as a
from tests.workflow.lifecycles.witness import refused, watching
from workflow.acts import perform
from workflow.bootstrap import Services
from workflow.errors import Malformed, NotReady, ReasonRequired, Stale, WrongState
from workflow.law import LAWS
from workflow.papers.notice import NoticeFacts, content_digest, digest

OFFICE = {"role": "supervisor", "office": True}


def read(services: Services, notice: int) -> Any:
    with services.reading() as tx:
        return tx.execute(select(Notice.__table__).where(Notice.id == notice)).one()


def numbers(services: Services) -> list[tuple[int, int]]:
    with services.reading() as tx:
        rows = tx.execute(select(Notice.year, Notice.number).where(Notice.number.is_not(None)))
        return sorted((row.year, row.number) for row in rows)


def draft_many(services: Services, cast: Cast, count: int) -> list[int]:
    """Signed-off notices, ready to be issued."""
    return [a.a_signed_notice(services, cast) for _ in range(count)]


@pytest.mark.parametrize(
    ("situation", "who", "action", "to", "letters"),
    [
        (a.a_drafted_notice, "sven", "sign_off", "signed_off", ["notice_signed_off"]),
        (a.a_drafted_notice, "amira", "discard", "voided", []),
        (a.a_signed_notice, "amira", "send_back", "drafted", []),
        (a.a_signed_notice, "amira", "issue", "issued", []),
        (a.an_issued_notice, "rashid", "acknowledge", "acknowledged", []),
        (a.an_answered_notice, "amira", "close", "closed", []),
        (a.an_issued_notice, "amira", "void", "voided", ["notice_voided", "notice_voided"]),
        (a.an_answered_notice, "sven", "void", "voided", ["notice_voided", "notice_voided"]),
    ],
)
def test_each_act_on_a_notice_is_state_event_and_letter_together(
    services: Services, cast: Cast, situation: Any, who: str, action: str, to: str, letters: list[str]
) -> None:
    notice = situation(services, cast)
    with watching(services) as seen:
        do(services, "notice", notice, action, getattr(cast, who), reason=a.REASON)
    assert a.state_of(services, Notice, notice) == to
    assert seen.events == [("notice", action, to, getattr(cast, who))]
    assert seen.topics == letters


def test_a_reply_is_kept_and_the_office_is_told(services: Services, cast: Cast) -> None:
    notice = a.an_acknowledged_notice(services, cast)
    with refused(services, Malformed):
        do(services, "notice", notice, "reply", cast.olga, details={"text": ""})
    with watching(services) as seen:
        do(services, "notice", notice, "reply", cast.olga, details={"text": "预计7月15日前完成。"})
    assert seen.letters == [("notice_replied", OFFICE)]
    assert read(services, notice).reply == "预计7月15日前完成。"


@pytest.mark.parametrize(
    ("situation", "action"),
    [(a.a_drafted_notice, "discard"), (a.a_signed_notice, "send_back"), (a.an_issued_notice, "void")],
)
def test_what_undoes_a_notice_takes_a_reason(
    services: Services, cast: Cast, situation: Any, action: str
) -> None:
    notice = situation(services, cast)
    with refused(services, ReasonRequired):
        do(services, "notice", notice, action, cast.amira)


def test_signing_off_freezes_what_is_said_and_issuing_adds_only_number_date_and_seal(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    seal = {
        "sealed_on": date(2022, 1, 13),
        "heads": 1,
        "previous": "",
        "digest": "5" * 64,
        "sealed_at": clock(),
    }
    with services.transaction() as tx:
        tx.execute(insert(Seal), seal)
    notice = a.a_signed_notice(services, cast)
    signed = read(services, notice)
    assert (signed.number, signed.issued_at, signed.signed_off_by) == (None, None, cast.sven)
    said = NoticeFacts.from_record(signed.facts)
    assert signed.facts_sha256 == content_digest(said.content)
    rename(services, cast.lead, "市机管局（新名）")
    do(services, "notice", notice, "issue", cast.amira)
    issued = read(services, notice)
    facts = NoticeFacts.from_record(issued.facts)
    assert facts.content == said.content, "an old paper keeps the old name"
    assert facts.issue is not None
    assert (facts.issue.series, facts.issue.year, facts.issue.number) == ("沪机管督", 2022, 1)
    assert (facts.issue.issued_on, facts.issue.seal) == (date(2022, 1, 14), "5" * 64)
    assert (issued.facts_sha256, issued.code) == (digest(facts), facts.issue.code)


def rename(services: Services, unit: int, name: str) -> None:
    with services.transaction() as tx:
        tx.execute(update(Unit).where(Unit.__table__.c.id == unit).values(name=name))


def test_sending_back_thaws_the_facts(services: Services, cast: Cast) -> None:
    notice = a.a_signed_notice(services, cast)
    do(services, "notice", notice, "send_back", cast.sven, reason="要求应更具体。")
    row = read(services, notice)
    assert (row.facts, row.facts_sha256, row.signed_off_at, row.signed_off_by) == (None, None, None, None)


def test_numbers_run_on_and_a_voided_one_stays_used(services: Services, cast: Cast) -> None:
    first, second, third = draft_many(services, cast, 3)
    do(services, "notice", first, "issue", cast.amira)
    do(services, "notice", first, "void", cast.amira, reason="受文单位有误。")
    do(services, "notice", third, "issue", cast.amira)
    do(services, "notice", second, "issue", cast.amira)
    assert [read(services, n).number for n in (first, second, third)] == [1, 3, 2]


def test_each_year_and_each_series_counts_for_itself(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    """The year is that of the office's day: 17:00 UTC on 31 December is the new year in Shanghai."""
    notices = draft_many(services, cast, 4)
    do(services, "notice", notices[0], "issue", cast.amira)
    clock.now = clock.now.replace(month=12, day=31, hour=15, minute=59)
    do(services, "notice", notices[1], "issue", cast.amira)
    clock.now = clock.now.replace(hour=17)
    do(services, "notice", notices[2], "issue", cast.amira)
    assert numbers(services) == [(2022, 1), (2022, 2), (2023, 1)]
    with services.transaction() as tx:
        settings = tx.execute(select(Setting.value).where(Setting.key == "office")).scalar_one()
        mine = Setting.__table__.c.key == "office"
        tx.execute(update(Setting).where(mine).values(value={**settings, "series": "沪节能督"}))
    do(services, "notice", notices[3], "issue", cast.amira)
    assert read(services, notices[3]).number == 1


def test_a_refused_issue_uses_no_number(services: Services, cast: Cast) -> None:
    first, second = draft_many(services, cast, 2)
    drafted = a.a_drafted_notice(services, cast)
    with refused(services, WrongState):
        do(services, "notice", drafted, "issue", cast.amira)
    with refused(services, Stale):
        do(services, "notice", first, "issue", cast.amira, seen=1)
    do(services, "notice", second, "issue", cast.amira)
    assert numbers(services) == [(2022, 1)]


def test_a_transaction_that_fails_after_issuing_gives_its_number_back(services: Services, cast: Cast) -> None:
    first, second = draft_many(services, cast, 2)

    def issue_and_fail() -> None:
        with services.transaction() as tx:
            perform(tx, LAWS["notice"], first, "issue", cast.amira, services.clock())
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        issue_and_fail()
    do(services, "notice", second, "issue", cast.amira)
    assert numbers(services) == [(2022, 1)]
    assert a.state_of(services, Notice, first) == "signed_off"


def test_issuing_at_the_same_time_leaves_no_gap_and_no_double(services: Services, cast: Cast) -> None:
    """Each notice under a task of its own, so that nothing but the counter keeps them apart."""
    notices = [a.a_signed_notice(services, another) for another in a.further_tasks(services, cast, 12)]
    start = Barrier(6)

    def issue(some: list[int]) -> None:
        start.wait()
        for notice in some:
            do(services, "notice", notice, "issue", cast.amira)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(issue, [notices[n::6] for n in range(6)]))
    assert numbers(services) == [(2022, n) for n in range(1, 13)]
    with services.reading() as tx:
        assert tx.execute(select(NumberCounter.last)).scalar_one() == 12


def test_one_notice_is_issued_once_however_many_try(services: Services, cast: Cast) -> None:
    (notice,) = draft_many(services, cast, 1)

    def issue(who: int) -> bool:
        try:
            do(services, "notice", notice, "issue", who)
        except (WrongState, Stale):
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(issue, repeat(cast.amira, 8))) == 1
    assert numbers(services) == [(2022, 1)]


def test_without_the_offices_names_nothing_is_signed_off(services: Services, cast: Cast) -> None:
    notice = a.a_drafted_notice(services, cast)
    with services.transaction() as tx:
        tx.execute(delete(Setting).where(Setting.__table__.c.key == "office"))
    with refused(services, NotReady) as error:
        do(services, "notice", notice, "sign_off", cast.sven)
    assert [lack.code for lack in error.value.missing] == ["office_settings"]
