"""The facts that acts on a plan and its findings are judged by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, exists, or_, select

from models import Appointment, Finding, Grant, Meeting, Plan, Programme, Unit
from models.states import FindingState, PartRole, PlanState, Role, UnitKind
from workflow.actors import Actor
from workflow.civil import day_of
from workflow.gathering import children, gather
from workflow.rulings import drafted, indicator_keys
from workflow.standings.columns import actor_from, grants_of, who


@dataclass(frozen=True, slots=True)
class OpenFinding:
    ordinal: int
    task_number: int | None
    field: str


@dataclass(frozen=True, slots=True)
class ProposedLead:
    """A task's lead unit and whether it has people who can do the work today."""

    task_number: int
    unit_id: int
    unit: str
    has_owner: bool
    has_reviewer: bool


@dataclass(frozen=True, slots=True)
class Citable:
    """What an item opened by hand may name: programmes of its plan, units that can lead it, meetings."""

    programmes: frozenset[int]
    staffed: frozenset[int | None]
    """Organs with somebody who owns and somebody who reviews today."""
    meetings: Mapping[int, int]
    """By id: how many decisions it took."""


@dataclass(frozen=True, slots=True)
class PlanStanding:
    id: int
    state: str
    version: int
    actor: Actor
    open_discrepancies: tuple[OpenFinding, ...]
    leads: tuple[ProposedLead, ...]
    task_numbers: tuple[int, ...]
    organs: frozenset[int]
    """Units that can be given a part: present organs, no departments or groups."""
    citable: Citable
    definitions: tuple[Mapping[str, Any], ...] = ()
    """Definition cards entered for it: task, year, metric, card."""
    indicators: frozenset[tuple[int, int | None, str]] = frozenset()
    """Of a draft: (task, year, metric) of all that could have one."""

    @property
    def seen(self) -> bool:
        """Everybody signed in may know of a plan; its tasks have their own rule."""
        return True


@dataclass(frozen=True, slots=True)
class FindingStanding:
    id: int
    state: str
    version: int
    actor: Actor
    sort: str
    field: str
    task_number: int | None
    plan_state: str
    organs: frozenset[int]

    @property
    def seen(self) -> bool:
        return self.actor.is_system or self.actor.sees_all


def _held_in(role: Role, unit_id: Any) -> Any:
    return exists().where(
        Grant.role == role,
        Grant.unit_id == Unit.id,
        Grant.from_on <= bindparam("today"),
        or_(Grant.to_on.is_(None), Grant.to_on >= bindparam("today")),
        Unit.organ_id == unit_id,
    )


@cache
def _plans() -> Select[Any]:
    open_ones = and_(
        Finding.plan_id == Plan.id, Finding.sort == "discrepancy", Finding.state == FindingState.OPEN,
        Finding.kind.is_distinct_from("equivalent"),
    )  # fmt: skip
    return select(
        Plan.id, Plan.state, Plan.version, Plan.definitions,
        gather(Finding.ordinal, Finding.task_number, Finding.field, where=open_ones, of=Plan).label("open"),
        gather(Appointment.task_number, where=Appointment.plan_id == Plan.id, of=Plan).label("numbers"),
        grants_of(Plan).label("grants"),
    ).where(Plan.id.in_(bindparam("ids", expanding=True)))  # fmt: skip


@cache
def _leads() -> Select[Any]:
    lead = Unit.__table__.alias("lead")
    return (
        select(
            Appointment.plan_id, Appointment.task_number, Appointment.unit_id, lead.c.name,
            _held_in(Role.OWNER, Appointment.unit_id).correlate(Appointment).label("has_owner"),
            _held_in(Role.REVIEWER, Appointment.unit_id).correlate(Appointment).label("has_reviewer"),
        )
        .join(lead, lead.c.id == Appointment.unit_id)
        .where(Appointment.plan_id.in_(bindparam("ids", expanding=True)), Appointment.role == PartRole.LEAD)
        .order_by(Appointment.task_number)
    )  # fmt: skip


def _organs(tx: Connection) -> frozenset[int]:
    """A directory has hundreds, never more."""
    present = select(Unit.id).where(Unit.kind == UnitKind.ORGAN, Unit.ended_on.is_(None))
    return frozenset(tx.execute(present).scalars())


STAFFED = (
    select(Unit.organ_id, Grant.role)
    .join(Unit, Unit.id == Grant.unit_id)
    .where(
        Grant.role.in_((Role.OWNER, Role.REVIEWER)),
        Grant.from_on <= bindparam("today"),
        or_(Grant.to_on.is_(None), Grant.to_on >= bindparam("today")),
    )
    .distinct()
)


def _citable(tx: Connection, plan_ids: Sequence[int], now: datetime) -> dict[int, Citable]:
    """By plan. Meetings and organs are an office's own few."""
    found: dict[str, set[int | None]] = {Role.OWNER: set(), Role.REVIEWER: set()}
    for organ_id, role in tx.execute(STAFFED, {"today": day_of(now)}):
        found[role].add(organ_id)
    staffed = found[Role.OWNER] & found[Role.REVIEWER]
    meetings = {row.id: len(row.decisions) for row in tx.execute(select(Meeting.id, Meeting.decisions))}
    programmes: dict[int, set[int]] = {plan_id: set() for plan_id in plan_ids}
    named = select(Programme.plan_id, Programme.id).where(Programme.plan_id.in_(plan_ids))
    for plan_id, programme_id in tx.execute(named):
        programmes[plan_id].add(programme_id)
    return {
        plan_id: Citable(frozenset(own), frozenset(staffed), meetings) for plan_id, own in programmes.items()
    }


def _indicators(tx: Connection, row: Any) -> frozenset[tuple[int, int | None, str]]:
    """Only a draft's are asked for: its reading is read once more, with the rulings so far."""
    return (
        frozenset(indicator_keys(drafted(tx, row.id).tasks)) if row.state == PlanState.DRAFT else frozenset()
    )


def load_plans(
    tx: Connection, ids: Sequence[int], actor_id: int | None, now: datetime
) -> Mapping[int, PlanStanding]:
    """Standings of plans by id."""
    bound = {"ids": list(ids), **who(actor_id, now)}
    organs, leads = _organs(tx), dict[int, list[ProposedLead]]()
    citable = _citable(tx, ids, now)
    for plan_id, *lead in tx.execute(_leads(), bound):
        leads.setdefault(plan_id, []).append(ProposedLead(*lead))
    return {
        row.id: PlanStanding(
            row.id, row.state, row.version, actor_from(actor_id, row.grants),
            tuple(sorted(children(row.open, OpenFinding), key=lambda f: f.ordinal)), tuple(leads.get(row.id, ())),
            tuple(sorted(set(children(row.numbers, int)))), organs, citable[row.id],
            tuple(row.definitions or ()), _indicators(tx, row),
        )
        for row in tx.execute(_plans(), bound).all()
    }  # fmt: skip


def load_findings(
    tx: Connection, ids: Sequence[int], actor_id: int | None, now: datetime
) -> Mapping[int, FindingStanding]:
    """Standings of findings by id."""
    organs = _organs(tx)
    statement = select(
        Finding.id, Finding.state, Finding.version, Finding.sort, Finding.field, Finding.task_number,
        Plan.state.label("plan_state"), grants_of((Finding, Plan)).label("grants"),
    ).join(Plan, Plan.id == Finding.plan_id).where(Finding.id.in_(ids))  # fmt: skip
    return {
        row.id: FindingStanding(
            row.id, row.state, row.version, actor_from(actor_id, row.grants), row.sort, row.field,
            row.task_number, row.plan_state, organs,
        )
        for row in tx.execute(statement, who(actor_id, now))
    }  # fmt: skip
