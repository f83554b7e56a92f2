"""The job that asks for attestations: run twice, run late, run by two at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import pytest

from schedules.attestations import call_attestations
from schedules.relay import relay
from tests.people import Cast, do
from tests.schedules.mailroom import mails
from tests.workflow.lifecycles import judged as j
from tests.workflow.lifecycles import situations as a
from tests.workflow.lifecycles.witness import watching
from tests.workflow.scan.clockwork import morning
from workflow.bootstrap import Services, bootstrap


def called(services: Services, *day: int) -> dict[str, Any]:
    return call_attestations(services, morning(*day))


def periods(services: Services) -> list[tuple[date, date]]:
    return [(row.from_on, row.due_on) for row in j.attestations(services)]


def test_a_later_month_is_called_once_it_is_over(services: Services, cast: Cast) -> None:
    """Accepted on 14 January; ten working days after February is 14 March."""
    j.accepted(services, cast)
    assert called(services, 2022, 2, 28) == {"called": 0, "failed": 0, "faults": []}
    with watching(services) as seen:
        assert called(services, 2022, 3, 1)["called"] == 1
    assert seen.events == [
        ("milestone", "call_attestation", "accepted", None),
        ("attestation", "call", "due", None),
    ]
    assert seen.letters == [("attestation_called", {"role": "owner", "unit_id": cast.lead})]
    (row,) = j.attestations(services)
    assert (row.from_on, row.upto_on, row.due_on) == (date(2022, 2, 1), date(2022, 2, 28), date(2022, 3, 14))
    assert (row.unit_id, row.indicator_id, str(row.state)) == (cast.lead, cast.indicator, "due")


def test_a_second_run_calls_nothing_twice(services: Services, cast: Cast) -> None:
    j.accepted(services, cast)
    assert [called(services, 2022, 3, 1)["called"] for _ in range(2)] == [1, 0]
    assert called(services, 2022, 3, 31)["called"] == 0
    assert len(periods(services)) == 1


def test_a_late_run_calls_all_that_was_missed_with_the_dates_it_had(services: Services, cast: Cast) -> None:
    j.accepted(services, cast)
    assert called(services, 2022, 5, 2)["called"] == 3
    assert [from_on for from_on, _ in periods(services)] == [date(2022, month, 1) for month in (2, 3, 4)]
    assert periods(services)[0] == (date(2022, 2, 1), date(2022, 3, 14))


def test_two_processes_at_once_call_it_once(services: Services, cast: Cast) -> None:
    j.accepted(services, cast)
    twin, ready = bootstrap(services.settings, clock=services.clock), Barrier(2)

    def run(process: Services) -> dict[str, Any]:
        ready.wait()
        return called(process, 2022, 3, 1)

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(run, (services, twin)))
    twin.close()
    assert sorted(outcome["called"] for outcome in outcomes) == [0, 1]
    assert [outcome["failed"] for outcome in outcomes] == [0, 0]
    assert len(periods(services)) == 1


def test_a_quarter_is_called_in_quarters(services: Services, cast: Cast) -> None:
    j.accepted(services, cast, attested="quarterly")
    called(services, 2022, 7, 1)
    assert [from_on for from_on, _ in periods(services)] == [date(2022, 4, 1)]


def test_it_ends_with_the_last_year_of_the_plan(services: Services, cast: Cast) -> None:
    """The plan's milestones are of 2022 and 2023."""
    j.accepted(services, cast, attested="quarterly")
    called(services, 2025, 1, 2)
    assert periods(services)[-1][0] == date(2023, 10, 1)


@pytest.mark.parametrize("attested", ["none"])
def test_what_nobody_attests_is_not_called(services: Services, cast: Cast, attested: str) -> None:
    j.accepted(services, cast, attested)
    assert called(services, 2022, 6, 1)["called"] == 0


def test_a_counted_milestone_is_not_called(services: Services, cast: Cast) -> None:
    a.an_accepted_milestone(services, cast)
    assert called(services, 2022, 6, 1)["called"] == 0


def test_what_is_open_again_is_not_called(services: Services, cast: Cast) -> None:
    j.accepted(services, cast)
    do(services, "milestone", cast.milestone, "reopen", cast.amira, reason=a.REASON)
    assert called(services, 2022, 6, 1)["called"] == 0


@pytest.mark.parametrize("action", ["suspend", "cancel"])
def test_while_the_clock_stands_still_nothing_is_called(services: Services, cast: Cast, action: str) -> None:
    j.accepted(services, cast)
    do(services, "task", cast.task, action, cast.amira, reason=a.REASON)
    assert called(services, 2022, 3, 1)["called"] == 0


def test_one_that_fails_stops_no_other(
    services: Services, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    j.accepted(services, cast)
    monkeypatch.setattr("schedules.attestations.owing", lambda tx, now: [999, cast.milestone])
    outcome = called(services, 2022, 3, 1)
    assert (outcome["called"], outcome["failed"]) == (1, 1)
    assert outcome["faults"][0]["milestone"] == 999


def test_the_owner_is_told_by_mail_with_the_period(services: Services, cast: Cast) -> None:
    j.accepted(services, cast)
    called(services, 2022, 3, 1)
    relay(services, morning(2022, 3, 1))
    (letter,) = [mail for mail in mails(services) if "保持情况确认" in mail["subject"]]
    body = letter.get_body(("plain",))
    assert body
    text = body.get_content()
    assert "2022-02-01 – 2022-02-28" in text
    assert "3月14日" in text
