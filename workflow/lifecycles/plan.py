"""Plan 方案 and what was found in its document: a draft is ruled on, then confirmed, and its tasks are assigned.

How often tasks report is said once for the whole plan; the job that calls for reports reads it for every task that has
no interval of its own. So it is one act on the plan, not one on each task.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Literal

from pydantic import Field

from models import Finding, Plan
from models.states import FindingState as F
from models.states import PartRole, PlanState, Role
from workflow.assigning import appoint_unit, assign_tasks
from workflow.civil import PlanDay
from workflow.definitions import Definitions, definitions_fit, known_indicators, merged
from workflow.errors import Missing
from workflow.law import Action, Details, Lifecycle, Reason
from workflow.opening import ItemOpening, milestones_fit, open_item, origin_told, units_fit
from workflow.plan_facts import FindingStanding, PlanStanding, load_findings, load_plans
from workflow.reporting import ReportingInterval, reporting_columns
from workflow.work_plans import WorkPlanLimit


class Appointing(Details):
    """A unit's place in a task of the draft. Naming a lead makes the former lead a joint unit."""

    task_number: int = Field(ge=1, examples=[13])
    unit_id: int = Field(examples=[2])
    role: PartRole


class Ruling(Details):
    """Which reading is taken: the body's, the appendix's, both as they stand, none (noted), or an addition."""

    take: Literal["body", "appendix", "both", "note", "add"]
    text: str | None = Field(default=None, max_length=300, description="The wording that is to stand.")
    quantity: Decimal | None = Field(
        default=None, ge=0, max_digits=24, decimal_places=8, examples=["90"],
        description="The goal that is to stand.",
    )  # fmt: skip
    unit: str | None = Field(default=None, max_length=60, examples=["家"])
    due_on: PlanDay | None = Field(default=None, examples=["2023-06-30"])
    year: int | None = Field(default=None, ge=2000, le=2100)
    units: list[int] = Field(
        default_factory=list, max_length=100, description="Units of an added task; the first leads."
    )


def of_the_office(standing: PlanStanding | FindingStanding) -> bool:
    """A supervisor (督办人) of the joint-meeting office."""
    return standing.actor.in_office(Role.SUPERVISOR)


def discrepancies_ruled(standing: PlanStanding) -> Missing | None:
    """Gaps may stay open when a plan is confirmed, contradictions not."""
    waiting = standing.open_discrepancies
    tasks = ", ".join(sorted({str(f.task_number or "-") for f in waiting}, key=lambda n: (len(n), n)))
    return Missing("discrepancies_ruled", {"count": len(waiting), "tasks": tasks}) if waiting else None


def leads_named(standing: PlanStanding) -> Missing | None:
    without = sorted(set(standing.task_numbers) - {lead.task_number for lead in standing.leads})
    return Missing("leads_named", {"tasks": ", ".join(map(str, without))}) if without else None


def leads_staffed(standing: PlanStanding) -> Missing | None:
    """Nobody falls between chairs: each lead unit has somebody who owns and somebody who reviews."""
    empty = sorted({lead.unit for lead in standing.leads if not (lead.has_owner and lead.has_reviewer)})
    return Missing("leads_staffed", {"units": "、".join(empty)}) if empty else None


def known_task(standing: PlanStanding, details: Appointing, now: datetime) -> Iterable[Missing]:
    if details.task_number not in standing.task_numbers:
        yield Missing("known_task", {"field": "task_number", "task": details.task_number})
    if details.unit_id not in standing.organs:
        yield Missing("standing_part", {"field": "unit_id", "unit_id": details.unit_id})


def still_open_to_ruling(standing: FindingStanding) -> Missing | None:
    """A contradiction is settled before the plan is confirmed. What it leaves open may still be settled after."""
    late = standing.sort == "gap" and standing.plan_state == PlanState.ACTIVE
    return None if late or standing.plan_state == PlanState.DRAFT else Missing("still_draft")


def complete_ruling(standing: FindingStanding, details: Ruling, now: datetime) -> Iterable[Missing]:
    """A ruling says what it sets: a figure for a figure, a date for a date, units for a task that is added."""
    for unit_id in details.units:
        if unit_id not in standing.organs or details.units.count(unit_id) > 1:
            yield Missing("standing_part", {"field": "units", "unit_id": unit_id})
    sets = details.take in ("body", "add")
    if sets and standing.field == "quantity" and details.quantity is None:
        yield Missing("ruling_quantity", {"field": "quantity"})
    if details.take == "body" and standing.field == "date" and details.due_on is None:
        yield Missing("ruling_date", {"field": "due_on"})
    if details.take == "add" and standing.field == "missing_row" and not details.units:
        yield Missing("ruling_units", {"field": "units"})
    if details.take == "add" and standing.field not in ("missing_row", "quantity"):
        yield Missing("ruling_add", {"field": "take"})
    if details.take != "note" and standing.plan_state != PlanState.DRAFT:
        yield Missing("ruling_note", {"field": "take"})


PLAN = Lifecycle(
    "plan",
    table=Plan,
    states=PlanState,
    root=("plan", "id"),
    load=load_plans,
    actions=[
        Action("appoint", PlanState.DRAFT, may=of_the_office, takes=Appointing, checks=[known_task],
               then=[appoint_unit]),
        Action("define", PlanState.DRAFT, may=of_the_office, takes=Definitions, checks=[known_indicators],
               sets=lambda act: {"definitions": merged(act.standing.definitions, act.details)}),
        Action("confirm", PlanState.DRAFT, to=PlanState.ACTIVE, may=of_the_office,
               needs=[discrepancies_ruled, leads_named, leads_staffed, definitions_fit], then=[assign_tasks]),
        Action("open_item", PlanState.ACTIVE, may=of_the_office, takes=ItemOpening,
               checks=[origin_told, units_fit, milestones_fit], then=[open_item]),
        Action("discard", PlanState.DRAFT, to=PlanState.DISCARDED, may=of_the_office, reason=Reason.REQUIRED),
        Action("set_reporting", PlanState.ACTIVE, may=of_the_office, takes=ReportingInterval,
               sets=reporting_columns),
        Action("set_work_plan_limit", [PlanState.DRAFT, PlanState.ACTIVE], may=of_the_office, takes=WorkPlanLimit,
               sets=lambda act: {"work_plan_days": act.details.days}),
    ],
)  # fmt: skip

FINDING = Lifecycle(
    "finding",
    table=Finding,
    states=F,
    root=("plan", "plan_id"),
    load=load_findings,
    actions=[
        Action("rule", F.OPEN, to=F.RULED, may=of_the_office, takes=Ruling, needs=[still_open_to_ruling],
               checks=[complete_ruling], reason=Reason.REQUIRED,
               sets=lambda act: {"ruling": act.details.model_dump(mode="json"), "ruled_at": act.now,
                                 "ruled_by": act.actor.person_id}),
        Action("reopen", F.RULED, to=F.OPEN, may=of_the_office, needs=[still_open_to_ruling], reason=Reason.REQUIRED,
               sets=lambda act: {"ruling": None, "ruled_at": None, "ruled_by": None}),
    ],
)  # fmt: skip
