"""Named events of a plan: by year, their days and where these are from."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from api.actions import Id
from api.callers import SignedIn
from api.errors import refusals
from api.names import person, person_name
from api.transactions import Look, Now
from api.views import PersonName, Version
from models import NamedEvent, Plan
from workflow import visibility
from workflow.errors import NotFound

router = APIRouter(tags=["events"])


class EventView(BaseModel):
    """A named event in one year: due dates follow its last day."""

    id: int = Field(examples=[1])
    plan_id: int = Field(examples=[1])
    name: str = Field(examples=["宣传周"])
    year: int = Field(examples=[2022])
    state: str = Field(examples=["dated"])
    from_on: date | None = Field(examples=["2022-06-13"])
    upto_on: date | None = Field(examples=["2022-06-19"])
    source: str | None = Field(examples=["国家发展改革委等部门关于2022年全国节能宣传周的通知"])
    dated_at: datetime | None = Field(examples=["2022-05-20T02:00:00Z"])
    dated_by: PersonName | None
    ask_on: date = Field(description="By when its days should be entered.", examples=["2022-03-01"])
    version: Version


OWN = tuple(name for name in EventView.model_fields if name != "dated_by")
COLUMNS = (
    *(getattr(NamedEvent, name) for name in OWN), NamedEvent.dated_by.label("dater_id"),
    person_name(NamedEvent.dated_by, NamedEvent),
)  # fmt: skip


def _view(row: Any) -> EventView:
    own = {name: row._mapping[name] for name in OWN}
    return EventView(**own, dated_by=person(row.dater_id, row.person_name))


@router.get("/plans/{id}/events", operation_id="list_plan_events", responses=refusals(401, 404))
def list_plan_events(id: Id, caller: SignedIn, tx: Look, now: Now) -> list[EventView]:
    """The plan's events, year by year. A plan names few, so never paged."""
    bound = visibility.bound(caller.person_id, now)
    if tx.execute(visibility.plans(Plan.id).where(Plan.id == id), bound).first() is None:
        raise NotFound(kind="plan")
    statement = visibility.events(*COLUMNS).where(NamedEvent.plan_id == id)
    rows = tx.execute(statement.order_by(NamedEvent.year, NamedEvent.name), bound)
    return [_view(row) for row in rows]


@router.get("/events/{id}", operation_id="get_event", responses=refusals(401, 404))
def get_event(id: Id, caller: SignedIn, tx: Look, now: Now, response: Response) -> EventView:
    statement = visibility.events(*COLUMNS).where(NamedEvent.id == id)
    row = tx.execute(statement, visibility.bound(caller.person_id, now)).one_or_none()
    if row is None:
        raise NotFound(kind="event")
    response.headers["ETag"] = f'"{row.version}"'
    return _view(row)
