"""Approvals to try moves on: the office of `offices.py` in the database, tasks ready to be handed in, definitions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Connection, insert, select, update

from models import Absence as AbsenceRow
from models import (
    Approval,
    Decision,
    Evidence,
    Grant,
    Milestone,
    Part,
    ProgressEntry,
    Seat,
    SignerGroup,
    SignerGroupMember,
    Task,
)
from models.states import (
    DueBasis,
    EvidenceState,
    MilestoneState,
    Origin,
    PartRole,
    PartState,
    Role,
    TaskState,
)
from tests.people import START, Cast, add, add_person, add_unit, do
from tests.workflow.approvals.offices import CAST, JOINT, PEOPLE, UNITS, Absence
from workflow.acts import Event
from workflow.approvals.definitions import Definition
from workflow.approvals.editions import enter
from workflow.bootstrap import Services
from workflow.law import LAWS

NUMBERS = count(100)
PLAN = "shanghai-2022"


@dataclass(frozen=True)
class Ground:
    """Ids of people by login and of units by code, and the milestone that is handed in."""

    services: Services
    people: Mapping[str, int]
    units: Mapping[str, int]
    plan: int
    task: int = 0
    milestone: int = 0

    @property
    def logins(self) -> dict[int, str]:
        return {id_: login for login, id_ in self.people.items()}

    @property
    def codes(self) -> dict[int, str]:
        return {id_: code for code, id_ in self.units.items()}

    def define(self, steps: list[dict[str, Any]], **more: Any) -> None:
        """A definition that holds for the whole plan: narrower than what ships."""
        body = {"key": "own", "purpose": "acceptance", "holds_for": {"plan": PLAN}, "steps": steps, **more}
        with self.services.transaction() as tx:
            enter(tx, Definition.model_validate(body), self.services.clock(), by=self.people["amira"])

    def fresh(self) -> Ground:
        """The same before a further task, with a milestone that is ready to be handed in."""
        with self.services.transaction() as tx:
            task, milestone = ready_task(tx, self)
        return replace(self, task=task, milestone=milestone)

    def submit(self, who: str = "olga", text: str = "目标已完成。") -> int:
        do(self.services, "milestone", self.milestone, "submit", self.people[who], details={"text": text})
        return self.approval

    @property
    def approval(self) -> int:
        """The latest round."""
        with self.services.reading() as tx:
            own = select(Approval.id).where(Approval.milestone_id == self.milestone)
            return int(tx.execute(own.order_by(Approval.id.desc()).limit(1)).scalar_one())

    def move(
        self, who: str | None, action: str, *, reason: str | None = "有不同意见。", **details: Any
    ) -> Event:
        """One move of the latest round; people in the details by login, seats as `step/holder`."""
        given = {name: self._found(name, value) for name, value in details.items()}
        actor = self.people[who] if who else None
        return do(
            self.services, "approval", self.approval, action, actor, reason=reason, details=given or None
        )

    def approve(self, *people: str) -> None:
        for who in people:
            self.move(who, "approve")

    def _found(self, name: str, value: Any) -> Any:
        if name in ("people", "mentions"):
            return [self.people[login] for login in value]
        if name == "person_id" and isinstance(value, str):
            return self.people[value]
        if name == "seat_id" and isinstance(value, str):
            return self.seat(value)
        return value

    def seat(self, name: str) -> int:
        """The latest seat of that name, e.g. `countersign/JW`."""
        return next(int(row.id) for row in reversed(self.rows(Seat)) if self.named(row) == name)

    def named(self, seat: Any) -> str:
        """A step's seat by its person, else by its unit."""
        holder = self.logins[seat.person_id] if seat.person_id else self.codes[seat.unit_id]
        return f"{seat.step_key}/{holder}"

    def rows(self, model: Any) -> list[Any]:
        """Of the latest round: its seats, decisions…"""
        with self.services.reading() as tx:
            own = select(model.__table__).where(model.approval_id == self.approval)
            return list(tx.execute(own.order_by(model.id)))

    @property
    def seats(self) -> dict[str, str]:
        """State by name; of seats of one name the latest."""
        return {self.named(row): str(row.state) for row in self.rows(Seat)}

    @property
    def asked(self) -> list[str]:
        """The seats that are open."""
        return sorted(name for name, state in self.seats.items() if state == "open")

    @property
    def decisions(self) -> list[tuple[str, str | None]]:
        """Verdict and who gave it, in order."""
        return [(str(row.verdict), self.logins.get(row.decided_by)) for row in self.rows(Decision)]

    @property
    def state(self) -> str:
        with self.services.reading() as tx:
            return str(tx.execute(select(Approval.state).where(Approval.id == self.approval)).scalar_one())

    @property
    def milestone_state(self) -> str:
        with self.services.reading() as tx:
            return str(tx.execute(select(Milestone.state).where(Milestone.id == self.milestone)).scalar_one())

    def offers(self, who: str) -> set[str]:
        """What the law offers somebody with nothing missing."""
        with self.services.reading() as tx:
            law = LAWS["approval"]
            standing = law.load(tx, [self.approval], self.people[who], self.services.clock())[self.approval]
            return (
                {action.name for action, missing in law.open_to(standing) if not missing}
                if standing.seen
                else set()
            )

    def absence(self, *absences: Absence) -> None:
        with self.services.transaction() as tx:
            for each in absences:
                add(tx, AbsenceRow, person_id=self.people[each.person], substitute_id=self.people[each.substitute],
                    from_on=each.first, to_on=each.last)  # fmt: skip

    def group(self, code: str, *logins: str) -> None:
        with self.services.transaction() as tx:
            group = add(tx, SignerGroup, code=code, name=code)
            for ordinal, login in enumerate(logins):
                add(tx, SignerGroupMember, group_id=group, person_id=self.people[login], ordinal=ordinal)


def settle(services: Services, cast: Cast) -> Ground:
    """The office of `offices.py` around the cast."""
    units = {"LB": cast.office, "JGJ": cast.lead, "JW": cast.joint, "SWJ": cast.other}
    people = {login: int(getattr(cast, login)) for login in CAST}
    with services.transaction() as tx:
        for code in sorted(set(UNITS) - set(units)):
            units[code] = add_unit(tx, code, UNITS[code])
        for login in PEOPLE:
            if login not in people:
                people[login] = _hired(tx, login, units)
    return Ground(services, people, units, cast.plan)


def _hired(tx: Connection, login: str, units: Mapping[str, int]) -> int:
    person = add_person(tx, login, login, *((Role(g.role), units[str(g.unit)]) for g in PEOPLE[login]))
    for grant in PEOPLE[login]:
        if grant.days is not None:
            own = (
                Grant.person_id == person,
                Grant.role == Role(grant.role),
                Grant.unit_id == units[str(grant.unit)],
            )
            tx.execute(update(Grant).where(*own).values(to_on=START.date() + timedelta(days=grant.days)))
    return person


def ready_task(tx: Connection, ground: Ground) -> tuple[int, int]:
    """A task of the lead and three joint units under way, its one milestone reported and evidenced."""
    number = next(NUMBERS)
    task = add(
        tx, Task, plan_id=ground.plan, number=number, name=f"任务{number}", printed_name="-", goal="-",
        printed_goal="-", state=TaskState.IN_PROGRESS, origin=Origin.DOCUMENT, assigned_at=START,
    )  # fmt: skip
    parts = [("JGJ", PartRole.LEAD), *((code, PartRole.JOINT) for code in JOINT)]
    rows = [
        {
            "task_id": task,
            "unit_id": ground.units[code],
            "role": role,
            "ordinal": n,
            "state": PartState.ACKNOWLEDGED,
        }
        for n, (code, role) in enumerate(parts, 1)
    ]
    tx.execute(insert(Part), rows)
    milestone = add(
        tx, Milestone, task_id=task, year=2022, text="完成", printed_text="完成", state=MilestoneState.IN_PROGRESS,
        due_on=date(2022, 12, 30), due_basis=DueBasis.YEAR_END, due_rule="preceding",
    )  # fmt: skip
    own = {"task_id": task, "milestone_id": milestone, "unit_id": ground.units["JGJ"]}
    olga = ground.people["olga"]
    add(tx, ProgressEntry, **own, note="已完成。", as_of_on=START.date(), reported_at=START, reported_by=olga)
    add(
        tx, Evidence, **own, file_name="报告.pdf", media_type="application/pdf", size=3, sha256="0" * 64,
        store_key="00/00/" + "0" * 64, true_on=START.date(), state=EvidenceState.ATTACHED, attached_at=START,
        attached_by=olga,
    )  # fmt: skip
    return task, milestone
