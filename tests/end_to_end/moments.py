"""Fatal moments: the narrow windows in which a death costs most, for a process to meet on its own.

A kill from outside falls at any moment, seldom into one of these. Here the process sends SIGKILL to itself.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from itertools import count

from sqlalchemy import Connection

from workflow.adapters.database import Database
from workflow.adapters.incoming import Incoming
from workflow.adapters.mail import Maildir
from workflow.evidence_files import StoredFile

ANY = "any"
"""Killed from outside."""
FATAL = {"uncommitted": 40, "unanswered": 40, "unmarked": 6, "unnamed": 3}
"""All written, not committed · committed, nobody told · a letter gone, not marked · bytes stored, no row names them.

Each with the number of times up to which a life may pass by it."""


def meet(moment: str, nth: int) -> None:
    """From now on this process dies when it comes to that moment for the `nth` time."""
    passed = count(1)

    def pass_by() -> None:
        if next(passed) == nth:
            os.kill(os.getpid(), signal.SIGKILL)

    if moment in ("uncommitted", "unanswered"):
        _watch_transactions(pass_by, after=moment == "unanswered")
    elif moment == "unmarked":
        _watch_letters(pass_by)
    else:
        _watch_files(pass_by)


def _watch_transactions(pass_by: Callable[[], None], *, after: bool) -> None:
    acting = Database.acting

    @contextmanager
    def watched(self: Database) -> Iterator[Connection]:
        with acting(self) as tx:
            yield tx
            if not after:
                pass_by()
        if after:
            pass_by()

    setattr(Database, "acting", watched)  # noqa: B010  (a method is replaced)


def _watch_letters(pass_by: Callable[[], None]) -> None:
    send = Maildir.send

    def watched(self: Maildir, message: EmailMessage) -> None:
        send(self, message)
        pass_by()

    setattr(Maildir, "send", watched)  # noqa: B010


def _watch_files(pass_by: Callable[[], None]) -> None:
    finish = Incoming.finish

    def watched(self: Incoming, file_name: str) -> StoredFile:
        stored = finish(self, file_name)
        pass_by()
        return stored

    setattr(Incoming, "finish", watched)  # noqa: B010
