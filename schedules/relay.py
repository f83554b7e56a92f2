"""The relay: what was written in the outbox is addressed, composed and sent, each step on its own.

At least once, under a message id that stays: a crash between sending and marking sends again under the same name.
No transaction is open while anything goes out.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from workflow import deliveries, outbox, webhooks
from workflow.acts import perform
from workflow.adapters.channels import Hook, Parcel, Refused, Unavailable
from workflow.adapters.channels.webhooks import HookGone, open_hooks
from workflow.adapters.correspondence import Desk, open_desk
from workflow.adapters.letters import Attachment, LetterIncomplete, LetterUnknown
from workflow.bootstrap import Services
from workflow.channels import MAIL
from workflow.deliveries import LEASE, Claimed, Place
from workflow.errors import WrongState
from workflow.lifecycles import WEBHOOK

log = logging.getLogger("duban.relay")
HOPELESS = (LetterIncomplete, LetterUnknown, Refused)
"""Trying again will not help: a person must look, so the delivery is parked in view."""
GIVE_UP_AFTER = 3
"""Failures in a row that say a server is down: what goes to it waits untried for the next run."""
ONE_AT_MOST = timedelta(minutes=3)
"""How long one message may take: a mail is handed over in eight steps, each with a timeout of its own."""


class ChannelMissing(Refused):
    """The settings of this process have no such channel: a robot that is named no more, text messages turned off."""

    code = "channel_missing"


@dataclass
class Run:
    """One run of the relay: what became of the deliveries, and which places do not answer."""

    services: Services
    now: datetime
    tally: Counter[str]
    in_a_row: Counter[Place] = field(default_factory=Counter)
    down: set[Place] = field(default_factory=set)

    def note(self, place: Place, result: str) -> None:
        """One more result; GIVE_UP_AFTER failures in a row say that a place is down."""
        self.tally[result] += 1
        self.in_a_row[place] = self.in_a_row[place] + 1 if result == "retried" else 0
        if self.in_a_row[place] == GIVE_UP_AFTER:
            self.down.add(place)


@dataclass(frozen=True)
class Satchel:
    """What a batch is written with, and until when its lease surely lasts."""

    desk: Desk
    hooks: dict[int, Hook]
    back_by: float

    @property
    def is_late(self) -> bool:
        return time.monotonic() > self.back_by


def relay(services: Services, now: datetime) -> dict[str, Any]:
    """Address and send all that is waiting at `now`: counts of `addressed`, `sent`, `retried`, `parked`."""
    run = Run(services, now, Counter(addressed=address(services, now), sent=0, retried=0, parked=0))
    while batch := _claim(run):
        if _send_all(run, batch):
            break
    return dict(run.tally)


def address(services: Services, now: datetime) -> int:
    """Turn every outbox row into its deliveries: how many."""
    count = 0
    while True:
        with services.transaction() as tx:
            addressed = outbox.address(tx, now, services.offered)
        if not addressed.rows:
            return count
        count += addressed.deliveries


def _claim(run: Run) -> Sequence[Claimed]:
    with run.services.transaction() as tx:
        return deliveries.claim(tx, run.now, without=run.down)


def _send_all(run: Run, batch: Sequence[Claimed]) -> bool:
    """Send a batch; what goes to a place that is down is given back untried, and so is the rest where sending took so
    long that another process might soon take it: whether it did."""
    satchel, left = _pack(run, batch), []
    for delivery in batch:
        if delivery.place in run.down or satchel.is_late:
            left.append(delivery.id)
        else:
            run.note(delivery.place, _send_one(run, satchel, delivery))
    if left:
        with run.services.transaction() as tx:
            deliveries.release(tx, left)
    return satchel.is_late


def _pack(run: Run, batch: Sequence[Claimed]) -> Satchel:
    settings, back_by = run.services.settings, time.monotonic() + (LEASE - ONE_AT_MOST).total_seconds()
    key = settings.webhook_key.get_secret_value() if settings.webhook_key else None
    with run.services.reading() as tx:
        desk = open_desk(tx, batch, address=settings.address, mail_from=settings.mail_from)
        return Satchel(desk, open_hooks(tx, batch, key, run.now), back_by)


def _send_one(run: Run, satchel: Satchel, delivery: Claimed) -> str:
    """Compose, send and mark one delivery: `sent`, `retried` or `parked`."""
    try:
        _hand_over(run, satchel, delivery)
    except HOPELESS as refused:
        return _mark_failed(run, delivery, refused, for_good=True)
    except Unavailable as away:
        return _mark_failed(run, delivery, away)
    except Exception as broken:
        log.exception("delivery %s could not be composed or sent", delivery.id)
        return _mark_failed(run, delivery, broken)
    with run.services.transaction() as tx:
        deliveries.sent(tx, [delivery.id], run.now)
        if delivery.webhook_id is not None:
            webhooks.note_answered(tx, delivery.webhook_id)
    return "sent"


def _hand_over(run: Run, satchel: Satchel, delivery: Claimed) -> None:
    channel = run.services.channels.get(delivery.channel)
    if channel is None:
        raise ChannelMissing(channel=delivery.channel, name=delivery.robot)
    letter = satchel.desk.letter(delivery, _papers(run.services, delivery))
    channel.send(Parcel(delivery, letter, run.now, satchel.hooks.get(delivery.webhook_id or 0)))


def _mark_failed(run: Run, delivery: Claimed, error: Exception, *, for_good: bool = False) -> str:
    with run.services.transaction() as tx:
        told = f"{type(error).__name__}: {error}"
        parked = deliveries.failed(tx, delivery, run.now, told, for_good=for_good)
    log.warning("delivery %s %s: %s", delivery.id, "parked" if parked else "retried", error)
    if delivery.webhook_id is not None:
        _judge_webhook(run, delivery.webhook_id, error)
    return "parked" if parked else "retried"


def _judge_webhook(run: Run, webhook_id: int, error: Exception) -> None:
    """Give a webhook up that has failed for long, or that says it is gone; its admins are told."""
    with run.services.transaction() as tx:
        failing = webhooks.note_failed(tx, webhook_id, run.now)
    patience = timedelta(hours=run.services.settings.webhook_give_up_hours)
    if failing < patience and not isinstance(error, HookGone):
        return
    with (
        suppress(WrongState),
        run.services.transaction() as tx,
    ):  # another process gave it up, or an admin paused it
        perform(
            tx, WEBHOOK, webhook_id, "disable", None, run.now, reason=f"{type(error).__name__}: {error}"[:500]
        )


def _papers(services: Services, delivery: Claimed) -> list[Attachment]:
    """The paper that goes with a notice's letter."""
    key = delivery.facts.get("pdf_key")
    if key is None or delivery.channel != MAIL:
        return []
    content = b"".join(services.store.open(key))
    return [Attachment(f"{delivery.facts['number']}.pdf", "application/pdf", content)]
