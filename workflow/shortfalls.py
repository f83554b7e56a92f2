"""Rulings on a year that falls short of its target, or goes beyond it: carried 结转, waived, or left late."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Literal

from pydantic import Field
from sqlalchemy import Connection, select

from models import Indicator, Milestone
from models.states import MilestoneState, TargetBasis
from workflow.acts import Act
from workflow.carrying import (
    adds_up,
    carry_shortfall,
    carry_surplus,
    is_over,
    is_short,
    lowered_goal,
    reached_target,
)
from workflow.counting import milestone_tally
from workflow.errors import Missing, NotReady
from workflow.facts import IndicatorFact, MilestoneStanding
from workflow.figures import plain, shown, value
from workflow.law import Details, RowId
from workflow.meetings import cite
from workflow.standings.columns import INDICATOR_COLUMNS, indicator_fact
from workflow.target_moves import Authority, move_target, recall_submitted

DONE = (MilestoneState.ACCEPTED, MilestoneState.WAIVED)


class Carrying(Details):
    """Of which indicator, and on whose authority."""

    indicator_id: int = Field(examples=[11])
    meeting_id: RowId | None = Field(
        default=None, description="The meeting that decided it.", examples=[None]
    )
    decision: int | None = Field(
        default=None, ge=1, description="Which of its decisions, from 1.", examples=[None]
    )


class ShortfallRuling(Carrying):
    """What becomes of what is short: added to the next year's target, dropped with the goal, or left late."""

    take: Literal["carry_over", "waive", "leave_late"] = Field(examples=["carry_over"])


# What is needed


def something_short(standing: MilestoneStanding) -> Missing | None:
    """Only what falls short is ruled on."""
    short = any(is_short(i, milestone_tally(standing, i)) for i in standing.indicators)
    return None if short else Missing("something_short")


def something_over(standing: MilestoneStanding) -> Missing | None:
    """Only a count or amount that adds up over the years, and went beyond its target, is carried."""
    over = any(is_over(i, milestone_tally(standing, i)) for i in standing.indicators)
    return None if over else Missing("something_over")


def later_year_open(standing: MilestoneStanding) -> Missing | None:
    """There is a later year that a figure can be carried to."""
    later = any(m.year > standing.year and m.state not in DONE for m in standing.siblings)
    return None if later else Missing("later_year_open", {"year": standing.year})


def ruled_indicator(
    standing: MilestoneStanding, details: ShortfallRuling, now: datetime
) -> Iterable[Missing]:
    """It is one of the milestone's own and short; what is carried over must add up, and have a year to go to."""
    indicator = _own(standing, details)
    if indicator is None:
        yield _not_own(details)
        return
    if not is_short(indicator, milestone_tally(standing, indicator)):
        yield Missing("falls_short", _figures(standing, indicator))
    if details.take == "carry_over":
        yield from _carriable(indicator, "take")
        if lack := later_year_open(standing):
            yield lack


def surplus_indicator(standing: MilestoneStanding, details: Carrying, now: datetime) -> Iterable[Missing]:
    indicator = _own(standing, details)
    if indicator is None:
        yield _not_own(details)
    elif not is_over(indicator, milestone_tally(standing, indicator)):
        yield from _carriable(indicator, "indicator_id")
        yield Missing("goes_beyond", _figures(standing, indicator))


def _own(standing: MilestoneStanding, details: Carrying) -> IndicatorFact | None:
    return next((i for i in standing.indicators if i.id == details.indicator_id), None)


def _not_own(details: Carrying) -> Missing:
    return Missing("own_indicator", {"field": "indicator_id", "indicator_id": details.indicator_id})


def _carriable(indicator: IndicatorFact, field: str) -> Iterator[Missing]:
    if not adds_up(indicator):
        yield Missing("carriable", {"field": field, "metric": indicator.metric})


def _figures(standing: MilestoneStanding, indicator: IndicatorFact) -> dict[str, Any]:
    reached = value(indicator.card, milestone_tally(standing, indicator))
    return {
        "field": "indicator_id", "metric": indicator.metric, "target": plain(indicator.quantity),
        "reached": plain(shown(reached, indicator.card.digits)), "unit": indicator.unit or "",
    }  # fmt: skip


# What follows


def rule_shortfall(act: Act[MilestoneStanding]) -> None:
    """Effect: the ruling is carried out at once; left late, it is recorded and nothing moves."""
    details: ShortfallRuling = act.details
    indicator = _ruled(act)
    if details.take == "carry_over":
        _carry(act, indicator, carry_shortfall, _authority(act, TargetBasis.CARRY_OVER))
    if details.take == "waive":
        _waive(act, indicator, _authority(act, TargetBasis.WAIVER))


def carry_surplus_on(act: Act[MilestoneStanding]) -> None:
    """Effect: this year's target rises to what was reached, the later year's falls by the same.

    The accepted approval stays as it was signed: its text has the target of that day, and the move is told after it.
    """
    _carry(act, _ruled(act), carry_surplus, _authority(act, TargetBasis.SURPLUS))


def _ruled(act: Act[MilestoneStanding]) -> IndicatorFact:
    details: Carrying = act.details
    if details.meeting_id is not None:
        cite(act.tx, details.meeting_id, details.decision, act.actor, act.now)
    return next(i for i in act.standing.indicators if i.id == details.indicator_id)


def _authority(act: Act[MilestoneStanding], basis: TargetBasis) -> Authority:
    return Authority(basis, act.reason or "", act.actor.person_id, act.details.meeting_id)


def _carry(act: Act[MilestoneStanding], indicator: IndicatorFact, shift: Any, on: Authority) -> None:
    """Two moves that point at each other; a later year that lies with its signers is recalled."""
    found = milestone_tally(act.standing, indicator)
    later, state = _later(act, indicator)
    try:
        own, other = shift(indicator, found, later)
    except ValueError:
        raise NotReady(
            missing=[Missing("carry_exact", {"field": "indicator_id", "metric": indicator.metric})]
        ) from None
    if own == indicator.quantity:
        raise NotReady(missing=[Missing("carry_room", {"field": "indicator_id", "metric": indicator.metric})])
    move_target(act, indicator, own, on, other_id=later.id)
    move_target(act, later, other, on, other_id=indicator.id)
    recall_submitted(act, later.milestone_id or 0, state, on.reason)


def _later(act: Act[MilestoneStanding], indicator: IndicatorFact) -> tuple[IndicatorFact, str]:
    """The next open year's indicator of the same goal, with its milestone's state. NotReady where there is none."""
    standing = act.standing
    years = _years(act.tx, indicator)
    found = [(i, year, state) for i, year, state in years if year > standing.year and state not in DONE]
    if not found:
        facts = {"field": "indicator_id", "metric": indicator.metric, "year": standing.year}
        raise NotReady(missing=[Missing("carry_later", facts)])
    later, year, state = found[0]
    if later.quantity is None or later.unit != indicator.unit:
        raise NotReady(missing=[Missing("carry_alike", {"field": "indicator_id", "year": year})])
    return later, state


def _years(tx: Connection, indicator: IndicatorFact) -> list[tuple[IndicatorFact, int, str]]:
    """All years' indicators of the same goal, in order, each with year and state of its milestone."""
    statement = (
        select(*INDICATOR_COLUMNS, Milestone.year.label("of_year"), Milestone.state.label("of_state"))
        .join(Milestone, Milestone.id == Indicator.milestone_id)
        .where(Indicator.goal_id == indicator.goal_id)
        .order_by(Milestone.year, Milestone.due_on, Indicator.id)
    )
    return [(_indicator(row), row.of_year, row.of_state) for row in tx.execute(statement)]


def _indicator(row: Any) -> IndicatorFact:
    return indicator_fact(*row[: len(INDICATOR_COLUMNS)])


def _waive(act: Act[MilestoneStanding], indicator: IndicatorFact, on: Authority) -> None:
    """The target falls to what is reached; a goal that the year is a part of falls by the same."""
    to = reached_target(indicator, milestone_tally(act.standing, indicator))
    if to is None:
        raise NotReady(missing=[Missing("progress", {"field": "indicator_id"})])
    move_target(act, indicator, to, on)
    if indicator.goal_id is None:
        return
    columns = select(*INDICATOR_COLUMNS).where(Indicator.id == indicator.goal_id)
    goal = _indicator(act.tx.execute(columns).one())
    years = [each for each, _, _ in _years(act.tx, indicator)]
    lowered = lowered_goal(goal, indicator, years, to)
    if lowered is not None and lowered != goal.quantity:
        move_target(act, goal, lowered, on, other_id=indicator.id)
