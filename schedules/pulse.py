"""The heartbeat of a process that runs the timetable."""

from __future__ import annotations

import logging
import os
import socket
from uuid import uuid4

from workflow import processes
from workflow.bootstrap import Services

log = logging.getLogger("duban.schedule")
BEAT_SECONDS = 60
LONGEST_HOST = 200


class Pulse:
    """Beats for one process, from its start to its end. A beat that fails stops no job."""

    def __init__(self, services: Services, name: str) -> None:
        self._services = services
        self._name = name
        self._mark = uuid4().hex
        self._host = socket.gethostname()[:LONGEST_HOST]
        self._started_at = services.clock()

    def beat(self) -> None:
        now = self._services.clock()
        own = (self._mark, self._name, self._host, os.getpid(), self._started_at)
        try:
            with self._services.transaction() as tx:
                processes.beat(tx, *own, now)
        except Exception:
            log.exception("no heartbeat")

    def stop(self) -> None:
        try:
            with self._services.transaction() as tx:
                processes.leave(tx, self._mark)
        except Exception:
            log.exception("no last heartbeat")
