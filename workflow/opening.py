"""Opening an item by hand 立项: by an instruction, a meeting's decision or an inspection; a task like any other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field
from sqlalchemy import select

from models import Meeting
from models.states import Basis, Comparator, DueBasis, IndicatorKind, Origin, PartRole, TaskState
from workflow.acts import Act
from workflow.assigning import next_number, write_task
from workflow.calendar import working_calendar
from workflow.civil import PlanDay, day_of
from workflow.definition_cards import DefinitionCard, write_card
from workflow.drafting import IndicatorDraft, MilestoneDraft, TaskDraft
from workflow.errors import Missing
from workflow.law import Details
from workflow.plan_facts import PlanStanding

TOLD: Mapping[str, tuple[str, ...]] = {
    Origin.INSTRUCTION: ("by", "on", "text"),
    Origin.MEETING: ("meeting_id", "decision"),
    Origin.INSPECTION: ("place", "on", "finding"),
}
"""What must be said of each origin, and nothing else."""


class OriginDetails(Details):
    """Where an item comes from (立项依据): of each origin its own fields."""

    by: str | None = Field(default=None, min_length=1, max_length=100, examples=["王副市长"],
                           description="Instruction: who gave it.")  # fmt: skip
    on: PlanDay | None = Field(
        default=None, examples=["2022-03-01"], description="Instruction, inspection: its day."
    )
    text: str | None = Field(default=None, min_length=1, max_length=2000, examples=["请机管局牵头研究。"],
                             description="Instruction: its words.")  # fmt: skip
    meeting_id: int | None = Field(default=None, examples=[None], description="Meeting: which one.")
    decision: int | None = Field(default=None, ge=1, examples=[None],
                                 description="Meeting: which of its decisions, from 1.")  # fmt: skip
    place: str | None = Field(default=None, min_length=1, max_length=200, examples=[None],
                              description="Inspection: where.")  # fmt: skip
    finding: str | None = Field(default=None, min_length=1, max_length=2000, examples=[None],
                                description="Inspection: what was found.")  # fmt: skip


class OpenedUnit(Details):
    """A unit's place in the item."""

    unit_id: int = Field(examples=[2])
    role: PartRole = Field(examples=["lead"])


class OpenedIndicator(Details):
    """A figure that a milestone is judged by, with its definition card 口径 where there is one."""

    metric: str = Field(min_length=1, max_length=300, examples=["数据中心节能改造"])
    quantity: Decimal | None = Field(default=None, max_digits=24, decimal_places=8, examples=["5"])
    unit: str | None = Field(default=None, min_length=1, max_length=60, examples=["个"])
    kind: IndicatorKind = Field(examples=["count"])
    comparator: Comparator = Field(examples=["at_least"])
    basis: Literal[Basis.LEVEL, Basis.ANNUAL_INCREMENT] = Field(examples=["annual_increment"])
    definition: DefinitionCard | None = Field(default=None, examples=[None])


class OpenedMilestone(Details):
    """What is to be done by a day."""

    text: str = Field(min_length=1, max_length=2000, examples=["完成5个数据中心节能改造"])
    due_on: PlanDay = Field(examples=["2022-11-30"])
    indicators: list[OpenedIndicator] = Field(default_factory=list, max_length=50)


class ItemOpening(Details):
    """An item that no plan's document has."""

    origin: Literal[Origin.INSTRUCTION, Origin.MEETING, Origin.INSPECTION] = Field(examples=["instruction"])
    origin_details: OriginDetails
    name: str = Field(min_length=1, max_length=300, examples=["推进数据中心节能改造"])
    goal: str | None = Field(
        default=None, min_length=1, max_length=5000, description="The name where nothing is said."
    )
    programme_id: int | None = Field(default=None, examples=[None])
    units: list[OpenedUnit] = Field(min_length=1, max_length=200)
    milestones: list[OpenedMilestone] = Field(min_length=1, max_length=50)


# What is checked


def origin_told(standing: PlanStanding, details: ItemOpening, now: datetime) -> Iterable[Missing]:
    """Each origin says its own fields, all of them; a meeting and its decision are ones that are entered."""
    cited, wanted = details.origin_details, TOLD[details.origin]
    for name in OriginDetails.model_fields:
        given = getattr(cited, name) is not None
        if given != (name in wanted):
            code = "origin_unasked" if given else "origin_told"
            yield Missing(code, {"field": f"origin_details.{name}", "origin": details.origin})
    if cited.on and cited.on > day_of(now):
        yield Missing("not_in_future", {"field": "origin_details.on", "today": day_of(now).isoformat()})
    if details.origin == Origin.MEETING:
        yield from _decided(standing, cited)


def _decided(standing: PlanStanding, cited: OriginDetails) -> Iterator[Missing]:
    if cited.meeting_id is None or cited.decision is None:
        return
    count = standing.citable.meetings.get(cited.meeting_id)
    if count is None:
        yield Missing("known_meeting", {"field": "origin_details.meeting_id", "meeting_id": cited.meeting_id})
    elif cited.decision > count:
        yield Missing("known_decision", {"field": "origin_details.decision", "count": count})


def units_fit(standing: PlanStanding, details: ItemOpening, now: datetime) -> Iterable[Missing]:
    """Present organs, each once; one of them leads, and has people who can do the work."""
    often = Counter(unit.unit_id for unit in details.units)
    for place, unit in enumerate(details.units):
        if unit.unit_id not in standing.organs or often[unit.unit_id] > 1:
            yield Missing("standing_part", {"field": f"units.{place}.unit_id", "unit_id": unit.unit_id})
    leads = [unit.unit_id for unit in details.units if unit.role == PartRole.LEAD]
    if len(leads) != 1:
        yield Missing("one_lead", {"field": "units", "count": len(leads)})
    elif leads[0] in standing.organs and leads[0] not in standing.citable.staffed:
        yield Missing("lead_staffed", {"field": "units", "unit_id": leads[0]})


def milestones_fit(standing: PlanStanding, details: ItemOpening, now: datetime) -> Iterable[Missing]:
    """Dates ahead, cards of the same kind as their figures, a programme of this plan."""
    if details.programme_id is not None and details.programme_id not in standing.citable.programmes:
        yield Missing("own_programme", {"field": "programme_id", "programme_id": details.programme_id})
    for place, milestone in enumerate(details.milestones):
        if milestone.due_on < day_of(now):
            facts = {"field": f"milestones.{place}.due_on", "today": day_of(now).isoformat()}
            yield Missing("not_in_past", facts)
        for n, indicator in enumerate(milestone.indicators):
            yield from _figure_fits(indicator, f"milestones.{place}.indicators.{n}")


def _figure_fits(indicator: OpenedIndicator, at: str) -> Iterator[Missing]:
    """Its card is of its kind, and its target below zero only where something changes."""
    if indicator.definition and indicator.definition.kind != indicator.kind:
        yield Missing("card_kind", {"field": f"{at}.definition.kind", "kind": indicator.kind})
    if (indicator.quantity or 0) < 0 and indicator.kind is not IndicatorKind.CHANGE:
        yield Missing("not_negative", {"field": f"{at}.quantity", "quantity": str(indicator.quantity)})


# What follows


def open_item(act: Act[PlanStanding]) -> None:
    """Effect: the item stands as the plan's next task, assigned, and its units are told."""
    details: ItemOpening = act.details
    number = next_number(act.tx, act.subject_id)
    places = [(unit.unit_id, None, unit.role) for unit in details.units]
    draft = TaskDraft(number, None, _task_values(act, number), (), tuple(map(_milestone, details.milestones)))
    task_id = write_task(act, draft, details.programme_id, places, working_calendar(act.tx).provisional)
    act.created("task", task_id, "assign", TaskState.ASSIGNED, {"number": number, "name": details.name})


def _task_values(act: Act[PlanStanding], number: int) -> dict[str, Any]:
    details: ItemOpening = act.details
    goal = details.goal or details.name
    return {
        "number": number, "name": details.name, "printed_name": details.name, "goal": goal, "printed_goal": goal,
        "origin": details.origin, "origin_details": _cited(act), "source_line": None, "source_sha256": None,
    }  # fmt: skip


def _cited(act: Act[PlanStanding]) -> dict[str, Any]:
    """The origin as it is kept: of a meeting also its name, number, day and the words of the decision."""
    cited: OriginDetails = act.details.origin_details
    told = cited.model_dump(mode="json", exclude_none=True)
    if cited.meeting_id is None or cited.decision is None:
        return told
    columns = (Meeting.name, Meeting.number, Meeting.held_on, Meeting.decisions)
    meeting = act.tx.execute(select(*columns).where(Meeting.id == cited.meeting_id)).one()
    return {
        **told, "name": meeting.name, "number": meeting.number, "held_on": meeting.held_on.isoformat(),
        "text": meeting.decisions[cited.decision - 1],
    }  # fmt: skip


def _milestone(milestone: OpenedMilestone) -> MilestoneDraft:
    year = milestone.due_on.year
    values = {
        "year": year, "text": milestone.text, "printed_text": milestone.text, "due_on": milestone.due_on,
        "due_basis": DueBasis.RULING, "source_line": None,
    }  # fmt: skip
    return MilestoneDraft(values, tuple(IndicatorDraft(_indicator(i, year)) for i in milestone.indicators))


def _indicator(indicator: OpenedIndicator, year: int) -> dict[str, Any]:
    card = indicator.definition
    return {
        **indicator.model_dump(exclude={"definition"}), "printed_quantity": None, "strength": "firm", "year": year,
        "quote": None, "source_line": None, "definition": write_card(card) if card else None,
    }  # fmt: skip
