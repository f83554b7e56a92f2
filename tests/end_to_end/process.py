"""Duban processes as they are deployed: the HTTP door, the jobs, or both in one (the embedded default).

`python -m tests.end_to_end.process SOCKET FOLDER` is a nursery: it imports everything once, then forks a process for
each line `start PARTS` (`http`, `jobs` or `http+jobs`; answers its number) and ends one with SIGKILL for each line
`kill NUMBER` (answers `gone`). SOCKET is the number of a listening socket that was handed down; settings come by
environment; in FOLDER the file `done` holds the moment up to which every job has run.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from datetime import timedelta
from pathlib import Path

import uvicorn

import workflow.adapters.typesetter  # noqa: F401  (imported before forking: it takes long)
from api.app import create_app
from schedules.runner import run_once
from workflow.adapters.clocks import DemoClock
from workflow.bootstrap import Services, bootstrap

A_LITTLE = 0.01
"""Seconds between two looks at the demo clock."""
LOOSE = timedelta(seconds=1)
"""The demo clock ticks by microseconds between two settings of its file."""


def nurse(number: int, folder: Path) -> None:
    """Start and kill processes as told on standard input; none outlives it."""
    running: set[int] = set()
    for line in sys.stdin:
        order, _, wanted = line.strip().partition(" ")
        if order == "start":
            running.add(pid := _start(wanted, number, folder))
            answer = str(pid)
        else:
            _kill(int(wanted))
            running.discard(int(wanted))
            answer = "gone"
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()
    for pid in running:
        _kill(pid)


def _start(parts: str, number: int, folder: Path) -> int:
    pid = os.fork()
    if pid:
        return pid
    sys.stdin.close()
    try:
        live(parts.split("+"), number, folder)
    finally:
        os._exit(1)


def _kill(pid: int) -> None:
    """kill -9: nothing is said good-bye to."""
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def live(parts: list[str], number: int, folder: Path) -> None:
    """Be one process of the deployment until killed."""
    services = bootstrap()
    if "jobs" not in parts:
        serve(services, number)
    if "http" in parts:
        threading.Thread(target=serve, args=(services, number), daemon=True).start()
    work(services, folder / "done")


def serve(services: Services, number: int) -> None:
    config = uvicorn.Config(create_app(services), log_level="error", access_log=False, lifespan="off")
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=number)])


def work(services: Services, done: Path) -> None:
    """Run what is due whenever the clock has moved, and say so when a pass found no fault."""
    pause, worked = threading.Event(), None
    while True:
        now = services.clock()
        if worked is not None and now - worked < LOOSE:
            pause.wait(A_LITTLE)
            continue
        if not any(ran.error for ran in run_once(services, now)):
            worked = now
            DemoClock(done).set(now)


if __name__ == "__main__":
    nurse(int(sys.argv[1]), Path(sys.argv[2]))
