"""The naive side's machines: one `transitions` machine per row and act, with its guards and the rows they ask for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session
from transitions import Machine

from benchmarks.ground import NOW
from models import Evidence, Grant, Indicator, Milestone, ProgressEntry, Task, Unit
from workflow.audit import canonical
from workflow.signing import digest

Moves: TypeAlias = list[dict[str, Any]]
MILESTONE_MOVES: Moves = [
    {"trigger": "start", "source": "planned", "dest": "in_progress", "conditions": "is_under_way"},
    {"trigger": "report", "source": "in_progress", "dest": "in_progress", "conditions": "is_under_way"},
    {"trigger": "attach", "source": "in_progress", "dest": "in_progress", "conditions": "is_under_way"},
    {
        "trigger": "submit",
        "source": "in_progress",
        "dest": "submitted",
        "conditions": ["is_under_way", "is_done"],
    },
    {"trigger": "accept", "source": "submitted", "dest": "accepted"},
]
TASK_MOVES: Moves = [
    {"trigger": "start", "source": "acknowledged", "dest": "in_progress"},
    {"trigger": "complete", "source": "in_progress", "dest": "completed"},
]
APPROVAL_MOVES: Moves = [
    {"trigger": "approve", "source": "open", "dest": "open", "conditions": "is_unchanged"},
    {"trigger": "conclude", "source": "open", "dest": "approved"},
]


class Refused(Exception):
    """The act is not open to this person now."""


class Moved:
    """The model of a machine: a stored row, its state, and what its guards ask."""

    def __init__(self, db: Session, row: Any, moves: Moves) -> None:
        self.db, self.row = db, row
        states = {move[end] for move in moves for end in ("source", "dest")}
        self.machine = Machine(
            self, states=sorted(states), transitions=moves, initial=str(row.state), auto_transitions=False
        )

    def go(self, trigger: str) -> tuple[str, str]:
        """Trigger the machine and write the state back: from, to."""
        before = str(self.row.state)
        if not self.machine.events[trigger].trigger(self):
            raise Refused(trigger)
        self.row.state = self.machine.get_model_state(self).name
        self.row.version += 1
        return before, str(self.row.state)

    def is_under_way(self) -> bool:
        return self.db.get_one(Task, self.row.task_id).state in ("acknowledged", "in_progress")

    def is_done(self) -> bool:
        entries = rows_where(self.db, ProgressEntry, milestone_id=self.row.id)
        for indicator in rows_where(self.db, Indicator, milestone_id=self.row.id):
            reached = sum((e.quantity for e in entries if e.indicator_id == indicator.id), Decimal(0))
            if reached < indicator.quantity:
                return False
        return bool(entries and rows_where(self.db, Evidence, milestone_id=self.row.id))

    def is_unchanged(self) -> bool:
        milestone = self.db.get_one(Milestone, self.row.milestone_id)
        return bool(digest(signed_text(self.db, milestone, milestone.submission)) == self.row.digest)


def rows_where(db: Session, model: Any, **equal: Any) -> list[Any]:
    """Rows by the values of their columns, oldest first."""
    return list(db.scalars(select(model).filter_by(**equal).order_by(model.id)))


def holds(db: Session, person: int, role: str, organ: int) -> bool:
    """Whether the person holds the role in that organ today: every grant and its unit are fetched."""
    for grant in rows_where(db, Grant, person_id=person, role=role):
        in_force = grant.from_on <= NOW.date() and (grant.to_on is None or grant.to_on >= NOW.date())
        if in_force and grant.unit_id and db.get_one(Unit, grant.unit_id).organ_id == organ:
            return True
    return False


def signed_text(db: Session, milestone: Milestone, text: str | None) -> str:
    """What is signed: targets, figures, evidence and the submission's words."""
    indicators = rows_where(db, Indicator, milestone_id=milestone.id)
    entries = rows_where(db, ProgressEntry, milestone_id=milestone.id)
    evidence = rows_where(db, Evidence, milestone_id=milestone.id)
    targets = [[i.id, i.metric, i.quantity, i.unit, i.comparator] for i in indicators]
    return canonical(
        {
            "milestone": milestone.id,
            "targets": targets,
            "figures": [[e.id, e.indicator_id, e.quantity] for e in entries],
            "evidence": [[e.id, e.sha256] for e in evidence],
            "text": text,
        }
    )
