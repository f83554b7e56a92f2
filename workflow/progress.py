"""Progress 进展: figures reported against indicators, and their corrections; of a milestone or of a share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import Field

from models import ProgressEntry
from models.states import IndicatorKind
from workflow.acts import Act
from workflow.civil import PlanDay, day_of
from workflow.counting import keep_share_tallies, keep_tallies, milestone_tally, portion_tally
from workflow.errors import Missing
from workflow.facts import EntryFact, IndicatorFact, ShareStanding
from workflow.figures import counting
from workflow.law import Details
from workflow.worked import (
    W,
    Worked,
    broken_down,
    milestone_of,
    own_unit,
    owned_units,
    reporting_unit,
    share_of,
)


class Delivered(Details):
    """What a deliverable is: its document, number and date."""

    document: str = Field(min_length=1, max_length=300, examples=["2021年度公共机构能源资源利用情况调查报告"])
    number: str | None = Field(default=None, max_length=60, examples=["沪机管〔2022〕15号"])
    dated_on: PlanDay = Field(examples=["2022-02-24"])


class Stated(Details):
    """What a figure states: a quantity, or of a ratio numerator and denominator."""

    quantity: Decimal = Field(examples=["180"], max_digits=24, decimal_places=8)
    base: Decimal | None = Field(
        default=None, ge=0, max_digits=24, decimal_places=8, description="Of a ratio, the denominator."
    )
    delivered: Delivered | None = None


class Figure(Stated):
    """A figure against one of the milestone's indicators. Increments count what was added since the last report."""

    indicator_id: int = Field(examples=[11])


class Progress(Details):
    """What was done (进展): figures, words, and the day it was true."""

    figures: list[Figure] = Field(default_factory=list, max_length=100)
    note: str | None = Field(default=None, max_length=5000, examples=["已完成180家能源审计。"])
    as_of_on: PlanDay = Field(examples=["2022-06-30"])
    unit_id: int | None = Field(default=None, description="The part's unit; the reporter's own by default.")


class Correction(Stated):
    """What an earlier figure should have been. The earlier one stays on record and counts no more."""

    entry_id: int = Field(examples=[31])


def known_figures(standing: Worked, details: Progress, now: datetime) -> Iterable[Missing]:
    """Figures name own indicators and state what each wants; nothing is from the future; something is said."""
    yield from own_unit(standing, details)
    known = {indicator.id: indicator for indicator in standing.indicators}
    if len({figure.indicator_id for figure in details.figures}) < len(details.figures):
        yield Missing("one_figure_each", {"field": "figures"})
    for figure in details.figures:
        if figure.indicator_id not in known:
            yield Missing("own_indicator", {"field": "figures", "indicator_id": figure.indicator_id})
        else:
            yield from _reported_here(standing, known[figure.indicator_id], "figures")
            yield from _states(known[figure.indicator_id], figure, "figures")
    if details.as_of_on > day_of(now):
        yield Missing("not_in_future", {"field": "as_of_on", "today": day_of(now).isoformat()})
    if not details.figures and not (details.note or "").strip():
        yield Missing("something_said", {"field": "note"})


def _reported_here(standing: Worked, indicator: IndicatorFact, field: str) -> Iterator[Missing]:
    """Not on what others report for: where it was broken down, and where named items are counted."""
    if broken_down(standing, indicator.id):
        yield Missing("broken_down", {"field": field, "metric": indicator.metric})
    if indicator.card.listed:
        yield Missing("listed_figure", {"field": field, "metric": indicator.metric})


def _states(indicator: IndicatorFact, stated: Stated, field: str) -> Iterator[Missing]:
    """A figure states what its indicator's definition wants."""
    card, facts = indicator.card, {"field": field, "metric": indicator.metric}
    if stated.quantity < 0 and card.kind is not IndicatorKind.CHANGE:
        yield Missing("not_negative", {**facts, "quantity": str(stated.quantity)})
    if card.is_ratio and stated.base is None:
        yield Missing("figure_base", {**facts, "denominator": card.denominator or ""})
    if not card.is_ratio and stated.base is not None:
        yield Missing("figure_no_base", facts)
    if card.is_ratio and stated.base == 0 and stated.quantity != 0:
        yield Missing("figure_base_zero", facts)
    wants_paper = indicator.definition is not None and card.kind is IndicatorKind.DELIVERABLE
    if wants_paper and stated.quantity > 0 and stated.delivered is None:
        yield Missing("figure_delivered", facts)


def correctable(standing: Worked, details: Correction, now: datetime) -> Iterable[Missing]:
    """Corrected is what counts, was reported by one's own unit (or to the lead), and is no sum of named items."""
    owned, lead = owned_units(standing), standing.lead_id
    entry = next((e for e in counting(standing.entries) if e.id == details.entry_id), None)
    if entry is None or not (entry.unit_id in owned or lead in owned or standing.actor.sees_all):
        yield Missing("own_entry", {"field": "entry_id", "entry_id": details.entry_id})
        return
    indicator = next(i for i in milestone_of(standing).indicators if i.id == entry.indicator_id)
    yield from _reported_here(standing, indicator, "entry_id")
    yield from _states(indicator, details, "quantity")


def record_figures(act: Act[W]) -> None:
    """Effect of reporting: one entry per figure, or one that holds the words alone; then all is counted anew."""
    details: Progress = act.details
    entry: dict[str, Any] = {
        "unit_id": reporting_unit(act),
        "note": details.note,
        "as_of_on": details.as_of_on,
    }
    added = [enter_figure(act, **entry, **_columns(figure)) for figure in details.figures]
    if not details.figures:
        enter_figure(act, **entry)
    recount(act, added)


def _columns(stated: Stated) -> dict[str, Any]:
    """The columns that a stated figure fills."""
    delivered = stated.delivered.model_dump(mode="json") if stated.delivered else None
    return {**stated.model_dump(exclude={"entry_id"}), "delivered": delivered}


def enter_figure(
    act: Act[W], *, unit_id: int, as_of_on: date, note: str | None = None, indicator_id: int | None = None,
    quantity: Decimal | None = None, base: Decimal | None = None, delivered: dict[str, Any] | None = None,
    corrects_id: int | None = None,
) -> EntryFact:  # fmt: skip
    """Write one entry under the act: as a fact to count with."""
    milestone, share = milestone_of(act.standing), share_of(act.standing)
    entry_id = act.make(
        ProgressEntry, task_id=act.standing.task.id, milestone_id=milestone.id, share_id=share.id if share else None,
        indicator_id=indicator_id, unit_id=unit_id, quantity=quantity, base=base, corrects_id=corrects_id,
        delivered=delivered, note=note, as_of_on=as_of_on, reported_at=act.now, reported_by=act.actor.person_id,
    )  # fmt: skip
    return EntryFact(entry_id, milestone.id, indicator_id, unit_id, quantity, as_of_on, base, corrects_id)


def correct_figure(act: Act[W]) -> None:
    """Effect: a further entry takes the earlier one's place, for its unit and its day."""
    details: Correction = act.details
    earlier = next(e for e in act.standing.entries if e.id == details.entry_id)
    correction = enter_figure(
        act, unit_id=earlier.unit_id, as_of_on=earlier.as_of_on, note=act.reason, indicator_id=earlier.indicator_id,
        corrects_id=earlier.id, **_columns(details),
    )  # fmt: skip
    recount(act, [correction])


def recount(act: Act[W], added: Iterable[EntryFact]) -> None:
    """Count the indicators anew that the added entries are about, and keep what they come to."""
    added = list(added)
    entries = (*act.standing.entries, *added)
    touched = {entry.indicator_id for entry in added}
    indicators = [i for i in milestone_of(act.standing).indicators if i.id in touched]
    if isinstance(act.standing, ShareStanding):
        found = [(i, portion_tally(act.standing, i, entries)) for i in indicators]
        keep_share_tallies(act, act.subject_id, found)
        return
    keep_tallies(act, [(i, milestone_tally(act.standing, i, entries)) for i in indicators])
