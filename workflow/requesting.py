"""Asking for more time 延期, or to be freed of a milestone 豁免: in time, once at a time, within what may be granted.

A request is in time up to the last moment of the due date's civil day; from 00:00 of the next day it is late, as the
milestone is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field
from sqlalchemy import Connection, select

from models import Extension, Waiver
from models.states import Purpose, RequestState
from workflow.acts import Act
from workflow.approvals.choosing import choose
from workflow.approvals.rounds import open_over
from workflow.civil import PlanDay
from workflow.errors import Missing
from workflow.facts import Extended, MilestoneStanding
from workflow.law import Details, Simplify
from workflow.permissions import owning_department


class ExtensionRequest(Details):
    """Until when, and what is done by now; the reason is the act's own."""

    due_on: PlanDay = Field(description="The due date asked for.", examples=["2023-01-31"])
    progress: str = Field(
        min_length=1, max_length=5000, description="What is done by now.",
        examples=["已完成270家，其余30家已进场，预计1月底完成。"],
    )  # fmt: skip


def none_requested(kind: str) -> Callable[[MilestoneStanding], Missing | None]:
    """One of a kind is open at a time."""

    def need(standing: MilestoneStanding) -> Missing | None:
        open_one = next((ask for ask in standing.asks if ask.kind == kind), None)
        return Missing(f"no_{kind}_open", {f"{kind}_id": open_one.id}) if open_one else None

    need.__name__ = f"no_{kind}_open"
    return need


def read_extended(
    tx: Connection, standing: MilestoneStanding, details: Any, simplify: Simplify, now: datetime
) -> MilestoneStanding:
    """What was granted of this milestone before, and the caps of the definition that holds for it now."""
    caps = choose(tx, Purpose.EXTENSION, standing.task.id, standing.id).definition.caps
    granted = select(Extension.from_on, Extension.due_on).where(
        Extension.milestone_id == standing.id, Extension.state == RequestState.GRANTED
    )
    moved = [(row.due_on - row.from_on).days for row in tx.execute(granted)]
    most = (caps.times, caps.days) if caps else (None, None)
    return replace(standing, extended=Extended(len(moved), sum(moved), *most))


def in_time(standing: MilestoneStanding) -> Missing | None:
    """Nothing is asked once the milestone is late."""
    is_late = standing.today is not None and standing.today > standing.due_on
    return Missing("in_time", {"due_on": standing.due_on.isoformat()}) if is_late else None


def later_date(standing: MilestoneStanding, details: ExtensionRequest, now: datetime) -> Iterable[Missing]:
    if details.due_on <= standing.due_on:
        yield Missing("later_date", {"field": "due_on", "due_on": standing.due_on.isoformat()})


def within_caps(standing: MilestoneStanding, details: ExtensionRequest, now: datetime) -> Iterable[Missing]:
    """Not more often, and not by more days in all, than the definition grants. Counted are the days by which
    extensions have moved the date: what a ruling or a suspension moved takes nothing away."""
    extended = standing.extended
    if extended is None:
        return
    if extended.most_times is not None and extended.times >= extended.most_times:
        yield Missing("extension_times", {"times": extended.most_times, "granted": extended.times})
    if extended.most_days is not None:
        left = max(extended.most_days - extended.days, 0)
        if (details.due_on - standing.due_on).days > left:
            latest = standing.due_on + timedelta(days=left)
            facts = {
                "field": "due_on",
                "days": extended.most_days,
                "left": left,
                "latest": latest.isoformat(),
            }
            yield Missing("extension_days", facts)


def request_extension(act: Act[MilestoneStanding]) -> None:
    """Effect: the extension waits for those who grant it; until then no card is raised."""
    details: ExtensionRequest = act.details
    asked = {"from_on": act.standing.due_on, "due_on": details.due_on, "progress": details.progress}
    _request(act, Extension, Purpose.EXTENSION, asked)


def request_waiver(act: Act[MilestoneStanding]) -> None:
    """Effect: the waiver waits for those who grant it; the due date stands."""
    _request(act, Waiver, Purpose.WAIVER, {})


def _request(act: Act[MilestoneStanding], model: Any, purpose: Purpose, asked: dict[str, Any]) -> None:
    standing = act.standing
    department = owning_department(standing)
    request_id = act.make(
        model, task_id=standing.task.id, milestone_id=standing.id, state=RequestState.REQUESTED, reason=act.reason,
        requested_at=act.now, requested_by=act.actor.person_id, requested_unit_id=department, **asked,
    )  # fmt: skip
    of = {"milestone_id": standing.id, **asked}
    act.created(purpose, request_id, "request", RequestState.REQUESTED, of)
    quantities = tuple(i.quantity for i in standing.indicators if i.quantity is not None)
    open_over(
        act, purpose, purpose, request_id, milestone_id=standing.id, unit_id=department, quantities=quantities
    )
