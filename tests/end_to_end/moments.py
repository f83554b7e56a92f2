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
from itertools import count
from typing import Any

from sqlalchemy import Connection

from workflow import audit
from workflow.adapters.database import Database
from workflow.adapters.incoming import Incoming
from workflow.adapters.mail import Maildir, Smtp
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
        "unanswered": _watch_acts,
        "unfinished": _watch_jobs,
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


def _watch_acts(pass_by: Callable[[], None]) -> None:
    """After the commit of a request's act: of a transaction that wrote an audit event, outside of the main thread."""
    write, wrote = audit.write, set()

    def noted(tx: Connection, chain: audit.Chain) -> None:
        write(tx, chain)
        wrote.add(tx)

    def committed(tx: Connection) -> None:
        if tx in wrote and not _of_a_job():
            pass_by()
        wrote.discard(tx)

    setattr(audit, "write", noted)  # noqa: B010
    _watch_commits(committed)


def _watch_jobs(pass_by: Callable[[], None]) -> None:
    _watch_commits(lambda _: pass_by() if _of_a_job() else None)


def _of_a_job() -> bool:
    """Jobs run in the main thread, requests in others."""
    return threading.current_thread() is threading.main_thread()


def _watch_commits(committed: Callable[[Connection], None]) -> None:
    acting = Database.acting

    @contextmanager
    def watched(self: Database) -> Iterator[Connection]:
        with acting(self) as tx:
            yield tx
        committed(tx)

    setattr(Database, "acting", watched)  # noqa: B010


def _watch_letters(pass_by: Callable[[], None]) -> None:
    for mailer in (Maildir, Smtp):
        setattr(mailer, "send", _then(mailer.send, pass_by))  # noqa: B010


def _then(send: Callable[[Any, EmailMessage], None], pass_by: Callable[[], None]) -> Callable[..., None]:
    def watched(self: Any, message: EmailMessage) -> None:
        send(self, message)
        pass_by()

    return watched


def _watch_files(pass_by: Callable[[], None]) -> None:
    finish = Incoming.finish

    def watched(self: Incoming, file_name: str) -> StoredFile:
        stored = finish(self, file_name)
        pass_by()
        return stored

    setattr(Incoming, "finish", watched)  # noqa: B010
