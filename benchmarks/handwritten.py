"""The floor: the same acts as plain statements over psycopg or sqlite3, the same rows in every table.

It judges what `perform` judges (who may, from which state, what is needed, that what is signed is unchanged) and
writes what `perform` writes; it reads only what the step at hand needs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from benchmarks import statements as sql
from benchmarks.clerk import Book, Clerk, Refused, Subject, require
from benchmarks.ground import FILE, NOTE, NOW, OPINION, SUBMISSION, TARGET, Item
from workflow.signing import digest


@dataclass(frozen=True, slots=True)
class Round:
    """An open approval as the first SELECT of a signature finds it."""

    state: str
    version: int
    digest: str
    opened_by: int
    milestone: int
    milestone_state: str
    milestone_version: int
    year: int
    text: str
    due_on: Any
    submission: str
    submitted_from: int
    task: int
    number: int
    name: str
    task_state: str
    task_version: int
    lead: int


@dataclass(frozen=True, slots=True)
class Seat:
    id: int
    step: int
    mode: str
    role: str
    unit: int
    state: str
    may_sign: bool


class Handwritten(Clerk):
    """Six acts, each a transaction of plain statements."""

    def start(self, item: Item) -> None:
        with self.transaction():
            book = self._lock(sql.LOCK_BY_MILESTONE, item.milestone, self.owner)
            found = self._milestone(item.milestone)
            require(found.owned_from and found.state in ("planned", "returned"))
            require(found.task_state in ("acknowledged", "in_progress"))
            self._changed(sql.MOVE_MILESTONE, ("in_progress", item.milestone, found.version))
            states = (found.state, "in_progress")
            seq = self._event(book, ("milestone", item.milestone), "start", states, reason=None)
            if found.task_state == "acknowledged":
                self._changed(sql.MOVE_TASK, ("in_progress", found.task, found.task_version))
                states = ("acknowledged", "in_progress")
                self._event(
                    book, ("task", found.task), "start", states, system=True, reason=None, because=seq
                )
            self._keep(book)

    def report(self, item: Item) -> None:
        with self.transaction():
            book = self._lock(sql.LOCK_BY_MILESTONE, item.milestone, self.owner)
            found = self._worked_on(item.milestone)
            reached = dict(self.many(sql.REACHED, (item.milestone,)))
            require(item.indicator in reached)
            self._changed(sql.MOVE_MILESTONE, (found.state, item.milestone, found.version))
            self.run(
                sql.INSERT_ENTRY,
                (found.task, item.milestone, item.indicator, found.lead, self.driver.quantity(TARGET), NOTE,
                 self.today, self.now, self.owner),
            )  # fmt: skip
            counted = Decimal(reached[item.indicator] or 0) + TARGET
            self.run(sql.KEEP_REACHED, (self.driver.quantity(counted), item.indicator))
            unsaid = {"base": None, "delivered": None}
            figure = {"indicator_id": item.indicator, "quantity": str(TARGET), **unsaid}
            details = {"figures": [figure], "note": NOTE, "as_of_on": NOW.date(), "unit_id": None}
            states = (found.state, found.state)
            self._event(book, ("milestone", item.milestone), "report", states, reason=None, details=details)
            self._keep(book)

    def _worked_on(self, milestone: int) -> Subject:
        found = self._milestone(milestone)
        require(found.owned_from and found.state in ("in_progress", "returned"))
        require(found.task_state in ("acknowledged", "in_progress"))
        return found

    def submit(self, item: Item) -> None:
        with self.transaction():
            self._attach(item)
            self._hand_in(item)

    def _attach(self, item: Item) -> None:
        book = self._lock(sql.LOCK_BY_MILESTONE, item.milestone, self.owner)
        found = self._worked_on(item.milestone)
        self._changed(sql.MOVE_MILESTONE, (found.state, item.milestone, found.version))
        values = (found.task, item.milestone, found.lead, *FILE.values(), self.today, self.now, self.owner)
        (evidence,) = self.one(sql.INSERT_EVIDENCE, values)
        unsaid: dict[str, Any] = {"expires_on": None, "supersedes_id": None, "unit_id": None, "criteria": []}
        details = {**FILE, "true_on": NOW.date(), **unsaid}
        states = (found.state, found.state)
        self._event(book, ("milestone", item.milestone), "attach", states, reason=None, details=details)
        facts = {"sha256": FILE["sha256"]}
        self._event(book, ("evidence", evidence), "attach", (None, "attached"), facts=facts)
        self._keep(book)

    def _hand_in(self, item: Item) -> None:
        book = self._lock(sql.LOCK_BY_MILESTONE, item.milestone, self.owner)
        found = self._worked_on(item.milestone)
        text = self._signed_text(item.milestone, SUBMISSION, enough=True)
        self._changed(
            sql.SUBMIT_MILESTONE,
            (
                found.round + 1,
                SUBMISSION,
                self.now,
                self.owner,
                found.owned_from,
                item.milestone,
                found.version,
            ),
        )
        states, details = (found.state, "submitted"), {"text": SUBMISSION, "without_shares": None}
        self._event(book, ("milestone", item.milestone), "submit", states, reason=None, details=details)
        self._open_approval(book, found, item.milestone, text)
        self._keep(book)

    def _open_approval(self, book: Book, found: Subject, milestone: int, text: str) -> None:
        definition, body = self.one(sql.DEFINITION, ())
        signed = digest(text)
        body = json.loads(body) if isinstance(body, str) else body
        carries = body["same_person"] == "carry_over"
        values = (
            found.task, milestone, milestone, found.round + 1, definition, signed, text, self.now, self.owner,
            found.owned_from, carries,
        )  # fmt: skip
        (approval,) = self.one(sql.INSERT_APPROVAL, values)
        units = {
            "lead": [found.lead],
            "joint": [unit for (unit,) in self.many(sql.JOINT, (found.task,))],
            "office": [unit for (unit,) in self.many(sql.OFFICE, ())],
        }
        filled = [step for step in body["steps"] if units[step["of"]]]
        require(all(units[step["of"]] or step["when_empty"] == "skip" for step in body["steps"]))
        seats = [(n, step, unit) for n, step in enumerate(filled, 1) for unit in units[step["of"]]]
        self.driver.run_each(
            sql.INSERT_SEAT,
            [(approval, n, step["key"], step["role"], step["mode"], unit, "open" if n == 1 else "waiting",
              self.now if n == 1 else None, *_limit(step)) for n, step, unit in seats],
        )  # fmt: skip
        self._event(book, ("approval", approval), "open", (None, "open"), facts={"digest": signed})
        for n, step, unit in seats:
            if n == 1:
                facts = {**self._about(found, milestone), "approval_id": approval}
                self._tell(book, "to_sign", {"role": step["role"], "unit_id": unit}, facts)

    def approve(self, approval: int, person: int) -> None:
        with self.transaction():
            book = self._lock(sql.LOCK_BY_APPROVAL, approval, person)
            found = Round(*self.one(sql.APPROVAL, (approval,)))
            require(found.state == "open" and found.opened_by != person)
            require(digest(self._signed_text(found.milestone, found.submission)) == found.digest)
            who = (person, self.today, self.today, found.submitted_from, approval)
            seats = [Seat(*row) for row in self.many(sql.SEATS, who)]
            seat = next((s for s in seats if s.state == "open" and s.may_sign), None)
            if seat is None:
                raise Refused
            self._sign(book, found, approval, seats, seat)
            self._keep(book)

    def _sign(self, book: Book, found: Round, approval: int, seats: list[Seat], seat: Seat) -> None:
        self._changed(sql.MOVE_APPROVAL, ("open", None, approval, found.version))
        said = (approval, seat.id, OPINION, found.digest, book.actor, self.now)
        self.run(sql.INSERT_DECISION, said)
        self.run(sql.SIGN_SEAT, (seat.id,))
        states = ("open", "open")
        details: dict[str, Any] = {"seat_id": None, "opinion": OPINION, "marks": []}
        seq = self._event(book, ("approval", approval), "approve", states, reason=None, details=details)
        others = [s for s in seats if s.step == seat.step and s.id != seat.id]
        if seat.mode == "all" and any(s.state != "signed" for s in others):
            return
        if following := [s for s in seats if s.step == seat.step + 1]:
            self.run(sql.OPEN_SEATS, (self.now, approval, seat.step + 1))
            for s in following:
                facts = {**self._about(found, found.milestone), "approval_id": approval}
                self._tell(book, "to_sign", {"role": s.role, "unit_id": s.unit}, facts)
        else:
            self._conclude(book, found, approval, seq)

    def _conclude(self, book: Book, found: Round, approval: int, because: int) -> None:
        self._changed(sql.MOVE_APPROVAL, ("approved", self.now, approval, found.version + 1))
        seq = self._event(
            book, ("approval", approval), "conclude", ("open", "approved"),
            system=True, reason=None, because=because,
        )  # fmt: skip
        require(found.milestone_state == "submitted")
        self._changed(sql.ACCEPT_MILESTONE, (self.now, found.milestone, found.milestone_version))
        self.run(sql.KEEP_EVIDENCE, (found.milestone,))
        seq = self._event(
            book, ("milestone", found.milestone), "accept", ("submitted", "accepted"),
            system=True, reason=None, because=seq,
        )  # fmt: skip
        facts = {**self._about(found, found.milestone), "reason": None}
        (open_ones,) = self.one(sql.OPEN_SIBLINGS, (found.task, found.milestone))
        if open_ones == 0:
            self._complete(book, found, seq)
        self._tell(book, "accepted", {"role": "owner", "unit_id": found.lead}, facts)

    def _complete(self, book: Book, found: Round, because: int) -> None:
        self._changed(sql.MOVE_TASK, ("completed", found.task, found.task_version))
        states = (found.task_state, "completed")
        self._event(book, ("task", found.task), "complete", states, system=True, reason=None, because=because)
        facts = {
            "task_id": found.task, "task_number": found.number, "task_name": found.name, "reason": None,
        }  # fmt: skip
        self._tell(book, "completed", {"role": "supervisor", "office": True}, facts)


def _limit(step: Mapping[str, Any]) -> tuple[int | None, str | None]:
    limit = step["limit"]
    return (limit["days"], limit["then"]) if limit else (None, None)
