"""Changing an indicator's definition card while its task is under way: what was reported is counted anew."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import Field
from sqlalchemy import Connection, select, update

from models import Indicator, ProgressEntry
from models.states import MilestoneState, Role, ShareState
from workflow.acts import Act, facts
from workflow.counting import keep_share_tallies, keep_tallies, milestone_tally, shares_tally
from workflow.definition_cards import DefinitionCard, counts_alike, opens, write_card
from workflow.errors import Missing
from workflow.facts import (
    EntryFact,
    IndicatorFact,
    MilestoneStanding,
    ShareFact,
    SiblingFact,
    TargetFact,
    TaskStanding,
)
from workflow.figures import Tally, tally
from workflow.law import LAWS, Details, Simplify, Telling

DONE = (MilestoneState.ACCEPTED, MilestoneState.WAIVED)


class Redefinition(Details):
    """The card that an indicator is counted by from now on; the whole of it, not only what changes."""

    indicator_id: int = Field(examples=[11])
    card: DefinitionCard = Field(
        examples=[{"kind": "count", "formula": "当年完成能源审计的公共机构家数", "over_time": "added",
                   "aggregation": "sum", "over_years": "added"}]
    )  # fmt: skip


def read_reported(
    tx: Connection, standing: TaskStanding, details: Redefinition, simplify: Simplify, now: datetime
) -> TaskStanding:
    """The standing with whether anything was reported on the indicator: what a share reports, its row does not tell."""
    of = details.indicator_id
    reports = select(ProgressEntry.id).where(
        ProgressEntry.task_id == standing.task.id, ProgressEntry.indicator_id == of
    )
    there = tx.execute(reports.limit(1)).first() is not None
    return replace(standing, reported=frozenset({of}) if there else frozenset())


def redefinable(standing: TaskStanding, details: Redefinition, now: datetime) -> Iterable[Missing]:
    """An indicator of the task, another card, and nothing that was accepted already is counted otherwise by it."""
    indicator = next((i for i in _indicators(standing) if i.id == details.indicator_id), None)
    if indicator is None:
        yield Missing("own_indicator", {"field": "indicator_id", "indicator_id": details.indicator_id})
        return
    about = {"field": "card", "metric": indicator.metric}
    before, after = indicator.card, details.card
    if indicator.definition is not None and before == after:
        yield Missing("definition_same", about)
    milestone = _milestone(standing, indicator)
    if milestone and milestone.state in DONE and (not counts_alike(before, after) or opens(before, after)):
        yield Missing("definition_reopen", about | {"year": milestone.year})
    if indicator.id in standing.reported and (before.listed, before.once) != (after.listed, after.once):
        yield Missing("definition_listed", about)


def card_before(act: Act[TaskStanding]) -> Mapping[str, Any]:
    """What the event keeps: the card as it was, or None where there was none."""
    definition = _named(act).definition
    return {"card": json.loads(definition) if definition else None}


def redefine(act: Act[TaskStanding]) -> None:
    """Effect: the card and its kind, what was reported counted by it; signers who look at the figure are let go."""
    indicator, card = _named(act), act.details.card
    act.tx.execute(
        update(Indicator.__table__)  # type: ignore[arg-type]
        .where(Indicator.__table__.c.id == indicator.id)
        .values(definition=write_card(card), kind=card.kind)
    )
    milestone = _milestone(act.standing, indicator)
    if milestone is None:
        return
    count_anew(act, milestone.id, indicator.id)
    if milestone.state == MilestoneState.SUBMITTED:
        act.follow("milestone", milestone.id, "recall", reason=f"{indicator.metric}：{act.reason}")


def count_anew(act: Act[Any], milestone_id: int, indicator_id: int) -> None:
    """Count an indicator by its card as it stands now: shares from their own reports, what is above from them."""
    standing: MilestoneStanding = facts(act.tx, LAWS["milestone"], milestone_id, None, act.now)
    indicator = next(i for i in standing.indicators if i.id == indicator_id)
    own = _share_entries(act, milestone_id)
    for share in sorted(standing.shares, key=lambda share: share.parent_id is None):
        if share.target(indicator_id):
            below = _below(standing, share, indicator_id)
            found = shares_tally(indicator, below) if below else tally(indicator, own[share.id])
            keep_share_tallies(act, share.id, [(indicator, found)])
            standing = _with_share(standing, _counted(share, indicator_id, found))
    keep_tallies(act, [(indicator, milestone_tally(standing, indicator))])


def _below(standing: MilestoneStanding, share: ShareFact, indicator_id: int) -> list[ShareFact]:
    """The sub-units' shares that bring something towards the indicator, but for waived ones."""
    children = (s for s in standing.shares if s.parent_id == share.id and s.state != ShareState.WAIVED)
    return [child for child in children if child.target(indicator_id)]


def _counted(share: ShareFact, indicator_id: int, found: Tally | None) -> ShareFact:
    """The share as its row keeps it from now on."""
    kept = (found.quantity, found.base, found.as_of_on) if found else (None, None, None)
    targets = (
        TargetFact(t.share_id, t.indicator_id, t.quantity, *kept) if t.indicator_id == indicator_id else t
        for t in share.targets
    )
    return replace(share, targets=tuple(targets))


def _with_share(standing: MilestoneStanding, share: ShareFact) -> MilestoneStanding:
    return replace(standing, shares=tuple(share if s.id == share.id else s for s in standing.shares))


def _share_entries(act: Act[Any], milestone_id: int) -> Mapping[int, list[EntryFact]]:
    """What was reported on the milestone's shares, by share."""
    table = ProgressEntry.__table__
    rows = act.tx.execute(
        select(table)
        .where(table.c.milestone_id == milestone_id, table.c.share_id.is_not(None))
        .order_by(table.c.id)
    )
    found: defaultdict[int, list[EntryFact]] = defaultdict(list)
    for row in rows:
        found[row.share_id].append(
            EntryFact(row.id, row.milestone_id, row.indicator_id, row.unit_id, row.quantity, row.as_of_on, row.base,
                      row.corrects_id)
        )  # fmt: skip
    return found


def _named(act: Act[TaskStanding]) -> IndicatorFact:
    """The indicator that the act is about: the check has seen that there is one."""
    return next(i for i in _indicators(act.standing) if i.id == act.details.indicator_id)


def _indicators(standing: TaskStanding) -> tuple[IndicatorFact, ...]:
    return (*standing.goals, *standing.indicators)


def _milestone(standing: TaskStanding, indicator: IndicatorFact) -> SiblingFact | None:
    """The milestone that it belongs to; None for the task's goal."""
    return next((m for m in standing.milestones if m.id == indicator.milestone_id), None)


def the_lead_of_it(topic: str) -> Callable[[Act[TaskStanding]], Iterator[Telling]]:
    """The owners of the lead unit, told which indicator it is."""

    def tell(act: Act[TaskStanding]) -> Iterator[Telling]:
        task = act.standing.task
        about = {"task_id": task.id, "task_number": task.number, "task_name": task.name}
        audience = {"role": Role.OWNER, "unit_id": act.standing.lead_id}
        yield Telling(topic, audience, {**about, "metric": _named(act).metric, "reason": act.reason})

    return tell
