"""A Duban process as it is deployed: the HTTP door, the jobs, or both in one (the embedded default).

`python -m tests.end_to_end.process PARTS SOCKET FOLDER`, settings by environment. PARTS is `http`, `jobs` or
`http+jobs`; SOCKET the number of a listening socket that was handed down; in FOLDER `done` holds the moment up
to which every job has run. It ends by being killed.
"""

from __future__ import annotations

import socket
import sys
import threading
from datetime import timedelta
from pathlib import Path

from schedules.runner import run_once
from workflow.adapters.clocks import DemoClock
from workflow.bootstrap import Services, bootstrap

A_LITTLE = 0.01
"""Seconds between two looks at the demo clock."""
LOOSE = timedelta(seconds=1)
"""The demo clock ticks by microseconds between two settings of its file."""


def serve(services: Services, number: int) -> None:
    import uvicorn

    from api.app import create_app

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
        faults = [ran for ran in run_once(services, now) if ran.error]
        if not faults:
            worked = now
            DemoClock(done).set(now)


def main() -> None:
    parts, number, folder = sys.argv[1].split("+"), int(sys.argv[2]), Path(sys.argv[3])
    services = bootstrap()
    if "jobs" not in parts:
        serve(services, number)
    if "http" in parts:
        threading.Thread(target=serve, args=(services, number), daemon=True).start()
    work(services, folder / "done")


if __name__ == "__main__":
    main()
