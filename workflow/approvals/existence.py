"""Whether what a definition names is there: plans, people, groups of signers, and whoever could sign at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, or_, select

from models import (
    ApprovalDefinition,
    Grant,
    Person,
    Plan,
    Programme,
    SignerGroup,
    SignerGroupMember,
    Task,
    Unit,
)
from models.states import AtLimit, PersonState, Role
from workflow.approvals.definitions import Definition, Of, OwnSubmission, Scope, Step
from workflow.approvals.remarks import Path, Remark, warning
from workflow.approvals.soundness import Remarks, may_lack_superior, too_few
from workflow.errors import Missing


@dataclass(frozen=True, slots=True)
class Scoped:
    """The rows that a scope names; None: it names none, or one that is not there."""

    plan_id: int | None
    programme_id: int | None
    task_id: int | None

    @classmethod
    def of(cls, tx: Connection, scope: Scope) -> Scoped:
        plan = _one(tx, scope.plan, select(Plan.id).where(Plan.code == scope.plan))
        programme = Programme.plan_id == plan, Programme.ordinal == scope.programme
        task = Task.plan_id == plan, Task.number == scope.task
        return cls(
            plan,
            _one(tx, scope.programme, select(Programme.id).where(*programme)),
            _one(tx, scope.task, select(Task.id).where(*task)),
        )

    def against(self, scope: Scope) -> tuple[tuple[str, str | int | None, int | None], ...]:
        """(field, what the scope names, its row) for each."""
        return (
            ("plan", scope.plan, self.plan_id),
            ("programme", scope.programme, self.programme_id),
            ("task", scope.task, self.task_id),
        )

    def has_all(self, scope: Scope) -> bool:
        return all((value is None) is (row is None) for _, value, row in self.against(scope))


def _one(tx: Connection, named: Any, statement: Any) -> int | None:
    found: int | None = None if named is None else tx.execute(statement).scalar_one_or_none()
    return found


def check(tx: Connection, definition: Definition, on: date) -> Remarks:
    """Every fault and every warning, as things stand on a day."""
    scoped = Scoped.of(tx, definition.holds_for)
    yield from _scope(definition.holds_for, scoped)
    yield from _programmes(tx, definition, scoped)
    yield from _purpose(tx, definition)
    yield from _taken_over(tx, definition, scoped)
    yield from _people(tx, definition)
    for number, step in enumerate(definition.steps):
        if step.group is not None:
            yield from _group(tx, number, step)
    yield from _office(tx, definition, on)


def _scope(scope: Scope, found: Scoped) -> Remarks:
    for name, value, row in found.against(scope):
        if value is not None and row is None and (name == "plan" or found.plan_id is not None):
            yield Remark(("holds_for", name), Missing("scope_known", {"value": value}))


def _programmes(tx: Connection, definition: Definition, scoped: Scoped) -> Remarks:
    """Programmes that conditions ask for are those of the plan."""
    if scoped.plan_id is None:
        return
    known = set(tx.execute(select(Programme.ordinal).where(Programme.plan_id == scoped.plan_id)).scalars())
    for number, step in enumerate(definition.steps):
        for n, programme in enumerate(step.only_if.programmes if step.only_if else ()):
            if programme not in known:
                path = ("steps", number, "only_if", "programmes", n)
                yield Remark(path, Missing("scope_known", {"value": programme}))


def _purpose(tx: Connection, definition: Definition) -> Remarks:
    """Editions under one key are for one purpose."""
    table: Any = ApprovalDefinition.__table__
    other = table.c.key == definition.key, table.c.purpose != definition.purpose
    if tx.execute(select(table.c.id).where(*other).limit(1)).first() is not None:
        yield Remark(("purpose",), Missing("definition_purpose_of_key", {"key": definition.key}))


def _taken_over(tx: Connection, definition: Definition, scoped: Scoped) -> Remarks:
    """Of two that hold for the same, the one entered later is taken: say which gives way."""
    if not scoped.has_all(definition.holds_for):
        return
    table: Any = ApprovalDefinition.__table__
    same = select(table.c.key).where(
        table.c.purpose == definition.purpose, table.c.superseded_at.is_(None), table.c.key != definition.key,
        table.c.plan_id.is_not_distinct_from(scoped.plan_id),
        table.c.programme_id.is_not_distinct_from(scoped.programme_id),
        table.c.task_id.is_not_distinct_from(scoped.task_id),
        table.c.kind.is_not_distinct_from(definition.holds_for.kind),
    )  # fmt: skip
    for key in tx.execute(same.order_by(table.c.key)).scalars():
        yield warning(("key",), Missing("definition_takes_over", {"other": key}))


def _people(tx: Connection, definition: Definition) -> Remarks:
    """Everybody named has an account and has not left."""
    named = {login for step in definition.steps for login in step.people}
    if not named:
        return
    here = select(Person.login).where(Person.login.in_(named), Person.state != PersonState.DEPARTED)
    known = set(tx.execute(here).scalars())
    for number, step in enumerate(definition.steps):
        for n, login in enumerate(step.people):
            if login not in known:
                yield Remark(
                    ("steps", number, "people", n), Missing("definition_person_known", {"login": login})
                )


def _group(tx: Connection, number: int, step: Step) -> Remarks:
    path: Path = ("steps", number, "group")
    group = select(SignerGroup.id).where(SignerGroup.code == step.group, SignerGroup.ended_on.is_(None))
    found = tx.execute(group).scalar_one_or_none()
    if found is None:
        yield Remark(path, Missing("definition_group_known", {"group": step.group}))
        return
    members = (
        select(Person.id)
        .join(SignerGroupMember, SignerGroupMember.person_id == Person.id)
        .where(SignerGroupMember.group_id == found, Person.state != PersonState.DEPARTED)
    )
    count = len(tx.execute(members).all())
    if count == 0:
        yield warning(path, Missing("definition_group_empty", {"group": step.group}))
    else:
        yield from too_few(number, step, count)


def _office(tx: Connection, definition: Definition, on: date) -> Remarks:
    """Roles of the office that nobody holds; and its leader, who is above whoever has nobody else above them."""
    held = _roles_of_office(tx, on)
    for number, step in enumerate(definition.steps):
        if step.of is Of.OFFICE and step.role is not None and not held & _signing(step.role):
            yield warning(
                ("steps", number, "role"), Missing("definition_role_unheld", {"role": step.role.value})
            )
    if Role.LEADER not in held:
        yield from _leaderless(definition)


def _signing(role: Role) -> set[str]:
    """Where the office accepts, a leader of the office may do so in the supervisor's place."""
    return {role, Role.LEADER} if role is Role.SUPERVISOR else {role}


def _roles_of_office(tx: Connection, on: date) -> set[str]:
    statement = (
        select(Grant.role)
        .join(Unit, Unit.id == Grant.unit_id)
        .join(Person, Person.id == Grant.person_id)
        .where(
            Unit.is_office, Person.state != PersonState.DEPARTED, Grant.from_on <= on,
            or_(Grant.to_on.is_(None), Grant.to_on >= on),
        )
    )  # fmt: skip
    return set(tx.execute(statement).scalars())


def _leaderless(definition: Definition) -> Iterator[Remark]:
    missing = Missing("definition_no_superior")
    if definition.own_submission is OwnSubmission.SUPERIOR:
        yield warning(("own_submission",), missing)
    for number, step in enumerate(definition.steps):
        if may_lack_superior(step):
            yield warning(("steps", number, "superior_of"), missing)
        if step.limit is not None and step.limit.then is AtLimit.ESCALATE:
            yield warning(("steps", number, "limit", "then"), missing)
