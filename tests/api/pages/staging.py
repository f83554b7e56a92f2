"""A board worth looking at: the real plan, confirmed, and worked on by acts until the June of its second year."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from sqlalchemy import select

from models import Criteria, Criterion, Finding, Indicator, Milestone, Notice, Part, Person, Task
from models.states import IndicatorKind, PartRole, Role
from schedules.watch import light, raise_cards
from tests.people import HandClock, add_person, approval_of, do, file
from tests.workflow.plans.conftest import reading, settle_units, simplified, staff, text
from workflow.bootstrap import Services
from workflow.offices import settle
from workflow.plans import import_plan

OFFICE: dict[str, object] = {
    "issuer": "上海市公共机构节能工作联席会议办公室", "sealed_by": "上海市机关事务管理局", "series": "沪机管督",
    "contact_person": "安敏", "contact_phone": "021-00000000", "public_address": None,
}  # fmt: skip
LATE = {16: "red", 31: "red", 25: "yellow", 20: "yellow"}
POINTS = ["已印发工作方案", "已召开推进会议", "已形成阶段总结"]
WAITING, SUSPENDED, CANCELLED = 7, 12, 33


class Stage:
    """The plan on its way. People are told apart by login: owner7 and reviewer7 belong to unit 7."""

    def __init__(self, services: Services, clock: HandClock, *, demo: bool = True) -> None:
        self.services, self.clock, self.chance = services, clock, Random(36)
        with services.transaction() as tx:
            units = settle_units(tx)
            staff(tx, units)
            self.amira = add_person(tx, "amira", "安敏", (Role.SUPERVISOR, units["office"]))
            self.sven = add_person(tx, "sven", "沈文", (Role.SIGNATORY, units["office"]))
            settle(tx, "office", OFFICE)
            if demo:
                settle(tx, "demo", {})
            people = tx.execute(select(Person.login, Person.id)).all()
        self.people = {row.login: row.id for row in people}

    def confirm(self) -> None:
        """Import the plan, note every contradiction, assign the tasks."""
        with self.services.transaction() as tx:
            now = self.clock()
            self.plan = import_plan(tx, "shanghai-2022", reading(), text(), simplified, self.amira, now)
            found = tx.execute(select(Finding.id).where(Finding.sort == "discrepancy")).scalars().all()
        for finding in found:
            do(
                self.services,
                "finding",
                finding,
                "rule",
                self.amira,
                details={"take": "note"},
                reason="经研究",
            )
        do(self.services, "plan", self.plan, "confirm", self.amira)

    def play(self) -> None:
        """A year and a half: most of the first year accepted, some late, one waiting, one suspended."""
        with self.services.reading() as tx:
            tasks = tx.execute(select(Task.id, Task.number).order_by(Task.number)).all()
        for task in tasks:
            self._work(task.id, task.number)
        self.clock.go_to(2023, 6, 12)
        light(self.services, self.clock())
        raise_cards(self.services, self.clock())
        with self.services.reading() as tx:
            notices = tx.execute(select(Notice.id).order_by(Notice.id)).scalars().all()
        for notice in notices:
            do(self.services, "notice", notice, "sign_off", self.sven)
            do(self.services, "notice", notice, "issue", self.amira)

    def _work(self, task: int, number: int) -> None:
        with self.services.reading() as tx:
            lead = tx.execute(_unit(task, PartRole.LEAD)).scalar_one()
            milestones = tx.execute(
                select(Milestone.id, Milestone.year, Milestone.due_on)
                .where(Milestone.task_id == task)
                .order_by(Milestone.year)
            ).all()
        owner = self.people[f"owner{lead}"]
        self.clock.go_to(2022, 1, 20)
        do(self.services, "task", task, "acknowledge", owner)
        for milestone in milestones:
            if milestone.year == 2022:
                self._first_year(task, number, milestone, owner)
            elif self.chance.random() < 0.7 and number not in LATE:
                self._begin(milestone.id, owner, date(2023, 5, 8), Decimal(self.chance.randint(2, 7)) / 10)
        if number in (SUSPENDED, CANCELLED):
            self.clock.go_to(2023, 4, 3)
            do(
                self.services,
                "task",
                task,
                {SUSPENDED: "suspend", CANCELLED: "cancel"}[number],
                self.amira,
                reason="等待立项",
            )

    def _first_year(self, task: int, number: int, milestone: Any, owner: int) -> None:
        if LATE.get(number) == "yellow":
            self.clock.go_to(2022, 12, 1)
            moved = {"due_on": date(2023, 6, 5), "basis": "ruling"}
            do(
                self.services,
                "milestone",
                milestone.id,
                "redate",
                self.amira,
                details=moved,
                reason="经会议研究",
            )
        share = Decimal("0.6") if number in LATE else Decimal(1)
        self._begin(
            milestone.id, owner, milestone.due_on - timedelta(days=self.chance.randint(12, 90)), share
        )
        if number in LATE:
            return
        do(self.services, "milestone", milestone.id, "submit", owner, details={"text": "目标已完成。"})
        if number != WAITING:
            self._approve(milestone.id, task)

    def _begin(self, milestone: int, owner: int, on: date, share: Decimal) -> None:
        """Start, report a share of every target, attach a file."""
        self.clock.go_to(on.year, on.month, on.day)
        do(self.services, "milestone", milestone, "start", owner)
        judged = self._is_judged(milestone)
        if judged:
            do(self.services, "milestone", milestone, "draft_criteria", owner, details={"points": POINTS})
            do(self.services, "criteria", self._criteria(milestone), "approve", self.amira)
        with self.services.reading() as tx:
            targets = tx.execute(
                select(Indicator.id, Indicator.quantity).where(
                    Indicator.milestone_id == milestone, Indicator.quantity.is_not(None)
                )
            ).all()
        figures = [{"indicator_id": key, "quantity": str(_portion(target, share))} for key, target in targets]
        done = {"figures": figures, "note": "按计划推进。", "as_of_on": on}
        do(self.services, "milestone", milestone, "report", owner, details=done)
        seal = hashlib.sha256(str(milestone).encode()).hexdigest()
        points = self._points(milestone) if judged else []
        attached = file(sha256=seal).model_copy(update={"criteria": points})
        do(self.services, "milestone", milestone, "attach", owner, details=attached)

    def _is_judged(self, milestone: int) -> bool:
        of = (Indicator.milestone_id == milestone, Indicator.kind == IndicatorKind.JUDGED)
        with self.services.reading() as tx:
            return tx.execute(select(Indicator.id).where(*of)).first() is not None

    def _criteria(self, milestone: int) -> int:
        with self.services.reading() as tx:
            found = select(Criteria.id).where(Criteria.milestone_id == milestone)
            return int(tx.execute(found).scalar_one())

    def _points(self, milestone: int) -> list[int]:
        with self.services.reading() as tx:
            return list(tx.execute(select(Criterion.id).where(Criterion.milestone_id == milestone)).scalars())

    def _approve(self, milestone: int, task: int) -> None:
        approval = approval_of(self.services, milestone)
        with self.services.reading() as tx:
            units = [
                *tx.execute(_unit(task, PartRole.LEAD)).scalars(),
                *tx.execute(_unit(task, PartRole.JOINT)).scalars(),
            ]
        for unit in units:
            do(self.services, "approval", approval, "approve", self.people[f"reviewer{unit}"])
        marks = [{"criterion_id": point, "mark": "met"} for point in self._points(milestone)]
        do(self.services, "approval", approval, "approve", self.amira, details={"marks": marks})


def _portion(target: Decimal | None, share: Decimal) -> Decimal:
    """Whole things are reported whole."""
    target = target or Decimal(0)
    part = target * share
    return part if target != target.to_integral_value() else part.to_integral_value()


def _unit(task: int, role: PartRole) -> Any:
    return select(Part.unit_id).where(Part.task_id == task, Part.role == role).order_by(Part.ordinal)
