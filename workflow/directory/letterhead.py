"""What an office settles about its own paper: issuer, series of numbers, whom to call."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from models import Unit
from models.states import Role
from workflow import audit
from workflow.directory.changes import lock_unit
from workflow.errors import Missing, NotPermitted, NotReady
from workflow.offices import Office, settle
from workflow.roots import record
from workflow.standings import actor


def enter_letterhead(tx: Connection, given: Office, actor_id: int, now: datetime) -> None:
    """Enter or replace the office's settings: one event on the office unit's chain.

    An admin of the whole plan, or a supervisor or leader of the office may. Raises NotPermitted, and NotReady while
    the directory has no office.
    """
    who = actor(tx, actor_id, now)
    if not (who.everywhere(Role.ADMIN) or who.in_office(Role.ADMIN, Role.SUPERVISOR, Role.LEADER)):
        raise NotPermitted(kind="unit", action="settle")
    office = select(Unit.id).where(Unit.is_office, Unit.parent_id.is_(None)).order_by(Unit.id).limit(1)
    unit_id = tx.execute(office).scalar_one_or_none()
    if unit_id is None:
        raise NotReady(kind="unit", action="settle", missing=[Missing("office_unit")])
    chain = lock_unit(tx, unit_id)
    record(chain, "settle", actor_id, now, given.model_dump())
    audit.write(tx, chain)
    settle(tx, "office", given.model_dump())
