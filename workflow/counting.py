"""Counting anew: every act that changes a figure brings the kept tallies along, under the same lock.

What an indicator and a share have reached is kept on their rows, so that boards and lists read no reports. A test
holds the kept tallies to what the reports come to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Update, bindparam, update

from models import Indicator, ShareTarget
from workflow.acts import Act
from workflow.facts import EntryFact, IndicatorFact, MilestoneStanding, ShareFact, ShareStanding
from workflow.figures import Tally, combine, tally


def milestone_tally(
    standing: MilestoneStanding, indicator: IndicatorFact, entries: Iterable[EntryFact] | None = None
) -> Tally | None:
    """What a milestone's indicator comes to: its accepted shares where it is broken down, else its own reports."""
    if portions := standing.portions_of(indicator.id):
        return shares_tally(indicator, portions)
    return tally(indicator, standing.entries if entries is None else entries)


def portion_tally(
    standing: ShareStanding, indicator: IndicatorFact, entries: Iterable[EntryFact] | None = None
) -> Tally | None:
    """What a share comes to: its accepted sub-shares where it is broken down, else its own reports."""
    if below := [child for child in standing.children if child.target(indicator.id)]:
        return shares_tally(indicator, below)
    return tally(indicator, standing.entries if entries is None else entries)


def reported_tally(standing: MilestoneStanding, indicator: IndicatorFact) -> Tally | None:
    """What has been reported by now, accepted or not: of a milestone that is not broken down, what counts."""
    portions = standing.portions_of(indicator.id)
    if not portions:
        return milestone_tally(standing, indicator)
    found = [share_tally(share, indicator) for share in portions]
    return combine(indicator.card, [each for each in found if each is not None])


def shares_tally(indicator: IndicatorFact, shares: Sequence[ShareFact]) -> Tally | None:
    """What those of the shares that are accepted have brought."""
    found = [share_tally(share, indicator) for share in shares if share.counts]
    return combine(indicator.card, [each for each in found if each is not None])


def share_tally(share: ShareFact, indicator: IndicatorFact) -> Tally | None:
    """What a share has reported towards an indicator, as its row keeps it."""
    target = share.target(indicator.id)
    if target is None or target.reached is None:
        return None
    return Tally(target.reached, target.reached_base, target.reached_on)


def keep_tallies(act: Act[Any], tallies: Iterable[tuple[IndicatorFact, Tally | None]]) -> None:
    """Write what indicators have reached, where it is not what their rows say already."""
    changed = [
        {"b_id": indicator.id, **_columns(found)}
        for indicator, found in tallies
        if (indicator.reached, indicator.reached_base) != _pair(found)
    ]
    if changed:
        act.tx.execute(KEEP, changed if len(changed) > 1 else changed[0])


def keep_share_tallies(
    act: Act[Any], share_id: int, tallies: Iterable[tuple[IndicatorFact, Tally | None]]
) -> None:
    """Write what a share has reported towards each of its targets."""
    rows = [
        {"b_share_id": share_id, "b_indicator_id": indicator.id, **_columns(found), "b_on": _day(found)}
        for indicator, found in tallies
    ]
    if rows:
        act.tx.execute(KEEP_SHARES, rows)


def _pair(found: Tally | None) -> tuple[Any, Any]:
    return (found.quantity, found.base) if found else (None, None)


def _columns(found: Tally | None) -> dict[str, Any]:
    quantity, base = _pair(found)
    return {"b_reached": quantity, "b_base": base}


def _day(found: Tally | None) -> date | None:
    return found.as_of_on if found else None


def _keep(table: Any, *keys: str, **further: Any) -> Update:
    where = [table.c[key] == bindparam(f"b_{key}") for key in keys]
    values = {"reached": bindparam("b_reached"), "reached_base": bindparam("b_base"), **further}
    return update(table).where(*where).values(values)


KEEP = _keep(Indicator.__table__, "id")
KEEP_SHARES = _keep(ShareTarget.__table__, "share_id", "indicator_id", reached_on=bindparam("b_on"))
