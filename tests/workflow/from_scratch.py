"""What a milestone's figures come to, counted anew from the rows alone: the second witness of the kept figures.

It shares nothing with the code under test: not its arithmetic, not its facts, not its way down from milestone to share
to sub-share. Three ways of adding up, by name: `sum`, `ratio` (Σ numerator / Σ denominator) and `latest`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from models import Indicator, ProgressEntry, Share, ShareTarget

Counted = tuple[Decimal, Decimal | None, date]
"""Quantity (of a ratio the numerator), denominator, and the day that it is as of."""


@dataclass(frozen=True)
class Rows:
    """All that was written down for one milestone."""

    shares: Sequence[Any]
    aimed: frozenset[tuple[int, int]]
    """(share, indicator) of every target."""
    entries: Sequence[Any]

    @classmethod
    def of(cls, tx: Connection, milestone: int) -> Rows:
        own = Share.milestone_id == milestone
        targets = select(ShareTarget.share_id, ShareTarget.indicator_id).join(
            Share, Share.id == ShareTarget.share_id
        )
        entries = select(ProgressEntry.__table__).where(ProgressEntry.milestone_id == milestone)
        return cls(
            tx.execute(select(Share.__table__).where(own).order_by(Share.id)).all(),
            frozenset((share, indicator) for share, indicator in tx.execute(targets.where(own))),
            tx.execute(entries.order_by(ProgressEntry.id)).all(),
        )

    def below(self, share: int | None, indicator: int) -> list[Any]:
        """The shares that a milestone (None) or a share was broken down into for an indicator, but for waived ones."""
        found = (s for s in self.shares if s.parent_id == share and s.state != "waived")
        return [s for s in found if (s.id, indicator) in self.aimed]

    def comes_to(self, share: int | None, indicator: int, way: str) -> Counted | None:
        """What a milestone (None) or a share has brought: by accepted shares below it, or by its own reports."""
        if below := self.below(share, indicator):
            parts = (self.comes_to(s.id, indicator, way) for s in below if s.state == "accepted")
            return together([part for part in parts if part is not None], way)
        return reported([e for e in self.entries if (e.share_id, e.indicator_id) == (share, indicator)], way)


def reported(entries: Sequence[Any], way: str) -> Counted | None:
    """Reports of each unit over time, then of all units: corrected ones count no more."""
    gone = {entry.corrects_id for entry in entries}
    left = sorted((e for e in entries if e.id not in gone and e.quantity is not None), key=_by_day)
    units = dict.fromkeys(entry.unit_id for entry in reversed(left))
    of_units = [_of_unit([entry for entry in left if entry.unit_id == unit], way) for unit in reversed(units)]
    return together(of_units, way)


def _by_day(entry: Any) -> tuple[date, int]:
    return entry.as_of_on, entry.id


def _of_unit(entries: Sequence[Any], way: str) -> Counted:
    """Increments add up; of everything else the last report stands."""
    counted = entries if way == "sum" else entries[-1:]
    return _added([(entry.quantity, entry.base, entry.as_of_on) for entry in counted])


def together(parts: Sequence[Counted], way: str) -> Counted | None:
    if not parts:
        return None
    return (
        max(enumerate(parts), key=lambda part: (part[1][2], part[0]))[1] if way == "latest" else _added(parts)
    )


def _added(parts: Iterable[Counted]) -> Counted:
    quantities, bases, days = zip(*parts, strict=True)
    given = [base for base in bases if base is not None]
    return sum(quantities, Decimal(0)), sum(given, Decimal(0)) if given else None, max(days)


def kept_on_milestone(tx: Connection, milestone: int) -> Mapping[int, tuple[Decimal | None, Decimal | None]]:
    statement = select(Indicator.id, Indicator.reached, Indicator.reached_base)
    return {
        row[0]: (row[1], row[2]) for row in tx.execute(statement.where(Indicator.milestone_id == milestone))
    }


def kept_on_shares(tx: Connection, milestone: int) -> Mapping[tuple[int, int], tuple[Any, ...]]:
    """(share, indicator) → what its row keeps: quantity, base and day."""
    kept = (ShareTarget.reached, ShareTarget.reached_base, ShareTarget.reached_on)
    statement = select(ShareTarget.share_id, ShareTarget.indicator_id, *kept).join(Share)
    rows = tx.execute(statement.where(Share.milestone_id == milestone, Share.id == ShareTarget.share_id))
    return {(row[0], row[1]): tuple(row[2:]) for row in rows}
