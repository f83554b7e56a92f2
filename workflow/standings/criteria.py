"""Loads criteria and attestations: each with the milestone it belongs to, whose standing has all else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from models import Attestation, Criteria
from workflow.actors import Actor
from workflow.facts import (
    AttestationFact,
    AttestationStanding,
    CriteriaFact,
    CriteriaStanding,
    MilestoneStanding,
    PartFact,
    TaskFact,
)
from workflow.standings.milestones import load_milestones

CRITERIA = select(
    Criteria.id, Criteria.state, Criteria.version, Criteria.drafted_by, Criteria.milestone_id
)  # fmt: skip
ATTESTATIONS = select(
    Attestation.id, Attestation.indicator_id, Attestation.unit_id, Attestation.from_on, Attestation.upto_on,
    Attestation.due_on, Attestation.state, Attestation.version, Attestation.milestone_id,
)  # fmt: skip


def load_criteria(
    tx: Connection, ids: Sequence[int], actor_id: int | None, now: datetime
) -> Mapping[int, CriteriaStanding]:
    """Standings of criteria by id, for one actor on one day."""
    rows = tx.execute(CRITERIA.where(Criteria.id.in_(ids))).all()
    of = load_milestones(tx, _milestones(rows), actor_id, now)
    return {
        row.id: CriteriaStanding(
            *_shared(of[row.milestone_id]), CriteriaFact(*row[:-1]), of[row.milestone_id]
        )
        for row in rows
    }


def load_attestations(
    tx: Connection, ids: Sequence[int], actor_id: int | None, now: datetime
) -> Mapping[int, AttestationStanding]:
    """Standings of attestations by id, for one actor on one day."""
    rows = tx.execute(ATTESTATIONS.where(Attestation.id.in_(ids))).all()
    of = load_milestones(tx, _milestones(rows), actor_id, now)
    return {
        row.id: AttestationStanding(
            *_shared(of[row.milestone_id]), AttestationFact(*row[:-1]), of[row.milestone_id]
        )
        for row in rows
    }


def _milestones(rows: Sequence[Any]) -> list[int]:
    return sorted({row.milestone_id for row in rows})


def _shared(milestone: MilestoneStanding) -> tuple[TaskFact, tuple[PartFact, ...], Actor, int | None]:
    return (milestone.task, milestone.parts, milestone.actor, milestone.office_id)
