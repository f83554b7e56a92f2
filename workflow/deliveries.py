"""Deliveries on their way: claimed by lease, sent, tried again later, parked in view, taken up again.

At least once, under a message id that stays: a crash between sending and marking sends again under the same name. No
transaction stays open while anything goes out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, or_, select, update

from models import Delivery, OutboxRow, Person, Webhook
from models.states import WebhookState
from workflow import audit
from workflow.acts import request_id
from workflow.calendar import working_calendar
from workflow.channels import MAIL, WEBHOOK, office_channels
from workflow.errors import NotFound, WrongState
from workflow.roots import lock_root

LEASE = timedelta(minutes=10)
BATCH = 20
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=4)
MAX_ATTEMPTS = 12
"""With the waits between them they fill two working days: a server may be down for one and no message is parked."""
SPREAD = 0.25
"""By how much of itself a wait is longer or shorter, so that what failed together does not come again together."""
TABLE: Any = Delivery.__table__
Place = tuple[str, str | int | None]
"""Where a delivery goes: its channel, and the robot or webhook where each is a server of its own."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery under lease, with all that a message needs. A robot or a webhook has no name, address or language."""

    id: int
    message_id: str
    attempts: int
    topic: str
    facts: dict[str, Any]
    written_at: datetime
    name: str
    email: str | None
    language: str | None
    channel: str = MAIL
    phone: str | None = None
    robot: str | None = None
    webhook_id: int | None = None
    root_kind: str = ""
    root_id: int = 0

    @property
    def place(self) -> Place:
        return self.channel, self.robot if self.webhook_id is None else self.webhook_id


CLAIMED = (
    select(
        Delivery.id, Delivery.message_id, Delivery.attempts, OutboxRow.topic, OutboxRow.facts, OutboxRow.written_at,
        Person.name, Person.email, Person.language, Delivery.channel, Person.phone, Delivery.robot,
        Delivery.webhook_id, OutboxRow.root_kind, OutboxRow.root_id,
    )
    .join(OutboxRow, OutboxRow.id == Delivery.outbox_id)
    .outerjoin(Person, Person.id == Delivery.person_id)
    .order_by(Delivery.id)
)  # fmt: skip


def claim(
    tx: Connection, now: datetime, *, limit: int = BATCH, without: Collection[Place] = ()
) -> Sequence[Claimed]:
    """Lease waiting deliveries. Several relays at once never claim the same one; a lease that ran out is open.

    Outside the office's hours only what is about a red card, and webhooks, which disturb nobody. `without`: places
    that do not answer at this moment.
    """
    free = or_(TABLE.c.leased_until.is_(None), TABLE.c.leased_until < now)
    waiting = select(TABLE.c.id).where(TABLE.c.state == "waiting", TABLE.c.next_at <= now, free, _is_on())
    if not office_channels(tx).hours.is_open(now, working_calendar(tx)):
        waiting = waiting.where(or_(TABLE.c.urgent, TABLE.c.channel == WEBHOOK))
    waiting = waiting.where(*(~_at(place) for place in without)).order_by(TABLE.c.id).limit(limit)
    ids = list(tx.execute(waiting.with_for_update(skip_locked=True)).scalars())
    if not ids:
        return ()
    tx.execute(update(TABLE).where(TABLE.c.id.in_(ids)).values(leased_until=now + LEASE))
    return [Claimed(*row) for row in tx.execute(CLAIMED.where(Delivery.id.in_(ids)))]


def _is_on() -> ColumnElement[bool]:
    """Not for a webhook that is told nothing at this moment."""
    active = select(Webhook.id).where(Webhook.state == WebhookState.ACTIVE)
    return or_(TABLE.c.webhook_id.is_(None), TABLE.c.webhook_id.in_(active))


def _at(place: Place) -> ColumnElement[bool]:
    channel, target = place
    if target is None:
        return and_(TABLE.c.channel == channel, TABLE.c.robot.is_(None), TABLE.c.webhook_id.is_(None))
    one: ColumnElement[bool] = TABLE.c.webhook_id == target if channel == WEBHOOK else TABLE.c.robot == target
    return and_(TABLE.c.channel == channel, one)


def sent(tx: Connection, ids: Iterable[int], now: datetime) -> None:
    """Mark deliveries as gone."""
    values = {"sent_at": now, "leased_until": None, "error": None, "attempts": TABLE.c.attempts + 1}
    tx.execute(update(TABLE).where(TABLE.c.id.in_(list(ids))).values(state="sent", **values))


def failed(tx: Connection, delivery: Claimed, now: datetime, error: str, *, for_good: bool = False) -> bool:
    """Try again later, each time after longer; parked in view after MAX_ATTEMPTS or a refusal for good.

    Whether it was parked.
    """
    attempts = delivery.attempts + 1
    parked = for_good or attempts >= MAX_ATTEMPTS
    values = {"attempts": attempts, "leased_until": None, "error": error[:500]}
    tx.execute(
        update(TABLE)
        .where(TABLE.c.id == delivery.id)
        .values(
            state="parked" if parked else "waiting",
            next_at=now + wait_after(delivery.message_id, attempts),
            **values,
        )
    )
    return parked


def wait_after(message_id: str, attempts: int) -> timedelta:
    """How long a message waits after so many failures: twice as long each time, spread by a lot that it draws itself.

    The same message draws the same lot whoever asks, so that nothing here hangs on chance.
    """
    drawn = hashlib.sha256(f"{message_id} {attempts}".encode()).digest()
    lot = int.from_bytes(drawn[:4]) / 2**32
    wait: timedelta = min(FIRST_WAIT * 2 ** (attempts - 1), LONGEST_WAIT)
    return wait * (1 - SPREAD + 2 * SPREAD * lot)


def release(tx: Connection, ids: Iterable[int]) -> None:
    """Give leased deliveries back untried."""
    tx.execute(update(TABLE).where(TABLE.c.id.in_(list(ids))).values(leased_until=None))


AGAIN = {"retry": ("parked",), "resend": ("sent",)}
"""From which state each act takes a delivery up again: what was given up, or what a webhook wants once more."""


def acts_on(delivery: Any) -> list[str]:
    """What may be done with a delivery as it stands. A mail that has arrived is not sent again."""
    return [
        action
        for action, states in AGAIN.items()
        if delivery.state in states and (action == "retry" or delivery.channel == WEBHOOK)
    ]


def take_up(tx: Connection, delivery_id: int, action: str, actor_id: int, now: datetime) -> None:
    """Send a delivery again, from its first attempt, under the same id: one event on the chain it was told on.

    Raises NotFound, and WrongState where it is neither given up nor a webhook's.
    """
    columns = (*TABLE.c, OutboxRow.root_kind, OutboxRow.root_id)
    find = (
        select(*columns).join(OutboxRow, OutboxRow.id == TABLE.c.outbox_id).where(TABLE.c.id == delivery_id)
    )
    told = tx.execute(find).one_or_none()
    if told is None:
        raise NotFound(kind="delivery")
    chain = lock_root(tx, told.root_kind, told.root_id)
    row = tx.execute(find).one()
    if action not in acts_on(row):
        raise WrongState(kind="delivery", action=action, state=row.state)
    chain.record(_event(row, action, actor_id, now))
    audit.write(tx, chain)
    again = update(TABLE).where(TABLE.c.id == delivery_id)
    tx.execute(again.values(state="waiting", next_at=now, attempts=0, leased_until=None))


def _event(row: Any, action: str, actor_id: int, now: datetime) -> dict[str, Any]:
    details = {"message_id": row.message_id, "attempts": row.attempts, "error": row.error}
    return {
        "subject_kind": "delivery", "subject_id": row.id, "action": action, "from_state": row.state,
        "to_state": "waiting", "actor_id": actor_id, "at": now, "request": request_id.get(), "details": details,
    }  # fmt: skip


def stop(tx: Connection, webhook_id: int) -> None:
    """What still waits for a webhook that is over is not sent any more; it stays in view."""
    waiting = and_(TABLE.c.webhook_id == webhook_id, TABLE.c.state == "waiting")
    tx.execute(update(TABLE).where(waiting).values(state="parked", leased_until=None, error="WebhookEnded"))
