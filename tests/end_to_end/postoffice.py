"""A real SMTP server with moods: it refuses, delays and hangs up, by a seed, and remembers all that it took."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import Any

from aiosmtpd.controller import Controller

from tests.workflow.mail.test_sending import free_port

MOODS = ("refuse", "delay", "hang up")
REFUSED, DELAYED, HUNG_UP = 0.08, 0.10, 0.06
"""How often it is in which mood; else it takes the mail."""
LONGEST_DELAY = 0.1
PATIENCE = 6
"""After so many failures of one mail it takes it: chance alone must park none."""
GONE = "gone@example.org"
"""A mailbox that there is not: refused for good."""


@dataclass(frozen=True)
class Taken:
    """A mail that was taken, and the process that brought it, by the name with which it greeted."""

    message_id: str
    by: str
    content: bytes


@dataclass
class PostOffice:
    """What it took, in order, and what else it did."""

    seed: int
    taken: list[Taken] = field(default_factory=list)
    moods: Counter[str] = field(default_factory=Counter)
    tries: Counter[str] = field(default_factory=Counter)
    address: str = ""

    async def handle_RCPT(  # noqa: N802 (the name aiosmtpd calls)
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if address == GONE:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        message_id = str(message_from_bytes(envelope.original_content)["Message-ID"]).strip("<>")
        mood = self._mood(message_id)
        if mood == "refuse":
            return "451 try later"
        if mood == "hang up":
            server.transport.abort()
            return "421 gone"
        if mood == "delay":
            await asyncio.sleep(LONGEST_DELAY * random.Random(message_id).random())
        self.taken.append(Taken(message_id, str(session.host_name), envelope.original_content))
        return "250 taken"

    def _mood(self, message_id: str) -> str | None:
        """The same mail has the same moods whenever and by whomever it is brought."""
        self.tries[message_id] += 1
        lot = random.Random(f"{self.seed} {message_id} {self.tries[message_id]}").random()
        found = None
        for mood, share in zip(MOODS, (REFUSED, DELAYED, HUNG_UP), strict=True):
            if found is None and lot < share:
                found = mood
            lot -= share
        if found != "delay" and self.tries[message_id] > PATIENCE:
            return None
        self.moods[str(found or "take")] += 1
        return found


@contextmanager
def open_post_office(seed: int) -> Iterator[PostOffice]:
    """On a free port of this machine."""
    office = PostOffice(seed)
    controller = Controller(office, hostname="127.0.0.1", port=free_port())
    controller.start()
    office.address = f"smtp://127.0.0.1:{controller.port}"
    try:
        yield office
    finally:
        controller.stop()
