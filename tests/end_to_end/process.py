"""Duban processes as they are deployed: the HTTP door, the jobs, or both in one (the embedded default).

`python -m tests.end_to_end.process SOCKET FOLDER` is a nursery: it imports everything once, then forks a process for
each line `start PARTS [MOMENT NTH]` (`http`, `jobs` or `http+jobs`; several of one kind as `jobs.1`, `relay.1`,
`relay.2`; answers its number), ends one with SIGKILL for each line `kill NUMBER`, and says for each line `look NUMBER`
whether it is `alive` or `gone`.

SOCKET is the number of a listening socket that was handed down; settings come by environment; in FOLDER the file
`done` holds the moment up to which every job has run, and `done-relay-1` that up to which that process has.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import uvicorn

import workflow.adapters.typesetter  # noqa: F401  (imported before forking: it takes long)
from api.app import create_app
from schedules.relay import relay
from schedules.runner import run_once
from tests.end_to_end.ground import done_by
from tests.end_to_end.moments import meet
from workflow.adapters.clocks import DemoClock
from workflow.bootstrap import Services, bootstrap

A_LITTLE = 0.01
"""Seconds between two looks at the demo clock."""
LOOSE = timedelta(seconds=1)
"""The demo clock ticks by microseconds between two settings of its file."""


class Nursery:
    """Starts and kills processes as told on standard input; none outlives it."""

    def __init__(self, number: int, folder: Path) -> None:
        self.number, self.folder = number, folder
        self.alive: set[int] = set()

    def obey(self) -> None:
        orders: dict[str, Callable[..., str]] = {"start": self.start, "kill": self.kill, "look": self.look}
        for line in sys.stdin:
            order, *words = line.split()
            sys.stdout.write(f"{orders[order](*words)}\n")
            sys.stdout.flush()
        for pid in list(self.alive):
            self.kill(str(pid))

    def start(self, parts: str, moment: str = "", nth: str = "0") -> str:
        if pid := os.fork():
            self.alive.add(pid)
            return str(pid)
        sys.stdin.close()
        try:
            if moment:
                meet(moment, int(nth))
            live(parts.split("+"), self.number, self.folder)
        except BaseException:
            traceback.print_exc()  # else nobody would learn why it broke off
        finally:
            os._exit(1)

    def kill(self, pid: str) -> str:
        """kill -9: nothing is said good-bye to."""
        if int(pid) in self.alive:
            os.kill(int(pid), signal.SIGKILL)
            self._mourn(int(pid), 0)
        return "gone"

    def look(self, pid: str) -> str:
        if int(pid) in self.alive:
            self._mourn(int(pid), os.WNOHANG)
        return "alive" if int(pid) in self.alive else "gone"

    def _mourn(self, pid: int, how: int) -> None:
        if os.waitpid(pid, how)[0]:
            self.alive.discard(pid)


def live(parts: list[str], number: int, folder: Path) -> None:
    """Be one process of the deployment until killed."""
    services = bootstrap()
    kind, _, number_of_kind = parts[0].partition(".")
    if number_of_kind:
        setattr(socket, "getfqdn", lambda *_: f"{parts[0]}-{os.getpid()}.test")  # noqa: B010  (its name by SMTP)
        work(services, folder / done_by(parts[0]), RUNS[kind])
    if "jobs" not in parts:
        serve(services, number)
    if "http" in parts:
        threading.Thread(target=serve, args=(services, number), daemon=True).start()
    work(services, folder / "done")


def serve(services: Services, number: int) -> None:
    config = uvicorn.Config(create_app(services), log_level="error", access_log=False, lifespan="off")
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=number)])


def run_jobs(services: Services, now: datetime) -> bool:
    """Every job that is due: whether none broke off."""
    return not any(ran.error for ran in run_once(services, now))


def run_relay(services: Services, now: datetime) -> bool:
    """The relay by itself, whoever has its tick."""
    relay(services, now)
    return True


RUNS: dict[str, Callable[[Services, datetime], bool]] = {"jobs": run_jobs, "relay": run_relay}


def work(services: Services, done: Path, run: Callable[[Services, datetime], bool] = run_jobs) -> None:
    """Run what is due whenever the clock has moved, and say so when a pass found no fault."""
    pause, worked = threading.Event(), None
    while True:
        now = services.clock()
        if worked is not None and now - worked < LOOSE:
            pause.wait(A_LITTLE)
            continue
        if run(services, now):
            worked = now
            DemoClock(done).set(now)


if __name__ == "__main__":
    Nursery(int(sys.argv[1]), Path(sys.argv[2])).obey()
