"""Reminders: each rung once per due date, the latest alone told, whatever the scheduler slept through."""

from __future__ import annotations

import random
from datetime import date, timedelta
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import event, select, update

from models import DueMove, Milestone, OutboxRow, Reminder
from models.states import DueBasis
from schedules.watch import remind
from tests.people import Cast, HandClock, add, approval_of, do, submit
from tests.workflow.scan.clockwork import many_milestones, morning, reminders, told
from workflow import scan
from workflow.adapters.calendars import read_calendar
from workflow.adapters.ladders import read_rules
from workflow.bootstrap import Services, bootstrap
from workflow.civil import day_of
from workflow.ladder import reminders_due


def test_each_rung_is_told_once_on_its_day(services: Services, cast: Cast) -> None:
    days = [date(2022, 11, 28) + timedelta(days=n) for n in range(45)]
    outcomes = {day: remind(services, morning(day.year, day.month, day.day)) for day in days}
    assert {day for day, outcome in outcomes.items() if outcome["told"]} == {
        date(2022, 11, 30), date(2022, 12, 23), date(2022, 12, 27), date(2022, 12, 29), date(2022, 12, 30),
        date(2023, 1, 9),  # five working days after: 31 December to 2 January were off
    }  # fmt: skip
    assert reminders(services, cast.milestone) == dict.fromkeys(
        ("before-30", "before-7", "before-3", "before-1", "day-0", "after-5"), False
    )


def test_the_owners_of_the_lead_are_told_what_and_when(services: Services, cast: Cast) -> None:
    remind(services, morning(2022, 12, 30))
    remind(services, morning(2023, 1, 9))
    near, late = told(services, "reminder", "overdue")
    assert near.topic, late.topic == ("reminder", "overdue")
    assert near.audience == {"role": "owner", "unit_id": cast.lead}
    assert near.facts | {"request": None} == {
        "task_id": cast.task, "task_number": 4, "task_name": "推进公共机构开展能源审计及后评估",
        "milestone_id": cast.milestone, "year": 2022, "milestone": "300家能源审计", "due_on": "2022-12-30",
        "rung": "day-0", "provisional": 0, "request": None,
    }  # fmt: skip
    assert (near.root_kind, near.root_id, near.written_at) == ("task", cast.task, morning(2022, 12, 30))
    assert late.facts["rung"] == "after-5"


def test_after_missed_nights_only_the_latest_rung_is_told(services: Services, cast: Cast) -> None:
    remind(services, morning(2022, 11, 30))
    assert remind(services, morning(2023, 1, 17)) == {"recorded": 6, "told": 1}
    assert reminders(services, cast.milestone) == {
        "before-30": False, "before-7": True, "before-3": True, "before-1": True, "day-0": True, "after-5": True,
        "after-10": False,
    }  # fmt: skip


def test_a_second_run_doubles_nothing(services: Services, cast: Cast) -> None:
    assert remind(services, morning(2022, 12, 30)) == {"recorded": 5, "told": 1}
    assert remind(services, morning(2022, 12, 30)) == {"recorded": 0, "told": 0}
    assert remind(services, morning(2022, 12, 31)) == {"recorded": 0, "told": 0}
    assert len(told(services, "reminder")) == 1


def test_two_processes_at_once_tell_once(services: Services, cast: Cast, clock: HandClock) -> None:
    with services.transaction() as tx:
        many_milestones(tx, cast, [date(2022, 12, 30)] * 30)
    others = [bootstrap(services.settings, clock=clock) for _ in range(4)]
    threads = [Thread(target=remind, args=(other, morning(2022, 12, 30))) for other in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for other in others:
        other.close()
    facts = [row.facts["milestone_id"] for row in told(services, "reminder")]
    assert len(facts) == len(set(facts)) == 31


def test_a_scan_that_is_killed_leaves_nothing_and_the_next_finds_all(
    services: Services, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(scan, "_tell", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            remind(services, morning(2022, 12, 30))
    assert reminders(services, cast.milestone) == {}
    assert remind(services, morning(2022, 12, 30))["told"] == 1


def test_nobody_is_reminded_of_what_lies_with_the_signers_or_is_suspended(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    approval = submit(services, cast)
    remind(services, morning(2022, 12, 30))
    assert told(services, "reminder") == []
    clock.now = morning(2022, 12, 30)
    do(services, "approval", approval, "return", cast.rashid, reason="缺少盖章页")
    do(services, "task", cast.task, "suspend", cast.amira, reason="政策调整")
    remind(services, morning(2022, 12, 30))
    assert told(services, "reminder") == []
    clock.now = morning(2023, 1, 3)
    do(services, "task", cast.task, "resume", cast.amira, reason="恢复")
    clock.now = morning(2023, 1, 4)
    remind(services, clock())
    assert [row.facts["due_on"] for row in told(services, "reminder")] == ["2023-01-03"]


def test_a_return_is_reminded_of_the_latest_rung_alone(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    clock.now = morning(2022, 12, 28)
    submit(services, cast)
    remind(services, morning(2023, 1, 10))
    clock.now = morning(2023, 1, 10)
    do(
        services,
        "approval",
        approval_of(services, cast.milestone),
        "return",
        cast.rashid,
        reason="缺少盖章页",
    )
    assert remind(services, morning(2023, 1, 11)) == {"recorded": 6, "told": 1}
    assert [row.facts["rung"] for row in told(services, "reminder", "overdue")] == ["after-5"]


def test_a_date_moved_ahead_begins_its_own_rungs(services: Services, cast: Cast, clock: HandClock) -> None:
    remind(services, morning(2022, 12, 30))
    clock.now = morning(2023, 1, 3)
    do(services, "milestone", cast.milestone, "redate", cast.amira, reason="同意延期",
       details={"due_on": "2023-02-28"})  # fmt: skip
    assert remind(services, morning(2023, 1, 4))["told"] == 0
    assert remind(services, morning(2023, 1, 29))["told"] == 1
    assert reminders(services, cast.milestone) == {"before-30": False}


def test_rungs_already_past_when_a_date_is_moved_are_overtaken(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    clock.now = morning(2022, 6, 1)
    do(
        services,
        "milestone",
        cast.milestone,
        "redate",
        cast.amira,
        reason="提前",
        details={"due_on": "2022-06-20"},
    )
    assert remind(services, morning(2022, 6, 2)) == {"recorded": 1, "told": 0}
    assert reminders(services, cast.milestone) == {"before-30": True}
    remind(services, morning(2022, 6, 13))
    assert reminders(services, cast.milestone) == {"before-30": True, "before-7": False}


def test_a_cancelled_task_is_left_alone(services: Services, cast: Cast) -> None:
    do(services, "task", cast.task, "cancel", cast.amira, reason="任务合并")
    assert remind(services, morning(2022, 12, 30)) == {"recorded": 0, "told": 0}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_scan_finds_what_the_pure_rule_finds(services: Services, cast: Cast, seed: int) -> None:
    """Many milestones, random mornings, dates that move: each scan is held against `reminders_due`."""
    chance, rules, calendar = random.Random(seed), read_rules(), read_calendar()
    first = date(2022, 3, 1)
    with services.transaction() as tx:
        ids = many_milestones(tx, cast, [first + timedelta(days=chance.randrange(200)) for _ in range(60)])
    since: dict[int, date] = {}
    already: dict[tuple[int, date], dict[str, bool]] = {}
    for day in sorted({first + timedelta(days=chance.randrange(260)) for _ in range(40)}):
        now = morning(day.year, day.month, day.day)
        for milestone in chance.sample(ids, 2):
            _move(services, milestone, now - timedelta(minutes=5), chance)
            since[milestone] = day_of(now)
        remind(services, now)
        with services.reading() as tx:
            due_dates = dict(
                tx.execute(select(Milestone.id, Milestone.due_on).where(Milestone.id.in_(ids))).all()
            )
            rows = tx.execute(select(Reminder.__table__)).all()
        found: dict[tuple[int, date], dict[str, bool]] = {}
        for row in rows:
            found.setdefault((row.subject_id, row.due_on), {})[row.rung] = row.overtaken
        for milestone, due_on in due_dates.items():
            known = already.setdefault((milestone, due_on), {})
            wanted = reminders_due(due_on, rules, calendar, known, day, since.get(milestone))
            known |= {rung.code: True for rung in wanted.overtaken}
            known |= {wanted.send.code: False} if wanted.send else {}
            assert found.get((milestone, due_on), {}) == known, (day, milestone, due_on, since.get(milestone))
    assert len(told(services, "reminder", "overdue")) == sum(
        not overtaken for rungs in already.values() for overtaken in rungs.values()
    )


def _move(services: Services, milestone: int, moved_at: object, chance: random.Random) -> None:
    with services.transaction() as tx:
        due_on = tx.execute(select(Milestone.due_on).where(Milestone.id == milestone)).scalar_one()
        moved = due_on + timedelta(days=chance.randrange(1, 60) * chance.choice((1, 1, -1)))
        tx.execute(update(Milestone).where(Milestone.id == milestone).values(due_on=moved))
        add(
            tx,
            DueMove,
            milestone_id=milestone,
            from_on=due_on,
            to_on=moved,
            basis=DueBasis.RULING,
            moved_at=moved_at,
        )


def test_the_scan_of_many_takes_few_statements(services: Services, cast: Cast) -> None:
    with services.transaction() as tx:
        many_milestones(tx, cast, [date(2023, 1, 2) + timedelta(days=n % 1000) for n in range(10_000)])
    statements: list[str] = []
    event.listen(services.database.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    assert remind(services, morning(2023, 2, 1))["told"] > 300
    assert len(statements) < 20


def test_the_scan_reaches_milestones_by_their_due_date(services: Services, cast: Cast) -> None:
    """The index on open due dates is found by the very statement that the scan runs."""
    with services.transaction() as tx:
        many_milestones(tx, cast, [date(2023, 1, 2) + timedelta(days=n) for n in range(10_000)])
    if not services.database.is_sqlite:
        with services.transaction() as tx:
            tx.exec_driver_sql("ANALYZE milestone")
    plans: list[str] = []

    def explain(connection: object, cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if "INTO reminder" in statement and "EXPLAIN" not in statement:
            prefix = "EXPLAIN QUERY PLAN " if services.database.is_sqlite else "EXPLAIN "
            with services.database.engine.connect() as other:
                plans.extend(str(row) for row in other.exec_driver_sql(prefix + statement, parameters))

    event.listen(services.database.engine, "after_cursor_execute", explain)
    remind(services, morning(2023, 2, 1))
    assert any("ix_milestone_open_due_on" in line for line in plans), "\n".join(plans)


def test_outbox_rows_and_reminders_agree(services: Services, cast: Cast) -> None:
    remind(services, morning(2023, 1, 20))
    with services.reading() as tx:
        sent = tx.execute(select(Reminder.rung).where(~Reminder.overtaken)).scalars().all()
        rows = tx.execute(select(OutboxRow.facts)).scalars().all()
    assert [row["rung"] for row in rows] == sent
