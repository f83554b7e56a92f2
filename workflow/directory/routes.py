"""What an office settles about its messages: their routes, and the hours at which they go out."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection

from models.states import Role
from workflow.channels import KEY, Channels, lacks
from workflow.directory.changes import record_for_office
from workflow.errors import Malformed, NotPermitted
from workflow.offices import settle
from workflow.standings import actor


def enter_channels(
    tx: Connection, given: Channels, actor_id: int, now: datetime, *, topics: Collection[str], robots: Collection[str]
) -> None:  # fmt: skip
    """Enter or replace routes and hours: one event on the office unit's chain.

    `topics`: the kinds of message there are; `robots`: those that the settings name. An admin of the whole plan or of
    the office may. Raises NotPermitted, Malformed with everything that is wrong, and NotReady while the directory has
    no office.
    """
    who = actor(tx, actor_id, now)
    if not (who.everywhere(Role.ADMIN) or who.in_office(Role.ADMIN)):
        raise NotPermitted(kind="unit", action="settle_channels")
    if found := list(lacks(given, topics, robots)):
        raise Malformed(missing=found)
    record_for_office(tx, "settle_channels", given.model_dump(mode="json"), actor_id, now)
    settle(tx, KEY, given.model_dump(mode="json"))
