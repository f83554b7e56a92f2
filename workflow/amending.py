"""Amending a share 分解变更 before it is accepted: its words, its date, its targets. What was reported is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import Field
from sqlalchemy import delete, insert

from models import DueMove, ShareTarget
from models.states import DueBasis
from workflow.acts import Act
from workflow.breaking_down import PortionTarget, aimed_at, is_reported_above, within
from workflow.calendar import working_calendar
from workflow.civil import PlanDay
from workflow.counting import portion_tally
from workflow.errors import Missing
from workflow.facts import IndicatorFact, ShareStanding, TargetFact
from workflow.law import Details
from workflow.taking_in import count_above


class ShareAmendment(Details):
    """What is changed of a share before it is accepted. `targets` are all that it has from then on."""

    text: str | None = Field(default=None, min_length=1, max_length=2000)
    due_on: PlanDay | None = Field(default=None, examples=["2022-11-30"])
    targets: list[PortionTarget] | None = Field(default=None, max_length=50)


def amends_something(standing: ShareStanding, details: ShareAmendment, now: datetime) -> Iterator[Missing]:
    """Something is changed; a date lies between today, sub-shares' dates and the date above; targets are possible."""
    if details.text is None and details.due_on is None and details.targets is None:
        yield Missing("something_amended", {"field": "text"})
    if details.text is not None and not details.text.strip():
        yield Missing("something_said", {"field": "text"})
    if details.due_on is not None:
        above = standing.parent.due_on if standing.parent else standing.milestone.due_on
        yield from within(details.due_on, above, "due_on", now)
        below = max((child.due_on for child in standing.children), default=details.due_on)
        if details.due_on < below:
            yield Missing("sub_shares_due", {"field": "due_on", "latest": below.isoformat()})
    if details.targets is not None:
        yield from _targets(standing, details.targets, now)


def _targets(standing: ShareStanding, targets: list[PortionTarget], now: datetime) -> Iterator[Missing]:
    known = {indicator.id: indicator for indicator in indicators_above(standing)}
    yield from aimed_at(known, targets, "targets")
    wanted = Counter(target.indicator_id for target in targets)
    for indicator in known.values():
        facts = {"field": "targets", "metric": indicator.metric}
        has = standing.share.target(indicator.id)
        if indicator.id in wanted and has is None and is_reported_above(standing, indicator):
            yield Missing("already_reported", facts)
        if has is not None and indicator.id not in wanted and _brought(standing, indicator):
            yield Missing("target_reported", facts)


def _brought(standing: ShareStanding, indicator: IndicatorFact) -> bool:
    """Whether something was reported towards a target already, or its sub-units were given a part of it."""
    found = portion_tally(standing, indicator)
    below = any(child.target(indicator.id) for child in standing.children)
    return below or (found is not None and found.quantity != 0)


def indicators_above(standing: ShareStanding) -> tuple[IndicatorFact, ...]:
    """What a share may have targets for: the milestone's indicators, of a sub-share those of the share above."""
    parent, indicators = standing.parent, standing.milestone.indicators
    return tuple(i for i in indicators if parent is None or parent.target(i.id))


def amend_columns(act: Act[ShareStanding]) -> Mapping[str, Any]:
    details: ShareAmendment = act.details
    columns = details.model_dump(include={"text", "due_on"}, exclude_none=True)
    if details.due_on is not None:
        columns["due_with_above"] = False
        columns["due_provisional"] = working_calendar(act.tx).provisional(details.due_on)
    return columns


def amend_share(act: Act[ShareStanding]) -> None:
    """Effect: new targets keep what was reported towards them; a moved date is recorded with its reason."""
    details: ShareAmendment = act.details
    if details.targets is not None:
        _aim_anew(act, details.targets)
    if details.due_on and details.due_on != act.standing.share.due_on:
        act.make(
            DueMove, milestone_id=act.standing.milestone.id, share_id=act.subject_id, to_on=details.due_on,
            from_on=act.standing.share.due_on, basis=DueBasis.ADJUSTMENT, reason=act.reason, moved_at=act.now,
        )  # fmt: skip


def _aim_anew(act: Act[ShareStanding], targets: list[PortionTarget]) -> None:
    share = act.standing.share
    aimed = tuple(_target(act.standing, target) for target in targets)
    act.tx.execute(delete(ShareTarget).where(ShareTarget.share_id == share.id))
    if aimed:
        act.tx.execute(insert(ShareTarget), [_row(target) for target in aimed])
    touched = {target.indicator_id for target in (*share.targets, *aimed)}
    count_above(act, replace(share, targets=aimed), touched)


def _target(standing: ShareStanding, wanted: PortionTarget) -> TargetFact:
    """A target with what counts towards it by now."""
    if has := standing.share.target(wanted.indicator_id):
        return replace(has, quantity=wanted.quantity)
    indicator = next(i for i in standing.milestone.indicators if i.id == wanted.indicator_id)
    found = portion_tally(standing, indicator)
    counted = (found.quantity, found.base, found.as_of_on) if found else (None, None, None)
    return TargetFact(standing.share.id, wanted.indicator_id, wanted.quantity, *counted)


def _row(target: TargetFact) -> dict[str, Any]:
    names = ("share_id", "indicator_id", "quantity", "reached", "reached_base", "reached_on")
    return {name: getattr(target, name) for name in names}
