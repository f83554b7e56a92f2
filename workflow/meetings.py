"""Meetings 会议: what a meeting decided, entered once with the file of its minutes 会议纪要, and cited by acts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Connection, select, update

from models import Meeting
from models.states import Role
from workflow import audit, visibility
from workflow.actors import Actor
from workflow.acts import request_id
from workflow.civil import PlanDay, day_of
from workflow.errors import DubanError, Malformed, Missing, NotFound, NotPermitted, NotReady
from workflow.evidence_files import StoredFile, clean_name
from workflow.law import Details
from workflow.roots import enter_root
from workflow.standings import actor

Decision = Annotated[str, Field(min_length=1, max_length=2000)]


class MeetingExists(DubanError):
    """A meeting of that name with minutes of that number was entered before. Facts: `name`, `number`."""

    code = "meeting_exists"


class MinutesKept(DubanError):
    """The meeting has its minutes already: they are attached once. Facts: `file_name`."""

    code = "minutes_kept"


class MeetingEntry(Details):
    """A meeting as its minutes have it."""

    name: str = Field(min_length=1, max_length=200, examples=["公共机构节能工作联席会议第3次会议"])
    number: str = Field(
        min_length=1,
        max_length=60,
        description="Of the minutes, as printed.",
        examples=["沪机管会纪〔2022〕3号"],
    )
    held_on: PlanDay = Field(examples=["2022-06-01"])
    decisions: list[Decision] = Field(
        min_length=1, max_length=100, description="What was decided, in order.",
        examples=[["将2022年能源审计目标由300家调整为280家。"]],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cited:
    """The authority of an act: a meeting, and which of its decisions (counted from 1) where one is named."""

    meeting_id: int
    name: str
    number: str
    held_on: date
    decision: int | None


def enters_meetings(person: Actor) -> bool:
    """Supervisors of the joint-meeting office enter what was decided."""
    return person.in_office(Role.SUPERVISOR)


def enter_meeting(tx: Connection, entry: MeetingEntry, actor_id: int, now: datetime) -> int:
    """Enter a meeting as a root of its own: its id. Raises NotPermitted, Malformed (a day ahead), MeetingExists."""
    _permit(tx, actor_id, now, "enter")
    if entry.held_on > day_of(now):
        raise Malformed(
            missing=[Missing("not_in_future", {"field": "held_on", "today": day_of(now).isoformat()})]
        )
    same = (Meeting.name == entry.name, Meeting.number == entry.number)
    if tx.execute(select(Meeting.id).where(*same)).first():
        raise MeetingExists(name=entry.name, number=entry.number)
    values = {**entry.model_dump(), "entered_at": now, "entered_by": actor_id}
    return enter_root(tx, "meeting", values, "enter", actor_id, now, details=entry.model_dump(mode="json"))


def _permit(tx: Connection, actor_id: int, now: datetime, action: str) -> None:
    if not enters_meetings(actor(tx, actor_id, now)):
        raise NotPermitted(kind="meeting", action=action)


def admit_minutes(tx: Connection, meeting_id: int, actor_id: int, now: datetime) -> None:
    """Let a file come in, before a byte of it is read. Raises NotFound, NotPermitted."""
    found = visibility.meetings(Meeting.id).where(Meeting.id == meeting_id)
    if tx.execute(found, visibility.bound(actor_id, now)).first() is None:
        raise NotFound(kind="meeting")
    _permit(tx, actor_id, now, "attach_minutes")


def attach_minutes(
    tx: Connection, meeting_id: int, file_name: str, stored: StoredFile, actor_id: int, now: datetime
) -> bool:
    """Keep the file of the minutes: True where it is new, False where the same bytes are there. MinutesKept else."""
    admit_minutes(tx, meeting_id, actor_id, now)
    table: Any = Meeting.__table__
    row = tx.execute(select(table).where(table.c.id == meeting_id).with_for_update()).one()
    if row.sha256 is not None:
        if row.sha256 != stored.sha256:
            raise MinutesKept(file_name=row.file_name)
        return False
    file = {
        "file_name": clean_name(file_name), "media_type": stored.media_type, "size": stored.size,
        "sha256": stored.sha256, "store_key": stored.key,
    }  # fmt: skip
    tx.execute(update(table).where(table.c.id == meeting_id).values(**file))
    _record(tx, row, "attach_minutes", actor_id, now, file)
    return True


def _record(
    tx: Connection, row: Any, action: str, actor_id: int, now: datetime, details: Mapping[str, Any]
) -> None:
    chain = audit.Chain("meeting", row.id, row.chain_seq, row.chain_head)
    chain.record(
        {"subject_kind": "meeting", "subject_id": row.id, "action": action, "from_state": None, "to_state": None,
         "actor_id": actor_id, "at": now, "request": request_id.get(), "details": dict(details)}
    )  # fmt: skip
    audit.write(tx, chain)


def cite(tx: Connection, meeting_id: int, decision: int | None, person: Actor, now: datetime) -> Cited:
    """The meeting that an act rests on. NotReady where the person knows no such meeting, or it no such decision."""
    columns = (Meeting.id, Meeting.name, Meeting.number, Meeting.held_on, Meeting.decisions)
    statement = visibility.meetings(*columns).where(Meeting.id == meeting_id)
    row = tx.execute(statement, visibility.bound(person.person_id or 0, now)).one_or_none()
    if row is None:
        raise NotReady(missing=[Missing("known_meeting", {"field": "meeting_id", "meeting_id": meeting_id})])
    if decision is not None and decision > len(row.decisions):
        raise NotReady(
            missing=[Missing("known_decision", {"field": "decision", "count": len(row.decisions)})]
        )
    return Cited(row.id, row.name, row.number, row.held_on, decision)
