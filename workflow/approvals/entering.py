"""Definitions put in force and withdrawn by an office: judged whole, recorded, and never without one that holds.

Approvals that are open keep the edition that they began with.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from sqlalchemy import Connection, select

from models import ApprovalDefinition
from models.states import Role
from workflow.approvals import existence, schema, soundness
from workflow.approvals.definitions import Definition
from workflow.approvals.editions import (
    KIND,
    Entered,
    InForce,
    all_in_force,
    enter,
    lock_definitions,
    supersede,
)
from workflow.approvals.remarks import DefinitionInvalid, Remark, Stated
from workflow.civil import day_of
from workflow.errors import Missing, NotFound, NotPermitted, NotReady
from workflow.standings import actor


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found of a definition: `definition` None where its form is off."""

    definition: Definition | None
    faults: tuple[Remark, ...]
    warnings: tuple[Remark, ...] = ()


def judge(stated: Stated) -> Judged:
    """A definition by itself, without a database."""
    read = schema.read(stated)
    if not isinstance(read, Definition):
        return Judged(None, tuple(read))
    return _sorted(read, [*soundness.check(read)])


def judge_here(tx: Connection, stated: Stated, now: datetime) -> Judged:
    """A definition with all that it names."""
    found = judge(stated)
    if found.definition is None:
        return found
    named = existence.check(tx, found.definition, day_of(now))
    return _sorted(found.definition, [*found.faults, *found.warnings, *named])


def _sorted(definition: Definition, remarks: list[Remark]) -> Judged:
    faults = tuple(remark for remark in remarks if not remark.is_warning)
    return Judged(definition, faults, tuple(remark for remark in remarks if remark.is_warning))


def permit(tx: Connection, actor_id: int, now: datetime, action: str) -> None:
    """Supervisors of the office make the rules of approval. NotPermitted for everybody else."""
    if not actor(tx, actor_id, now).in_office(Role.SUPERVISOR):
        raise NotPermitted(kind=KIND, action=action)


def enter_stated(
    tx: Connection, stated: Stated, actor_id: int, now: datetime
) -> tuple[Entered, tuple[Remark, ...]]:
    """Put what is written in force: the edition, and what is doubtful about it.

    Raises NotPermitted, DefinitionInvalid with every fault and its place, NotReady where a purpose would be left
    without a definition that holds everywhere.
    """
    permit(tx, actor_id, now, "enter")
    lock_definitions(tx)
    found = judge_here(tx, stated, now)
    if found.faults or found.definition is None:
        raise DefinitionInvalid(missing=stated.tell(found.faults))
    own = next((each for each in all_in_force(tx) if each.key == found.definition.key), None)
    if own is not None and found.definition.holds_for.narrowness > 0:
        _keep_general(tx, own, "enter")
    return enter(tx, found.definition, now, source=stated.source, by=actor_id), found.warnings


def withdraw(tx: Connection, edition_id: int, reason: str, actor_id: int, now: datetime) -> None:
    """Take an edition out of force: the next narrowest holds. Raises NotPermitted, NotFound, NotReady."""
    permit(tx, actor_id, now, "withdraw")
    lock_definitions(tx)
    own = next((each for each in all_in_force(tx) if each.id == edition_id), None)
    if own is None:
        _refuse_withdrawn(tx, edition_id)
    else:
        _keep_general(tx, own, "withdraw")
        supersede(tx, own, reason, actor_id, now)


def _keep_general(tx: Connection, leaving: InForce, action: str) -> None:
    """Every purpose keeps a definition that holds everywhere: without one, nothing could be handed in any more."""
    others = [each for each in all_in_force(tx) if each.id != leaving.id and each.purpose == leaving.purpose]
    if leaving.narrowness == 0 and all(each.narrowness > 0 for each in others):
        missing = Missing("definition_last_general", {"purpose": leaving.purpose})
        raise NotReady(kind=KIND, action=action, missing=[missing])


def _refuse_withdrawn(tx: Connection, edition_id: int) -> NoReturn:
    if tx.execute(select(ApprovalDefinition.id).where(ApprovalDefinition.id == edition_id)).first() is None:
        raise NotFound(kind=KIND)
    raise NotReady(kind=KIND, action="withdraw", missing=[Missing("definition_in_force")])
