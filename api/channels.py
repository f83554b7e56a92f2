"""Routes and hours of an office's messages, and the channels that there are. No secret of a channel is told."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from api.callers import SignedIn
from api.errors import refusals
from api.house import require
from api.transactions import Look, Now, ServicesHere, Tx
from workflow import visibility
from workflow.adapters.letters import KINDS
from workflow.bootstrap import Services
from workflow.calendar import working_calendar
from workflow.channels import Channels, Hours, Route, office_channels
from workflow.directory.routes import enter_channels
from workflow.standings import actor

router = APIRouter(prefix="/office/channels", tags=["directory"])
SHIPPED = Channels()


class ChannelsGiven(Channels):
    """Hours and routes. Everybody must be reached by one route that takes everything."""

    model_config = ConfigDict(json_schema_extra={"example": SHIPPED.model_dump(mode="json")})


class OfficeChannels(BaseModel):
    """What the office has settled, and what there is."""

    hours: Hours
    routes: list[Route]
    next_opening: datetime = Field(
        description="When what waits now goes out, but for red cards.", examples=["2022-01-14T00:00:00Z"]
    )
    sms: bool = Field(description="Whether text messages can be sent.", examples=[False])
    robots: list[str] = Field(description="Those that the settings name.", examples=[["office-wecom"]])
    webhooks: bool = Field(description="Whether webhooks can be signed.", examples=[True])
    topics: list[str] = Field(
        description="The kinds of message there are.", examples=[["reminder", "to_sign"]]
    )


@router.get("", operation_id="get_office_channels", responses=refusals(401, 403))
def show(caller: SignedIn, tx: Look, now: Now, services: ServicesHere) -> OfficeChannels:
    """The routes and hours in force. For supervisors and admins."""
    require(visibility.keeps_house(actor(tx, caller.person_id, now)), "look")
    return _shown(tx, now, services)


@router.put("", operation_id="put_office_channels", responses=refusals(401, 403, 409, 422))
def enter(given: ChannelsGiven, caller: SignedIn, tx: Tx, now: Now, services: ServicesHere) -> OfficeChannels:
    """Enter or replace them. For admins of the whole plan or of the office; what was addressed already stays."""
    enter_channels(tx, given, caller.person_id, now, topics=KINDS, robots=services.settings.robots)
    return _shown(tx, now, services)


def _shown(tx: Connection, now: datetime, services: Services) -> OfficeChannels:
    settled, settings = office_channels(tx), services.settings
    return OfficeChannels(
        hours=settled.hours, routes=settled.routes, sms=settings.sms is not None, robots=sorted(settings.robots),
        next_opening=settled.hours.next_opening(now, working_calendar(tx)), webhooks=settings.webhook_key is not None,
        topics=sorted(KINDS),
    )  # fmt: skip
