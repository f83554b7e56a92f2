"""Random lives: whoever of the cast does whatever they may, in any order, the record and the states agree.

After every act: each state is where its last event left it, a milestone is submitted exactly while one approval is
open, only one step of it is open to sign, decisions are over what was submitted, and a task is complete exactly when
everything in it is done. A refusal changes nothing. In the end the chain holds.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import Connection, select

from models import (
    Approval,
    AuditEvent,
    Decision,
    Extension,
    Indicator,
    Milestone,
    OutboxRow,
    Part,
    Seat,
    Share,
    Task,
    Waiver,
)
from models.states import (
    ApprovalState,
    Basis,
    Comparator,
    DueBasis,
    EvidenceState,
    IndicatorKind,
    MilestoneState,
    Origin,
    PartRole,
    PartState,
    Purpose,
    RequestState,
    SeatState,
    TaskState,
)
from tests.databases import POSTGRESQL
from tests.people import START, Cast, HandClock, add
from tests.workflow.careful import Careful
from tests.workflow.lifecycles.situations import a_meeting
from workflow import audit
from workflow.acts import perform
from workflow.approvals import proofs
from workflow.bootstrap import Services
from workflow.errors import DubanError
from workflow.law import LAWS

KINDS = ("task", "part", "milestone", "share", "approval", "extension", "waiver")
TABLES: Mapping[str, Any] = {
    "task": Task, "part": Part, "milestone": Milestone, "share": Share, "approval": Approval,
    "extension": Extension, "waiver": Waiver,
}  # fmt: skip
PEOPLE = ("olga", "rashid", "jun", "amira", "petra", "karl")
CLOCKWORK = {("milestone", "waive"), ("milestone", "recall"), ("milestone", "raise_card")}
"""What the system does by itself; all its other acts follow from somebody's."""
BY_NAME = {
    "return_to_step", "transfer", "delegate", "give_back", "take_back", "add_signers", "remove_signer", "urge", "copy",
    "comment",
}  # fmt: skip
"""Moves of signers that name somebody, have a life of their own in the model of approvals."""
FORWARD = ("acknowledge", "start", "report", "attach", "submit", "approve", "resume", "close_out")
DONE = (MilestoneState.ACCEPTED, MilestoneState.WAIVED)
ALIVE = (TaskState.ASSIGNED, TaskState.ACKNOWLEDGED, TaskState.IN_PROGRESS, TaskState.SUSPENDED)


class Lives(Careful, RuleBasedStateMachine):
    """One task of two milestones, its cast, and everything that may be done."""

    numbers: ClassVar[Iterator[int]]

    @initialize()
    def assign(self) -> None:
        self.clock.now = START
        with self.services.transaction() as tx:
            self.task, self.indicators = assign_task(tx, self.cast, next(self.numbers), self.clock())
        self.episode = self.acts = 0

    @rule(days=st.integers(1, 20))
    def wait(self, days: int) -> None:
        self.clock.now += timedelta(days=days)

    @rule(seed=st.integers(0, 2**32))
    def go_on(self, seed: int) -> None:
        """Somebody does what brings the work forward."""
        self.do_one_of(FORWARD, seed)

    @rule(seed=st.integers(0, 2**32))
    def go_on_further(self, seed: int) -> None:
        """The same once more: most of life is work."""
        self.do_one_of(FORWARD, seed)

    @rule(seed=st.integers(0, 2**32))
    def do_anything_open(self, seed: int) -> None:
        """Somebody does what the law offers them with nothing missing: it is never refused."""
        self.do_one_of(None, seed)

    def do_one_of(self, actions: tuple[str, ...] | None, seed: int) -> None:
        """One act of the first of the cast who has any, all by lot; it is spread evenly, however small the seed."""
        self.acts += 1
        lot = random.Random(f"{seed} {self.acts}")
        for name in lot.sample((*PEOPLE, "system"), len(PEOPLE) + 1):
            if offers := self.offers(name, actions):
                action = lot.choice(sorted({offer[2] for offer in offers}))
                kind, subject, action = lot.choice([offer for offer in offers if offer[2] == action])
                self.act(kind, subject, action, name, lot)
                return

    def offers(self, name: str, actions: tuple[str, ...] | None) -> list[tuple[str, int, str]]:
        with self.services.reading() as tx:
            return [
                (kind, subject, action.name)
                for kind in KINDS
                for subject, action, missing in self.open_to(tx, kind, name)
                if not missing and (name != "system" or (kind, action.name) in CLOCKWORK)
                if actions is None or action.name in actions
            ]

    @rule(data=st.data())
    def try_anything(self, data: st.DataObject) -> None:
        """Anybody tries anything: done, or refused without a trace."""
        with self.services.reading() as tx:
            kind, subject = data.draw(st.sampled_from(self.subjects(tx)))
        name = data.draw(st.sampled_from(PEOPLE))
        action = data.draw(st.sampled_from(sorted(LAWS[kind].actions)))
        before = self.snapshot()
        try:
            self.act(kind, subject, action, name, random.Random(data.draw(st.integers(0, 999))))
        except DubanError:
            assert self.snapshot() == before

    def act(self, kind: str, subject: int, action: str, name: str, chance: random.Random) -> None:
        details = self.details(kind, subject, action, chance)
        with self.services.transaction() as tx:
            perform(tx, LAWS[kind], subject, action, self.person(name), self.clock(), reason="联席会议议定。",
                    details=details)  # fmt: skip

    def person(self, name: str) -> int | None:
        found: int | None = None if name == "system" else getattr(self.cast, name)
        return found

    def open_to(self, tx: Connection, kind: str, name: str) -> Iterator[tuple[int, Any, list[Any]]]:
        """What the law offers this person on every subject of the kind, read in one go as a page would."""
        law, ids = LAWS[kind], sorted(self.rows(tx, kind))
        for subject, standing in law.load(tx, ids, self.person(name), self.clock()).items():
            for action, missing in law.open_to(standing) if standing.seen else ():
                if self.has_matter(standing, action.name):
                    yield subject, action, missing

    def has_matter(self, standing: Any, action: str) -> bool:
        """Whether there is anything to detach or tie, to correct, or left to break down."""
        match action:
            case "detach" | "tie":
                return any(e.state == EvidenceState.ATTACHED for e in standing.evidence)
            case "correct":
                return any(e.quantity is not None for e in standing.entries)
            case "break_down":
                return not standing.shares
            case "request_extension":
                return self.extended(standing.id) < 2
            case move if move in BY_NAME:
                return False
        return True

    def subjects(self, tx: Connection) -> list[tuple[str, int]]:
        return [(kind, row) for kind in KINDS for row in sorted(self.rows(tx, kind))]

    def mine(self, kind: str) -> Any:
        table = TABLES[kind]
        return table.id == self.task if kind == "task" else table.task_id == self.task

    def rows(self, tx: Connection, kind: str) -> Mapping[int, Any]:
        found = tx.execute(select(TABLES[kind].__table__).where(self.mine(kind)))
        return {row.id: row for row in found}

    def events(self, tx: Connection) -> list[Any]:
        mine = (AuditEvent.root_kind == "task", AuditEvent.root_id == self.task)
        return list(tx.execute(select(AuditEvent.__table__).where(*mine).order_by(AuditEvent.seq)))

    def snapshot(self) -> list[Any]:
        with self.services.reading() as tx:
            told = tx.execute(select(OutboxRow.id).where(OutboxRow.root_id == self.task)).all()
            return [self.rows(tx, kind) for kind in KINDS] + [self.events(tx), told]

    @invariant()
    def every_state_is_where_its_last_event_left_it(self) -> None:
        with self.services.reading() as tx:
            last = {(e.subject_kind, e.subject_id): e.to_state for e in self.events(tx)}
            for kind in KINDS:
                for row in self.rows(tx, kind).values():
                    assert row.state == last.get((kind, row.id), row.state)

    @invariant()
    def a_milestone_is_submitted_while_one_approval_is_open(self) -> None:
        with self.services.reading() as tx:
            milestones = self.rows(tx, "milestone")
            opened = [
                each.milestone_id
                for each in self.rows(tx, "approval").values()
                if each.state == ApprovalState.OPEN and each.purpose == Purpose.ACCEPTANCE
            ]
        assert sorted(opened) == sorted(
            m for m, row in milestones.items() if row.state == MilestoneState.SUBMITTED
        )

    @invariant()
    def what_is_asked_of_a_milestone_waits_in_an_open_approval(self) -> None:
        with self.services.reading() as tx:
            opened = {
                (each.subject_kind, each.subject_id)
                for each in self.rows(tx, "approval").values()
                if each.state == ApprovalState.OPEN and each.purpose in (Purpose.EXTENSION, Purpose.WAIVER)
            }
            asked = {
                (kind, row.id)
                for kind in ("extension", "waiver")
                for row in self.rows(tx, kind).values()
                if row.state == RequestState.REQUESTED
            }
        assert opened == asked

    @invariant()
    def one_step_of_an_open_approval_is_open_and_none_of_a_closed_one(self) -> None:
        with self.services.reading() as tx:
            for approval in self.rows(tx, "approval").values():
                seats = tx.execute(select(Seat.step, Seat.state).where(Seat.approval_id == approval.id)).all()
                steps = {seat.step for seat in seats if seat.state == SeatState.OPEN}
                waiting = {seat.step for seat in seats if seat.state == SeatState.WAITING}
                if approval.state == ApprovalState.OPEN:
                    assert len(steps) == 1
                    assert all(step > min(steps) for step in waiting)
                else:
                    assert not steps | waiting

    @invariant()
    def decisions_are_over_what_was_submitted(self) -> None:
        with self.services.reading() as tx:
            pairs = tx.execute(
                select(Decision.digest, Approval.digest)
                .join(Approval, Approval.id == Decision.approval_id)
                .where(Approval.task_id == self.task)
            ).all()
        assert all(signed == asked for signed, asked in pairs)

    @invariant()
    def a_task_is_complete_when_everything_in_it_is_done(self) -> None:
        """A supervisor may take up a finished task again by hand: only then may all be done and the task alive."""
        with self.services.reading() as tx:
            done = all(row.state in DONE for row in self.rows(tx, "milestone").values())
            state = self.rows(tx, "task")[self.task].state
            acts = [e.action for e in self.events(tx) if e.subject_kind == "task"]
        if state in (TaskState.COMPLETED, TaskState.CLOSED):
            assert done
        if done and state in ALIVE:
            assert "reopen" in acts[len(acts) - acts[::-1].index("complete") :]

    @invariant()
    def a_cancelled_task_waits_for_nobody(self) -> None:
        with self.services.reading() as tx:
            if self.rows(tx, "task")[self.task].state == TaskState.CANCELLED:
                assert all(a.state != ApprovalState.OPEN for a in self.rows(tx, "approval").values())

    def teardown(self) -> None:
        with self.services.reading() as tx:
            assert audit.verify(tx)[1] is None
            assert proofs.verify(tx)[1] is None


def assign_task(tx: Connection, cast: Cast, number: int, now: Any) -> tuple[int, dict[int, int]]:
    """A further task of the cast's units, three audits to be made in each of two years: its id, and the indicator
    of each milestone."""
    task = add(
        tx, Task, plan_id=cast.plan, number=number, name=f"任务{number}", printed_name="-", goal="-",
        printed_goal="-", state=TaskState.ASSIGNED, origin=Origin.DOCUMENT, assigned_at=now,
    )  # fmt: skip
    for ordinal, (unit, role) in enumerate(((cast.lead, PartRole.LEAD), (cast.joint, PartRole.JOINT)), 1):
        add(tx, Part, task_id=task, unit_id=unit, role=role, ordinal=ordinal, state=PartState.ASSIGNED)
    indicators = {}
    for year in (2022, 2023):
        milestone = add(
            tx, Milestone, task_id=task, year=year, text="3家", printed_text="3家", state=MilestoneState.PLANNED,
            due_on=date(year, 12, 30), due_basis=DueBasis.YEAR_END, due_rule="preceding",
        )  # fmt: skip
        indicators[milestone] = add(
            tx, Indicator, task_id=task, milestone_id=milestone, ordinal=1, metric="能源审计", quantity=Decimal(3),
            unit="家", comparator=Comparator.AT_LEAST, basis=Basis.ANNUAL_INCREMENT, kind=IndicatorKind.COUNT,
        )  # fmt: skip
    return task, indicators


def live(services: Services, cast: Cast, clock: HandClock, lives: int, acts: int) -> None:
    Lives.services, Lives.cast, Lives.clock, Lives.numbers = services, cast, clock, iter(range(100, 10**6))
    Lives.meeting = a_meeting(services, cast)
    told_as_found = (Phase.generate,)  # looking for the shortest such life would outlast the time a test has
    run_state_machine_as_test(
        Lives, settings=settings(
            max_examples=lives, stateful_step_count=acts, phases=told_as_found
        ),
    )  # fmt: skip


def test_random_lives_hold_together(services: Services, cast: Cast, clock: HandClock) -> None:
    live(services, cast, clock, lives=4 if POSTGRESQL else 8, acts=40)


@pytest.mark.soak
def test_many_random_lives_hold_together(services: Services, cast: Cast, clock: HandClock) -> None:
    live(services, cast, clock, lives=300, acts=80)
