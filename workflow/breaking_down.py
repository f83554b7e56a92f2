"""Breaking down 分解: a milestone into units' shares, and a share into those of the unit's own sub-units."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from pydantic import Field
from sqlalchemy import func, insert, select

from models import Part, Share, ShareTarget, Unit
from models.states import IndicatorKind, PartRole, PartState, Role, ShareState, UnitKind
from workflow.acts import Act
from workflow.calendar import working_calendar
from workflow.civil import PlanDay, day_of
from workflow.counting import keep_share_tallies, keep_tallies, shares_tally
from workflow.errors import Missing
from workflow.facts import EntryFact, IndicatorFact, MilestoneStanding, ShareFact, ShareStanding
from workflow.figures import Tally, counting
from workflow.law import Details, Telling
from workflow.signing import about
from workflow.worked import W, Worked, broken_down, milestone_of

MOST_PORTIONS = 400


class PortionTarget(Details):
    """What a unit is to bring towards one indicator; without a quantity it only reports its figures."""

    indicator_id: int = Field(examples=[11])
    quantity: Decimal | None = Field(default=None, max_digits=24, decimal_places=8, examples=["20"])


class Portion(Details):
    """One unit's share: what it is to do, by when."""

    unit_id: int = Field(examples=[30])
    text: str | None = Field(default=None, max_length=2000, examples=["完成20家能源审计"])
    due_on: PlanDay | None = Field(
        default=None, description="The milestone's own where nothing is said.", examples=["2022-11-30"]
    )
    targets: list[PortionTarget] = Field(default_factory=list, max_length=50)


class BreakDown(Details):
    """The shares of several units at once: all of them are issued, or none."""

    portions: list[Portion] = Field(min_length=1, max_length=MOST_PORTIONS)


class BreakDownOfSheet(BreakDown):
    """The same as it stands in a workbook, known by its SHA-256."""

    sha256: str


def fits_milestone(standing: MilestoneStanding, details: BreakDown, now: datetime) -> Iterable[Missing]:
    """Each portion is for a unit that works on the task, is due by the milestone's date, and names its indicators."""
    working = {p.unit_id for p in standing.parts if p.role != PartRole.INFORMED}
    yield from _fits(standing, details, now, working, "working_part")


def fits_share(standing: ShareStanding, details: BreakDown, now: datetime) -> Iterable[Missing]:
    """The same one level further: for departments and subordinate organs of the share's own unit."""
    yield from _fits(standing, details, now, set(standing.sub_units), "sub_unit")


def _fits(
    standing: Worked, details: BreakDown, now: datetime, units: set[int], code: str
) -> Iterator[Missing]:
    taken = {share.unit_id: share for share in milestone_of(standing).shares}
    often = Counter(portion.unit_id for portion in details.portions)
    for place, portion in enumerate(details.portions):
        at = f"portions.{place}"
        if portion.unit_id not in units:
            yield Missing(code, {"field": f"{at}.unit_id", "unit_id": portion.unit_id})
        elif portion.unit_id in taken:
            yield _taken(taken[portion.unit_id], f"{at}.unit_id")
        elif often[portion.unit_id] > 1:
            yield Missing("unit_twice", {"field": f"{at}.unit_id", "unit_id": portion.unit_id})
        yield from _dated(standing, portion, at, now)
        yield from _aimed(standing, portion, at)


def _taken(share: ShareFact, field: str) -> Missing:
    """One share a unit: a further one would count beside the first. A waived one is taken up again instead."""
    code = "share_waived" if share.state == ShareState.WAIVED else "one_share_each"
    return Missing(code, {"field": field, "unit": share.unit_name})


def _dated(standing: Worked, portion: Portion, at: str, now: datetime) -> Iterator[Missing]:
    above, field = due_above(standing), f"{at}.due_on"
    if portion.due_on is not None:
        yield from within(portion.due_on, above, field, now)
    elif above < day_of(now):
        yield Missing("due_named", {"field": field, "latest": above.isoformat()})


def within(due_on: date, above: date, field: str, now: datetime) -> Iterator[Missing]:
    """Due from today on, and by the date of what it is a part of; when that has passed, on any day to come."""
    today = day_of(now)
    if due_on < today:
        yield Missing("not_in_past", {"field": field, "today": today.isoformat()})
    elif due_on > above >= today:
        yield Missing("due_by", {"field": field, "latest": above.isoformat()})


def _aimed(standing: Worked, portion: Portion, at: str) -> Iterator[Missing]:
    known = {indicator.id: indicator for indicator in standing.indicators}
    if not portion.targets and not (portion.text or "").strip():
        yield Missing("portion_said", {"field": f"{at}.text"})
    yield from aimed_at(known, portion.targets, f"{at}.targets")
    for indicator_id in {target.indicator_id for target in portion.targets} & set(known):
        if is_reported(standing.entries, indicator_id):
            metric = known[indicator_id].metric
            facts = {"field": f"{at}.targets", "metric": metric, "indicator_id": indicator_id}
            yield Missing("already_reported", facts)


def aimed_at(
    known: Mapping[int, IndicatorFact], targets: Sequence[PortionTarget], field: str
) -> Iterator[Missing]:
    """Targets are for indicators that there are, one each, and below zero only where something changes."""
    often = Counter(target.indicator_id for target in targets)
    for target in targets:
        indicator = known.get(target.indicator_id)
        if indicator is None:
            yield Missing("own_indicator", {"field": field, "indicator_id": target.indicator_id})
            continue
        facts = {"field": field, "metric": indicator.metric, "indicator_id": indicator.id}
        if often[target.indicator_id] > 1:
            yield Missing("one_target_each", facts)
        if (target.quantity or 0) < 0 and indicator.card.kind is not IndicatorKind.CHANGE:
            yield Missing("not_negative", {**facts, "quantity": str(target.quantity)})


def is_reported(entries: Iterable[EntryFact], indicator_id: int) -> bool:
    """Whether figures were reported there already, that shares would replace."""
    return any(e.indicator_id == indicator_id and (e.quantity or e.base) for e in counting(entries))


def is_reported_above(standing: ShareStanding, indicator: IndicatorFact) -> bool:
    """The same of what a share is a part of: the milestone, or the share above."""
    above = standing.entries_above if standing.parent else standing.milestone.entries
    return is_reported(above, indicator.id)


def due_above(standing: Worked) -> date:
    """The date by which what is broken down is due."""
    return standing.share.due_on if isinstance(standing, ShareStanding) else standing.due_on


def issue_shares(act: Act[W]) -> None:
    """Effect: every portion becomes a share under the same root, its unit is told; what is reached is counted anew."""
    details: BreakDown = act.details
    provisional = working_calendar(act.tx).provisional
    for portion in details.portions:
        _issue(act, portion, provisional(portion.due_on or due_above(act.standing)))
    touched = {target.indicator_id for portion in details.portions for target in portion.targets}
    found = [(i, _brought(act.standing, i)) for i in act.standing.indicators if i.id in touched]
    if isinstance(act.standing, ShareStanding):
        keep_share_tallies(act, act.subject_id, found)
    else:
        keep_tallies(act, found)


def _brought(standing: Worked, indicator: IndicatorFact) -> Tally | None:
    """What shares issued earlier have brought by now; those just issued have brought nothing."""
    return shares_tally(indicator, broken_down(standing, indicator.id))


def _issue(act: Act[W], portion: Portion, provisional: bool) -> None:
    standing = act.standing
    parent_id = standing.share.id if isinstance(standing, ShareStanding) else None
    due_on = portion.due_on or due_above(standing)
    text = (portion.text or "").strip() or standing.text
    share_id = act.make(
        Share, task_id=standing.task.id, milestone_id=milestone_of(standing).id, parent_id=parent_id, text=text,
        unit_id=portion.unit_id, due_on=due_on, due_provisional=provisional, state=ShareState.ISSUED,
        due_with_above=portion.due_on is None, issued_at=act.now, issued_by=act.actor.person_id,
    )  # fmt: skip
    targets = [{"share_id": share_id, **target.model_dump()} for target in portion.targets]
    if targets:
        act.tx.execute(insert(ShareTarget), targets)
    if parent_id is not None:
        _give_part(act, portion.unit_id)
    asked = portion.model_dump(mode="json") | {"due_on": due_on.isoformat(), "parent_id": parent_id}
    act.created("share", share_id, "issue", ShareState.ISSUED, {**asked, "text": text})
    facts = {**about(act), "share_id": share_id, "milestone": text, "due_on": due_on.isoformat()}
    act.tell(Telling("share_issued", {"role": Role.OWNER, "unit_id": portion.unit_id}, facts))


def _give_part(act: Act[W], unit_id: int) -> None:
    """A subordinate organ works on the task from now on; a department does so with its organ."""
    if any(part.unit_id == unit_id for part in act.standing.parts):
        return
    if act.tx.execute(select(Unit.kind).where(Unit.id == unit_id)).scalar_one() != UnitKind.ORGAN:
        return
    last = select(func.coalesce(func.max(Part.ordinal), 0)).where(Part.task_id == act.standing.task.id)
    part = {
        "unit_id": unit_id,
        "role": PartRole.CONTRIBUTOR,
        "ordinal": act.tx.execute(last).scalar_one() + 1,
    }
    part_id = act.make(Part, task_id=act.standing.task.id, state=PartState.ASSIGNED, **part)
    act.created("part", part_id, "assign", PartState.ASSIGNED, part)
