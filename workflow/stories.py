"""A task's story: every act under its root in order, as far as the reader may know of it.

Who sees every unit's work reads all of it. Who only contributes reads what became of the task, its parts and
milestones, and everything about their own unit's work; of the rest neither figures nor words nor reasons.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, case, cast, exists, false, or_, select

from models import (
    Approval,
    AuditEvent,
    Card,
    Evidence,
    Extension,
    Milestone,
    Notice,
    Part,
    Person,
    ProgressEntry,
    Share,
    Unit,
    Waiver,
)
from workflow import visibility
from workflow.law import LAWS

MOVES = or_(AuditEvent.from_state.is_(None), AuditEvent.from_state != AuditEvent.to_state)
OF_ALL = ("task", "part", "milestone")
"""What everybody who sees the task may know to have moved."""
SHOWN_STANDING_STILL = ("redate", "break_down")
"""Acts that keep a milestone's state, and are no unit's own work."""
REPORTS = ("report", "correct")
NEVER_TOLD = frozenset({"store_key"})
"""Where bytes lie is nobody's business."""


def _of_unit(model: Any) -> Any:
    return select(Unit.name).join(model, model.unit_id == Unit.id).where(model.id == AuditEvent.subject_id)


YEAR = select(cast(Milestone.year, String))
ABOUT: dict[str, Any] = {
    "milestone": YEAR.where(Milestone.id == AuditEvent.subject_id),
    "approval": YEAR.join(Approval, Approval.milestone_id == Milestone.id).where(
        Approval.id == AuditEvent.subject_id
    ),
    **{
        kind: YEAR.join(model, model.milestone_id == Milestone.id).where(model.id == AuditEvent.subject_id)
        for kind, model in (("extension", Extension), ("waiver", Waiver))
    },
    **{
        kind: _of_unit(model)
        for kind, model in (
            ("part", Part), ("share", Share), ("evidence", Evidence), ("card", Card), ("notice", Notice),
        )
    },
}  # fmt: skip
"""What an act is about, beside its kind: the year of a milestone, the unit of what is a unit's."""


def story(task_id: int) -> Select[Any]:
    """The acts under a task's root that the person bound may know of: each row as `tell` takes it."""
    about = case(
        *(
            (AuditEvent.subject_kind == kind, found.correlate(AuditEvent).scalar_subquery())
            for kind, found in ABOUT.items()
        ),
        else_=None,
    )
    whole = visibility.whole(AuditEvent.root_id)
    own = or_(whole, _own_report(), and_(AuditEvent.subject_kind.not_in(OF_ALL), _own_subject()))
    columns = (
        AuditEvent.__table__, Person.name.label("actor_name"), about.label("about"), own.label("own"),
    )  # fmt: skip
    return (
        select(*columns)
        .outerjoin(Person, Person.id == AuditEvent.actor_id)
        .where(AuditEvent.root_kind == "task", AuditEvent.root_id == task_id, or_(own, _told_to_all()))
    )


def _told_to_all() -> ColumnElement[bool]:
    still = and_(AuditEvent.subject_kind == "milestone", AuditEvent.action.in_(SHOWN_STANDING_STILL))
    return and_(AuditEvent.subject_kind.in_(OF_ALL), or_(MOVES, still))


def _own_subject() -> ColumnElement[bool]:
    """Whether the act's subject is one that the person sees in lists as well."""
    selects = {**visibility.SELECTS, "evidence": visibility.evidence}
    tables = {"evidence": Evidence.__table__} | {
        kind: law.table for kind, law in LAWS.items() if law.root_kind == "task"
    }
    seen = [
        and_(AuditEvent.subject_kind == kind, AuditEvent.subject_id.in_(selects[kind](table.c.id)))
        for kind, table in tables.items()
        if kind in selects
    ]
    return or_(false(), *seen)


def _own_report() -> ColumnElement[bool]:
    """A figure that the person's unit reported or corrected on the milestone itself."""
    entry = visibility.figures(ProgressEntry.id).where(
        ProgressEntry.milestone_id == AuditEvent.subject_id, ProgressEntry.share_id.is_(None),
        ProgressEntry.reported_at == AuditEvent.at, ProgressEntry.reported_by == AuditEvent.actor_id,
    )  # fmt: skip
    reported = and_(AuditEvent.subject_kind == "milestone", AuditEvent.action.in_(REPORTS))
    return and_(reported, exists(entry.correlate(AuditEvent)))


@dataclass(frozen=True, slots=True)
class Told:
    """What of an act's own words is told: its reason, its details, the act that it followed from, and in whose stead it
    was done."""

    reason: str | None
    details: Mapping[str, Any] | None
    because: int | None
    request: str | None
    for_id: int | None = None


def tell(row: Any) -> Told:
    """What the reader of a row of `story` is told of it.

    The reason of what followed from another act is that act's: who may not see that one is not told either.
    """
    event = json.loads(row.text)
    because, reason = event.get("because"), event.get("reason")
    if not row.own:
        reason = None if because is not None else reason
        return Told(reason, None, because, event.get("request"))
    details = event.get("details") or event.get("facts")
    kept = {name: value for name, value in details.items() if name not in NEVER_TOLD} if details else None
    return Told(reason, kept, because, event.get("request"), event.get("for_id"))
