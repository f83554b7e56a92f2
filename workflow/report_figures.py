"""The figures of a report: what the system knows is filled in by it, and never asked for again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from models import Share, ShareTarget, Unit
from models.states import ShareState
from workflow.facts import IndicatorFact
from workflow.figures import counted, is_met, is_not_applicable, plain, shown, value
from workflow.standings import load_tasks


def figures_of(tx: Connection, task_id: int, now: datetime) -> list[dict[str, Any]]:
    """What each indicator of a task has reached by now, as JSON values, by year; of one that was broken down, by name
    which units' shares are in and which are missing."""
    standing = load_tasks(tx, [task_id], None, now)[task_id]
    years = {milestone.id: milestone.year for milestone in standing.milestones}
    shares = _shares(tx, task_id)
    ordered = sorted(
        standing.indicators, key=lambda i: (years[i.milestone_id or 0], i.milestone_id or 0, i.id)
    )
    return [
        {
            "year": years[i.milestone_id or 0], "milestone_id": i.milestone_id, **_reached(i),
            **_brought(shares.get(i.id, ())),
        }
        for i in ordered
    ]  # fmt: skip


def _reached(indicator: IndicatorFact) -> dict[str, Any]:
    found = counted(indicator)
    reached = value(indicator.card, found)
    return {
        "indicator_id": indicator.id, "metric": indicator.metric, "unit": indicator.unit,
        "target": None if indicator.quantity is None else plain(indicator.quantity),
        "reached": None if reached is None else plain(shown(reached, indicator.card.digits)),
        "met": is_met(indicator, found), "not_applicable": is_not_applicable(indicator.card, found),
    }  # fmt: skip


def _brought(shares: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Units by name: those whose share is accepted, and the others."""
    shares = list(shares)
    return {
        "shares_in": [unit for unit, state in shares if state == ShareState.ACCEPTED],
        "shares_missing": [unit for unit, state in shares if state != ShareState.ACCEPTED],
    }


def _shares(tx: Connection, task_id: int) -> dict[int, list[tuple[str, str]]]:
    """(unit, state) of the shares that each indicator was broken down into, but for waived ones."""
    statement = (
        select(ShareTarget.indicator_id, Unit.name, Share.state)
        .join(Share, Share.id == ShareTarget.share_id)
        .join(Unit, Unit.id == Share.unit_id)
        .where(Share.task_id == task_id, Share.parent_id.is_(None), Share.state != ShareState.WAIVED)
        .order_by(Share.id)
    )
    found: dict[int, list[tuple[str, str]]] = {}
    for indicator_id, unit, state in tx.execute(statement):
        found.setdefault(indicator_id, []).append((unit, state))
    return found
