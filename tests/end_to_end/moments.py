"""Fatal moments: the narrow windows in which a death costs most, for a process to meet on its own.

A kill from outside falls at any moment, seldom into one of these. Here the process sends SIGKILL to itself.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from functools import partial
from itertools import count

from sqlalchemy import Connection

from workflow.adapters.database import Database
from workflow.adapters.incoming import Incoming
from workflow.adapters.mail import Maildir
from workflow.evidence_files import StoredFile

ANY = "any"
"""Killed from outside."""
FATAL = {"uncommitted": 40, "unanswered": 10, "unfinished": 40, "unmarked": 6, "unnamed": 3}
"""All written, not committed · an act committed, nobody told · a part of a job committed, not the rest · a letter
gone, not marked · bytes stored, no row names them. Each with the number of times up to which a life passes by it."""


def meet(moment: str, nth: int) -> None:
    """From now on this process dies when it comes to that moment for the `nth` time."""
    passed = count(1)

    def pass_by() -> None:
        if next(passed) == nth:
            os.kill(os.getpid(), signal.SIGKILL)

    watches: dict[str, Callable[[Callable[[], None]], None]] = {
        "uncommitted": _watch_writing,
        "unanswered": partial(_watch_commits, of_jobs=False),
        "unfinished": partial(_watch_commits, of_jobs=True),
        "unmarked": _watch_letters,
        "unnamed": _watch_files,
    }
    watches[moment](pass_by)


def _watch_writing(pass_by: Callable[[], None]) -> None:
    acting = Database.acting

    @contextmanager
    def watched(self: Database) -> Iterator[Connection]:
        with acting(self) as tx:
            yield tx
            pass_by()

    setattr(Database, "acting", watched)  # noqa: B010  (a method is replaced)


def _watch_commits(pass_by: Callable[[], None], *, of_jobs: bool) -> None:
    """Jobs run in the main thread, requests in others."""
    acting = Database.acting

    @contextmanager
    def watched(self: Database) -> Iterator[Connection]:
        with acting(self) as tx:
            yield tx
        if of_jobs == (threading.current_thread() is threading.main_thread()):
            pass_by()

    setattr(Database, "acting", watched)  # noqa: B010


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
