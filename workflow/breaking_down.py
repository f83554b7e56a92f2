"""Breaking down 分解: a milestone into units' shares, and a share into those of the unit's own sub-units."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal

from pydantic import Field
from sqlalchemy import insert, select

from models import Part, Share, ShareTarget, Unit
from models.states import PartRole, PartState, Role, ShareState, UnitKind
from workflow.acts import Act
from workflow.calendar import working_calendar
from workflow.civil import PlanDay, day_of
from workflow.counting import keep_share_tallies, keep_tallies, milestone_tally
from workflow.errors import Missing
from workflow.facts import IndicatorFact, MilestoneStanding, ShareStanding
from workflow.figures import counting
from workflow.law import Details, Telling
from workflow.signing import about
from workflow.worked import W, Worked, milestone_of

MOST_PORTIONS = 400


class PortionTarget(Details):
    """What a unit is to bring towards one indicator; without a quantity it only reports its figures."""

    indicator_id: int = Field(examples=[11])
    quantity: Decimal | None = Field(default=None, ge=0, max_digits=24, decimal_places=8, examples=["20"])


class Portion(Details):
    """One unit's share: what it is to do, by when."""

    unit_id: int = Field(examples=[30])
    text: str | None = Field(default=None, max_length=2000, examples=["完成20家能源审计"])
    due_on: PlanDay | None = Field(default=None, description="The milestone's own where nothing is said.")
    targets: list[PortionTarget] = Field(default_factory=list, max_length=50)


class BreakDown(Details):
    """The shares of several units at once: all of them are issued, or none."""

    portions: list[Portion] = Field(min_length=1, max_length=MOST_PORTIONS)


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
    taken = {share.unit_id for share in milestone_of(standing).shares}
    often = Counter(portion.unit_id for portion in details.portions)
    for place, portion in enumerate(details.portions):
        at = f"portions.{place}"
        if portion.unit_id not in units:
            yield Missing(code, {"field": f"{at}.unit_id", "unit_id": portion.unit_id})
        elif portion.unit_id in taken or often[portion.unit_id] > 1:
            yield Missing("one_share_each", {"field": f"{at}.unit_id", "unit_id": portion.unit_id})
        yield from _dated(standing, portion, at, now)
        yield from _aimed(standing, portion, at)


def _dated(standing: Worked, portion: Portion, at: str, now: datetime) -> Iterator[Missing]:
    latest = _due_on(standing)
    if portion.due_on and portion.due_on > latest:
        yield Missing("due_by", {"field": f"{at}.due_on", "latest": latest.isoformat()})
    if portion.due_on and portion.due_on < day_of(now):
        yield Missing("not_in_past", {"field": f"{at}.due_on", "today": day_of(now).isoformat()})


def _aimed(standing: Worked, portion: Portion, at: str) -> Iterator[Missing]:
    known = {indicator.id: indicator for indicator in standing.indicators}
    if not portion.targets and not (portion.text or "").strip():
        yield Missing("portion_said", {"field": f"{at}.text"})
    often = Counter(target.indicator_id for target in portion.targets)
    for target in portion.targets:
        indicator, field = known.get(target.indicator_id), f"{at}.targets"
        if indicator is None:
            yield Missing("own_indicator", {"field": field, "indicator_id": target.indicator_id})
        elif often[target.indicator_id] > 1:
            yield Missing("one_target_each", {"field": field, "metric": indicator.metric})
        elif is_reported(standing, indicator):
            yield Missing("already_reported", {"field": field, "metric": indicator.metric})


def is_reported(standing: Worked, indicator: IndicatorFact) -> bool:
    """Whether figures were reported here already, that shares would replace."""
    own = (e for e in counting(standing.entries) if e.indicator_id == indicator.id)
    return any(e.quantity != 0 for e in own)


def _due_on(standing: Worked) -> date:
    return standing.share.due_on if isinstance(standing, ShareStanding) else standing.due_on


def issue_shares(act: Act[W]) -> None:
    """Effect: every portion becomes a share under the same root, its unit is told; what is reached is counted anew."""
    details: BreakDown = act.details
    provisional = working_calendar(act.tx).provisional
    for portion in details.portions:
        _issue(act, portion, provisional(portion.due_on or _due_on(act.standing)))
    touched = {target.indicator_id for portion in details.portions for target in portion.targets}
    indicators = [i for i in act.standing.indicators if i.id in touched]
    if isinstance(act.standing, ShareStanding):
        keep_share_tallies(act, act.subject_id, [(indicator, None) for indicator in indicators])
        return
    known = {i.id for i in indicators if act.standing.portions_of(i.id)}
    keep_tallies(act, [(i, milestone_tally(act.standing, i) if i.id in known else None) for i in indicators])


def _issue(act: Act[W], portion: Portion, provisional: bool) -> None:
    standing = act.standing
    parent_id = standing.share.id if isinstance(standing, ShareStanding) else None
    due_on = portion.due_on or _due_on(standing)
    text = (portion.text or "").strip() or milestone_of(standing).text
    share_id = act.make(
        Share, task_id=standing.task.id, milestone_id=milestone_of(standing).id, parent_id=parent_id, text=text,
        unit_id=portion.unit_id, due_on=due_on, due_provisional=provisional, state=ShareState.ISSUED,
        issued_at=act.now, issued_by=act.actor.person_id,
    )  # fmt: skip
    targets = [{"share_id": share_id, **target.model_dump()} for target in portion.targets]
    if targets:
        act.tx.execute(insert(ShareTarget), targets)
    if parent_id is not None:
        _give_part(act, portion.unit_id)
    asked = portion.model_dump(mode="json") | {"due_on": due_on.isoformat(), "parent_id": parent_id}
    act.created("share", share_id, "issue", ShareState.ISSUED, asked)
    facts = {**about(act), "share_id": share_id, "milestone": text, "due_on": due_on.isoformat()}
    act.tell(Telling("share_issued", {"role": Role.OWNER, "unit_id": portion.unit_id}, facts))


def _give_part(act: Act[W], unit_id: int) -> None:
    """A subordinate organ works on the task from now on; a department does so with its organ."""
    if any(part.unit_id == unit_id for part in act.standing.parts):
        return
    kind = act.tx.execute(select(Unit.kind).where(Unit.id == unit_id)).scalar_one()
    if kind == UnitKind.ORGAN:
        act.make(
            Part, task_id=act.standing.task.id, unit_id=unit_id, role=PartRole.CONTRIBUTOR,
            ordinal=len(act.standing.parts) + 1, state=PartState.ASSIGNED,
        )  # fmt: skip
