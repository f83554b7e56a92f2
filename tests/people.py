"""The fixed cast, and a small plan for them to work on. Factories are functions; late states are performed.

Olga owns, Rashid reviews for her unit (市机管局), Jun signs for a joint unit (市教委), Amira supervises in the
joint-meeting office and Sven signs off there, Ines inspects, Karl audits, Petra belongs to another unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, insert, select, update

from models import Approval, Grant, Indicator, Milestone, Part, Person, Plan, Programme, Task, Unit
from models.states import (
    Basis,
    Comparator,
    DueBasis,
    IndicatorKind,
    MilestoneState,
    Origin,
    PartRole,
    PartState,
    PersonState,
    PlanState,
    Role,
    TaskState,
    UnitKind,
)
from workflow import lifecycles  # noqa: F401  (every table enters itself in LAWS)
from workflow.acts import Event, perform
from workflow.attachments import Attachment
from workflow.bootstrap import Services
from workflow.law import LAWS
from workflow.offices import settle

START = datetime(2022, 1, 14, 1, 0, tzinfo=UTC)
"""9 o'clock in Shanghai on the day the plan was published."""


class HandClock:
    """A clock that moves when a test moves it."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def go_to(self, year: int, month: int, day: int, hour: int = 9) -> None:
        """Set to an hour of the office's day (UTC+8)."""
        self.now = datetime(year, month, day, hour - 8 if hour >= 8 else 0, tzinfo=UTC)


def add(tx: Connection, model: Any, **values: Any) -> int:
    """Insert a row as it is: its id."""
    return int(tx.execute(insert(model.__table__).returning(model.__table__.c.id), values).scalar_one())


def add_unit(tx: Connection, code: str, name: str, **more: Any) -> int:
    unit_id = add(tx, Unit, code=code, name=name, **{"kind": UnitKind.ORGAN, "aliases": [], **more})
    if more.get("kind", UnitKind.ORGAN) == UnitKind.ORGAN:
        tx.execute(update(Unit.__table__).where(Unit.__table__.c.id == unit_id).values(organ_id=unit_id))  # type: ignore[arg-type]
    return unit_id


def add_person(
    tx: Connection, login: str, name: str, *grants: tuple[Role, int | None], since: date = START.date()
) -> int:
    person_id = add(
        tx, Person, login=login, name=name, email=f"{login}@example.org", state=PersonState.ACTIVE,
        language="zh-Hans", unit_id=grants[0][1] if grants else None,
    )  # fmt: skip
    for role, unit_id in grants:
        add(tx, Grant, person_id=person_id, role=role, unit_id=unit_id, from_on=since)
    return person_id


@dataclass(frozen=True)
class Cast:
    """Everybody's id, their units, and one task with two years of milestones."""

    office: int
    lead: int
    joint: int
    other: int
    olga: int
    rashid: int
    lena: int
    jun: int
    amira: int
    sven: int
    ines: int
    karl: int
    petra: int
    plan: int
    task: int
    milestone: int
    second: int
    indicator: int
    second_indicator: int
    goal: int


def settle_cast(tx: Connection) -> Cast:
    """The cast in their units, and task 4 in miniature: 300 audits a year, 600 in all."""
    office = add_unit(tx, "LB", "市公共机构节能工作联席会议办公室", is_office=True)
    lead = add_unit(tx, "JGJ", "市机管局")
    joint = add_unit(tx, "JW", "市教委")
    other = add_unit(tx, "SWJ", "市水务局")
    people = {
        "olga": add_person(tx, "olga", "欧文洁", (Role.OWNER, lead)),
        "rashid": add_person(tx, "rashid", "任志德", (Role.REVIEWER, lead)),
        "lena": add_person(tx, "lena", "雷娜", (Role.LEADER, lead)),
        "jun": add_person(tx, "jun", "钟军", (Role.REVIEWER, joint)),
        "amira": add_person(tx, "amira", "安敏", (Role.SUPERVISOR, office)),
        "sven": add_person(tx, "sven", "沈文", (Role.SIGNATORY, office)),
        "ines": add_person(tx, "ines", "尹斯", (Role.INSPECTOR, office)),
        "karl": add_person(tx, "karl", "康乐", (Role.AUDITOR, None)),
        "petra": add_person(tx, "petra", "裴特", (Role.OWNER, other), (Role.REVIEWER, other)),
    }
    settle(tx, "office", {"issuer": "上海市公共机构节能工作联席会议办公室", "sealed_by": "上海市机关事务管理局",
                          "series": "沪机管督", "contact_person": "安敏", "contact_phone": "021-00000000",
                          "public_address": None})  # fmt: skip
    return Cast(office=office, lead=lead, joint=joint, other=other, **people, **_work(tx, lead, joint))


def _work(tx: Connection, lead: int, joint: int) -> dict[str, int]:
    plan = add(
        tx, Plan, code="shanghai-2022", title="上海市公共机构绿色低碳循环发展行动方案", printed_title="-", issuer="-",
        issued_on=START.date(), state=PlanState.ACTIVE, document="", document_sha256="", reading={}, imported_at=START,
    )  # fmt: skip
    programme = add(tx, Programme, plan_id=plan, ordinal=1, name="基础工程", printed_name="基礎工程")
    task = add(
        tx, Task, plan_id=plan, programme_id=programme, number=4, name="推进公共机构开展能源审计及后评估",
        printed_name="推進公共機構開展能源審計及後評估", goal="推动600家以上公共机构开展能源审计。", printed_goal="-",
        state=TaskState.ASSIGNED, origin=Origin.DOCUMENT, assigned_at=START,
    )  # fmt: skip
    for ordinal, (unit, role) in enumerate(((lead, PartRole.LEAD), (joint, PartRole.JOINT)), 1):
        add(tx, Part, task_id=task, unit_id=unit, role=role, ordinal=ordinal, state=PartState.ASSIGNED)
    goal = _indicator(tx, task, None, None, Decimal(600), None)
    first, first_indicator = _milestone(tx, task, 2022, date(2022, 12, 30), goal)
    second, second_indicator = _milestone(tx, task, 2023, date(2023, 12, 29), goal)
    return {
        "plan": plan, "task": task, "milestone": first, "second": second, "indicator": first_indicator,
        "second_indicator": second_indicator, "goal": goal,
    }  # fmt: skip


def _milestone(tx: Connection, task: int, year: int, due_on: date, goal: int) -> tuple[int, int]:
    milestone = add(
        tx, Milestone, task_id=task, year=year, text="300家能源审计", printed_text="300家能源審計",
        state=MilestoneState.PLANNED, due_on=due_on, due_basis=DueBasis.YEAR_END, due_rule="preceding",
    )  # fmt: skip
    return milestone, _indicator(tx, task, milestone, goal, Decimal(300), year)


def _indicator(
    tx: Connection, task: int, milestone: int | None, goal: int | None, quantity: Decimal, year: int | None
) -> int:
    return add(
        tx, Indicator, task_id=task, milestone_id=milestone, goal_id=goal, ordinal=1, metric="能源审计",
        quantity=quantity, unit="家", comparator=Comparator.AT_LEAST, basis=Basis.ANNUAL_INCREMENT,
        kind=IndicatorKind.COUNT, year=year,
    )  # fmt: skip


def do(services: Services, kind: str, subject: int, action: str, who: int | None, **more: Any) -> Event:
    """One act in its own transaction, at the services' time."""
    with services.transaction() as tx:
        return perform(tx, LAWS[kind], subject, action, who, services.clock(), **more)


def file(name: str = "报告.pdf", sha256: str = "0" * 64) -> Attachment:
    """An attachment as the evidence route would hand it over."""
    return Attachment(
        file_name=name, media_type="application/pdf", size=3, sha256=sha256, store_key=f"00/00/{sha256}",
        true_on=START.date(),
    )  # fmt: skip


def submit(services: Services, cast: Cast) -> int:
    """Olga brings the first milestone to its submission: the approval's id."""
    do(services, "task", cast.task, "acknowledge", cast.olga)
    do(services, "milestone", cast.milestone, "start", cast.olga)
    figures = {
        "figures": [{"indicator_id": cast.indicator, "quantity": "300"}],
        "as_of_on": services.clock().date(),
    }
    do(services, "milestone", cast.milestone, "report", cast.olga, details=figures)
    do(services, "milestone", cast.milestone, "attach", cast.olga, details=file())
    do(services, "milestone", cast.milestone, "submit", cast.olga, details={"text": "目标已完成。"})
    return approval_of(services, cast.milestone)


def approval_of(services: Services, milestone: int) -> int:
    """The latest approval by which a milestone is to be accepted."""
    return round_of(services, "milestone", milestone)


def round_of(services: Services, kind: str, subject: int) -> int:
    """The latest approval of what is decided by one: a milestone, an extension, an adjustment…"""
    own = select(Approval.id).where(Approval.subject_kind == kind, Approval.subject_id == subject)
    with services.reading() as tx:
        return int(tx.execute(own.order_by(Approval.round.desc()).limit(1)).scalar_one())


def sign(services: Services, kind: str, subject: int, *signers: int) -> None:
    """Each signs the latest approval of a subject, in turn."""
    for signer in signers:
        do(services, "approval", round_of(services, kind, subject), "approve", signer)


def accept(services: Services, cast: Cast) -> None:
    """The first milestone, through all three steps."""
    approval = submit(services, cast)
    for signer in (cast.rashid, cast.jun, cast.amira):
        do(services, "approval", approval, "approve", signer)
