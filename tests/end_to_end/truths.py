"""What must hold after whatever happened: read from the database, the store and the mail folder alone.

Each truth yields a sentence for everything that does not hold. `verify` asks all of them.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, select

from models import (
    Approval,
    AuditEvent,
    Card,
    Decision,
    Evidence,
    Milestone,
    Notice,
    NumberCounter,
    Part,
    Problem,
    Report,
    Seat,
    Task,
    WorkPlan,
)
from models.states import Purpose
from workflow import audit, sealing
from workflow.adapters.store import Store
from workflow.evidence_files import Condition
from workflow.law import LAWS
from workflow.papers.notice import NoticeFacts, content_digest
from workflow.papers.notice import digest as facts_digest

SUBJECTS: dict[str, tuple[Any, str | None]] = {
    "task": (Task, "assigned"),
    "part": (Part, "assigned"),
    "milestone": (Milestone, "planned"),
    "approval": (Approval, None),
    "card": (Card, None),
    "notice": (Notice, None),
    "work_plan": (WorkPlan, None),
    "report": (Report, None),
    "problem": (Problem, None),
}
"""The things with a life, and the state they were laid in; those without one begin with an event."""
DONE = ("accepted", "waived")


@dataclass
class Books:
    """The record as it stands: rows of each table, events by subject."""

    tx: Connection
    store: Store

    def rows(self, model: Any) -> list[Any]:
        return list(self.tx.execute(select(model.__table__).order_by(*model.__table__.primary_key)).all())

    @cached_property
    def events(self) -> list[Any]:
        order = (AuditEvent.root_kind, AuditEvent.root_id, AuditEvent.seq)
        return list(self.tx.execute(select(AuditEvent.__table__).order_by(*order)).all())

    @cached_property
    def of(self) -> dict[tuple[str, int], list[Any]]:
        found = defaultdict(list)
        for event in self.events:
            found[event.subject_kind, event.subject_id].append(event)
        return found

    def count(self, kind: str, action: str) -> int:
        return sum(1 for event in self.events if (event.subject_kind, event.action) == (kind, action))


def is_act(event: Any) -> bool:
    """Whether an event is an act of the law, and no record of something that an act made."""
    return event.subject_kind in LAWS and event.action in LAWS[event.subject_kind].actions


def chains_hold(books: Books) -> Iterator[str]:
    _, broken = audit.verify(books.tx)
    if broken:
        yield f"chain broken: {broken}"
    if day := sealing.verify(books.tx).broken_on:
        yield f"seal broken on {day}"


def states_follow_from_events(books: Books) -> Iterator[str]:
    """Every subject stands where its last event left it, and each event began where the one before it ended."""
    for kind, (model, first) in SUBJECTS.items():
        for row in books.rows(model):
            if kind == "part" and row.role == "lead":
                continue
            at = first
            for event in books.of[kind, row.id]:
                if event.from_state != at:
                    yield f"{kind} {row.id}: event {event.seq} from {event.from_state}, not {at}"
                at = event.to_state
            if row.state != at:
                yield f"{kind} {row.id}: state {row.state}, last event {at}"


def leads_acknowledge_with_their_task(books: Books) -> Iterator[str]:
    for part in books.rows(Part):
        done = any(event.action == "acknowledge" for event in books.of["task", part.task_id])
        if part.role == "lead" and (part.state == "acknowledged") != done:
            yield f"part {part.id} of the lead: {part.state}, its task acknowledged: {done}"


def submissions_have_their_round(books: Books) -> Iterator[str]:
    """A milestone has one approval for each time it was submitted, and the last stands where the milestone does."""
    rounds = defaultdict(list)
    for approval in books.rows(Approval):
        if approval.purpose == Purpose.ACCEPTANCE:
            rounds[approval.milestone_id].append(approval)
    follows = {"submitted": "open", "accepted": "approved", "returned": "returned"}
    for milestone in books.rows(Milestone):
        own = rounds[milestone.id]
        if [a.round for a in own] != list(range(1, milestone.round + 1)):
            yield f"milestone {milestone.id}: round {milestone.round}, approvals {[a.round for a in own]}"
        elif milestone.state in follows and [a.state for a in own][-1:] != [follows[milestone.state]]:
            yield f"milestone {milestone.id}: {milestone.state}, its approvals {[a.state for a in own]}"
        elif any(a.state == "open" for a in own) != (milestone.state == "submitted"):
            yield f"milestone {milestone.id}: {milestone.state} with {[a.state for a in own]}"


def approvals_are_whole(books: Books) -> Iterator[str]:
    """Seats, decisions and digest of each approval fit its state."""
    seats, decisions = defaultdict(list), defaultdict(list)
    for seat in books.rows(Seat):
        seats[seat.approval_id].append(seat)
    for decision in books.rows(Decision):
        decisions[decision.approval_id].append(decision)
    for approval in books.rows(Approval):
        own, said = seats[approval.id], decisions[approval.id]
        states = Counter(str(seat.state) for seat in own)
        where = f"approval {approval.id} ({approval.state})"
        if hashlib.sha256(approval.signed_facts.encode()).hexdigest() != approval.digest:
            yield f"{where}: digest"
        if any(decision.digest != approval.digest for decision in said):
            yield f"{where}: signed over other bytes"
        if states["signed"] + states["returned"] != len(said):
            yield f"{where}: {len(said)} decisions for {dict(states)}"
        acts = [e for e in books.of["approval", approval.id] if e.action in ("approve", "return")]
        if len(acts) != len(said):
            yield f"{where}: {len(said)} decisions, {len(acts)} events"
        yield from _fits(where, approval.state, states, own)


def _fits(where: str, state: str, states: Counter[str], seats: list[Any]) -> Iterator[str]:
    """An open approval has open seats in one step; one that is over has none that waits."""
    open_steps = {seat.step for seat in seats if seat.state == "open"}
    over = not (states["open"] or states["waiting"])
    if not seats or (len(open_steps) != 1 if state == "open" else not over):
        yield f"{where}: seats {dict(states)}, open steps {open_steps}"
    if (state == "approved" and set(states) - {"signed", "lapsed"}) or (state == "returned") != bool(
        states["returned"]
    ):
        yield f"{where}: seats {dict(states)}"


def accepted_evidence_is_kept(books: Books) -> Iterator[str]:
    """Nothing accepted rests on evidence that can still be taken away, or on none."""
    own = defaultdict(list)
    for evidence in books.rows(Evidence):
        own[evidence.milestone_id].append(evidence.state)
    for milestone in books.rows(Milestone):
        if milestone.state == "accepted" and (
            "attached" in own[milestone.id] or "accepted" not in own[milestone.id]
        ):
            yield f"milestone {milestone.id} accepted with evidence {own[milestone.id]}"


def tasks_are_complete_with_their_milestones(books: Books) -> Iterator[str]:
    own = defaultdict(list)
    for milestone in books.rows(Milestone):
        own[milestone.task_id].append(milestone.state)
    for task in books.rows(Task):
        done = all(state in DONE for state in own[task.id])
        over = task.state in ("completed", "closed")
        if over != done and not (done and _reopened_itself(books, task.id)):
            yield f"task {task.id}: {task.state}, milestones {own[task.id]}"


def _reopened_itself(books: Books, task_id: int) -> bool:
    """Whether a supervisor reopened the task since it was last completed: with all its milestones as they are."""
    turns = [e.action for e in books.of["task", task_id] if e.action in ("reopen", "complete")]
    return turns[-1:] == ["reopen"]


def cards_bring_their_notices(books: Books) -> Iterator[str]:
    """A card was raised by one act; a red one drafted its notice in it, a yellow one none."""
    drafted = Counter(notice.card_id for notice in books.rows(Notice))
    cards = books.rows(Card)
    for card in cards:
        if drafted[card.id] != (card.colour == "red"):
            yield f"card {card.id} ({card.colour}): {drafted[card.id]} notices"
        if [event.action for event in books.of["card", card.id]].count("raise") != 1:
            yield f"card {card.id}: not raised once"
    if len(cards) != books.count("milestone", "raise_card"):
        yield f"{len(cards)} cards, {books.count('milestone', 'raise_card')} acts raised them"


def numbers_have_no_gap(books: Books) -> Iterator[str]:
    given = defaultdict(list)
    for notice in books.rows(Notice):
        if notice.number is not None:
            given[notice.series, notice.year].append(notice.number)
    last = {(counter.series, counter.year): counter.last for counter in books.rows(NumberCounter)}
    for series in given.keys() | last.keys():
        if sorted(given[series]) != list(range(1, last.get(series, 0) + 1)):
            yield f"numbers of {series}: {sorted(given[series])}, counter {last.get(series)}"


def notices_are_whole(books: Books) -> Iterator[str]:
    """Issued: number and frozen facts under their digest. Printed: the paper's bytes are in the store."""
    for notice in books.rows(Notice):
        acts = [event.action for event in books.of["notice", notice.id]]
        issued = "issue" in acts
        if issued != (notice.number is not None and notice.code is not None):
            yield f"notice {notice.id}: acts {acts}, number {notice.number}"
        if notice.facts is not None and not _under_digest(notice):
            yield f"notice {notice.id}: facts and digest differ"
        if issued and notice.state != "voided" and notice.printed_at is None:
            yield f"notice {notice.id}: issued and never printed"
        if notice.printed_at and books.store.check(notice.pdf_key, notice.pdf_sha256) is not Condition.SOUND:
            yield f"notice {notice.id}: paper not in the store"


def _under_digest(notice: Any) -> bool:
    facts = NoticeFacts.from_record(notice.facts)
    expected = facts_digest(facts) if facts.issue else content_digest(facts.content)
    return bool(expected == notice.facts_sha256) and (notice.number is None) == (facts.issue is None)


def evidence_is_in_the_store(books: Books) -> Iterator[str]:
    """Every row's bytes, by hash and size; and every row its event of being attached."""
    for evidence in books.rows(Evidence):
        if books.store.check(evidence.store_key, evidence.sha256) is not Condition.SOUND:
            yield f"evidence {evidence.id}: bytes"
        elif books.store.size(evidence.store_key) != evidence.size:
            yield f"evidence {evidence.id}: size"
        attached = [e for e in books.of["evidence", evidence.id] if e.action == "attach"]
        told = [json.loads(e.text)["facts"]["sha256"] for e in attached]
        if told != [evidence.sha256]:
            yield f"evidence {evidence.id}: events {told}"


OF_THE_RECORD: tuple[Callable[[Books], Iterator[str]], ...] = (
    chains_hold,
    states_follow_from_events,
    leads_acknowledge_with_their_task,
    submissions_have_their_round,
    approvals_are_whole,
    accepted_evidence_is_kept,
    tasks_are_complete_with_their_milestones,
    cards_bring_their_notices,
    numbers_have_no_gap,
    notices_are_whole,
    evidence_is_in_the_store,
)
