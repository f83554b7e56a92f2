"""What an office settles about its own paper: issuer, series of numbers, whom to call."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from models.states import Role
from workflow.directory.changes import record_for_office
from workflow.errors import NotPermitted
from workflow.offices import Office, settle
from workflow.standings import actor


def enter_letterhead(tx: Connection, given: Office, actor_id: int, now: datetime) -> None:
    """Enter or replace the office's settings: one event on the office unit's chain.

    An admin of the whole plan, or a supervisor or leader of the office may. Raises NotPermitted, and NotReady while
    the directory has no office.
    """
    who = actor(tx, actor_id, now)
    if not (who.everywhere(Role.ADMIN) or who.in_office(Role.ADMIN, Role.SUPERVISOR, Role.LEADER)):
        raise NotPermitted(kind="unit", action="settle")
    record_for_office(tx, "settle", given.model_dump(), actor_id, now)
    settle(tx, "office", given.model_dump())
