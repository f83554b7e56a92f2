"""Entering items: what a row must say, and what becomes of rows that are all right. One report, as many items."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import Field
from sqlalchemy import Connection, insert

from models import ListItem
from models.states import EvidenceState, IndicatorKind, ItemState
from workflow.acts import Act
from workflow.attachments import touchable
from workflow.civil import PlanDay, day_of
from workflow.errors import Missing
from workflow.facts import CountedFact, IndicatorFact, InstitutionFact, Named, sees_items
from workflow.law import Details, Simplify
from workflow.lists.scope import read_named, scope_of
from workflow.progress import enter_figure, recount
from workflow.worked import W, Worked, broken_down, milestone_of, own_unit, reporting_unit, share_of

MOST_ITEMS = 2000


class NamedItem(Details):
    """One institution that counts, since when, and for how much."""

    institution: str = Field(
        min_length=1,
        max_length=200,
        description="Its code or exact name, however typed.",
        examples=["青浦区第一小学"],
    )
    district: str | None = Field(
        default=None,
        max_length=40,
        description="To tell apart institutions of one name.",
        examples=["青浦区"],
    )
    quantity: Decimal | None = Field(
        default=None, max_digits=24, decimal_places=8, description="In reported units; of a count 1 by default.",
        examples=["1"],
    )  # fmt: skip
    true_on: PlanDay = Field(examples=["2022-01-10"])
    note: str | None = Field(default=None, max_length=2000, examples=[None])
    evidence_id: int | None = Field(default=None, examples=[None])


class EnteredItems(Details):
    """Named items of one indicator: all of them count, or none."""

    indicator_id: int = Field(examples=[11])
    items: list[NamedItem] = Field(min_length=1, max_length=MOST_ITEMS)
    note: str | None = Field(default=None, max_length=5000, examples=["一季度能源审计清单。"])
    unit_id: int | None = Field(
        default=None, description="The part's unit; the reporter's own by default.", examples=[None]
    )


class ItemsOfSheet(EnteredItems):
    """Items that came in a workbook. Made by its door, never given by the caller."""

    sha256: str


def look_up(tx: Connection, standing: W, details: EnteredItems, simplify: Simplify, now: datetime) -> W:
    """The standing with what the rows name."""
    indicator = next((i for i in standing.indicators if i.id == details.indicator_id), None)
    scope_id = scope_of(indicator) if indicator else None
    return replace(standing, named=read_named(tx, details.items, scope_id, simplify))


def keeps_list(standing: Worked) -> Missing | None:
    """Something is counted from named items here, and not on shares further down."""
    here = (i for i in standing.indicators if i.card.listed and not broken_down(standing, i.id))
    return None if any(here) else Missing("keeps_list")


def countable(standing: Worked, details: EnteredItems, now: datetime) -> Iterable[Missing]:
    """A list that is counted here; and of every row that the institution is known, there, and counts nowhere yet."""
    yield from own_unit(standing, details)
    indicator = next((i for i in standing.indicators if i.id == details.indicator_id), None)
    if indicator is None:
        yield Missing("own_indicator", {"field": "indicator_id", "indicator_id": details.indicator_id})
    elif not indicator.card.listed:
        yield Missing("not_listed", {"field": "indicator_id", "metric": indicator.metric})
    elif broken_down(standing, indicator.id):
        yield Missing("broken_down", {"field": "indicator_id", "metric": indicator.metric})
    elif standing.named is not None:
        yield from _rows(standing, indicator, standing.named, details.items, day_of(now))


def _rows(
    standing: Worked, indicator: IndicatorFact, named: Named, items: list[NamedItem], today: date
) -> Iterator[Missing]:
    known_evidence = touchable(standing, EvidenceState.ATTACHED, EvidenceState.ACCEPTED)
    first: dict[Any, int] = {}
    for index, item in enumerate(items):
        yield from _stated(indicator, index, item, today)
        if item.evidence_id is not None and item.evidence_id not in known_evidence:
            yield _lack("item_evidence", index, item, "evidence_id", evidence_id=item.evidence_id)
        institution, lack = _meant(index, item, named.meant[index])
        if lack is not None or institution is None:
            yield from (lack,) if lack else ()
            continue
        twice = institution.id if indicator.card.once else (institution.id, item.true_on)
        if first.setdefault(twice, index) != index:
            yield _lack("item_twice", index, item, first=first[twice] + 1, first_index=first[twice])
        elif institution.id in named.counted:
            yield _counted_already(standing, index, item, institution, named.counted[institution.id])


def _stated(indicator: IndicatorFact, index: int, item: NamedItem, today: date) -> Iterator[Missing]:
    if item.true_on > today:
        yield _lack("item_future", index, item, "true_on", today=today.isoformat())
    if quantity_of(indicator, item) <= 0:
        yield _lack("item_quantity", index, item, "quantity")


def quantity_of(indicator: IndicatorFact, item: NamedItem) -> Decimal:
    """How much an item counts: of a count one, where nothing is said; of an amount it must be said."""
    if item.quantity is not None:
        return item.quantity
    return Decimal(1) if indicator.card.kind is IndicatorKind.COUNT else Decimal(0)


def _meant(
    index: int, item: NamedItem, meant: tuple[InstitutionFact, ...]
) -> tuple[InstitutionFact | None, Missing | None]:
    """The one institution that a row means, or why there is none."""
    if not meant:
        return None, _lack("item_unknown", index, item)
    if len(meant) > 1:
        districts = "、".join(found.district or "—" for found in meant)
        return None, _lack("item_ambiguous", index, item, "district", districts=districts)
    (found,) = meant
    if found.ended_on is not None and found.ended_on <= item.true_on:
        return None, _lack("item_ended", index, item, ended_on=found.ended_on.isoformat())
    return found, None


def _counted_already(
    standing: Worked, index: int, item: NamedItem, institution: InstitutionFact, first: CountedFact
) -> Missing:
    """Points at the first. Of a unit whose items the actor does not see, no more than unit and year is said."""
    about: dict[str, Any] = {"institution": institution.name, "unit": first.unit_name, "year": first.year}
    if not sees_items(standing, first.unit_id):
        return _lack("item_counted_elsewhere", index, item, **about)
    about |= {"item_id": first.item_id, "on": first.true_on.isoformat()}
    return _lack("item_counted", index, item, **about)


def _lack(code: str, index: int, item: NamedItem, column: str = "institution", **facts: Any) -> Missing:
    """What is wrong with a row: `index` from 0, `row` as people count."""
    place = {"field": f"items.{index}.{column}", "index": index, "row": index + 1, "value": item.institution}
    return Missing(code, {**place, **facts})


def record_items(act: Act[W]) -> None:
    """Effect: one report of what the items come to, the items behind it, and all is counted anew."""
    details: EnteredItems = act.details
    indicator = next(i for i in act.standing.indicators if i.id == details.indicator_id)
    quantities = [quantity_of(indicator, item) for item in details.items]
    entry = enter_figure(
        act, unit_id=reporting_unit(act), indicator_id=indicator.id, quantity=sum(quantities, Decimal(0)),
        as_of_on=max(item.true_on for item in details.items), note=details.note,
    )  # fmt: skip
    share, meant = share_of(act.standing), act.standing.named.meant if act.standing.named else ()
    behind = {
        "task_id": act.standing.task.id, "milestone_id": milestone_of(act.standing).id, "entry_id": entry.id,
        "share_id": share.id if share else None, "indicator_id": indicator.id, "scope_id": scope_of(indicator),
        "unit_id": entry.unit_id, "state": ItemState.COUNTED, "entered_at": act.now, "entered_by": act.actor.person_id,
    }  # fmt: skip
    rows = [
        {
            **behind, "institution_id": found.id, "quantity": quantity, "true_on": item.true_on, "note": item.note,
            "evidence_id": item.evidence_id,
        }
        for item, (found,), quantity in zip(details.items, meant, quantities, strict=True)
    ]  # fmt: skip
    act.tx.execute(insert(ListItem), rows)
    recount(act, [entry])
