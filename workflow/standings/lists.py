"""Loads named items of lists, each with the milestone or share that it was counted for: a few statements in all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, select

from models import Institution, ListItem, Milestone, Unit
from models.states import ItemState
from workflow.facts import CountedFact, ItemFact, ItemStanding
from workflow.standings.milestones import load_milestones
from workflow.standings.shares import load_shares

OTHER: Any = ListItem.__table__.alias("other")
ITEM_COLUMNS = (
    ListItem.id, ListItem.institution_id, Institution.name, ListItem.indicator_id, ListItem.scope_id,
    ListItem.entry_id, ListItem.unit_id, ListItem.quantity, ListItem.true_on, ListItem.state, ListItem.version,
)  # fmt: skip
COUNTED_COLUMNS = (
    OTHER.c.id, OTHER.c.institution_id, OTHER.c.unit_id, Unit.name, Milestone.year, OTHER.c.true_on,
)  # fmt: skip


def load_items(
    tx: Connection, ids: Sequence[int], actor_id: int | None, now: datetime
) -> Mapping[int, ItemStanding]:
    """Standings of items by id."""
    statement = select(*ITEM_COLUMNS, ListItem.milestone_id, ListItem.share_id).join(
        Institution, Institution.id == ListItem.institution_id
    )
    rows: Sequence[Any] = tx.execute(statement.where(ListItem.id.in_(ids))).all()
    milestones = {row.milestone_id for row in rows if row.share_id is None}
    shares = {row.share_id for row in rows if row.share_id is not None}
    of_milestones = load_milestones(tx, sorted(milestones), actor_id, now) if milestones else {}
    of_shares = load_shares(tx, sorted(shares), actor_id, now) if shares else {}
    elsewhere = _elsewhere(tx, ids)
    standings = {}
    for row in rows:
        worked = of_milestones[row.milestone_id] if row.share_id is None else of_shares[row.share_id]
        shared = (worked.task, worked.parts, worked.actor, worked.office_id)
        fact = ItemFact(*row[: len(ITEM_COLUMNS)])
        standings[row.id] = ItemStanding(*shared, fact, worked, elsewhere.get(row.id))
    return standings


def _elsewhere(tx: Connection, ids: Sequence[int]) -> dict[int, CountedFact]:
    """Item → the other one by which its institution counts in the same scope."""
    same = and_(
        OTHER.c.scope_id == ListItem.scope_id,
        OTHER.c.institution_id == ListItem.institution_id,
        OTHER.c.id != ListItem.id,
        OTHER.c.state == ItemState.COUNTED,
    )
    statement = (
        select(ListItem.id, *COUNTED_COLUMNS)
        .join(OTHER, same)
        .join(Unit, Unit.id == OTHER.c.unit_id)
        .join(Milestone, Milestone.id == OTHER.c.milestone_id)
        .where(ListItem.id.in_(ids))
    )
    return {row[0]: CountedFact(*row[1:]) for row in tx.execute(statement)}
