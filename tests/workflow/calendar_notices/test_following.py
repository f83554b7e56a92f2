"""A notice is entered: exactly the dates that it changes move, each with its record, and their owners are told."""

from __future__ import annotations

import random
from calendar import monthrange
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models import (
    Attestation,
    AuditEvent,
    Instruction,
    Milestone,
    NamedEvent,
    Part,
    Report,
    Share,
    Task,
    WorkPlan,
)
from models.states import (
    AttestationState,
    DueBasis,
    EventState,
    InstructionState,
    MilestoneState,
    Origin,
    PartRole,
    PartState,
    TaskState,
)
from schedules.calendar import follow_notices
from schedules.events import follow_events
from schedules.watch import remind
from tests.people import Cast, HandClock, add, do
from tests.workflow.calendar_notices.ground import (
    NOTICE,
    REASON,
    an_admin,
    editions,
    enter,
    letters,
    moved,
)
from tests.workflow.lifecycles import situations as a
from tests.workflow.lifecycles.witness import dump, watching
from tests.workflow.scan.clockwork import morning, reminders
from workflow import audit
from workflow.bootstrap import Services
from workflow.calendar import working_calendar
from workflow.calendar_notices.recounting import out_of_step, recount
from workflow.deadlines import DAY

LATE_2026 = morning(2026, 12, 11)
SOON = timedelta(minutes=15)
YEAR_END = {"due_basis": DueBasis.YEAR_END, "due_rule": "preceding", "due_provisional": True}
RULED = {"due_basis": DueBasis.RULING, "due_rule": "none", "due_provisional": True}


def add_milestone(tx: Any, task: int, due_on: date, **more: Any) -> int:
    values = {
        "text": "完成一项",
        "printed_text": "完成一項",
        "state": MilestoneState.PLANNED,
        **YEAR_END,
        **more,
    }
    return add(tx, Milestone, task_id=task, year=due_on.year, due_on=due_on, **values)


def column(services: Services, model: Any, row_id: int, *names: str) -> Any:
    with services.reading() as tx:
        found = tx.execute(select(*(getattr(model, n) for n in names)).where(model.id == row_id)).one()
    return found[0] if len(names) == 1 else tuple(found)


@pytest.fixture
def milestone(services: Services, cast: Cast, clock: HandClock) -> int:
    """Due on the last working day of 2026 as the week alone has it; it is 11 December."""
    clock.now = LATE_2026
    with services.transaction() as tx:
        return add_milestone(tx, cast.task, date(2026, 12, 31))


def test_every_kind_of_date_follows_by_its_own_rule_and_its_owners_are_told_once(
    services: Services, cast: Cast, clock: HandClock, milestone: int
) -> None:
    a.an_acknowledged_task(services, cast)  # its work plan is due 15 working days later
    work_plan = a.latest(services, WorkPlan)
    with services.transaction() as tx:
        ruled = add_milestone(tx, cast.task, date(2026, 12, 31), **RULED)
        for unit in (cast.other, cast.office):
            add(tx, Part, task_id=cast.task, unit_id=unit, role=PartRole.CONTRIBUTOR, ordinal=9 + unit,
                state=PartState.ASSIGNED)  # fmt: skip
        event = add(
            tx, NamedEvent, plan_id=cast.plan, name="宣传周", year=2027, state=EventState.PENDING,
            ask_on=date(2027, 3, 1),
        )  # fmt: skip
        instruction = add(
            tx, Instruction, task_id=cast.task, unit_id=cast.lead, text="…", due_on=date(2026, 12, 31),
            state=InstructionState.ISSUED, issued_at=clock(), issued_by=cast.sven,
        )  # fmt: skip
        attestation = add(
            tx, Attestation, task_id=cast.task, milestone_id=milestone, indicator_id=cast.indicator,
            unit_id=cast.lead, from_on=date(2026, 12, 1), upto_on=date(2026, 12, 24), due_on=date(2027, 1, 7),
            state=AttestationState.DUE,
        )  # fmt: skip
    portions = [
        {"unit_id": cast.joint, "text": "一"},
        {"unit_id": cast.other, "text": "二", "due_on": "2026-12-31"},
        {"unit_id": cast.office, "text": "三", "due_on": "2026-12-21"},
    ]
    do(services, "milestone", milestone, "break_down", cast.olga, details={"portions": portions})
    with_above, own, early = sorted(_ids(services, Share))
    period = {"from_on": "2026-12-01", "upto_on": "2026-12-31", "due_on": "2027-01-07"}
    do(services, "task", cast.task, "call_report", None, details=period)
    report = a.latest(services, Report)
    enter(services, an_admin(services, cast), days_off=[*NOTICE["days_off"], "2027-03-01"])
    clock.now += SOON
    with watching(services) as seen:
        assert follow_notices(services, clock())["moved"] == 7
    last, eve, new_year = date(2026, 12, 31), date(2026, 12, 30), date(2027, 1, 7)
    assert moved(services) == [
        ("milestone", milestone, last, eve),
        ("share", with_above, last, eve),
        ("share", own, last, eve),
        ("work_plan", work_plan, date(2027, 1, 1), date(2027, 1, 4)),
        ("report", report, new_year, date(2027, 1, 8)),
        ("attestation", attestation, new_year, date(2027, 1, 8)),
        ("event", event, date(2027, 3, 1), date(2027, 2, 26)),
    ]
    lead, supervisors = {"role": "owner", "unit_id": cast.lead}, {"role": "supervisor", "office": True}
    joint, other = {"role": "owner", "unit_id": cast.joint}, {"role": "owner", "unit_id": cast.other}
    assert letters(services) == [
        (lead, "2026-12-30"), (joint, "2026-12-30"), (other, "2026-12-30"), (lead, "2027-01-04"),
        (lead, "2027-01-08"), (lead, "2027-01-08"), (supervisors, "2027-02-26"),
    ]  # fmt: skip
    assert [who for who, _ in letters(services)] == [who for _, who in seen.letters]
    assert column(services, Milestone, milestone, "due_on", "due_basis", "due_provisional") == (
        eve, "year_end", False,
    )  # fmt: skip
    assert column(services, Milestone, ruled, "due_on", "due_provisional") == (last, False)
    assert column(services, Share, early, "due_on") == date(2026, 12, 21)
    assert column(services, Instruction, instruction, "due_on") == last
    assert column(services, NamedEvent, event, "ask_on") == date(2027, 2, 26)
    with services.reading() as tx:
        reason = tx.execute(
            select(AuditEvent.text).where(AuditEvent.action == "follow_calendar").order_by(AuditEvent.id)
        ).scalars()
        assert all("国办发明电〔2026〕9号" in text for text in reason)
        assert audit.verify(tx)[1] is None
    assert editions(services)[0].followed_at == clock()
    before = dump(services)
    assert follow_notices(services, clock() + SOON)["moved"] == 0
    assert dump(services) == before


def _ids(services: Services, model: Any) -> list[int]:
    with services.reading() as tx:
        return list(tx.execute(select(model.id)).scalars())


def test_random_dates_under_a_random_notice_move_as_the_rule_walked_day_by_day_and_a_crash_between_loses_nothing(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    """Dates of two leads: the run breaks off after the first task, and another one ends it."""
    clock.now, lot = LATE_2026, random.Random(2027)
    with services.transaction() as tx:
        tasks = [cast.task, _task_of(tx, cast.other, cast)]
        before, of_task = {}, {}
        for n in range(80):
            on, rule = _any_date(lot), lot.choice((RULED, {**YEAR_END, "due_basis": DueBasis.PRINTED}))
            on = on if rule is RULED else _last_working(on, _working(frozenset(), frozenset()))
            id_ = add_milestone(tx, tasks[n % 2], on, **rule)
            before[id_], of_task[id_] = (on, rule is RULED), tasks[n % 2]
    off, worked = _any_notice(lot)
    enter(services, an_admin(services, cast), days_off=sorted(off), days_worked=sorted(worked))
    with services.transaction() as tx:
        first, second = out_of_step(tx)
        assert (first.id, second.id) == tuple(tasks)
        assert recount(tx, first, clock()) > 0
    clock.now += SOON
    assert follow_notices(services, clock())["failed"] == 0
    working = _working(off, worked)
    expected = {id_: on if ruled else _last_working(on, working) for id_, (on, ruled) in before.items()}
    with services.reading() as tx:
        found = select(Milestone.id, Milestone.due_on, Milestone.due_provisional).where(
            Milestone.id.in_(before)
        )
        after = {row.id: row for row in tx.execute(found)}
        calendar = working_calendar(tx)
    assert {id_: row.due_on for id_, row in after.items()} == expected
    assert all(row.due_provisional == calendar.provisional(row.due_on) for row in after.values())
    changed = [id_ for id_ in sorted(before) if before[id_][0] != expected[id_]]
    assert 10 < len(changed) < 40
    assert sorted(moved(services)) == [("milestone", id_, before[id_][0], expected[id_]) for id_ in changed]
    leads = {tasks[0]: cast.lead, tasks[1]: cast.other}
    told = sorted((who["unit_id"], on) for who, on in letters(services))
    assert told == sorted((leads[of_task[id_]], expected[id_].isoformat()) for id_ in changed)
    assert follow_notices(services, clock() + SOON)["moved"] == 0


def _task_of(tx: Any, lead: int, cast: Cast) -> int:
    task = add(
        tx, Task, plan_id=cast.plan, number=5, name="二", printed_name="二", goal="…", printed_goal="…",
        state=TaskState.ASSIGNED, origin=Origin.DOCUMENT, assigned_at=LATE_2026,
    )  # fmt: skip
    add(tx, Part, task_id=task, unit_id=lead, role=PartRole.LEAD, ordinal=1, state=PartState.ASSIGNED)
    return task


def _any_date(lot: random.Random) -> date:
    return date(2027, 1, 1) + lot.randrange(365) * DAY


def _any_notice(lot: random.Random) -> tuple[frozenset[date], frozenset[date]]:
    """Some days off, the ends of some months among them; some weekend days worked."""
    ends = {date(2027, month, monthrange(2027, month)[1]) for month in (1, 3, 4, 5, 8, 12)}
    off = frozenset({_any_date(lot) for _ in range(30)} | ends)
    weekends = [on for n in range(365) if (on := date(2027, 1, 1) + n * DAY).weekday() >= 5 and on not in off]
    return off, frozenset(lot.sample(weekends, 9))


def _working(off: frozenset[date], worked: frozenset[date]) -> Any:
    return lambda on: on in worked or (on.weekday() < 5 and on not in off)


def _last_working(on: date, is_working: Any) -> date:
    last = on.replace(day=monthrange(on.year, on.month)[1])
    while not is_working(last):
        last -= DAY
    return last


def test_a_correction_moves_on_from_where_the_edition_before_left_it_and_both_stay(
    services: Services, cast: Cast, clock: HandClock, milestone: int
) -> None:
    """The correction comes before anything followed the first edition, then one after it."""
    admin = an_admin(services, cast)
    enter(services, admin)
    correction = {**NOTICE, "source": "https://www.gov.cn/", "days_off": [*NOTICE["days_off"], "2026-12-30"]}
    do(services, "calendar_year", 2027, "correct", admin, reason=REASON, details=correction)
    assert follow_notices(services, clock())["followed"] == [], "somebody may still work with the old days"
    assert follow_notices(services, clock() + SOON)["followed"] == [2027]
    clock.now += timedelta(days=1)
    do(services, "calendar_year", 2027, "correct", admin, reason="恢复。", details=NOTICE)
    clock.now += SOON
    follow_notices(services, clock())
    eves = [date(2026, 12, day) for day in (31, 29, 30)]
    assert [move[2:] for move in moved(services)] == [(eves[0], eves[1]), (eves[1], eves[2])]
    kept = [(row.edition, row.verified, row.reason, row.days_off[-1]) for row in editions(services)]
    assert kept == [
        (1, False, None, "2027-10-01"), (2, True, REASON, "2027-10-01"), (3, False, "恢复。", "2027-10-01"),
    ]  # fmt: skip
    with services.reading() as tx:
        acts = select(AuditEvent.action, AuditEvent.actor_id).where(AuditEvent.root_kind == "calendar_year")
        assert [tuple(act) for act in tx.execute(acts.order_by(AuditEvent.seq))] == [
            ("enter", admin), ("expect", admin), ("correct", admin), ("be_followed", None), ("correct", admin),
            ("be_followed", None),
        ]  # fmt: skip


def test_a_suspension_keeps_its_reason_and_its_days_are_counted_again(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    clock.now = morning(2026, 12, 7)
    a.an_acknowledged_task(services, cast)
    with services.transaction() as tx:
        own = add_milestone(tx, cast.task, date(2026, 12, 31))
        ruled = add_milestone(tx, cast.task, date(2027, 3, 1), **RULED)
    do(services, "task", cast.task, "suspend", cast.amira, reason=a.REASON)
    clock.now = morning(2026, 12, 28)
    do(services, "task", cast.task, "resume", cast.amira, reason=a.REASON)
    assert column(services, Milestone, own, "due_on", "due_basis") == (date(2027, 1, 21), "suspension")
    work_plan = a.latest(services, WorkPlan)
    stood = column(services, WorkPlan, work_plan, "due_on")
    enter(services, an_admin(services, cast))
    clock.now += SOON
    follow_notices(services, clock())
    assert column(services, Milestone, own, "due_on", "due_basis") == (date(2027, 1, 25), "suspension")
    assert column(services, Milestone, ruled, "due_on") == date(2027, 3, 23), "16 working days, not 15"
    assert column(services, WorkPlan, work_plan, "due_on") == stood + 2 * DAY


def test_a_date_that_follows_an_event_is_moved_by_the_notice_in_its_own_name(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    """And not a second time by the job that follows events, whichever comes first."""
    clock.now = LATE_2026
    with services.transaction() as tx:
        add(
            tx, NamedEvent, plan_id=cast.plan, name="宣传周", year=2027, state=EventState.DATED,
            ask_on=date(2027, 3, 1), from_on=date(2027, 9, 27), upto_on=date(2027, 10, 1), source="某通知",
            dated_at=clock(), dated_by=cast.amira,
        )  # fmt: skip
        rule = {"due_basis": DueBasis.EVENT, "due_rule": "preceding", "event": "宣传周"}
        week = add_milestone(tx, cast.task, date(2027, 10, 1), **rule)
    assert follow_events(services, clock())["moved"] == 0
    enter(services, an_admin(services, cast))
    assert follow_events(services, clock())["moved"] == 0
    clock.now += SOON
    assert follow_notices(services, clock())["moved"] == 1
    assert moved(services) == [("milestone", week, date(2027, 10, 1), date(2027, 9, 30))]
    assert column(services, Milestone, week, "due_basis") == "event"
    assert follow_events(services, clock() + SOON)["moved"] == 0


def test_what_is_settled_or_cancelled_stays(
    services: Services, cast: Cast, clock: HandClock, milestone: int
) -> None:
    do(services, "milestone", milestone, "waive", None, reason=REASON)
    with services.transaction() as tx:
        task = _task_of(tx, cast.other, cast)
        add_milestone(tx, task, date(2026, 12, 31))
    do(services, "task", task, "cancel", cast.amira, reason=REASON)
    enter(services, an_admin(services, cast))
    clock.now += SOON
    assert follow_notices(services, clock()) == {
        "moved": 0, "confirmed": 2, "followed": [2027], "failed": 0, "faults": [],
    }  # fmt: skip


def test_rungs_that_the_new_date_is_past_are_overtaken(
    services: Services, cast: Cast, clock: HandClock, milestone: int
) -> None:
    clock.now = morning(2026, 12, 24)
    remind(services, clock())
    assert reminders(services, milestone) == {"before-30": True, "before-7": False}
    enter(services, an_admin(services, cast))
    clock.now += SOON
    follow_notices(services, clock())
    remind(services, clock())
    assert reminders(services, milestone) == {"before-30": True, "before-7": True}
    assert column(services, Milestone, milestone, "due_on") == date(2026, 12, 30)


def test_one_broken_task_stops_no_other_and_the_notice_waits_for_it(
    services: Services, cast: Cast, clock: HandClock, milestone: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    import schedules.calendar

    with services.transaction() as tx:
        add_milestone(tx, _task_of(tx, cast.other, cast), date(2026, 12, 31))
    enter(services, an_admin(services, cast))
    clock.now += SOON

    def breaks(tx: Any, root: Any, now: Any) -> int:
        found = recount(tx, root, now)
        if root.id == cast.task:
            raise RuntimeError("broken off")
        return found

    monkeypatch.setattr(schedules.calendar, "recount", breaks)
    outcome = follow_notices(services, clock())
    assert (outcome["moved"], outcome["failed"], outcome["followed"]) == (1, 1, [])
    assert column(services, Milestone, milestone, "due_on", "version") == (date(2026, 12, 31), 1)
    monkeypatch.undo()
    assert follow_notices(services, clock())["moved"] == 1


def test_a_year_that_ships_later_is_entered_and_followed(
    services: Services, cast: Cast, clock: HandClock, milestone: int
) -> None:
    from workflow.adapters import shipped
    from workflow.adapters.calendars import read_calendar
    from workflow.deadlines import CalendarYear, Notice, WorkingCalendar
    from workflow.foundations import lay

    year = CalendarYear(2027, Notice("某号", "某处", True), frozenset({date(2026, 12, 31)}), frozenset())
    for _ in range(2):
        with services.transaction() as tx:
            lay(tx, WorkingCalendar({**read_calendar().years, 2027: year}), shipped.rules(), (), clock())
    clock.now += SOON
    assert follow_notices(services, clock())["moved"] == 1
    assert [(row.edition, row.verified, row.entered_by) for row in editions(services)] == [(1, True, None)]
