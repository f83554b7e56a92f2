"""The ground for a load: units with their people, tasks with milestones soon due, a token for everybody.

Tasks of the last two units are left alone by the load: nobody works on them, so that what the clock owes them
is known beforehand, day by day.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy import Connection, insert

from models import Credential, Indicator, Milestone, Part, Plan, Programme, Task
from models.states import (
    Basis,
    Comparator,
    DueBasis,
    IndicatorKind,
    MilestoneState,
    PartRole,
    PartState,
    PlanState,
    Role,
    TaskState,
)
from tests.people import START, add, add_person, add_unit
from workflow.adapters.clocks import DemoClock
from workflow.bootstrap import Services, Settings, bootstrap
from workflow.calendar import working_calendar
from workflow.deadlines import WorkingCalendar
from workflow.offices import settle

LEADS = 4
TASKS = 8
DUE_AFTER = (1, 5, 12, 20)
"""Working days from the plan's day to the due dates: odd tasks take the first and third, even ones the others."""
BEGIN_AFTER = 14
"""Working days from the plan's day to the first one played: some work is late by then, and soon earns the red card."""
TARGET = Decimal(300)


@dataclass(frozen=True)
class Player:
    """Somebody who acts: an id, a role in a unit, a secret."""

    id: int
    role: Role
    unit_id: int
    token: str


@dataclass
class Ground:
    """Where the load is played: settings, who plays, and what they work on."""

    settings: Settings
    folder: Path
    calendar: WorkingCalendar
    begin: date
    """The first day that is played."""
    players: list[Player] = field(default_factory=list)
    indicators: dict[int, int] = field(default_factory=dict)
    """Indicator by milestone."""
    untouched: dict[int, date] = field(default_factory=dict)
    """Due date of each milestone that nobody works on."""
    idle_tasks: set[int] = field(default_factory=set)
    tasks: dict[int, int] = field(default_factory=dict)
    """Task by milestone."""

    def open(self) -> Services:
        """Services of one's own over the same database, as another process would have them."""
        return bootstrap(self.settings)

    def milestones_of(self, task_id: int) -> list[int]:
        return [milestone for milestone, task in self.tasks.items() if task == task_id]

    def holders(self, role: str, unit_id: int) -> set[int]:
        return {p.id for p in self.players if p.role == role and p.unit_id == unit_id}


def lay_ground(url: str, folder: Path) -> Ground:
    """A database marked demo, its clock at the first day played, and everybody in place."""
    plain = Settings(database=url, store=str(folder / "evidence"), mail=f"maildir:{folder / 'mail'}")
    services = bootstrap(plain)
    with services.transaction() as tx:
        calendar = working_calendar(tx)
        begin = calendar.add(START.date(), BEGIN_AFTER)
        clock = DemoClock(folder / "clock")
        clock.set(morning(begin))
        ground = Ground(plain.model_copy(update={"clock": f"demo:{clock.path}"}), folder, calendar, begin)
        settle(tx, "demo", {"seed": 1})
        _people_and_tasks(tx, ground)
    services.close()
    return ground


def _people_and_tasks(tx: Connection, ground: Ground) -> None:
    office = add_unit(tx, "LB", "市公共机构节能工作联席会议办公室", is_office=True)
    settle(tx, "office", {"issuer": "上海市公共机构节能工作联席会议办公室", "sealed_by": "上海市机关事务管理局",
                          "series": "沪机管督", "contact_person": "安敏", "contact_phone": "021-00000000"})  # fmt: skip
    for role in (Role.SUPERVISOR, Role.SUPERVISOR, Role.SIGNATORY):
        _player(tx, ground, role, office)
    leads = [add_unit(tx, f"L{n}", f"第{n}责任单位") for n in range(1, LEADS + 1)]
    joint = add_unit(tx, "JW", "市教委")
    for unit in (*leads, joint):
        for role in (Role.OWNER, Role.REVIEWER, Role.LEADER):
            _player(tx, ground, role, unit)
    _tasks(tx, ground, leads, joint)


def _player(tx: Connection, ground: Ground, role: Role, unit_id: int) -> None:
    number = len(ground.players) + 1
    person_id = add_person(tx, f"p{number}", f"第{number}人", (role, unit_id))
    token = f"token-of-{number}"
    tx.execute(
        insert(Credential),
        {
            "person_id": person_id, "kind": "token", "scopes": ["read", "act"], "created_at": START, "seen_at": START,
            "secret_hash": hashlib.sha256(token.encode()).hexdigest(), "expires_at": START + timedelta(days=9999),
        },
    )  # fmt: skip
    ground.players.append(Player(person_id, role, unit_id, token))


def _tasks(tx: Connection, ground: Ground, leads: list[int], joint: int) -> None:
    plan = add(
        tx, Plan, code="load", title="方案", printed_title="方案", issuer="局", state=PlanState.ACTIVE, document="",
        document_sha256="", reading={}, imported_at=START, issued_on=START.date(),
    )  # fmt: skip
    programme = add(tx, Programme, plan_id=plan, ordinal=1, name="基础工程", printed_name="基礎工程")
    for number in range(1, TASKS + 1):
        task = add(
            tx, Task, plan_id=plan, programme_id=programme, number=number, name=f"第{number}项任务", printed_name="-",
            goal="-", printed_goal="-", state=TaskState.ASSIGNED, assigned_at=START,
        )  # fmt: skip
        lead = leads[number % LEADS]
        for ordinal, (unit, role) in enumerate(((lead, PartRole.LEAD), (joint, PartRole.JOINT)), 1):
            add(tx, Part, task_id=task, unit_id=unit, role=role, ordinal=ordinal, state=PartState.ASSIGNED)
        if number > TASKS - 2:
            ground.idle_tasks.add(task)
        for days in DUE_AFTER[::2] if number % 2 else DUE_AFTER[1::2]:
            _milestone(tx, ground, task, days)


def _milestone(tx: Connection, ground: Ground, task: int, days: int) -> None:
    due_on = ground.calendar.add(START.date(), days)
    milestone = add(
        tx, Milestone, task_id=task, year=2022, text="300家能源审计", printed_text="-", due_on=due_on,
        state=MilestoneState.PLANNED, due_basis=DueBasis.RULING, due_rule="preceding",
    )  # fmt: skip
    ground.indicators[milestone] = add(
        tx, Indicator, task_id=task, milestone_id=milestone, ordinal=1, metric="能源审计", quantity=TARGET, unit="家",
        comparator=Comparator.AT_LEAST, basis=Basis.ANNUAL_INCREMENT, kind=IndicatorKind.COUNT, year=2022,
    )  # fmt: skip
    ground.tasks[milestone] = task
    if task in ground.idle_tasks:
        ground.untouched[milestone] = due_on


def morning(on: date) -> datetime:
    """9 o'clock in Shanghai."""
    return START + timedelta(days=(on - START.date()).days)


def done_by(part: str) -> str:
    """The file in which one of several of a kind says how far it has come. No dot: a clock's file is written beside,
    under another ending, and no two may share that."""
    return f"done-{part.replace('.', '-')}"
