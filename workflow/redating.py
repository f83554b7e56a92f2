"""Moving a milestone's due date, with the record of the move; shares that would be due later come with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pydantic import Field
from sqlalchemy import update

from models import DueMove, Share
from models.states import DueBasis
from workflow.acts import Act
from workflow.audiences import owners_of
from workflow.calendar import working_calendar
from workflow.civil import PlanDay
from workflow.deadlines import Roll
from workflow.errors import Missing
from workflow.facts import MilestoneStanding
from workflow.law import Details, Telling
from workflow.signing import about
from workflow.suspending import OPEN_SHARES


class Redating(Details):
    due_on: PlanDay = Field(examples=["2022-06-17"])
    basis: DueBasis = Field(default=DueBasis.RULING)


def moved(standing: MilestoneStanding, details: Redating, now: datetime) -> Iterable[Missing]:
    if details.due_on == standing.due_on:
        yield Missing("moved", {"field": "due_on", "due_on": standing.due_on.isoformat()})


def redated_columns(act: Act[MilestoneStanding]) -> Mapping[str, Any]:
    due_on = act.details.due_on
    provisional = working_calendar(act.tx).provisional(due_on)
    rule = Roll.PRECEDING if act.details.basis == DueBasis.EVENT else Roll.NONE
    return {
        "due_on": due_on, "due_basis": act.details.basis, "due_rule": rule, "due_provisional": provisional,
    }  # fmt: skip


def record_move(act: Act[MilestoneStanding]) -> None:
    act.make(
        DueMove, milestone_id=act.subject_id, from_on=act.standing.due_on, to_on=act.details.due_on,
        basis=act.details.basis, reason=act.reason, moved_at=act.now,
    )  # fmt: skip


def pull_shares(act: Act[MilestoneStanding]) -> None:
    """No open share is due after its milestone; the unit whose date comes nearer is told."""
    table: Any = Share.__table__
    due_on = act.details.due_on
    later = [share for share in act.standing.shares if share.state in OPEN_SHARES and share.due_on > due_on]
    if not later:
        return
    provisional = working_calendar(act.tx).provisional(due_on)
    moved = {"due_on": due_on, "due_provisional": provisional, "version": table.c.version + 1}
    act.tx.execute(update(table).where(table.c.id.in_([share.id for share in later])).values(**moved))
    for share in later:
        act.make(
            DueMove, milestone_id=act.subject_id, share_id=share.id, from_on=share.due_on, to_on=due_on,
            basis=act.details.basis, reason=act.reason, moved_at=act.now,
        )  # fmt: skip
        facts = {
            "share_id": share.id,
            "unit": share.unit_name,
            "due_on": due_on.isoformat(),
            "reason": act.reason,
        }
        act.tell(Telling("share_amended", owners_of(share.unit_id), {**about(act), **facts}))
