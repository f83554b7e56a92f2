"""Paper that waits to be printed: issued notices without their PDF, and the record of it once it is safe.

The unit is told only then: its letter brings the paper, whose hash is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from models import Notice, OutboxRow, Task
from models.states import NoticeState, Role
from workflow.acts import request_id
from workflow.evidence_files import StoredFile
from workflow.papers.notice import NoticeFacts
from workflow.papers.wording import write_number

UNSERVED = (NoticeState.VOIDED, NoticeState.REPLACED)
SERVED_ON = (Role.OWNER, Role.LEADER)


@dataclass(frozen=True, slots=True)
class Unprinted:
    """An issued notice with all that its paper and its letter need."""

    id: int
    unit_id: int
    facts: dict[str, Any]
    task_id: int
    task_number: int
    task_name: str

    @property
    def paper(self) -> NoticeFacts:
        return NoticeFacts.from_record(self.facts)


def unprinted(tx: Connection) -> Sequence[Unprinted]:
    """Issued notices without paper, oldest first; what was voided meanwhile is not served any more."""
    statement = (
        select(Notice.id, Notice.unit_id, Notice.facts, Notice.task_id, Task.number, Task.name)
        .join(Task, Task.id == Notice.task_id)
        .where(Notice.issued_at.is_not(None), Notice.printed_at.is_(None), Notice.state.not_in(UNSERVED))
        .order_by(Notice.id)
    )
    return [Unprinted(*row) for row in tx.execute(statement)]


def record_paper(tx: Connection, notice: Unprinted, paper: StoredFile, now: datetime) -> bool:
    """Name the stored paper in the notice's row and tell the unit. False where another press was first."""
    waiting = (Notice.id == notice.id, Notice.printed_at.is_(None), Notice.state.not_in(UNSERVED))
    columns = {"printed_at": now, "pdf_sha256": paper.sha256, "pdf_key": paper.key}
    if tx.execute(update(Notice).where(*waiting).values(**columns)).rowcount != 1:
        return False
    tx.execute(insert(OutboxRow), [_telling(notice, paper, role, now) for role in SERVED_ON])
    return True


def _telling(notice: Unprinted, paper: StoredFile, role: Role, now: datetime) -> dict[str, Any]:
    facts = {
        "task_id": notice.task_id, "task_number": notice.task_number, "task_name": notice.task_name,
        "notice_id": notice.id, "number": number_of(notice.paper), "pdf_key": paper.key,
        "reply_on": notice.paper.content.reply_on.isoformat(), "request": request_id.get(),
    }  # fmt: skip
    return {
        "topic": "notice_issued", "audience": {"role": role.value, "unit_id": notice.unit_id}, "facts": facts,
        "root_kind": "task", "root_id": notice.task_id, "written_at": now,
    }  # fmt: skip


def number_of(paper: NoticeFacts) -> str:
    """沪机管督〔2023〕1号. Raises ValueError for a draft, which has none."""
    if paper.issue is None:
        raise ValueError("a draft has no number")
    return write_number(paper.issue)
