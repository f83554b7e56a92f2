"""Named event 活动: its days in a year are awaited, then entered; milestones that follow it are dated by them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pydantic import Field

from models import NamedEvent
from models.states import EventState as E
from models.states import Role
from workflow.acts import Act
from workflow.calendar_notices.dates import CalendarDate, reckoned_columns, record_reckoning, whose_date
from workflow.civil import PlanDay
from workflow.errors import Missing
from workflow.law import Action, Details, Lifecycle, Reason, system
from workflow.standings.direction import EventStanding, load_events


class EventDates(Details):
    """The first and the last day of the event in its year, and who announced them."""

    from_on: PlanDay = Field(examples=["2022-06-13"])
    upto_on: PlanDay = Field(examples=["2022-06-19"])
    source: str = Field(
        min_length=1, max_length=300, examples=["国家发展改革委等部门关于2022年全国节能宣传周的通知"]
    )


def of_the_office(standing: EventStanding) -> bool:
    """A supervisor (督办人) of the joint-meeting office."""
    return standing.actor.in_office(Role.SUPERVISOR)


def dates_fit(standing: EventStanding, details: EventDates, now: datetime) -> Iterable[Missing]:
    """Both days lie in the event's year, the first not after the last."""
    for name in ("from_on", "upto_on"):
        if getattr(details, name).year != standing.year:
            yield Missing("event_year", {"field": name, "year": standing.year})
    if details.upto_on < details.from_on:
        yield Missing("event_order", {"field": "upto_on", "from_on": details.from_on.isoformat()})


def dated_columns(act: Act[EventStanding]) -> Mapping[str, Any]:
    return {**act.details.model_dump(), "dated_at": act.now, "dated_by": act.actor.person_id}


EVENT = Lifecycle(
    "event",
    table=NamedEvent,
    states=E,
    root=("plan", "plan_id"),
    load=load_events,
    actions=[
        Action("set_dates", [E.PENDING, E.DATED], to=E.DATED, may=of_the_office, takes=EventDates,
               checks=[dates_fit], sets=dated_columns),
        Action("follow_calendar", E.PENDING, may=system, takes=CalendarDate, reason=Reason.REQUIRED,
               sets=reckoned_columns, then=[record_reckoning],
               tells=[whose_date("reckoned_again")], own_route=True),
    ],
)  # fmt: skip
