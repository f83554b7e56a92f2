"""What a milestone's page shows: figures, the units' shares of them, what is missing, and what may be broken down.

Read in a fixed number of statements, whatever the number of shares. A viewer sees the shares that are theirs to see.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from models import DueMove, Milestone, Part, Share, TargetMove, Task, Unit
from models.states import PartRole
from workflow import visibility
from workflow.acts import facts
from workflow.board_rows import Figure, Said
from workflow.counting import share_tally
from workflow.definition_cards import Aggregation, Direction
from workflow.errors import NotFound
from workflow.facts import IndicatorFact, MilestoneStanding, ShareFact
from workflow.figures import combine, counted, is_met, reaches, shown, value
from workflow.lifecycles import MILESTONE
from workflow.named_events import awaited_event


@dataclass(frozen=True, slots=True)
class Measured:
    """One figure of the milestone: reached against target, and what the shares have been given and report."""

    figure: Figure | None
    metric: str
    original: Decimal | None
    """The target before it was moved."""
    ratio: tuple[Decimal, Decimal] | None
    allotted: Decimal | None
    reported: Decimal | None


@dataclass(frozen=True, slots=True)
class Portion:
    """One unit's share: a figure per indicator of the milestone, None where it has no part in it."""

    id: int
    unit: str
    state: str
    light: str
    due_on: date
    level: int
    figures: tuple[Figure | None, ...]


@dataclass(frozen=True, slots=True)
class Opening:
    """A unit that works on the task and has no share yet."""

    unit_id: int
    unit: str
    group: str | None


@dataclass(frozen=True, slots=True)
class Moved:
    """A due date or a target that was moved, with its reason."""

    what: str | None
    """The metric; None: the due date."""
    before: str
    after: str
    reason: str | None
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class MilestonePage:
    """Everything the page shows."""

    id: int
    version: int
    task_id: int
    task_number: int
    task_name: Said
    year: int
    text: Said
    state: str
    light: str
    due_on: date
    due_basis: str
    due_provisional: bool
    awaits: str | None
    """The event that will date it."""
    indicators: tuple[tuple[int, str, str], ...]
    """(id, metric, unit) of those that can be broken down, in order."""
    measures: tuple[Measured, ...]
    portions: tuple[Portion, ...]
    missing: tuple[str, ...]
    """Units whose shares are not in, for who sees all of them."""
    openings: tuple[Opening, ...]
    may_break_down: bool
    moves: tuple[Moved, ...]


ROW = (
    Milestone.year, Milestone.text, Milestone.printed_text, Milestone.light, Milestone.due_on, Milestone.due_basis,
    Milestone.due_provisional, Milestone.version, Task.number, Task.name, Task.printed_name, awaited_event(),
)  # fmt: skip


def read_page(tx: Connection, milestone_id: int, viewer: int, now: datetime) -> MilestonePage:
    """The page of a milestone for a person; NotFound where they may not know of it."""
    standing = facts(tx, MILESTONE, milestone_id, viewer, now)
    if not standing.seen:
        raise NotFound(kind="milestone")
    row = tx.execute(select(*ROW).join(Task).where(Milestone.id == milestone_id)).one()
    lights = dict(_visible_lights(tx, milestone_id, viewer, now))
    targets = tx.execute(_target_moves(standing)).all()
    numbered = [i for i in standing.indicators if i.quantity is not None]
    action = MILESTONE.action("break_down")
    may = action in [row for row, _ in MILESTONE.open_to(standing)]
    return MilestonePage(
        id=milestone_id, version=row.version, task_id=standing.task.id, task_number=row.number,
        task_name=Said(row.name, row.printed_name), year=row.year, text=Said(row.text, row.printed_text),
        state=standing.state, light=row.light, due_on=row.due_on, due_basis=row.due_basis,
        due_provisional=row.due_provisional, awaits=row.due_awaits_event,
        indicators=tuple((i.id, i.metric, i.unit or "") for i in numbered),
        measures=tuple(_measured(standing, i, targets, lights) for i in standing.indicators),
        portions=tuple(_portions(standing, numbered, lights)),
        missing=_missing(standing, lights), may_break_down=may and not MILESTONE.missing(action, standing),
        openings=tuple(_openings(tx, standing)) if may else (),
        moves=tuple(_moves(tx, milestone_id, targets, standing)),
    )  # fmt: skip


def _visible_lights(tx: Connection, milestone_id: int, viewer: int, now: datetime) -> list[tuple[int, str]]:
    statement = visibility.shares(Share.id, Share.light).where(Share.milestone_id == milestone_id)
    return [(row.id, row.light) for row in tx.execute(statement, visibility.bound(viewer, now))]


def _target_moves(standing: MilestoneStanding) -> Any:
    own = [indicator.id for indicator in standing.indicators]
    return select(TargetMove.__table__).where(TargetMove.indicator_id.in_(own)).order_by(TargetMove.id)


def _measured(
    standing: MilestoneStanding, indicator: IndicatorFact, moves: Sequence[Any], lights: Mapping[int, str]
) -> Measured:
    found, card = counted(indicator), indicator.card
    portions = [share for share in standing.portions_of(indicator.id) if share.id in lights]
    whole = len(portions) == len(standing.portions_of(indicator.id))
    original = next((move.from_quantity for move in moves if move.indicator_id == indicator.id), None)
    tallies = [each for share in portions if (each := share_tally(share, indicator)) is not None]
    targets = [
        t.quantity for share in portions if (t := share.target(indicator.id)) and t.quantity is not None
    ]
    adds = card.aggregation is Aggregation.SUM
    return Measured(
        figure=_figure(indicator, value(card, found), indicator.quantity, is_met(indicator, found)),
        metric=indicator.metric, original=original,
        ratio=(found.quantity, found.base) if found and found.base is not None else None,
        allotted=sum(targets, Decimal(0)) if targets and adds and whole else None,
        reported=shown(value(card, combine(card, tallies)), card.digits) if tallies and whole else None,
    )  # fmt: skip


def _figure(indicator: IndicatorFact, reached: Any, target: Decimal | None, met: bool) -> Figure | None:
    if target is None:
        return None
    ceiling = indicator.card.direction is Direction.AT_MOST
    return Figure(
        indicator.metric, shown(reached, indicator.card.digits), target, indicator.unit or "", met, ceiling
    )


def _portions(
    standing: MilestoneStanding, numbered: Sequence[IndicatorFact], lights: Mapping[int, str]
) -> list[Portion]:
    """The visible shares, each followed by its sub-units'."""
    seen = [share for share in standing.shares if share.id in lights]
    ids = {share.id for share in seen}
    tops = [share for share in seen if share.parent_id not in ids]
    ordered = [share for top in tops for share in (top, *(s for s in seen if s.parent_id == top.id))]
    return [_portion(share, numbered, lights[share.id], int(share not in tops)) for share in ordered]


def _portion(share: ShareFact, numbered: Sequence[IndicatorFact], light: str, level: int) -> Portion:
    return Portion(
        share.id, share.unit_name, share.state, light, share.due_on, level,
        tuple(_share_figure(share, indicator) for indicator in numbered),
    )  # fmt: skip


def _share_figure(share: ShareFact, indicator: IndicatorFact) -> Figure | None:
    """A share's figure in the unit that the milestone is told in."""
    target = share.target(indicator.id)
    if target is None or target.quantity is None:
        return None
    reached = value(indicator.card, share_tally(share, indicator))
    met = share_tally(share, indicator) is not None and reaches(indicator.card, reached, target.quantity)
    return _figure(indicator, reached, target.quantity, met)


def _missing(standing: MilestoneStanding, lights: Mapping[int, str]) -> tuple[str, ...]:
    if any(share.id not in lights for share in standing.portions):
        return ()
    return tuple(share.unit_name for share in standing.portions if not share.counts)


def _openings(tx: Connection, standing: MilestoneStanding) -> list[Opening]:
    group = Unit.__table__.alias("stood_for")
    statement = (
        select(Part.unit_id, Unit.name, group.c.name.label("group_name"))
        .join(Unit, Unit.id == Part.unit_id)
        .outerjoin(group, group.c.id == Part.group_id)
        .where(Part.task_id == standing.task.id, Part.role != PartRole.INFORMED)
        .order_by(Part.ordinal, Part.id)
    )
    taken = {share.unit_id for share in standing.shares}
    return [
        Opening(row.unit_id, row.name, row.group_name)
        for row in tx.execute(statement)
        if row.unit_id not in taken
    ]


def _moves(
    tx: Connection, milestone_id: int, targets: Sequence[Any], standing: MilestoneStanding
) -> list[Moved]:
    """Every move of the due date and of a target, oldest first."""
    metrics = {indicator.id: indicator.metric for indicator in standing.indicators}
    own = select(DueMove.__table__).where(DueMove.milestone_id == milestone_id, DueMove.share_id.is_(None))
    dates = [
        Moved(None, row.from_on.isoformat() if row.from_on else "—", row.to_on.isoformat(), row.reason, row.moved_at)
        for row in tx.execute(own)
    ]  # fmt: skip
    figures = [
        Moved(metrics[row.indicator_id], _said(row.from_quantity), _said(row.to_quantity), row.reason, row.moved_at)
        for row in targets
    ]  # fmt: skip
    return sorted([*dates, *figures], key=lambda moved: moved.moved_at)


def _said(quantity: Decimal | None) -> str:
    return "—" if quantity is None else format(quantity.normalize(), "f")
