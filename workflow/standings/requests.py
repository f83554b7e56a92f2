"""Loads what is asked of milestones, extensions and waivers, each with its milestone: three statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, select

from models import Approval, Decision, Extension, Waiver
from workflow.facts import ExtensionFact, ExtensionStanding, WaiverFact, WaiverStanding
from workflow.standings.milestones import load_milestones

S = TypeVar("S")

EXTENSION = (
    Extension.id, Extension.milestone_id, Extension.state, Extension.version, Extension.due_on, Extension.reason,
    Extension.progress, Extension.requested_by,
)  # fmt: skip
WAIVER = (
    Waiver.id, Waiver.milestone_id, Waiver.state, Waiver.version, Waiver.reason, Waiver.requested_by,
)  # fmt: skip


def load_extensions(
    tx: Connection, ids: Sequence[int], actor_id: int | None, now: datetime
) -> Mapping[int, ExtensionStanding]:
    """Standings of extensions by id."""
    found = tx.execute(select(*EXTENSION).where(Extension.id.in_(ids))).all()
    return _with_milestones(
        tx, "extension", [ExtensionFact(*row) for row in found], ExtensionStanding, actor_id, now
    )


def load_waivers(
    tx: Connection, ids: Sequence[int], actor_id: int | None, now: datetime
) -> Mapping[int, WaiverStanding]:
    """Standings of waivers by id."""
    found = tx.execute(select(*WAIVER).where(Waiver.id.in_(ids))).all()
    return _with_milestones(tx, "waiver", [WaiverFact(*row) for row in found], WaiverStanding, actor_id, now)


def _with_milestones(
    tx: Connection, kind: str, facts: Sequence[Any], build: type[S], actor_id: int | None, now: datetime
) -> Mapping[int, S]:
    milestones = load_milestones(tx, sorted({fact.milestone_id for fact in facts}), actor_id, now)
    decided = _decided_on(tx, kind, [fact.id for fact in facts])
    return {
        fact.id: _standing(build, fact, milestones[fact.milestone_id], fact.id in decided) for fact in facts
    }


def _standing(build: Any, fact: Any, milestone: Any, is_decided_on: bool) -> Any:
    shared = (milestone.task, milestone.parts, milestone.actor, milestone.office_id)
    return build(*shared, milestone, is_decided_on, fact)


def _decided_on(tx: Connection, kind: str, ids: Sequence[int]) -> set[int]:
    """Those on which somebody has decided already."""
    signed = (
        select(Approval.subject_id)
        .join(Decision, Decision.approval_id == Approval.id)
        .where(Approval.subject_kind == kind, Approval.subject_id.in_(ids))
    )
    return set(tx.execute(signed).scalars())
