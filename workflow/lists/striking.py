"""Striking an item 核减, and counting it again: the report behind it is corrected, and what is above counted anew.

A report of a list is always the sum of its items that count. Accepted figures are counted anew as well; what no longer
reaches its target is reopened, and who signs for the figure is asked again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import Connection, select

from models import ListItem
from models.states import ItemState, MilestoneState, Role
from workflow.acts import Act, facts
from workflow.definition_cards import Direction
from workflow.errors import Missing
from workflow.facts import EntryFact, ItemStanding, MilestoneStanding, ShareStanding
from workflow.figures import counted, is_met
from workflow.handing_in import short_of
from workflow.law import LAWS, Telling
from workflow.permissions import owner_of_lead, supervisor
from workflow.progress import enter_figure, recount
from workflow.signing import about
from workflow.taking_in import count_above
from workflow.worked import Worked, broken_down


def strikes_item(standing: ItemStanding) -> bool:
    """A supervisor, an inspector of the office, an owner of the lead, or of the unit whose item it is."""
    who = standing.actor
    own = who.holds_in(Role.OWNER, standing.item.unit_id)
    return own or supervisor(standing) or who.in_office(Role.INSPECTOR) or owner_of_lead(standing)


def counted_nowhere_else(standing: ItemStanding) -> Missing | None:
    """Its institution was not counted by another item meanwhile."""
    other = standing.elsewhere
    if other is None:
        return None
    return Missing(
        "counted_nowhere_else", {"unit": other.unit_name, "year": other.year, "item_id": other.item_id}
    )


def still_listed(standing: ItemStanding) -> Missing | None:
    """Its figure is still counted from items, and not broken down meanwhile."""
    if not broken_down(standing.worked, standing.item.indicator_id):
        return None
    return Missing("broken_down", {"metric": standing.indicator.metric})


def struck(act: Act[ItemStanding]) -> Mapping[str, Any]:
    """The columns of an item that counts no more."""
    return {"struck_reason": act.reason, "struck_at": act.now, "struck_by": act.actor.person_id}


def unstruck(act: Act[ItemStanding]) -> Mapping[str, Any]:
    return {"struck_reason": None, "struck_at": None, "struck_by": None}


def correct_report(act: Act[ItemStanding]) -> None:
    """Effect: a correction takes the place of the report behind the item, for its unit and its day."""
    item, worked = act.standing.item, act.standing.worked
    earlier = last_correction(worked.entries, item.entry_id)
    within = _upon(act, worked)
    correction = enter_figure(
        within, unit_id=earlier.unit_id, as_of_on=earlier.as_of_on, note=act.reason, indicator_id=item.indicator_id,
        quantity=sum_of_items(act.tx, item.entry_id), corrects_id=earlier.id,
    )  # fmt: skip
    recount(within, [correction])


def last_correction(entries: Iterable[EntryFact], entry_id: int) -> EntryFact:
    """What counts in the place of an entry by now: itself, or the last in its row of corrections."""
    entries = list(entries)
    corrections = {entry.corrects_id: entry for entry in entries if entry.corrects_id is not None}
    found = next(entry for entry in entries if entry.id == entry_id)
    while found.id in corrections:
        found = corrections[found.id]
    return found


def sum_of_items(tx: Connection, entry_id: int) -> Decimal:
    """What the items behind a report come to. Added up here: SQLite keeps quantities as text."""
    statement = select(ListItem.quantity).where(
        ListItem.entry_id == entry_id, ListItem.state == ItemState.COUNTED
    )
    return sum(tx.execute(statement).scalars(), Decimal(0))


def _upon(act: Act[ItemStanding], worked: Worked) -> Act[Any]:
    """The same act, upon what the item was counted for."""
    subject_id = worked.share.id if isinstance(worked, ShareStanding) else worked.id
    return replace(cast("Act[Any]", act), standing=worked, subject_id=subject_id)


def settle_above(act: Act[ItemStanding]) -> None:
    """Effect: an accepted share that is short now is reopened, with all that counted it; else the figures above are
    counted anew, and a milestone that is short of its target, or lies with its signers, is taken back."""
    if act.standing.share is None:
        _settle_milestone(act)
    else:
        _settle_share(act, act.standing.share.id)


def _settle_share(act: Act[ItemStanding], share_id: int) -> None:
    standing: ShareStanding = facts(act.tx, LAWS["share"], share_id, None, act.now)
    if not standing.share.counts:
        return
    if _lost(act, act.standing.item.indicator_id in {i.id for i in short_of(standing)}):
        act.follow("share", share_id, "reopen", standing, reason=act.reason)
        return
    count_above(_upon(act, standing), standing.share, [act.standing.item.indicator_id])
    if standing.share.parent_id is not None:
        _settle_share(act, standing.share.parent_id)
    else:
        _settle_milestone(act)


def _settle_milestone(act: Act[ItemStanding]) -> None:
    milestone_id = act.standing.milestone.id
    standing: MilestoneStanding = facts(act.tx, LAWS["milestone"], milestone_id, None, act.now)
    if standing.state == MilestoneState.SUBMITTED:
        act.follow("milestone", milestone_id, "recall", standing, reason=act.reason)
    indicator = next(i for i in standing.indicators if i.id == act.standing.item.indicator_id)
    if standing.state == MilestoneState.ACCEPTED and _lost(act, not is_met(indicator, counted(indicator))):
        act.follow("milestone", milestone_id, "reopen", standing, reason=act.reason)


def _lost(act: Act[ItemStanding], short: bool) -> bool:
    """Whether a target is missed, and further than before: striking lowers the figure, counting again raises it."""
    at_most = act.standing.indicator.card.direction is Direction.AT_MOST
    return short and (act.action.to == ItemState.COUNTED) is at_most


def the_entering(topic: str) -> Callable[[Act[ItemStanding]], Iterator[Telling]]:
    """The owners of the unit whose item it is, and of the lead."""

    def tell(act: Act[ItemStanding]) -> Iterator[Telling]:
        worked = _upon(act, act.standing.worked)
        said = {**about(worked), "institution": act.standing.item.institution, "reason": act.reason}
        for unit_id in dict.fromkeys((act.standing.item.unit_id, act.standing.lead_id)):
            if unit_id is not None:
                yield Telling(topic, {"role": Role.OWNER, "unit_id": unit_id}, said)

    return tell
