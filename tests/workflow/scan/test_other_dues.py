"""Whatever else is due: work plans, reports, attestations, instructions and the dates of named events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, select, update

from models import (
    Attestation,
    Instruction,
    Milestone,
    NamedEvent,
    OutboxRow,
    Plan,
    Reminder,
    Report,
    Share,
    Task,
    WorkPlan,
)
from models.states import DueBasis, Role, ShareState
from schedules.relay import relay
from schedules.watch import raise_cards, remind
from tests.people import START, Cast, add, add_person, add_unit
from tests.schedules.mailroom import mails
from tests.workflow.scan.clockwork import many_milestones, morning, told
from workflow.bootstrap import Services
from workflow.dated import DATED

DUE_ON = date(2022, 6, 30)
PERIOD = {"from_on": date(2022, 4, 1), "upto_on": date(2022, 6, 30)}


def work_plan(tx: Connection, cast: Cast, **more: Any) -> int:
    return add(tx, WorkPlan, **{"task_id": cast.task, "state": "required", "due_on": DUE_ON, **more})


def report(tx: Connection, cast: Cast, **more: Any) -> int:
    values = {"task_id": cast.task, "unit_id": cast.joint, "state": "due", "due_on": DUE_ON, **PERIOD}
    return add(tx, Report, **{**values, **more})


def attestation(tx: Connection, cast: Cast, **more: Any) -> int:
    values = {"task_id": cast.task, "milestone_id": cast.milestone, "indicator_id": cast.indicator,
              "unit_id": cast.lead, "state": "due", "due_on": DUE_ON, **PERIOD}  # fmt: skip
    return add(tx, Attestation, **{**values, **more})


def instruction(tx: Connection, cast: Cast, **more: Any) -> int:
    values = {"task_id": cast.task, "unit_id": cast.joint, "text": "请市教委专题研究。", "state": "issued",
              "due_on": DUE_ON, "issued_at": START, "issued_by": cast.sven}  # fmt: skip
    return add(tx, Instruction, **{**values, **more})


def named_event(tx: Connection, cast: Cast, **more: Any) -> int:
    values = {"plan_id": cast.plan, "name": "节能宣传周", "year": 2022, "state": "pending", "ask_on": DUE_ON}
    return add(tx, NamedEvent, **{**values, **more})


KINDS: dict[str, tuple[Any, str, str, Callable[..., int]]] = {
    "work_plan": (WorkPlan, "work_plan", "submitted", work_plan),
    "report": (Report, "report", "filed", report),
    "attestation": (Attestation, "attestation", "attested", attestation),
    "instruction": (Instruction, "instruction", "replied", instruction),
    "event": (NamedEvent, "event", "dated", named_event),
}
"""Its table, how its letters begin, a state in which it is done, and how one comes to be."""


def wanted(kind: str, cast: Cast) -> list[dict[str, Any]]:
    """Who is told of each kind."""
    told_of: dict[str, list[dict[str, Any]]] = {
        "work_plan": [{"role": "owner", "unit_id": cast.lead}],
        "report": [{"role": "owner", "unit_id": cast.joint}],
        "attestation": [{"role": "owner", "unit_id": cast.lead}],
        "instruction": [{"role": role, "unit_id": cast.joint} for role in (Role.OWNER, "leader")],
        "event": [{"role": "supervisor", "office": True}],
    }
    return told_of[kind]


def recorded(services: Services, kind: str) -> list[tuple[int, str, bool]]:
    with services.reading() as tx:
        mine = select(Reminder.subject_id, Reminder.rung, Reminder.overtaken).where(
            Reminder.subject_kind == kind
        )
        return [(row.subject_id, row.rung, row.overtaken) for row in tx.execute(mine.order_by(Reminder.id))]


@pytest.mark.parametrize("kind", KINDS)
def test_each_rung_is_told_once_to_those_whose_it_is(services: Services, cast: Cast, kind: str) -> None:
    with services.transaction() as tx:
        subject = KINDS[kind][3](tx, cast)
    topic, who = KINDS[kind][1], wanted(kind, cast)
    assert remind(services, morning(2022, 5, 30)) == {"recorded": 0, "told": 0}
    assert remind(services, morning(2022, 5, 31)) == {"recorded": 1, "told": 1}
    remind(services, morning(2022, 7, 7))
    assert remind(services, morning(2022, 7, 7)) == {"recorded": 0, "told": 0}
    rungs = [
        ("before-30", False),
        ("before-7", True),
        ("before-3", True),
        ("before-1", True),
        ("day-0", True),
    ]
    assert recorded(services, kind) == [(subject, *rung) for rung in (*rungs, ("after-5", False))]
    assert [row.audience for row in told(services, f"{topic}_due")] == who
    assert [row.audience for row in told(services, f"{topic}_overdue")] == who


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_done_is_not_reminded_of(services: Services, cast: Cast, kind: str) -> None:
    _, _, done, make = KINDS[kind]
    with services.transaction() as tx:
        make(tx, cast, state=done)
    assert remind(services, morning(2022, 7, 7))["told"] == 0
    assert raise_cards(services, morning(2022, 9, 30))["raised"] == 0


@pytest.mark.parametrize(
    ("kind", "state", "reminded"),
    [
        *((kind, "suspended", False) for kind in KINDS if kind != "event"),
        *((kind, "cancelled", False) for kind in KINDS if kind != "event"),
        ("work_plan", "completed", False), ("report", "completed", False),
        ("attestation", "completed", True), ("instruction", "completed", True), ("attestation", "closed", True),
    ],
)  # fmt: skip
def test_whose_clock_must_run(services: Services, cast: Cast, kind: str, state: str, reminded: bool) -> None:
    with services.transaction() as tx:
        KINDS[kind][3](tx, cast)
        tx.execute(update(Task).where(Task.id == cast.task).values(state=state))
    remind(services, morning(2022, 6, 30))
    assert bool(recorded(services, kind)) == reminded


def test_a_draft_plan_awaits_no_dates(services: Services, cast: Cast) -> None:
    with services.transaction() as tx:
        named_event(tx, cast)
        tx.execute(update(Plan).values(state="draft"))
    remind(services, morning(2022, 6, 30))
    assert recorded(services, "event") == []


def test_a_returned_work_plan_is_reminded_of_again(services: Services, cast: Cast) -> None:
    with services.transaction() as tx:
        work_plan(tx, cast, state="returned")
    assert remind(services, morning(2022, 6, 30))["told"] == 1


def test_every_reminder_becomes_a_letter(services: Services, cast: Cast) -> None:
    """From the rows to the words: late ones count the days, a period is named, each has a calendar entry of its own."""
    with services.transaction() as tx:
        ids = {kind: make(tx, cast) for kind, (_, _, _, make) in KINDS.items()}
        add_person(tx, "joan", "焦安", (Role.OWNER, cast.joint))
    now = morning(2022, 7, 7)
    remind(services, now)
    outcome = relay(services, now)
    assert (outcome["parked"], outcome["retried"]) == (0, 0)
    letters = {str(mail["X-Duban-Kind"]): mail for mail in mails(services)}
    said = {topic: mail.get_body(("plain",)).get_content() for topic, mail in letters.items()}  # type: ignore[union-attr]
    for kind, (_, topic, _, _) in KINDS.items():
        text = said[f"{topic}_overdue"]
        assert "逾期5个工作日" in text
        assert "2022年6月30日" in text
        (entry,) = letters[f"{topic}_overdue"].iter_attachments()
        assert f"{kind}-{ids[kind]}@" in str(entry.get_payload(decode=True))
    assert "2022年4月1日至2022年6月30日" in said["report_overdue"]
    assert "请市教委专题研究。" in said["instruction_overdue"]
    assert "节能宣传周 2022" in said["event_overdue"]


def test_a_department_is_told_itself_and_its_organ_where_it_has_nobody(
    services: Services, cast: Cast
) -> None:
    with services.transaction() as tx:
        first, second = (
            add_unit(
                tx, f"JW-{n}", f"市教委{n}处", kind="department", parent_id=cast.joint, organ_id=cast.joint
            )
            for n in (1, 2)
        )
        in_first = add_person(tx, "first", "一处", (Role.OWNER, first))
        in_organ = add_person(tx, "organ", "机关", (Role.OWNER, cast.joint))
        report(tx, cast, unit_id=first)
        report(tx, cast, unit_id=second)
        report(tx, cast, unit_id=cast.joint)
    remind(services, morning(2022, 6, 30))
    relay(services, morning(2022, 6, 30))
    with services.reading() as tx:
        rows = tx.execute(
            select(OutboxRow.audience, OutboxRow.id)
            .where(OutboxRow.topic == "report_due")
            .order_by(OutboxRow.id)
        ).all()
        sent = tx.exec_driver_sql("SELECT outbox_id, person_id FROM delivery").all()
    to = {row.audience["unit_id"]: {person for outbox, person in sent if outbox == row.id} for row in rows}
    assert to == {first: {in_first}, second: {in_first, in_organ}, cast.joint: {in_first, in_organ}}


def test_every_kind_is_found_by_its_own_index(services: Services, cast: Cast) -> None:
    """The partial index on open due dates is found by the very statement that the scan runs."""
    with services.transaction() as tx:
        _many(tx, cast)
    if not services.database.is_sqlite:
        with services.transaction() as tx:
            tx.exec_driver_sql("ANALYZE")
    plans: list[str] = []

    def explain(connection: object, cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if "INTO reminder" in statement and "EXPLAIN" not in statement:
            prefix = "EXPLAIN QUERY PLAN " if services.database.is_sqlite else "EXPLAIN "
            with services.database.engine.connect() as other:
                plans.append("\n".join(map(str, other.exec_driver_sql(prefix + statement, parameters))))

    event.listen(services.database.engine, "after_cursor_execute", explain)
    remind(services, morning(2022, 7, 7))
    assert len(plans) == len(DATED)
    for dated, plan in zip(DATED, plans, strict=True):
        name = "named_event_open_ask_on" if dated.kind == "event" else f"{dated.kind}_open_due_on"
        assert f"ix_{name}" in plan, plan


def _many(tx: Connection, cast: Cast) -> None:
    """Of each kind one that is due, and thousands that are done or not due for long."""
    far = date(2040, 1, 1)
    many_milestones(tx, cast, [far] * 3000)
    milestones = list(tx.execute(select(Milestone.id)).scalars())
    numbers = range(3000)
    units = [add_unit(tx, f"U{n}", f"单位{n}") for n in range(3)]
    tx.execute(insert(Share), [
        {"task_id": cast.task, "milestone_id": milestone, "unit_id": units[0], "text": "-", "due_on": far,
         "state": ShareState.ISSUED, "issued_at": START} for milestone in milestones
    ])  # fmt: skip
    tx.execute(update(Share).where(Share.milestone_id == cast.milestone).values(due_on=DUE_ON))
    tasks = list(tx.execute(insert(Task).returning(Task.id), [
        {"plan_id": cast.plan, "number": 1000 + n, "name": "-", "printed_name": "-", "goal": "-", "printed_goal": "-",
         "state": "assigned", "assigned_at": START} for n in numbers
    ]).scalars())  # fmt: skip
    tx.execute(insert(WorkPlan), [{"task_id": task, "state": "approved", "due_on": DUE_ON} for task in tasks])
    filed = {"state": "filed", "due_on": DUE_ON, "unit_id": units[0], **PERIOD}
    tx.execute(insert(Report), [{"task_id": task, **filed} for task in tasks])
    days = [date.fromordinal(DUE_ON.toordinal() + n) for n in numbers]
    own = {"task_id": cast.task, "milestone_id": cast.milestone, "indicator_id": cast.indicator,
           "unit_id": cast.lead, "state": "attested", "due_on": DUE_ON, "upto_on": DUE_ON}  # fmt: skip
    tx.execute(insert(Attestation), [{**own, "from_on": day} for day in days])
    closed = {"task_id": cast.task, "unit_id": cast.joint, "text": "-", "state": "closed", "due_on": DUE_ON,
              "issued_at": START, "issued_by": cast.sven}  # fmt: skip
    tx.execute(insert(Instruction), [closed] * len(numbers))
    dated = {"plan_id": cast.plan, "year": 2022, "state": "dated", "ask_on": DUE_ON}
    tx.execute(insert(NamedEvent), [{**dated, "name": f"活动{n}"} for n in numbers])
    tx.execute(
        update(Milestone).where(Milestone.id == cast.second).values(due_basis=DueBasis.RULING, due_on=DUE_ON)
    )
    for _, _, _, make in KINDS.values():
        make(tx, cast)
