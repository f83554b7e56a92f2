"""Loads shares, each with its milestone: one statement for those asked for, whatever their number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, and_, bindparam, or_

from models import Evidence, Milestone, ProgressEntry, Share, Unit
from workflow.facts import EvidenceFact, ShareStanding
from workflow.gathering import asked, children, chosen, gather, row_of, values
from workflow.standings.columns import ENTRY_COLUMNS, AnySelect, entry_fact, who
from workflow.standings.milestones import EVIDENCE_COLUMNS, KEPT, milestone_from, with_milestones

SUB_UNIT = Unit.__table__.alias("sub_unit")


@cache
def _shares_statement(*, one: bool) -> AnySelect:
    """Shares, each with its milestone."""
    statement = with_milestones().add_columns(
        row_of(
            Share.id, Share.round, Share.text, Share.submission, Share.short_because, Share.submitted_by
        ).label("share"),
        gather(*ENTRY_COLUMNS, where=ProgressEntry.share_id == Share.id, of=Share).label("own_entries"),
        gather(*EVIDENCE_COLUMNS, where=and_(Evidence.share_id == Share.id, KEPT), of=Share).label(
            "own_evidence"
        ),
        gather(*ENTRY_COLUMNS, where=ProgressEntry.share_id == Share.parent_id, of=Share).label(
            "entries_above"
        ),
        gather(SUB_UNIT.c.id, where=_below_its_unit(), of=Share).label("sub_units"),
    )
    return statement.join(Share, Share.milestone_id == Milestone.id).where(chosen(Share.id, one=one))


def _below_its_unit() -> Any:
    """Departments of the share's unit, and organs under it, that are there on the day."""
    return and_(
        or_(SUB_UNIT.c.parent_id == Share.unit_id, SUB_UNIT.c.organ_id == Share.unit_id),
        SUB_UNIT.c.id != Share.unit_id,
        or_(SUB_UNIT.c.ended_on.is_(None), SUB_UNIT.c.ended_on > bindparam("today")),
    )


def load_shares(
    tx: Connection, ids: Sequence[int], actor_id: int | None, now: datetime
) -> Mapping[int, ShareStanding]:
    """Standings of shares by id: the share with its own figures and evidence, and its milestone's standing."""
    rows = tx.execute(_shares_statement(one=len(ids) == 1), {**asked(ids), **who(actor_id, now)})
    standings = [_share_standing(row, actor_id) for row in rows]
    return {standing.share.id: standing for standing in standings}


def _share_standing(row: Any, actor_id: int | None) -> ShareStanding:
    id_, round_, text, submission, short, submitted_by = values(row.share)
    milestone = milestone_from(row, actor_id, None)
    return ShareStanding(
        milestone.task, milestone.parts, milestone.actor, milestone.office_id,
        next(share for share in milestone.shares if share.id == id_), milestone,
        entries=children(row.own_entries, entry_fact), evidence=children(row.own_evidence, EvidenceFact),
        round=round_, text=text, submission=submission, short_because=short, submitted_by=submitted_by,
        sub_units=children(row.sub_units, int), entries_above=children(row.entries_above, entry_fact),
    )  # fmt: skip
