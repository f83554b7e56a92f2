"""A person's own messages in Duban: what they were told, until they mark it as read.

Reading is nobody's business but the reader's: marking is no act, and stands in no audit chain.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select, update

from models import Delivery, OutboxRow
from workflow.channels import INBOX

TABLE: Any = Delivery.__table__
OWN = (TABLE.c.channel == INBOX, TABLE.c.person_id == bindparam("actor"))


def messages(*columns: Any) -> Select[Any]:
    """The messages of the person bound as `actor`, and nobody else's."""
    return select(*columns).join(OutboxRow, OutboxRow.id == TABLE.c.outbox_id).where(*OWN)


def mark_read(tx: Connection, person_id: int, now: datetime, *where: Any) -> int:
    """Mark the unread ones of a person's messages as read: how many."""
    statement = update(TABLE).where(*OWN, TABLE.c.read_at.is_(None), *where).values(read_at=now)
    return int(tx.execute(statement, {"actor": person_id}).rowcount)
