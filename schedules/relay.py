"""The relay: what was written in the outbox is addressed, composed and sent, each step on its own.

At least once, under a Message-ID that stays: a crash between sending and marking sends again under the same name.
No transaction is open while mail goes out.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from schedules.correspondence import AddressMissing, Desk, open_desk
from workflow import outbox
from workflow.adapters.letters import Attachment, LetterIncomplete, LetterUnknown, compose
from workflow.adapters.mail import MailRefused, MailUnavailable
from workflow.bootstrap import Services
from workflow.outbox import Claimed

log = logging.getLogger("duban.relay")
HOPELESS = (AddressMissing, LetterIncomplete, LetterUnknown, MailRefused)
"""Trying again will not help: a person must look, so the delivery is parked in view."""
GIVE_UP_AFTER = 3
"""Failures in a row that say the mail server is down: the rest waits untried for the next run."""


def relay(services: Services, now: datetime) -> dict[str, Any]:
    """Address and send all that is waiting at `now`: counts of `addressed`, `sent`, `retried`, `parked`."""
    tally: Counter[str] = Counter(addressed=address(services, now), sent=0, retried=0, parked=0)
    while batch := _claim(services, now):
        if not _send_all(services, batch, now, tally):
            break
    return dict(tally)


def address(services: Services, now: datetime) -> int:
    """Turn every outbox row into its deliveries: how many."""
    count = 0
    while True:
        with services.transaction() as tx:
            addressed = outbox.address(tx, now)
        if not addressed.rows:
            return count
        count += addressed.deliveries


def _claim(services: Services, now: datetime) -> Sequence[Claimed]:
    with services.transaction() as tx:
        return outbox.claim(tx, now)


def _send_all(services: Services, batch: Sequence[Claimed], now: datetime, tally: Counter[str]) -> bool:
    """Send a batch; False when the server seems to be down and what is left was given back."""
    settings = services.settings
    with services.reading() as tx:
        desk = open_desk(tx, batch, address=settings.address, mail_from=settings.mail_from)
    in_a_row = 0
    for place, delivery in enumerate(batch):
        result = _send_one(services, desk, delivery, now)
        tally[result] += 1
        in_a_row = in_a_row + 1 if result == "retried" else 0
        if in_a_row == GIVE_UP_AFTER:
            with services.transaction() as tx:
                outbox.release(tx, [left.id for left in batch[place + 1 :]])
            return False
    return True


def _send_one(services: Services, desk: Desk, delivery: Claimed, now: datetime) -> str:
    """Compose, send and mark one delivery: `sent`, `retried` or `parked`."""
    try:
        services.mailer.send(compose(desk.letter(delivery, _papers(services, delivery))))
    except HOPELESS as refused:
        return _mark_failed(services, delivery, now, refused, for_good=True)
    except MailUnavailable as down:
        return _mark_failed(services, delivery, now, down)
    except Exception as broken:
        log.exception("delivery %s could not be composed or sent", delivery.id)
        return _mark_failed(services, delivery, now, broken)
    with services.transaction() as tx:
        outbox.sent(tx, [delivery.id], now)
    return "sent"


def _mark_failed(
    services: Services, delivery: Claimed, now: datetime, error: Exception, *, for_good: bool = False
) -> str:
    with services.transaction() as tx:
        parked = outbox.failed(tx, delivery, now, f"{type(error).__name__}: {error}", for_good=for_good)
    log.warning("delivery %s %s: %s", delivery.id, "parked" if parked else "retried", error)
    return "parked" if parked else "retried"


def _papers(services: Services, delivery: Claimed) -> list[Attachment]:
    """The paper that goes with a notice's letter."""
    key = delivery.facts.get("pdf_key")
    if key is None:
        return []
    content = b"".join(services.store.open(key))
    return [Attachment(f"{delivery.facts['number']}.pdf", "application/pdf", content)]
