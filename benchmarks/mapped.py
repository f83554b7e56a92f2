"""The naive side: an ORM session over the same tables, and a `transitions` machine made for each row.

As one would write it from the two tutorials: rows are fetched one by one as objects, roles are loaded whenever they
are asked for, guards are conditions of the machine, and each commit expires every object. The same rows are written.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from benchmarks.ground import FILE, NOTE, NOW, OPINION, SUBMISSION, TARGET, Item, People
from benchmarks.machines import (
    APPROVAL_MOVES,
    MILESTONE_MOVES,
    TASK_MOVES,
    Moved,
    Refused,
    holds,
    rows_where,
    signed_text,
)
from models import (
    Approval,
    ApprovalDefinition,
    AuditEvent,
    Decision,
    Evidence,
    Indicator,
    Milestone,
    OutboxRow,
    Part,
    ProgressEntry,
    Seat,
    Task,
    Unit,
)
from models.states import SeatState
from workflow.adapters.database import ACT, Database
from workflow.audit import canonical, link
from workflow.signing import digest


class Mapped:
    """Six acts, each a session's commit."""

    def __init__(self, url: str, people: People) -> None:
        self.database = Database(url, pool_size=1)
        self.session = sessionmaker(self.database.engine.execution_options(**ACT))
        self.owner = people.owner

    def close(self) -> None:
        self.database.close()

    def _begin(self) -> AbstractContextManager[Session]:
        return self.session.begin()

    def open_approvals(self, items: Sequence[Item]) -> dict[int, int]:
        with self.session() as db:
            chosen = Approval.subject_id.in_([item.milestone for item in items])
            rows = db.scalars(select(Approval).where(Approval.state == "open", chosen))
            return {row.subject_id: row.id for row in rows}

    def _owned(self, db: Session, milestone: int) -> tuple[Task, Milestone, int]:
        row = db.get_one(Milestone, milestone)
        task = db.get_one(Task, row.task_id, with_for_update=True)
        lead = rows_where(db, Part, task_id=task.id, role="lead")[0].unit_id
        if not holds(db, self.owner, "owner", lead):
            raise Refused
        return task, row, lead

    def _record(
        self, db: Session, task: Task, subject: tuple[str, int], action: str, states: tuple[str | None, str],
        actor: int | None, **more: Any,
    ) -> int:  # fmt: skip
        task.chain_seq += 1
        told = {
            "root_kind": "task", "root_id": task.id, "seq": task.chain_seq, "subject_kind": subject[0],
            "subject_id": subject[1], "action": action, "from_state": states[0], "to_state": states[1],
            "actor_id": actor, "at": NOW,
        }  # fmt: skip
        text = canonical({**told, "request": None, **more})
        task.chain_head = link(task.chain_head, text)
        db.add(AuditEvent(**told, text=text, hash=task.chain_head))
        return task.chain_seq

    def _tell(self, db: Session, task: Task, topic: str, audience: dict[str, Any], **facts: Any) -> None:
        told = {
            "task_id": task.id,
            "task_number": task.number,
            "task_name": task.name,
            **facts,
            "request": None,
        }
        db.add(
            OutboxRow(
                topic=topic, audience=audience, facts=told, root_kind="task", root_id=task.id, written_at=NOW
            )
        )

    def start(self, item: Item) -> None:
        with self._begin() as db:
            task, row, _ = self._owned(db, item.milestone)
            states = Moved(db, row, MILESTONE_MOVES).go("start")
            seq = self._record(db, task, ("milestone", row.id), "start", states, self.owner, reason=None)
            if task.state == "acknowledged":
                states = Moved(db, task, TASK_MOVES).go("start")
                self._record(db, task, ("task", task.id), "start", states, None, reason=None, because=seq)

    def report(self, item: Item) -> None:
        with self._begin() as db:
            task, row, lead = self._owned(db, item.milestone)
            states = Moved(db, row, MILESTONE_MOVES).go("report")
            figure = {"indicator_id": item.indicator, "quantity": TARGET}
            db.add(
                ProgressEntry(task_id=task.id, milestone_id=row.id, unit_id=lead, note=NOTE, as_of_on=NOW.date(),
                              reported_at=NOW, reported_by=self.owner, **figure)
            )  # fmt: skip
            indicator = db.get_one(Indicator, item.indicator)
            indicator.reached = (indicator.reached or Decimal(0)) + TARGET
            figure |= {"base": None, "delivered": None}
            details = {"figures": [figure], "note": NOTE, "as_of_on": NOW.date(), "unit_id": None}
            subject = ("milestone", row.id)
            self._record(db, task, subject, "report", states, self.owner, reason=None, details=details)

    def submit(self, item: Item) -> None:
        with self._begin() as db:
            task, row, lead = self._owned(db, item.milestone)
            self._attach(db, task, row, lead)
            states = Moved(db, row, MILESTONE_MOVES).go("submit")
            row.round, row.submission, row.submitted_at = row.round + 1, SUBMISSION, NOW
            row.submitted_by, row.submitted_unit_id = self.owner, lead
            subject = ("milestone", row.id)
            details = {"text": SUBMISSION, "without_shares": None}
            self._record(db, task, subject, "submit", states, self.owner, reason=None, details=details)
            self._open(db, task, row, lead)

    def _attach(self, db: Session, task: Task, row: Milestone, lead: int) -> None:
        states = Moved(db, row, MILESTONE_MOVES).go("attach")
        evidence = Evidence(
            task_id=task.id, milestone_id=row.id, unit_id=lead, state="attached", attached_at=NOW,
            attached_by=self.owner, true_on=NOW.date(), **FILE,
        )  # fmt: skip
        db.add(evidence)
        db.flush()
        unsaid: dict[str, Any] = {"expires_on": None, "supersedes_id": None, "unit_id": None, "criteria": []}
        details = {**FILE, "true_on": NOW.date(), **unsaid}
        subject = ("milestone", row.id)
        self._record(db, task, subject, "attach", states, self.owner, reason=None, details=details)
        facts = {"sha256": FILE["sha256"]}
        self._record(
            db, task, ("evidence", evidence.id), "attach", (None, "attached"), self.owner, facts=facts
        )

    def _open(self, db: Session, task: Task, row: Milestone, lead: int) -> None:
        definition = rows_where(db, ApprovalDefinition, key="milestone")[-1]
        text = signed_text(db, row, row.submission)
        approval = Approval(
            task_id=task.id, milestone_id=row.id, subject_kind="milestone", subject_id=row.id,
            purpose="acceptance", round=row.round, state="open", definition_id=definition.id,
            digest=digest(text), signed_facts=text, opened_at=NOW, opened_by=self.owner,
            opened_unit_id=row.submitted_unit_id, carries_over=definition.body["same_person"] == "carry_over",
        )  # fmt: skip
        db.add(approval)
        db.flush()
        units = {
            "lead": [lead],
            "joint": [part.unit_id for part in rows_where(db, Part, task_id=task.id, role="joint")],
            "office": [unit.id for unit in rows_where(db, Unit, is_office=True)],
        }
        facts = {"digest": approval.digest}
        self._record(db, task, ("approval", approval.id), "open", (None, "open"), self.owner, facts=facts)
        for number, step in enumerate(definition.body["steps"], 1):
            for unit in units[step["of"]]:
                self._seat(db, task, row, approval, number, step, unit)

    def _seat(
        self, db: Session, task: Task, row: Milestone, approval: Approval, number: int, step: Any, unit: int
    ) -> None:
        first, limit = number == 1, step["limit"] or {}
        db.add(
            Seat(approval_id=approval.id, step=number, step_key=step["key"], role=step["role"], mode=step["mode"],
                 unit_id=unit, state="open" if first else "waiting", opened_at=NOW if first else None,
                 limit_days=limit.get("days"), at_limit=limit.get("then"))
        )  # fmt: skip
        if first:
            audience = {"role": step["role"], "unit_id": unit}
            self._tell(db, task, "to_sign", audience, **_about(row), approval_id=approval.id)

    def approve(self, approval: int, person: int) -> None:
        with self._begin() as db:
            row = db.get_one(Approval, approval)
            task = db.get_one(Task, row.task_id, with_for_update=True)
            seats = rows_where(db, Seat, approval_id=approval)
            seat = next(
                (s for s in seats if s.state == "open" and holds(db, person, s.role, s.unit_id)), None
            )
            if seat is None or row.opened_by == person:
                raise Refused
            states = Moved(db, row, APPROVAL_MOVES).go("approve")
            seat.state = "signed"
            db.add(
                Decision(approval_id=approval, seat_id=seat.id, verdict="approve", opinion=OPINION,
                         digest=row.digest, decided_by=person, decided_at=NOW)
            )  # fmt: skip
            subject = ("approval", approval)
            details: dict[str, Any] = {"seat_id": None, "opinion": OPINION, "marks": []}
            seq = self._record(db, task, subject, "approve", states, person, reason=None, details=details)
            self._go_on(db, task, row, seats, seat, seq)

    def _go_on(
        self, db: Session, task: Task, row: Approval, seats: list[Seat], seat: Seat, because: int
    ) -> None:
        if seat.mode == "all" and any(s.state != "signed" for s in seats if s.step == seat.step):
            return
        following = [s for s in seats if s.step == seat.step + 1]
        milestone = db.get_one(Milestone, row.milestone_id)
        for s in following:
            s.state, s.opened_at = SeatState.OPEN, NOW
            audience = {"role": s.role, "unit_id": s.unit_id}
            self._tell(db, task, "to_sign", audience, **_about(milestone), approval_id=row.id)
        if not following:
            self._accept(db, task, row, milestone, because)

    def _accept(self, db: Session, task: Task, row: Approval, milestone: Milestone, because: int) -> None:
        states = Moved(db, row, APPROVAL_MOVES).go("conclude")
        row.closed_at = NOW
        subject = ("approval", row.id)
        seq = self._record(db, task, subject, "conclude", states, None, reason=None, because=because)
        states = Moved(db, milestone, MILESTONE_MOVES).go("accept")
        milestone.accepted_at = NOW
        for evidence in rows_where(db, Evidence, milestone_id=milestone.id, state="attached"):
            evidence.state = "accepted"
        subject = ("milestone", milestone.id)
        seq = self._record(db, task, subject, "accept", states, None, reason=None, because=seq)
        if all(m.state in ("accepted", "waived") for m in rows_where(db, Milestone, task_id=task.id)):
            states = Moved(db, task, TASK_MOVES).go("complete")
            self._record(db, task, ("task", task.id), "complete", states, None, reason=None, because=seq)
            self._tell(db, task, "completed", {"role": "supervisor", "office": True}, reason=None)
        lead = rows_where(db, Part, task_id=task.id, role="lead")[0].unit_id
        audience = {"role": "owner", "unit_id": lead}
        self._tell(db, task, "accepted", audience, **_about(milestone), reason=None)


def _about(row: Milestone) -> dict[str, Any]:
    return {"milestone_id": row.id, "year": row.year, "milestone": row.text, "due_on": row.due_on.isoformat()}
