"""A storm of mail: relays and schedulers as processes of their own, killed again and again, before a moody server.

The clock is the demo's and moves when every living process has done what was due at its moment. Deaths fall at any
moment, or into the narrow window after the server has taken a mail and before the relay has marked it.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select, update

from models import Delivery, OutboxRow, Person
from tests.end_to_end.ground import Ground, done_by, morning
from tests.end_to_end.kills import PATIENCE, Server
from tests.end_to_end.moments import ANY
from tests.end_to_end.postoffice import GONE, PostOffice
from workflow import audit
from workflow.adapters.clocks import DemoClock
from workflow.bootstrap import Services
from workflow.civil import day_of

WORKDAY = timedelta(hours=8)
STEPS = (1, 4)
"""Minutes by which the clock moves, at least and at most: backoffs end and leases of the dead run out on the way."""
NEVER_THERE = 3
"""Messages to a mailbox that there is not."""
A_FEW = 5
"""Written on for as long as somebody is to die of sending."""
SOON_FATAL = (1, 4)
"""Of which mail at the latest a doomed relay dies."""
SOON = 0.25
"""Seconds after which at the latest a process that is to die is killed."""


@dataclass
class Weathered:
    """A storm that is over: what was written, who died, and how long it took."""

    services: Services
    office: PostOffice
    written: list[str]
    """Message ids that the server must have taken."""
    hopeless: list[str]
    killed: set[str]
    """Processes that died, by the name with which they greet."""
    seconds: float = 0.0
    moves: int = 0

    @property
    def times(self) -> Counter[str]:
        """How often each mail was taken."""
        return Counter(taken.message_id for taken in self.office.taken)

    @property
    def doubles(self) -> int:
        return sum(self.times.values()) - len(self.times)

    def figures(self) -> str:
        """One line for who runs it."""
        moods = self.office.moods
        return (
            f"{len(self.written)} messages taken, {self.doubles} twice, {len(self.hopeless)} to no mailbox parked; "
            f"{len(self.killed)} processes killed; {moods['refuse']} refusals, {moods['hang up']} hang-ups, "
            f"{moods['delay']} delays; {self.moves} moves of the clock in {self.seconds:.0f} s, "
            f"{len(self.written) / self.seconds:.0f} messages a second"
        )


@dataclass
class Storm:
    """Its ground, its processes, and what it writes."""

    ground: Ground
    office: PostOffice
    relays: int
    schedulers: int
    seed: int
    killed: set[str] = field(default_factory=set)
    doomed: set[str] = field(default_factory=set)
    """Relays that will die by themselves."""
    written: list[str] = field(default_factory=list)
    hopeless: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.services = self.ground.open()
        self.clock = DemoClock(self.ground.folder / "clock")
        self.now = morning(self.ground.begin)
        kinds = (("relay", self.relays), ("jobs", self.schedulers))
        self.parts = tuple(f"{kind}.{n + 1}" for kind, count in kinds for n in range(count))
        self.server = Server(self.ground, self.parts)
        self.pause = threading.Event()

    def run(self, messages: int, deaths: Sequence[str], *, at_once: int) -> Weathered:
        """Write so many messages, a batch a move of the clock, let so many processes die on the way, and wait until
        nothing waits any more."""
        begun, moves, waiting = time.monotonic(), 0, list(deaths)
        try:
            self._write_hopeless()
            self.clock.set(self.now)
            self.server.start()
            while messages > 0 or waiting or self.doomed or self._waits():
                count = min(messages, at_once)
                self._write(count if messages > 0 or not self.doomed else A_FEW)
                messages -= count
                self._let_work(waiting.pop(0) if waiting else None)
                self._move()
                moves += 1
            self._let_work(None)
        finally:
            self.server.close()
        return Weathered(
            self.services,
            self.office,
            self.written,
            self.hopeless,
            self.killed,
            time.monotonic() - begun,
            moves,
        )

    def _write(self, count: int) -> None:
        """Tellings to people of the ground, as acts leave them."""
        people = [self.random.choice(self.ground.players).id for _ in range(count)]
        self.written += self._enter(people)

    def _write_hopeless(self) -> None:
        with self.services.transaction() as tx:
            someone = self.ground.players[-1].id
            tx.execute(update(Person).where(Person.id == someone).values(email=GONE))
        self.ground.players.pop()
        self.hopeless += self._enter([someone] * NEVER_THERE)

    def _enter(self, people: Sequence[int]) -> list[str]:
        """The ids under which the mails will go."""
        facts = {"task_id": 1, "task_number": 1, "task_name": "第1项任务", "reason": "缺页"}
        row = {"topic": "returned", "facts": facts, "root_kind": "task", "root_id": 1, "written_at": self.now}
        with self.services.transaction() as tx:
            made = insert(OutboxRow).returning(OutboxRow.id)
            return [
                f"task.1.{tx.execute(made, {**row, 'audience': {'person_id': person}}).scalar_one()}.{person}@duban"
                for person in people
            ]

    def _let_work(self, death: str | None) -> None:
        """Until every living process has done what is due; one dies on the way, and is started again."""
        if death == ANY:
            self.pause.wait(self.random.uniform(0, SOON))
            self._kill(self.random.choice(self.parts))
        elif death is not None:
            self._kill(part := self.random.choice(self.parts[: self.relays]))
            self._doom(part, death)
        self.server.start()
        end = time.monotonic() + PATIENCE
        while not all(self._is_done(part) for part in self.parts):
            self._bury()
            if time.monotonic() > end:
                late = [part for part in self.parts if not self._is_done(part)]
                raise TimeoutError(f"{late} did nothing: {self.server.errors.read_text()[-4000:]}")
            self.pause.wait(0.01)

    def _doom(self, part: str, death: str) -> None:
        """Start a relay that will not outlive the first mails it sends."""
        self.server.start_one(part, f"{death} {self.random.randint(*SOON_FATAL)}")
        self.doomed.add(part)

    def _kill(self, part: str) -> None:
        self.killed.add(f"{part}-{self.server.running[part]}.test")
        self.doomed.discard(part)
        self.server.kill(part)

    def _bury(self) -> None:
        """Whoever was to die by itself is started again; nobody else may die."""
        for part in [part for part in self.parts if self.server.is_gone(part)]:
            if part not in self.doomed:
                raise RuntimeError(f"{part} broke off: {self.server.errors.read_text()[-4000:]}")
            self._kill(part)
        self.server.start()

    def _is_done(self, part: str) -> bool:
        done = Path(self.ground.folder / done_by(part))
        return done.exists() and DemoClock(done)() >= self.now

    def _move(self) -> None:
        """Some minutes on, or to the next working morning when the office closes."""
        later = self.now + timedelta(minutes=self.random.randint(*STEPS))
        day = day_of(self.now)
        self.now = later if later < morning(day) + WORKDAY else morning(self.ground.calendar.add(day, 1))
        self.clock.set(self.now)

    def _waits(self) -> int:
        waiting = select(func.count()).where(Delivery.state == "waiting")
        untold = select(func.count()).where(OutboxRow.addressed_at.is_(None))
        with self.services.reading() as tx:
            return int(tx.execute(waiting).scalar_one()) + int(tx.execute(untold).scalar_one())


def faults_of(storm: Weathered) -> list[str]:
    """Everything that does not hold of a storm."""
    with storm.services.reading() as tx:
        rows = tx.execute(select(Delivery.__table__).where(Delivery.channel == "mail")).all()
        untold = tx.execute(select(OutboxRow.id).where(OutboxRow.addressed_at.is_(None))).all()
        broken = audit.verify(tx)[1]
    faults = [*_marked_as_taken(storm, rows), *_twice_only_by_the_dead(storm)]
    faults += [f"outbox rows nobody was told of: {untold}"] if untold else []
    return faults + ([f"the record is broken: {broken}"] if broken else [])


def _marked_as_taken(storm: Weathered, rows: Sequence[Any]) -> Iterator[str]:
    """What was written has a delivery; what is marked as sent was taken, and the other way round; what is parked is
    what no server would take."""
    states = {row.message_id: row.state for row in rows}
    for message in storm.written:
        if states.get(message) != "sent":
            yield f"{message}: {states.get(message)}"
    sent = {message for message, state in states.items() if state == "sent"}
    if sent != storm.times.keys():
        yield f"lost {sent - storm.times.keys()}, marked as not sent {storm.times.keys() - sent}"
    parked = {row.message_id: row for row in rows if row.state == "parked"}
    if not set(storm.hopeless) <= parked.keys():
        yield f"hopeless, and not parked: {set(storm.hopeless) - parked.keys()}"
    yield from (f"{row.message_id} parked: {row.error}" for row in parked.values() if GONE not in row.error)


def _twice_only_by_the_dead(storm: Weathered) -> Iterator[str]:
    """A mail came again only where who brought it before died, and then under the same id and as the same bytes."""
    brought = defaultdict(list)
    for taken in storm.office.taken:
        brought[taken.message_id].append(taken)
    for message, times in brought.items():
        alive = [taken.by for taken in times[:-1] if taken.by not in storm.killed]
        if alive:
            yield f"{message} came again though {alive} lived on"
        if len({taken.content for taken in times}) != 1:
            yield f"{message} came as other bytes"
