"""From a definition to seats: which steps a subject has, and whose seats are in each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, or_, select

from models import Grant, Person, SignerGroup, SignerGroupMember, Unit
from models.states import PersonState, Role, SeatState, StepMode
from workflow.approvals.definitions import (
    SUBMITTER,
    Condition,
    Definition,
    Of,
    OwnSubmission,
    Step,
    WhenEmpty,
)
from workflow.directory.superiors import superior_of
from workflow.errors import Missing, NotReady
from workflow.facts import SeatFact, UnderTask


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose a seat is: a role's in a unit, or a person's."""

    role: Role | None = None
    unit_id: int | None = None
    person_id: int | None = None
    group_id: int | None = field(default=None, compare=False)
    """The group in which the person holds it."""


@dataclass(frozen=True, slots=True)
class Place:
    """A seat to be made."""

    step: int
    of: Step
    holder: Holder
    turn: int
    quorum: int | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What conditions are held against: the subject as it stands when its approval is opened."""

    standing: UnderTask
    programme: int | None
    quantities: tuple[Decimal, ...]
    submitter: int
    on: date


def places_for(tx: Connection, definition: Definition, asked: Asked) -> list[Place]:
    """The seats of all steps, in order. A step whose condition does not hold is none; one without anybody is skipped,
    refused (NotReady) or the supervisors', as it says. Where no seat is left at all, nobody could decide: NotReady."""
    places: list[Place] = []
    seated: dict[str, Sequence[Holder]] = {}
    for step in definition.steps:
        if step.only_if is not None and not holds(step.only_if, asked):
            continue
        holders = _holders(tx, definition, step, asked, seated)
        seated[step.key] = holders
        for own, theirs in _with_confirmation(step, holders, asked.standing.office_id):
            number = places[-1].step + 1 if places else 1
            places += _places(number, own, theirs)
    if not places:
        raise NotReady(missing=[Missing("signers", {"step": definition.steps[-1].key})])
    return places


def holds(condition: Condition, asked: Asked) -> bool:
    """Whether a step belongs to the route of this subject."""
    least, below = condition.quantity_at_least, condition.quantity_below
    return all(
        (
            not condition.programmes or asked.programme in condition.programmes,
            len(asked.standing.joint_ids) >= (condition.joint_units_at_least or 0),
            least is None or any(quantity >= least for quantity in asked.quantities),
            below is None or all(quantity < below for quantity in asked.quantities),
        )
    )


def _places(number: int, step: Step, holders: Sequence[Holder]) -> Iterator[Place]:
    quorum = step.vote.needed(len(holders)) if step.vote else None
    for n, holder in enumerate(holders):
        yield Place(number, step, holder, n if step.mode is StepMode.SEQUENCE else 0, quorum)


def _with_confirmation(
    step: Step, holders: Sequence[Holder], office_id: int | None
) -> Iterator[tuple[Step, Sequence[Holder]]]:
    """Before a long list signs, a supervisor confirms it (and may take signers off it)."""
    if step.confirm_above is not None and len(holders) > step.confirm_above and office_id is not None:
        confirming = Step(key=step.confirming_key, role=Role.SUPERVISOR, of=Of.OFFICE)
        yield confirming, (Holder(Role.SUPERVISOR, office_id),)
    if holders:
        yield step, holders


def _holders(
    tx: Connection, definition: Definition, step: Step, asked: Asked, seated: Mapping[str, Sequence[Holder]]
) -> Sequence[Holder]:
    found = dict.fromkeys(_named(tx, step, asked, seated))
    spared = (_spared(tx, definition, each, asked) for each in found)
    holders = list(dict.fromkeys(each for each in spared if each is not None))
    if holders or step.when_empty is WhenEmpty.SKIP:
        return holders
    office = asked.standing.office_id
    if step.when_empty is WhenEmpty.SUPERVISOR and office is not None:
        return (Holder(Role.SUPERVISOR, office),)
    raise NotReady(missing=[Missing("signers", {"step": step.key})])


def _named(
    tx: Connection, step: Step, asked: Asked, seated: Mapping[str, Sequence[Holder]]
) -> Iterator[Holder]:
    if step.role is not None:
        yield from (Holder(step.role, unit) for unit in _units(step.of, asked.standing))
    elif step.superior_of == SUBMITTER:
        yield from _superiors(tx, [asked.submitter], asked.on)
    elif step.superior_of is not None:
        earlier = seated.get(step.superior_of, ())
        yield from (Holder(Role.LEADER, each.unit_id) for each in earlier if each.unit_id is not None)
        yield from _superiors(tx, [e.person_id for e in earlier if e.person_id is not None], asked.on)
    else:
        yield from _people(tx, step)


def _units(of: Of | None, standing: UnderTask) -> tuple[int, ...]:
    if of is Of.JOINT:
        return standing.joint_ids
    unit = standing.lead_id if of is Of.LEAD else standing.office_id
    return (unit,) if unit is not None else ()


def _superiors(tx: Connection, people: Sequence[int], on: date) -> Iterator[Holder]:
    for person in people:
        superior = superior_of(tx, person, on)
        if superior is not None:
            yield Holder(person_id=superior)


def _people(tx: Connection, step: Step) -> list[Holder]:
    """Those of the step who are still there, in the order in which it names them."""
    here = select(Person.id, Person.login).where(Person.state != PersonState.DEPARTED)
    if step.group is None:
        known = {row.login: row.id for row in tx.execute(here.where(Person.login.in_(step.people)))}
        return [Holder(person_id=known[login]) for login in step.people if login in known]
    members = (
        here.add_columns(SignerGroup.id.label("group_id"))
        .join(SignerGroupMember, SignerGroupMember.person_id == Person.id)
        .join(SignerGroup, SignerGroup.id == SignerGroupMember.group_id)
        .where(SignerGroup.code == step.group, SignerGroup.ended_on.is_(None))
        .order_by(SignerGroupMember.ordinal, SignerGroupMember.id)
    )
    return [Holder(person_id=row.id, group_id=row.group_id) for row in tx.execute(members)]


def _spared(tx: Connection, definition: Definition, holder: Holder, asked: Asked) -> Holder | None:
    """A seat that would be the submitter's alone: kept, left out, or their superior's, as the definition says."""
    rule = definition.own_submission
    if holder.person_id is None and rule is OwnSubmission.FORBID:
        return holder
    if not _is_theirs_alone(tx, holder, asked):
        return holder
    if rule is not OwnSubmission.SUPERIOR:
        return None
    superior = superior_of(tx, asked.submitter, asked.on)
    return replace(holder, person_id=superior, group_id=None) if superior is not None else None


def _is_theirs_alone(tx: Connection, holder: Holder, asked: Asked) -> bool:
    if holder.person_id is not None:
        return holder.person_id == asked.submitter
    held = (
        select(Grant.person_id)
        .join(Person, Person.id == Grant.person_id)
        .join(Unit, Unit.id == Grant.unit_id)
        .where(
            Grant.role == holder.role, Unit.organ_id == holder.unit_id, Person.state != PersonState.DEPARTED,
            Grant.from_on <= asked.on, or_(Grant.to_on.is_(None), Grant.to_on >= asked.on),
        )
    )  # fmt: skip
    return set(tx.execute(held).scalars()) == {asked.submitter}


def fact_of(id_: int, place: Place, state: str = SeatState.WAITING) -> SeatFact:
    """A place as a seat."""
    holder = place.holder
    return SeatFact(
        id_, place.step, place.of.key, holder.role, place.of.mode, holder.unit_id, state, place.turn,
        place.quorum, holder.person_id, group_id=holder.group_id,
    )  # fmt: skip


def row_for(approval_id: int, place: Place, opened_at: datetime | None) -> dict[str, Any]:
    """A place as a row: open since then, or waiting."""
    holder, limit = place.holder, place.of.limit
    return {
        "approval_id": approval_id, "step": place.step, "step_key": place.of.key, "mode": place.of.mode,
        "turn": place.turn, "quorum": place.quorum, "role": holder.role, "unit_id": holder.unit_id,
        "person_id": holder.person_id, "group_id": holder.group_id,
        "state": SeatState.OPEN if opened_at else SeatState.WAITING, "opened_at": opened_at,
        "limit_days": limit.days if limit else None,
        "at_limit": limit.then if limit else None,
    }  # fmt: skip
