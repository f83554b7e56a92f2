"""What the hand-written acts share: the milestone as found, the record they keep, the text that is signed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from benchmarks import statements as sql
from benchmarks.drivers import Driver, open_driver
from benchmarks.ground import NOW, Item, People
from workflow.audit import canonical, link


class Refused(Exception):
    """The act is not open to this person now."""


def require(condition: object) -> None:
    if not condition:
        raise Refused


@dataclass(slots=True)
class Book:
    """What one act adds to its task's record."""

    task: int
    seq: int
    head: str
    actor: int | None
    events: list[tuple[Any, ...]] = field(default_factory=list)
    letters: list[tuple[Any, ...]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Subject:
    """The milestone as the first SELECT of an act finds it."""

    state: str
    version: int
    year: int
    text: str
    due_on: Any
    round: int
    task: int
    number: int
    name: str
    task_state: str
    task_version: int
    lead: int
    owned_from: int | None


class Clerk:
    """What every hand-written act has in common: reading, the record, and the text that is signed."""

    def __init__(self, url: str, people: People) -> None:
        self.driver: Driver = open_driver(url)
        self.owner = people.owner
        self.now = self.driver.instant(NOW)
        self.today = self.driver.day(NOW.date())
        self.one, self.many, self.run = self.driver.one, self.driver.many, self.driver.run

    def transaction(self) -> AbstractContextManager[None]:
        return self.driver.transaction()

    def close(self) -> None:
        self.driver.close()

    def open_approvals(self, items: Sequence[Item]) -> dict[int, int]:
        marks = ", ".join(["%s"] * len(items))
        statement = (
            f"SELECT milestone_id, id FROM approval WHERE state = 'open' AND milestone_id IN ({marks})"
        )
        return dict(self.many(statement, [item.milestone for item in items]))

    def _lock(self, statement: str, subject: int, actor: int) -> Book:
        task, seq, head = self.one(statement, (subject,))
        return Book(task, seq, head, actor)

    def _milestone(self, milestone: int) -> Subject:
        who = (self.owner, self.today, self.today, milestone)
        return Subject(*self.one(sql.MILESTONE, who))

    def _changed(self, statement: str, values: tuple[Any, ...]) -> None:
        require(self.run(statement, values) == 1)

    def _event(
        self, book: Book, subject: tuple[str, int], action: str, states: tuple[str | None, str],
        *, system: bool = False, **more: Any,
    ) -> int:  # fmt: skip
        book.seq += 1
        actor = None if system else book.actor
        told = {
            "root_kind": "task", "root_id": book.task, "seq": book.seq, "subject_kind": subject[0],
            "subject_id": subject[1], "action": action, "from_state": states[0], "to_state": states[1],
            "actor_id": actor, "at": NOW, "request": None, **more,
        }  # fmt: skip
        text = canonical(told)
        book.head = link(book.head, text)
        book.events.append((book.task, book.seq, *subject, action, *states, actor, self.now, text, book.head))
        return book.seq

    def _tell(self, book: Book, topic: str, audience: dict[str, Any], facts: dict[str, Any]) -> None:
        spell = self.driver.json
        letter = (topic, spell(audience), spell({**facts, "request": None}), book.task, self.now)
        book.letters.append(letter)

    def _keep(self, book: Book) -> None:
        """The record: events, the chain's new head, letters."""
        self.driver.run_each(sql.INSERT_EVENT, book.events)
        self.run(sql.MOVE_HEAD, (book.seq, book.head, book.task))
        if book.letters:
            self.driver.run_each(sql.INSERT_OUTBOX, book.letters)

    def _about(self, found: Any, milestone: int) -> dict[str, Any]:
        return {
            "task_id": found.task, "task_number": found.number, "task_name": found.name, "milestone_id": milestone,
            "year": found.year, "milestone": found.text, "due_on": str(found.due_on),
        }  # fmt: skip

    def _signed_text(self, milestone: int, text: str | None, *, enough: bool = False) -> str:
        """What is signed; `enough`: and it must reach its targets, with progress and evidence."""
        targets = self.many(sql.INDICATORS, (milestone,))
        figures = self.many(sql.ENTRIES, (milestone,))
        evidence = self.many(sql.EVIDENCE, (milestone,))
        if enough:
            require(figures and evidence)
            for indicator, _, wanted, _, _ in targets:
                reached = sum(Decimal(figure) for _, of, figure in figures if of == indicator)
                require(reached >= Decimal(wanted))
        return canonical(
            {
                "milestone": milestone,
                "targets": [[i, m, Decimal(q), unit, c] for i, m, q, unit, c in targets],
                "figures": [[i, of, Decimal(q)] for i, of, q in figures],
                "evidence": [list(row) for row in evidence],
                "text": text,
            }
        )
