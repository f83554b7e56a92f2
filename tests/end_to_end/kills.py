"""Plays a load against a server that is killed with SIGKILL again and again, and started on the same files.

The clock is the demo's: it goes on with the acts, an hour or two at a time, then to the next working day once the
day's jobs have run. While the server is down it goes on by more than an hour: the leases of a dead process run out.
"""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from tests.end_to_end.ground import Ground, morning
from tests.end_to_end.load import Actor, Gate, Log
from tests.end_to_end.moments import ANY, FATAL
from workflow.adapters.clocks import DemoClock
from workflow.civil import day_of

ROOT = Path(__file__).parents[2]
ACTORS = 3
ACTS_A_STEP, LONGEST_WAIT = 3, 3.0
"""The clock moves with every few acts; for none of them it waits longer (seconds)."""
STEP, WORKDAY = timedelta(minutes=100), timedelta(hours=8)
LIVES = (0.0, 1.2)
"""Seconds that the server lives at least and at most once it has answered."""
DOWN = timedelta(minutes=65)
"""How long the server is down on the demo's clock: longer than the lease of a job or a letter."""
A_LITTLE = 0.01
PATIENCE = 100.0


class Server:
    """The processes of one deployment, over one listening socket that outlives them."""

    def __init__(self, ground: Ground, parts: tuple[str, ...]) -> None:
        self.parts, self.errors = parts, ground.folder / "server.log"
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.address = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.running: dict[str, int] = {}
        self.nursery = self._open_nursery(ground)

    def _open_nursery(self, ground: Ground) -> subprocess.Popen[str]:
        settings, number = ground.settings, self.socket.fileno()
        env = os.environ | {
            "DUBAN_DATABASE": settings.database, "DUBAN_STORE": settings.store, "DUBAN_MAIL": settings.mail,
            "DUBAN_CLOCK": settings.clock,
        }  # fmt: skip
        command = [sys.executable, "-m", "tests.end_to_end.process", str(number), str(ground.folder)]
        with self.errors.open("ab") as errors:
            return subprocess.Popen(
                command, env=env, cwd=ROOT, pass_fds=(number,), text=True, stderr=errors,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            )  # fmt: skip

    def _tell(self, order: str) -> str:
        if self.nursery.stdin is None or self.nursery.stdout is None:
            raise ValueError("the nursery was opened without pipes")
        self.nursery.stdin.write(f"{order}\n")
        self.nursery.stdin.flush()
        answer = self.nursery.stdout.readline().strip()
        if not answer:
            raise RuntimeError(f"the nursery is gone: {self.errors.read_text()[-4000:]}")
        return answer

    def start(self, fatal: str = "") -> None:
        """Start what is not running; `fatal` as `MOMENT NTH` is one that it will not survive."""
        for parts in self.parts:
            if parts not in self.running:
                self.start_one(parts, fatal)

    def start_one(self, parts: str, fatal: str) -> None:
        self.running[parts] = int(self._tell(f"start {parts} {fatal}"))

    def is_gone(self, parts: str) -> bool:
        """Whether a process that was started has died by itself."""
        return self._tell(f"look {self.running[parts]}") == "gone"

    def kill(self, parts: str) -> None:
        """kill -9: it is gone when this returns."""
        self._tell(f"kill {self.running.pop(parts)}")

    def is_whole(self) -> bool:
        """Whether all processes are alive."""
        return all(self._tell(f"look {pid}") == "alive" for pid in self.running.values())

    def close(self) -> None:
        if self.nursery.poll() is None:
            self.nursery.communicate()
        self.socket.close()


@dataclass(frozen=True)
class Played:
    """A load that was played to its end."""

    ground: Ground
    log: Log
    kills: int
    last_day: date
    said: str
    """What the server wrote to its error output."""


class Play:
    """One load with its server, its people and its clock."""

    def __init__(self, ground: Ground, parts: tuple[str, ...], seed: int, *, pace: int = ACTS_A_STEP) -> None:
        self.pace = pace
        self.ground, self.random = ground, random.Random(seed)
        self.server, self.log, self.gate = Server(ground, parts), Log(), Gate()
        self.clock, self.turn = DemoClock(ground.folder / "clock"), threading.Lock()
        self.day, self.days = ground.begin, 1
        self.now = morning(self.day)
        self.acts, self.enough = threading.Semaphore(0), threading.Event()
        address = self.server.address
        self.actors = [
            Actor(f"hand{n}", ground, address, self.log, self.gate, seed * 100 + n) for n in range(ACTORS)
        ]

    def run(self, deaths: Sequence[str], *, days: int) -> Played:
        """Play at least that many working days, with a death on the way for each of `deaths`."""
        with ExitStack() as stack:
            stack.callback(self.server.close)
            self._move(self.now)
            self._start(*deaths[:1])
            for actor in self.actors:
                actor.on_act = self.acts.release
                actor.start()
            calendar = threading.Thread(target=self._turn_days, args=(days,), daemon=True)
            calendar.start()
            for death, following in zip(deaths, [*deaths[1:], ANY], strict=False):
                self._die(death, following)
                self._move(self.now + DOWN)
                self._start(following)
            self.enough.set()
            calendar.join()
            self._stop_acting()
            self._settle()
        return Played(self.ground, self.log, len(deaths), self.day, self.server.errors.read_text())

    def _move(self, now: datetime) -> None:
        """The clock never goes back."""
        with self.turn:
            self.now = max(now, self.now)
            self.clock.set(self.now)
            for actor in self.actors:
                actor.today = day_of(self.now)

    def _start(self, death: str = ANY) -> None:
        """Start what is not running, to die as said, if at a moment of its own."""
        fatal = "" if death == ANY else f"{death} {self.random.randint(1, FATAL[death])}"
        self.server.start(fatal)

    def _die(self, death: str, following: str) -> None:
        """Until a process met its fatal moment; or live a random while from the first answer on and kill.

        One process may survive, but not where the next death is to be met from within.
        """
        if death == ANY:
            reached = len(self.log.answers) + 1
            self._wait(lambda: len(self.log.answers) >= reached)
            threading.Event().wait(self.random.uniform(*LIVES))
        else:
            self._wait(lambda: not self.server.is_whole())
        running = sorted(self.server.running)
        every = {death, following} != {ANY} or self.random.random() < 0.5
        for parts in running if every else [self.random.choice(running)]:
            self.server.kill(parts)

    def _turn_days(self, days: int) -> None:
        while self.days < days or not self.enough.is_set():
            self._let_act()
            if self.now + STEP < morning(self.day) + WORKDAY:
                self._move(self.now + STEP)
            else:
                self._next_day()

        self._let_act()  # the last day's answers are kept when it is over, those of the days before are not

    def _let_act(self) -> None:
        for _ in range(self.pace):
            self.acts.acquire(timeout=LONGEST_WAIT)

    def _next_day(self) -> None:
        """No day ends before its jobs have run, and none begins while an act is in doubt."""
        with self.gate.alone():
            self._await_jobs()
            self.day, self.days = self.ground.calendar.add(self.day, 1), self.days + 1
            self._move(morning(self.day))

    def _await_jobs(self) -> None:
        """Until every job has run at the clock's moment or later."""
        done = self.ground.folder / "done"
        self._wait(lambda: done.exists() and DemoClock(done)() >= self.now)

    def _stop_acting(self) -> None:
        for actor in self.actors:
            actor.ended.set()
        for actor in self.actors:
            actor.join(PATIENCE)

    def _settle(self) -> None:
        """A last day on which only the clock works; then all that is owed has been told."""
        self._next_day()
        self._await_jobs()
        self._move(self.now + STEP)
        self._await_jobs()

    def _wait(self, until: Callable[[], bool]) -> None:
        pause, patience = threading.Event(), time.monotonic() + PATIENCE
        while not until():
            if time.monotonic() > patience:
                raise TimeoutError(
                    f"the server did nothing for {PATIENCE} s: {self.server.errors.read_text()[-4000:]}"
                )
            pause.wait(A_LITTLE)
