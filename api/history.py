"""A task's history: who did what, when and why, in the order in which it happened."""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import Connection, select

from api.actions import Id
from api.callers import SignedIn
from api.errors import refusals
from api.names import person
from api.paging import Order, Page, Paging, fetch
from api.transactions import Look, Now
from api.views import PersonName
from models import AuditEvent, Person, Task
from workflow import visibility
from workflow.errors import NotFound
from workflow.sentences import sentence
from workflow.stories import Told, story, tell

router = APIRouter(tags=["tasks"])


class HistoryEntry(BaseModel):
    """One act, as it stands in the audit chain."""

    seq: int = Field(examples=[3])
    at: datetime = Field(examples=["2022-01-17T01:00:00Z"])
    subject_kind: str = Field(examples=["share"])
    subject_id: int = Field(examples=[12])
    about: str | None = Field(
        description="Whose it is, or the year: as the reader knows the subject.", examples=["青浦区机管局"]
    )
    action: str = Field(examples=["submit"])
    label: str = Field(description="In the reader's language.", examples=["报送"])
    from_state: str | None = Field(examples=["in_progress"])
    to_state: str | None = Field(examples=["submitted"])
    actor: PersonName | None = Field(description="null: the system.")
    substitute_for: PersonName | None = Field(description="In whose stead the actor did it.", examples=[None])
    reason: str | None = Field(examples=[None])
    details: dict[str, Any] | None = Field(
        description="What the act took, for who may see it.", examples=[{"text": "本区20家能源审计已完成。"}]
    )
    because: int | None = Field(description="The act in this chain that it followed from.", examples=[None])
    request: str | None = Field(examples=["5f0c9a1e2b7d4c38"])
    hash: str = Field(examples=["2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"])


@router.get("/tasks/{id}/history", operation_id="get_task_history", responses=refusals(401, 404, 422))
def get_history(id: Id, caller: SignedIn, tx: Look, now: Now, page: Paging) -> Page[HistoryEntry]:
    """The acts on the task and what hangs on it, oldest first; `sort=-seq` for the latest first.

    Units that only contribute read of other units' work no more than that their milestone moved.
    """
    bound = visibility.bound(caller.person_id, now)
    if tx.execute(visibility.tasks(Task.id).where(Task.id == id), bound).first() is None:
        raise NotFound(kind="task")
    order = Order(AuditEvent.id, {"seq": AuditEvent.seq})
    found = fetch(tx, story(id), order, page, bound, lambda row: (row, tell(row)))
    absent = _absent(tx, {told.for_id for _, told in found["items"] if told.for_id is not None})
    entries = [_entry(row, told, absent, caller.language) for row, told in found["items"]]
    return Page[HistoryEntry].model_validate({**found, "items": entries})


def _absent(tx: Connection, ids: Set[int]) -> Mapping[int, PersonName]:
    """Those in whose stead something was done, by id."""
    rows = tx.execute(select(Person.id, Person.name).where(Person.id.in_(ids))) if ids else ()
    return {row.id: person(row.id, row.name) for row in rows}


def _entry(row: Any, told: Told, absent: Mapping[int, PersonName], language: str) -> HistoryEntry:
    actor = None if row.actor_id is None else PersonName(id=row.actor_id, name=row.actor_name or "—")
    return HistoryEntry(
        seq=row.seq, at=row.at, subject_kind=row.subject_kind, subject_id=row.subject_id, about=row.about,
        action=row.action, label=sentence(f"{row.subject_kind}.{row.action}", language, {}) or row.action,
        from_state=row.from_state, to_state=row.to_state, actor=actor,
        substitute_for=absent.get(told.for_id) if told.for_id is not None else None,
        reason=told.reason, because=told.because,
        details=None if told.details is None else dict(told.details), request=told.request, hash=row.hash,
    )  # fmt: skip
