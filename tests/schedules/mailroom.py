"""What the tests of the relay share: a mailer that fails as told, and a look at the maildir and the deliveries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from models import Delivery, OutboxRow
from tests.people import START
from workflow.adapters.mail import Mailer
from workflow.bootstrap import Services


@dataclass
class Postman:
    """Hands each message to `then`, after `before` had its chance to fail; remembers what was tried."""

    then: Mailer | None = None
    before: Callable[[EmailMessage], None] = lambda message: None
    after: Callable[[EmailMessage], None] = lambda message: None
    tried: list[str] = field(default_factory=list)

    def send(self, message: EmailMessage) -> None:
        self.tried.append(str(message["Message-ID"]))
        self.before(message)
        if self.then:
            self.then.send(message)
        self.after(message)


def with_postman(services: Services, postman: Postman) -> Services:
    """The same services with this mailer; over the real one, unless it has another."""
    postman.then = postman.then or services.mailer
    other = replace(services)
    other.__dict__["mailer"] = postman  # where the cached property keeps it
    return other


def mails(services: Services) -> list[EmailMessage]:
    """What lies in the maildir, in order of file name."""
    folder = Path(services.settings.mail.removeprefix("maildir:")) / "new"
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in sorted(folder.glob("*"))]


def deliveries(services: Services, channel: str = "mail") -> list[Any]:
    """The deliveries of one channel, oldest first."""
    with services.reading() as tx:
        own = select(Delivery.__table__).where(Delivery.channel == channel)
        return list(tx.execute(own.order_by(Delivery.id)))


def write(services: Services, topic: str = "to_sign", count: int = 1, **audience: Any) -> None:
    """Outbox rows as acts leave them."""
    facts = {
        "task_id": 1,
        "task_number": 4,
        "task_name": "能源审计",
        "milestone": "300家能源审计",
        "reason": "缺页",
    }
    row = {
        "topic": topic,
        "audience": audience,
        "facts": facts,
        "root_kind": "task",
        "root_id": 1,
        "written_at": START,
    }
    with services.transaction() as tx:
        tx.execute(insert(OutboxRow), [row] * count)
