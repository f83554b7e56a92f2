"""Seals: one a day over all chain heads, each bound to the one before; a cut or changed chain shows."""

from __future__ import annotations

import hashlib
from datetime import date
from itertools import pairwise

from sqlalchemy import select

from models import Seal, Task
from schedules.upkeep import seal
from tests.people import Cast, HandClock, add_person, do
from tests.workflow.scan.clockwork import morning
from workflow import sealing
from workflow.bootstrap import Services


def seals(services: Services) -> list[tuple[date, int, str, str]]:
    with services.reading() as tx:
        rows = tx.execute(select(Seal.__table__).order_by(Seal.sealed_on))
        return [(row.sealed_on, row.heads, row.previous, row.digest) for row in rows]


def test_yesterday_is_sealed_once(services: Services, cast: Cast, clock: HandClock) -> None:
    do(services, "task", cast.task, "acknowledge", cast.olga)
    assert seal(services, clock()) == {"sealed": 0}
    assert seal(services, morning(2022, 1, 15)) == {"sealed": 1}
    assert seal(services, morning(2022, 1, 15)) == {"sealed": 0}
    with services.reading() as tx:
        head = tx.execute(select(Task.chain_head)).scalar_one()
    text = f"2022-01-14 {'0' * 64}\ntask {cast.task} 2 {head}\n"
    assert seals(services) == [(date(2022, 1, 14), 1, "0" * 64, hashlib.sha256(text.encode()).hexdigest())]


def test_missed_days_are_sealed_as_they_would_have_been(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    do(services, "task", cast.task, "acknowledge", cast.olga)
    seal(services, morning(2022, 1, 15))
    clock.now = morning(2022, 1, 17)
    do(services, "milestone", cast.milestone, "start", cast.olga)
    assert seal(services, morning(2022, 1, 20)) == {"sealed": 5}
    found = seals(services)
    assert [day for day, *_ in found] == [date(2022, 1, day) for day in range(14, 20)]
    assert all(later[2] == earlier[3] for earlier, later in pairwise(found))
    with services.reading() as tx:
        assert sealing.digest(tx, date(2022, 1, 16), found[1][3]).digest == found[2][3]
        assert sealing.verify(tx) == sealing.Checked(6, None)


def test_nothing_is_sealed_before_the_first_event(services: Services, cast: Cast) -> None:
    assert seal(services, morning(2022, 3, 1)) == {"sealed": 0}


def test_a_tail_cut_from_a_chain_breaks_the_seal_of_its_day(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    do(services, "task", cast.task, "acknowledge", cast.olga)
    clock.now = morning(2022, 1, 18)
    do(services, "milestone", cast.milestone, "start", cast.olga)
    seal(services, morning(2022, 1, 20))
    _cut_after(services, cast.task, 2)
    with services.reading() as tx:
        assert sealing.verify(tx).broken_on == date(2022, 1, 18)


def test_what_happens_today_does_not_touch_the_seal_of_yesterday(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    do(services, "task", cast.task, "acknowledge", cast.olga)
    clock.now = morning(2022, 1, 15)
    do(services, "milestone", cast.milestone, "start", cast.olga)
    with services.transaction() as tx:
        add_person(tx, "new", "新人")
    seal(services, morning(2022, 1, 15))
    seal(services, morning(2022, 1, 16))
    assert [heads for _, heads, *_ in seals(services)] == [1, 1]
    with services.reading() as tx:
        assert sealing.verify(tx).broken_on is None


def _cut_after(services: Services, task: int, seq: int) -> None:
    """What somebody with the database's own rights could do: drop the guard, cut the tail, mend the head."""
    with services.transaction() as tx:
        if services.database.is_sqlite:
            tx.exec_driver_sql("DROP TRIGGER audit_event_no_delete")
        else:
            tx.exec_driver_sql("ALTER TABLE audit_event DISABLE TRIGGER USER")
        tx.exec_driver_sql(f"DELETE FROM audit_event WHERE root_kind = 'task' AND seq > {seq}")
        tx.exec_driver_sql(
            f"UPDATE task SET chain_seq = {seq}, chain_head = (SELECT hash FROM audit_event "
            f"WHERE root_kind = 'task' AND root_id = {task} AND seq = {seq}) WHERE id = {task}"
        )
