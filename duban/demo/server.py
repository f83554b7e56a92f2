"""The server of the demo: the same as `duban serve`, in a thread of this process."""

from __future__ import annotations

import socket
from threading import Thread

from duban.serve import server
from workflow.bootstrap import Services
from workflow.errors import DubanError

HOST = "127.0.0.1"
TRIES = 50
"""Ports that are tried from the wanted one on."""
FAREWELL = 15.0
"""Seconds that open requests are waited for."""


class NoPort(DubanError):
    """Every port that was tried is taken. Facts: `first`, `last`."""

    code = "no_port"


class Door:
    """Serves from the moment it is opened until it is closed."""

    def __init__(self, services: Services, listening: socket.socket) -> None:
        port = listening.getsockname()[1]
        self._server = server(services, HOST, port)
        serve = {"target": self._server.run, "args": ([listening],)}
        self._thread = Thread(**serve, name="demo-server", daemon=True)  # type: ignore[arg-type]
        self._thread.start()

    def close(self) -> None:
        """Let open requests end, then shut."""
        self._server.should_exit = True
        self._thread.join(FAREWELL)


def listen(wanted: int) -> socket.socket:
    """A listening socket on loopback at the wanted port, or at the next free one. Raises NoPort."""
    for port in range(wanted, min(wanted + TRIES, 65536)):
        # Named as TCP, else asyncio leaves Nagle's algorithm on and every answer waits 40 ms for the client's ACK.
        door = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((HOST, port))
        except OSError:
            door.close()
            continue
        door.listen(128)
        return door
    raise NoPort(first=wanted, last=wanted + TRIES - 1)
