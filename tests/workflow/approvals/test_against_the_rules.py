"""Random definitions, random moves by random people: the engine does what the small model of the rules says.

After every move, taken or refused, the seats are as the model has them; whoever signed had the right at that moment
and signed once; an open approval waits for somebody; a milestone is submitted exactly while its approval is open; an
approval ends once; and every move is an event in a chain that holds.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any, ClassVar

import pytest
from hypothesis import Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import bindparam, delete, func, select

from models import Absence, Approval, AuditEvent, Decision, Milestone, OutboxRow, Seat
from tests.people import START, Cast, HandClock, do
from tests.workflow.approvals.drawing import (
    GROUPS,
    WEIGHTS,
    a_definition,
    a_move,
    a_move_that_is_taken,
    a_tempting_move,
    some_absences,
)
from tests.workflow.approvals.ground import Ground, settle
from tests.workflow.approvals.offices import PEOPLE, Office
from tests.workflow.approvals.openings import NobodyThere, open_round
from tests.workflow.approvals.rights import Move
from tests.workflow.approvals.rights import Seat as ModelSeat
from tests.workflow.approvals.rules import Round
from workflow import audit
from workflow.approvals.overdue import meet, over
from workflow.bootstrap import Services
from workflow.calendar import working_calendar
from workflow.deadlines import WorkingCalendar
from workflow.errors import DubanError

ENDS = ("approved", "returned", "withdrawn", "voided")
SUBMITTERS = ("olga", "owen")
FOLLOWS = ("open", "carry_over", "conclude", "lose", "withdraw", "void")
"""The system's own acts on an approval."""


@dataclass(frozen=True)
class Look:
    """The latest round as the tables have it, and how many events and letters its task has."""

    id: int
    state: str
    digest: str
    milestone: str
    letters: int
    seats: list[Any]
    """Each with the decision taken in it."""
    events: list[Any]


TASK: Any = bindparam("task")
ID: Any = bindparam("id")
LETTERS: Any = select(func.count()).select_from(OutboxRow).where(OutboxRow.root_id == TASK)
LATEST: Any = (
    select(
        Approval.id, Approval.state, Approval.digest, Milestone.state.label("milestone"),
        LETTERS.scalar_subquery().label("letters"),
    )
    .join(Milestone, Milestone.id == Approval.milestone_id)
    .where(Approval.task_id == TASK)
    .order_by(Approval.id.desc())
    .limit(1)
)  # fmt: skip
SEATS: Any = (
    select(
        Seat.__table__,
        Decision.decided_by,
        Decision.substitute_for,
        Decision.digest,
        Decision.id.label("decision"),
    )
    .outerjoin(Decision, Decision.seat_id == Seat.id)
    .where(Seat.approval_id == ID)
    .order_by(Seat.id)
)
EVENTS: Any = (
    select(
        AuditEvent.action, AuditEvent.from_state, AuditEvent.to_state, AuditEvent.actor_id, AuditEvent.text
    )
    .where(AuditEvent.root_kind == "task", AuditEvent.root_id == TASK)
    .where(AuditEvent.subject_kind == "approval", AuditEvent.subject_id == ID)
    .order_by(AuditEvent.seq)
)


def look(here: Ground) -> Look | None:
    with here.services.reading() as tx:
        row = tx.execute(LATEST, {"task": here.task}).one_or_none()
        if row is None:
            return None
        seats, events = (
            list(tx.execute(each, {"task": here.task, "id": row.id})) for each in (SEATS, EVENTS)
        )
    return Look(row.id, str(row.state), row.digest, str(row.milestone), row.letters, seats, events)


class Approvals(RuleBasedStateMachine):
    """One milestone, rounds of approval over it, and everybody who may have something to do with them."""

    ground: ClassVar[Ground]
    clock: ClassVar[HandClock]
    calendar: ClassVar[WorkingCalendar]
    logins: ClassVar[Mapping[int, str]]
    codes: ClassVar[Mapping[int, str]]
    done: ClassVar[Counter[str]]

    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        lot, self.seed = Random(seed), seed
        self.clock.now, self.acts = START, 0
        self.office = Office(some_absences(lot, self.today), GROUPS)
        self.definition = a_definition(lot)
        note(f"{self.definition}\n{self.office.absences}")
        with self.services.transaction() as tx:
            tx.execute(delete(Absence))
        self.here = self.ground.fresh()
        self.here.absence(*self.office.absences)
        self.here.define(
            **{k: v for k, v in self.definition.items() if k not in ("key", "purpose", "holds_for")}
        )
        self.round: Round | None = None
        self.log: list[tuple[str, str | None]] = []
        self.seen: Any = look(self.here)
        self.stale = True
        self.hand_in(lot)

    @property
    def services(self) -> Services:
        return self.ground.services

    @property
    def today(self) -> date:
        return (self.clock.now + timedelta(hours=8)).date()

    @rule(seed=st.integers(0, 2**32))
    def go_on(self, seed: int) -> None:
        """Somebody does something: mostly what the rules allow."""
        self.acts += 1
        self.stale = False
        lot = Random(f"{self.seed} {seed} {self.acts}")
        if self.round is not None and self.round.state == "approved":
            self.here, self.round, self.seen = self.here.fresh(), None, None
        if self.round is None or (self.round.state != "open" and lot.random() < 0.8):
            self.hand_in(lot)
        elif (chance := lot.random()) < 0.12:
            self.wait(lot.choice((1, 2, 4, 6)))
        elif chance < 0.14:
            self.withdraw(lot.choice((self.round.opener, self.round.opener, "olga", "rashid")))
        elif chance < 0.32:
            self.move(a_tempting_move(lot, self.round, self.today))
        else:
            self.move(self.drawn(lot, self.round) if chance < 0.95 else a_move(lot, self.round))

    def drawn(self, lot: Random, of: Round) -> Move:
        return a_move_that_is_taken(lot, of, self.today, lambda move: self.refusal(of, move) is None)

    # The same done twice: by the engine, and by the rules

    def hand_in(self, lot: Random) -> None:
        who = lot.choice(SUBMITTERS)
        try:
            begun = open_round(self.office, self.definition, who, self.today, self.round)
        except NobodyThere:
            begun = None
        if self.seen is not None and self.seen.milestone not in ("in_progress", "returned"):
            begun = None
        taken = self.tried(f"{who} submits", lambda: self.here.submit(who, f"第{self.acts}次报送"))
        assert taken == (begun is not None)
        if begun is not None:
            self.round, self.log = begun, []
            self.done["straight_back"] += any(seat.kept for seat in begun.seats)

    def withdraw(self, who: str) -> None:
        assert self.round is not None
        may = self.round.state == "open" and who == self.round.opener and not self.round.decided
        people, milestone = self.here.people, self.here.milestone
        taken = self.tried(
            f"{who} withdraws", lambda: do(self.services, "milestone", milestone, "withdraw", people[who])
        )
        assert taken == may
        if may:
            self.round.withdraw()
            self.done["withdraw"] += 1

    def wait(self, days: int) -> None:
        """Days go by; seats whose limit is over meet it."""
        assert self.round is not None
        self.clock.now += timedelta(days=days)
        note(f"{self.today}")
        ids = [row.id for row in self.seen.seats]
        with self.services.reading() as tx:
            found = [seat for approval, seat in over(tx, self.clock.now) if approval == self.seen.id]
        assert found == [ids[n] for n in self.over()]
        for seat in found:
            with self.services.transaction() as tx:
                met = meet(tx, self.seen.id, seat, self.clock.now)
            still = ids.index(seat) in self.over()
            assert bool(met) == still
            self.stale = self.stale or still
            if still:
                self.round.meet(ids.index(seat), self.today)
                self.log.append(("meet_limit", None))
                self.done["meet_limit"] += 1

    def over(self) -> list[int]:
        """Places of open seats whose days are over, counted one by one; the first day is not counted."""
        return [n for n, seat in enumerate(self.round.seats) if self.is_over(seat)] if self.round else []

    def is_over(self, seat: ModelSeat) -> bool:
        if seat.state != "open" or seat.limit is None or seat.met or seat.opened is None:
            return False
        between = (seat.opened + timedelta(days=n) for n in range(1, (self.today - seat.opened).days))
        return sum(self.calendar.is_working(day) for day in between) >= seat.limit[0]

    def move(self, move: Move) -> None:
        assert self.round is not None
        why_not = self.refusal(self.round, move)
        taken = self.tried(f"{move} {why_not or ''}", lambda: self.perform(move))
        assert taken == (why_not is None), why_not
        if taken:
            before = len(self.round.carried)
            self.round.follow(move, self.today)
            self.done[move.action] += 1
            self.done["carry_over"] += any(who != move.who for who in self.round.carried[before:])
            self.log.append((move.action, move.who))

    def perform(self, move: Move) -> None:
        who, details = self.here.people[move.who], self.details(move)
        do(self.services, "approval", self.seen.id, move.action, who, reason="请核实。", details=details)

    def refusal(self, of: Round, move: Move) -> str | None:
        working = self.today
        while not self.calendar.is_working(working):
            working -= timedelta(days=1)
        return of.refuses(move, self.today, working)

    def details(self, move: Move) -> dict[str, Any]:
        seat = {"seat_id": self.seen.seats[move.seat].id}
        people = [self.here.people[login] for login in move.people]
        match move.action:
            case "return":
                return {**seat, "resume": move.resume}
            case "return_to_step":
                return {**seat, "resume": move.resume, "step": move.step}
            case "transfer" | "delegate":
                return {**seat, "person_id": people[0]}
            case "give_back":
                return {**seat, "opinion": "已核对。"}
            case "add_signers":
                return {**seat, "people": people, "place": move.place}
            case "copy":
                return {"people": people}
            case "comment":
                return {"text": "请看。", "mentions": people}
        return seat

    def tried(self, what: str, act: Callable[[], object]) -> bool:
        """Whether it was done; a refusal leaves everything as it was."""
        note(what)
        try:
            act()
        except DubanError:
            assert look(self.here) == self.seen
            return False
        self.stale = True
        return True

    # What holds after every move

    @invariant()
    def engine_and_rules_agree(self) -> None:
        if self.round is not None:
            self.seen = look(self.here) if self.stale else self.seen
            self.the_seats_are_as_the_rules_have_them(self.round)
            self.whoever_decided_had_the_right_and_decided_once(self.round)
            self.what_is_signed_is_what_was_handed_in(self.round)
            self.it_is_open_while_somebody_is_asked_and_the_milestone_waits_for_it(self.round)
            self.every_move_is_in_the_chain_and_one_is_the_end(self.round)

    def the_seats_are_as_the_rules_have_them(self, of: Round) -> None:
        places = {row.id: n for n, row in enumerate(self.seen.seats)}
        assert [
            (row.step_key, self.code(row.unit_id), self.login(row.person_id), self.login(row.delegated_by),
             places.get(row.added_to), str(row.state))
            for row in self.seen.seats
        ] == [(s.key, s.unit, s.person, s.lent_by, s.on, s.state) for s in of.seats]  # fmt: skip

    def whoever_decided_had_the_right_and_decided_once(self, of: Round) -> None:
        """By name, and in whose stead: the model has it that they had the right."""
        told = [
            (self.login(row.decided_by), self.login(row.substitute_for)) if row.decision else None
            for row in self.seen.seats
        ]
        assert told == [
            (seat.signer, seat.for_ if seat.for_ != seat.signer else None)
            if seat.signer or seat.passed
            else None
            for seat in of.seats
        ]

    def what_is_signed_is_what_was_handed_in(self, of: Round) -> None:
        """But for signatures of the round before: those keep what they were given over."""
        for row, seat in zip(self.seen.seats, of.seats, strict=True):
            assert row.decision is None or (row.digest == self.seen.digest) is not seat.kept

    def it_is_open_while_somebody_is_asked_and_the_milestone_waits_for_it(self, of: Round) -> None:
        follows = {
            "open": "submitted",
            "approved": "accepted",
            "returned": "returned",
            "withdrawn": "in_progress",
        }
        assert (self.seen.state, self.seen.milestone) == (of.state, follows[of.state])
        asked = [seat for seat in of.seats if seat.state == "open"]
        assert bool(asked) == (of.state == "open")
        assert not asked or any(self.could_be_taken(of, seat) for seat in asked)

    def could_be_taken(self, of: Round, seat: ModelSeat) -> bool:
        """Somebody may sign it, or has lent it; or a supervisor can give it to somebody who may."""
        if seat.lent_by or any(of.right(who, seat, self.today) for who in PEOPLE):
            return True
        n = of.seats.index(seat)
        moves = (Move(who, "transfer", n, (to,)) for who in PEOPLE for to in PEOPLE)
        return any(self.refusal(of, move) is None for move in moves)

    def every_move_is_in_the_chain_and_one_is_the_end(self, of: Round) -> None:
        moves = [
            (row.action, self.login(row.actor_id)) for row in self.seen.events if row.action not in FOLLOWS
        ]
        assert moves == self.log
        carried = [json.loads(row.text) for row in self.seen.events if row.action == "carry_over"]
        told = [
            self.login(each["person_id"]) for record in carried for each in record["details"]["signatures"]
        ]
        assert told == of.carried
        ends = [row for row in self.seen.events if row.to_state in ENDS and row.from_state == "open"]
        assert len(ends) == (of.state != "open")

    def login(self, person_id: int | None) -> str | None:
        return self.logins[person_id] if person_id is not None else None

    def code(self, unit_id: int | None) -> str | None:
        return self.codes[unit_id] if unit_id is not None else None


def play(services: Services, cast: Cast, clock: HandClock, lives: int, moves: int) -> Counter[str]:
    """So many lives of so many moves; how often each was made."""
    Approvals.ground, Approvals.clock, Approvals.done = settle(services, cast), clock, Counter()
    for code, members in GROUPS.items():
        Approvals.ground.group(code, *members)
    Approvals.logins, Approvals.codes = Approvals.ground.logins, Approvals.ground.codes
    with services.reading() as tx:
        Approvals.calendar = working_calendar(tx)
    told_as_found = (Phase.generate,)  # looking for the shortest such life would outlast the time a test has
    run_state_machine_as_test(
        Approvals, settings=settings(
            max_examples=lives, stateful_step_count=moves, phases=told_as_found
        ),
    )  # fmt: skip
    with services.reading() as tx:
        assert audit.verify(tx)[1] is None
        waits = select(Milestone.id).where(
            Milestone.state == "submitted",
            ~select(Approval.id)
            .where(Approval.milestone_id == Milestone.id, Approval.state == "open")
            .exists(),
        )
        assert tx.execute(waits).all() == []
    return Approvals.done


@pytest.mark.timeout(600)
def test_the_engine_does_what_the_rules_say(services: Services, cast: Cast, clock: HandClock) -> None:
    done = play(services, cast, clock, lives=200, moves=9)
    assert [
        move for move in (*WEIGHTS, "meet_limit", "withdraw", "straight_back", "carry_over") if not done[move]
    ] == []


@pytest.mark.soak
def test_in_two_thousand_lives_as_well(services: Services, cast: Cast, clock: HandClock) -> None:
    play(services, cast, clock, lives=2000, moves=16)
